"""MiniStack: an S3 with IAM, the fast default.

Its signature check does not cover the key it is configured with. The tests therefore get
the key of an IAM user, whose signatures it does check.
"""

import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.servers.boto import client
from tests.servers.environment import environment
from tests.servers.process import LOOPBACK, answers, on_free_ports, running, wait_until
from tests.servers.server import S3Server

DEVIATIONS: Mapping[str, str] = {
    "payload_hash": "a payload that does not match x-amz-content-sha256 is stored",
    "region_mismatch": "a signature for another region gets 301, not 400",
    "entity_too_small": "an upload with small parts is completed",
    "delete_objects_digest": "DeleteObjects needs neither Content-MD5 nor a checksum",
    "copy_create": "If-None-Match on the destination of a copy is ignored",
}

_ROOT_KEY = ("AKIAROOTEXAMPLE00001", "rootsecret")
_SETTINGS = {
    "AUTH": "true",
    "AWS_ACCESS_KEY_ID": _ROOT_KEY[0],
    "AWS_SECRET_ACCESS_KEY": _ROOT_KEY[1],
    "BIND_HOST": LOOPBACK,
    "SERVICES": "s3,sts,iam,imds",
    "SFTP_ENABLED": "0",
    "IOT_MTLS_ENABLED": "0",
    "LOG_LEVEL": "WARNING",
}
_ALLOW_ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files: a server's certificate and key, and the authority that signed it."""

    cert_file: Path
    key_file: Path
    ca_file: Path


@contextmanager
def ministack(directory: Path, certificate: Certificate | None = None) -> Iterator[S3Server]:
    """Run MiniStack with its signature check on; over TLS if there is a certificate."""
    program = environment("ministack") / "ministack"
    with on_free_ports(1, partial(_serve, program, directory, certificate)) as server:
        yield server


@contextmanager
def _serve(program: Path, directory: Path, certificate: Certificate | None, ports: list[int]) -> Iterator[S3Server]:
    [port] = ports
    settings = _SETTINGS | _tls_settings(certificate) | {"GATEWAY_PORT": str(port)}
    tls = ssl.create_default_context(cafile=certificate.ca_file) if certificate else None
    with running("ministack", [program], directory, settings) as process:
        wait_until(lambda: answers(port, "/_localstack/health", tls=tls), process)
        yield _describe(port, certificate)


def _tls_settings(certificate: Certificate | None) -> dict[str, str]:
    if certificate is None:
        return {}
    return {
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": str(certificate.cert_file),
        "MINISTACK_SSL_KEY": str(certificate.key_file),
    }


def _describe(port: int, certificate: Certificate | None) -> S3Server:
    endpoint = f"{'https' if certificate else 'http'}://{LOOPBACK}:{port}"
    ca_file = certificate.ca_file if certificate else None
    key_id, secret = _make_user(endpoint, ca_file)
    return S3Server(
        name="ministack_tls" if certificate else "ministack",
        endpoint=endpoint,
        access_key_id=key_id,
        secret_access_key=secret,
        ca_file=ca_file,
        deviations=DEVIATIONS,
    )


def _make_user(endpoint: str, ca_file: Path | None) -> tuple[str, str]:
    """Create an IAM user that may do everything, and return its access key."""
    with client("iam", endpoint, _ROOT_KEY, ca_file=ca_file) as iam:
        iam.create_user(UserName="tester")
        iam.put_user_policy(UserName="tester", PolicyName="all", PolicyDocument=json.dumps(_ALLOW_ALL))
        key = iam.create_access_key(UserName="tester")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]
