"""The test servers themselves: that they work, that they are strict, and what keeps tests apart.

A server that accepts everything proves nothing about a client, so its refusals are
checked here with boto3 before the library meets it.
"""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, SSLError  # type: ignore[import-untyped]

from tests.servers import S3Server, ServerUnavailableError
from tests.servers.process import LOOPBACK, free_ports, on_free_ports, running, wait_until


def status_and_code(exc: ClientError) -> tuple[int, str]:
    return exc.response["ResponseMetadata"]["HTTPStatusCode"], exc.response["Error"]["Code"]


def test_server_returns_what_was_put(s3_server: S3Server) -> None:
    bucket = s3_server.make_bucket()
    with s3_server.client() as s3:
        s3.put_object(Bucket=bucket, Key="a/key with spaces", Body=b"content")
        with s3.get_object(Bucket=bucket, Key="a/key with spaces")["Body"] as body:
            content = body.read()

    assert content == b"content"


def test_server_refuses_a_wrong_secret(s3_server: S3Server) -> None:
    bucket = s3_server.make_bucket()
    with s3_server.impostor() as s3, pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=bucket, Key="key", Body=b"content")

    assert status_and_code(caught.value) == (403, "SignatureDoesNotMatch")


def test_server_refuses_an_anonymous_request(s3_server: S3Server) -> None:
    bucket = s3_server.make_bucket()
    with s3_server.client() as s3:
        s3.put_object(Bucket=bucket, Key="key", Body=b"content")
    with s3_server.stranger() as s3, pytest.raises(ClientError) as caught:
        s3.get_object(Bucket=bucket, Key="key")

    expected = 400 if "anonymous_status" in s3_server.deviations else 403
    assert status_and_code(caught.value)[0] == expected


@pytest.mark.deviation("payload_hash")
def test_server_refuses_another_payload_than_signed(s3_server: S3Server) -> None:
    def change_body(request: Any, **_: object) -> None:
        request.body = b"CONTENT"

    bucket = s3_server.make_bucket()
    with s3_server.client() as s3:
        s3.meta.events.register("before-send.s3.PutObject", change_body)
        with pytest.raises(ClientError) as caught:
            s3.put_object(Bucket=bucket, Key="key", Body=b"content")

    assert status_and_code(caught.value)[0] == 400


def test_buckets_are_new_and_empty(s3_server: S3Server) -> None:
    buckets = [s3_server.make_bucket(), s3_server.make_bucket()]
    with s3_server.client() as s3:
        contents = [s3.list_objects_v2(Bucket=bucket).get("Contents", []) for bucket in buckets]

    assert contents == [[], []]
    assert buckets[0] != buckets[1]


def test_tls_server_is_trusted_through_its_authority_only(ministack_tls: S3Server) -> None:
    bucket = ministack_tls.make_bucket()
    with ministack_tls.client() as s3:
        s3.put_object(Bucket=bucket, Key="key", Body=b"content")
    with replace(ministack_tls, ca_file=None).client() as s3, pytest.raises(SSLError):
        s3.get_object(Bucket=bucket, Key="key")


def test_secret_is_not_in_the_repr(ministack: S3Server) -> None:
    assert ministack.secret_access_key not in repr(ministack)


def test_options_name_the_server(ministack: S3Server, ministack_tls: S3Server) -> None:
    assert ministack.options()["endpoint"] == ministack.endpoint
    assert ministack.options()["client_options"] == {"allow_http": True}
    assert ministack_tls.options()["client_options"] == {}


# A process that listens on a port as servers do, or dies as they do.
LISTEN = "import socket, sys; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); s.accept()"


def accepts(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex((LOOPBACK, port)) == 0


@contextmanager
def listener(directory: Path, ports: list[int]) -> Iterator[int]:
    with running("listener", [sys.executable, "-c", LISTEN, str(ports[0])], directory) as process:
        wait_until(partial(accepts, ports[0]), process)
        yield ports[0]


def test_process_starts_again_if_its_port_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        ports = [taken.getsockname()[1], *free_ports(1)]
        tried = iter(ports)
        with on_free_ports(1, lambda _: listener(tmp_path, [next(tried)])) as port:
            assert port == ports[1]


def test_process_that_dies_is_reported_with_its_log(tmp_path: Path) -> None:
    with (
        running("broken", [sys.executable, "-c", "raise SystemExit('out of luck')"], tmp_path) as process,
        pytest.raises(ServerUnavailableError, match=r"broken ended with status 1(.|\n)*out of luck"),
    ):
        wait_until(lambda: False, process)


def test_process_ends_with_its_block(tmp_path: Path) -> None:
    with running("listener", [sys.executable, "-c", LISTEN, "0"], tmp_path) as process:
        assert process.popen.poll() is None

    assert process.popen.poll() is not None


@pytest.mark.parametrize("host", ["192.0.2.1", "198.51.100.7", "example.com"])
def test_other_machines_are_out_of_reach(host: str) -> None:
    with socket.socket() as connection, pytest.raises(RuntimeError, match=host):
        connection.connect((host, 80))


@pytest.mark.parametrize("host", [LOOPBACK, "localhost"])
def test_loopback_is_within_reach(host: str) -> None:
    with socket.create_server((LOOPBACK, 0)) as server, socket.socket() as connection:
        connection.connect((host, server.getsockname()[1]))

        assert connection.getpeername() == server.getsockname()


def test_cloud_settings_of_the_machine_are_hidden() -> None:
    left = {name for name in os.environ if name.startswith(("AWS_", "AZURE_", "GOOGLE_"))}

    assert left == {"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AZURE_CONFIG_DIR"}
    assert not Path(os.environ["AWS_CONFIG_FILE"]).exists()
    assert not [name for name in os.environ if name.upper().endswith("_PROXY")]
