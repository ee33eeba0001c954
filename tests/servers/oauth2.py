"""oauth2-mock-server: a token endpoint by somebody else, here in the dress of Microsoft Entra's and Google's.

It grants tokens for client credentials and refresh tokens, and signs them. What it was asked is not recorded, but
it refuses what is no request for a token.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.servers.ministack import Certificate
from tests.servers.npm import npm_package
from tests.servers.process import LOOPBACK, answers, on_free_ports, running, wait_until

VERSION = "8.2.3"
PACKAGES_OF = "2026-08-01"

# The claims are those that Azurite looks at.
_PROGRAM = """\
import {{ OAuth2Server }} from '{package}';
const server = new OAuth2Server('{key}', '{cert}', {{ endpoints: {{ token: '{path}' }} }});
await server.issuer.keys.generate('RS256');
server.service.on('beforeTokenSigning', (token) => {{
  const claims = {{ aud: 'https://storage.azure.com', iss: 'https://sts.windows.net/t/', oid: 'O', tid: 'T' }};
  Object.assign(token.payload, claims);
}});
await server.start({port}, '{host}');
"""


@dataclass(frozen=True, slots=True)
class TokenServer:
    """The running server. `token_url` is its endpoint; `ca_file` vouches for it."""

    url: str
    token_url: str
    ca_file: Path


@contextmanager
def token_server(directory: Path, path: str, certificate: Certificate) -> Iterator[TokenServer]:
    """Run the server over TLS, with its token endpoint at `path`."""
    package = npm_package("oauth2-mock-server", VERSION, PACKAGES_OF).parent / "oauth2-mock-server"
    with on_free_ports(1, partial(_serve, package, directory, path, certificate)) as server:
        yield server


@contextmanager
def _serve(
    package: Path, directory: Path, path: str, certificate: Certificate, ports: list[int]
) -> Iterator[TokenServer]:
    [port] = ports
    program = directory / "token-server.mjs"
    files = {"key": certificate.key_file, "cert": certificate.cert_file}
    module = package / "dist/index.mjs"
    program.write_text(_PROGRAM.format(package=module, path=path, port=port, host=LOOPBACK, **files))
    tls = ssl.create_default_context(cafile=certificate.ca_file)
    with running("oauth2-mock-server", ["node", program], directory) as process:
        wait_until(lambda: answers(port, "/jwks", tls=tls), process)
        url = f"https://{LOOPBACK}:{port}"
        yield TokenServer(url, f"{url}{path}", certificate.ca_file)
