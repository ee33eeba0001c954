"""Azurite: Microsoft's own emulator of Blob Storage, which checks signatures and conditions for real.

With a certificate it speaks TLS and takes tokens as well ("OAuth basic"): it looks at
issuer, audience and times, not at the signature. Everything is kept in memory.
"""

import hmac
import ssl
import uuid
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import partial
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any

from tests.servers.ministack import Certificate
from tests.servers.npm import npm_package
from tests.servers.process import LOOPBACK, answers, on_free_ports, running, wait_until

VERSION = "3.35.0"
PACKAGES_OF = "2026-08-01"

ACCOUNT = "devstoreaccount1"
# Microsoft's own, in the documentation of every emulator: no secret.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@dataclass(frozen=True, slots=True)
class Azurite:
    """A running Azurite. `endpoint` is the URL of its account."""

    endpoint: str
    account: str = ACCOUNT
    key: str = field(default=KEY, repr=False)
    ca_file: Path | None = None

    def make_container(self) -> str:
        """Create an empty container and return its name."""
        # Not from the random module: its seed is the same for every test.
        name = f"test-{uuid.uuid4().hex}"
        path = f"/{self.account}/{name}"
        headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2023-11-03"}
        lines = ["PUT", *[""] * 11, *[f"{key}:{value}" for key, value in headers.items()]]
        text = "\n".join([*lines, f"/{self.account}{path}", "restype:container"])
        signature = b64encode(hmac.digest(b64decode(self.key), text.encode(), "sha256")).decode()
        headers["Authorization"] = f"SharedKey {self.account}:{signature}"
        status, reply = self.request("PUT", f"{path}?restype=container", headers)
        assert status == 201, reply
        return name

    def request(self, method: str, target: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, bytes]:
        """Send a request as it is, and return the status and the body of the reply."""
        connection = self._connect()
        try:
            connection.request(method, target, body, headers)
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

    def _connect(self) -> HTTPConnection:
        authority = self.endpoint.split("/")[2]
        return (
            HTTPSConnection(authority, context=_trusting(self.ca_file)) if self.ca_file else HTTPConnection(authority)
        )

    def options(self) -> dict[str, Any]:
        """The keyword arguments that make `AzureStore(container, ...)` talk to this server, but for a credential."""
        client_options = {"root_certificate": self.ca_file.read_bytes()} if self.ca_file else {"allow_http": True}
        return {"account_name": self.account, "endpoint": self.endpoint, "client_options": client_options}


def _trusting(ca_file: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file)


@contextmanager
def azurite(directory: Path, certificate: Certificate | None = None) -> Iterator[Azurite]:
    """Run Azurite with an empty account; over TLS if there is a certificate."""
    program = npm_package("azurite", VERSION, PACKAGES_OF) / "azurite-blob"
    with on_free_ports(1, partial(_serve, program, directory, certificate)) as server:
        yield server


@contextmanager
def _serve(program: Path, directory: Path, certificate: Certificate | None, ports: list[int]) -> Iterator[Azurite]:
    [port] = ports
    command: list[str | Path] = [program, "--blobHost", LOOPBACK, "--blobPort", str(port)]
    command += ["--inMemoryPersistence", "--silent", "--disableTelemetry"]
    if certificate is not None:
        command += ["--cert", certificate.cert_file, "--key", certificate.key_file, "--oauth", "basic"]
    tls = _trusting(certificate.ca_file) if certificate else None
    with running("azurite", command, directory) as process:
        wait_until(lambda: answers(port, "/", tls=tls), process)
        scheme = "https" if certificate else "http"
        ca_file = certificate.ca_file if certificate else None
        yield Azurite(f"{scheme}://{LOOPBACK}:{port}/{ACCOUNT}", ca_file=ca_file)
