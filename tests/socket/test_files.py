"""Files that are uploaded from where they are, without being read into memory where the system can."""

import gzip
import io
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from obstore._http.message import FilePiece
from obstore._io import blocking
from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import AlreadyExistsError, GenericError
from obstore.store import S3Store
from tests.faults.bucket import Bucket, refusal
from tests.faults.kinds import answering, deaf
from tests.faults.server import Exchange, FaultServer
from tests.servers import S3Server
from tests.socket.listener import Peer, is_tidy

CONTENT = os.urandom(1 << 20) * 11 + b"and a bit"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "content"
    found.write_bytes(CONTENT)
    return found


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes the kernel was asked to send from files."""
    lengths: list[int] = []
    original = os.sendfile

    def sendfile(out: int, fd: int, offset: int, count: int) -> int:
        done = original(out, fd, offset, count)
        lengths.append(done)
        return done

    monkeypatch.setattr(blocking.os, "sendfile", sendfile)
    return lengths


def quiet_server(content: dict[str, bytes] | None = None) -> FaultServer:
    return FaultServer(Bucket(**(content or {})), "PutObject", lambda exchange: None, times=0)


@pytest.mark.parametrize("use_multipart", [False, True])
@pytest.mark.parametrize("opened", [str, Path, lambda path: open(path, "rb"), lambda path: open(path, "rb", 0)])  # noqa: SIM115
def test_file_is_sent_by_the_kernel(
    colour: Colour, path: Path, sent: list[int], use_multipart: bool, opened: Callable[[Path], Any]
) -> None:
    file = opened(path)
    with quiet_server() as server:
        store = server.store()
        drive(colour, StoreView(store, colour).put("k", file, use_multipart=use_multipart))

        assert server.bucket.objects["k"].content == CONTENT
        assert is_tidy(store)
    assert len(CONTENT) - (1 << 20) < sum(sent) <= len(CONTENT)
    if hasattr(file, "close"):
        assert file.tell() == len(CONTENT)
        file.close()


def test_file_is_sent_from_where_it_stands(colour: Colour, path: Path) -> None:
    with quiet_server() as server, open(path, "rb") as file:
        file.read(1000)  # And the buffer has more.
        drive(colour, StoreView(server.store(), colour).put("k", file, use_multipart=True))

        assert server.bucket.objects["k"].content == CONTENT[1000:]


def test_payload_of_a_file_is_signed(colour: Colour, path: Path) -> None:
    with quiet_server() as server:
        drive(colour, StoreView(server.store(), colour).put("k", path, use_multipart=False))

        assert [sha256(CONTENT).hexdigest()] == [request.headers["x-amz-content-sha256"] for request in server.requests]


def test_what_only_looks_like_a_file_is_read(colour: Colour, tmp_path: Path, sent: list[int]) -> None:
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(CONTENT, 0))
    files: list[Any] = [io.BytesIO(CONTENT), gzip.open(packed), open(packed, "r+b")]  # noqa: SIM115
    with quiet_server() as server:
        for number, file in enumerate(files):
            drive(colour, StoreView(server.store(), colour).put(f"k{number}", file, use_multipart=False))
            file.close()

        found = [server.bucket.objects[f"k{number}"].content for number in range(3)]
        assert [CONTENT, CONTENT, packed.read_bytes()] == found
    assert sent == []


def test_small_file_is_read(colour: Colour, path: Path, sent: list[int]) -> None:
    path.write_bytes(CONTENT[:1000])
    with quiet_server() as server:
        drive(colour, StoreView(server.store(), colour).put("k", path))

        assert server.bucket.objects["k"].content == CONTENT[:1000]
    assert sent == []


def test_checksum_of_a_file_is_sent(colour: Colour, path: Path) -> None:
    with quiet_server() as server:
        plain = server.store()
        store = S3Store(config={**plain.config, "checksum_algorithm": "sha256"}, client_options=plain.client_options)
        drive(colour, StoreView(store, colour).put("k", path, use_multipart=False))

        assert "x-amz-checksum-sha256" in server.requests[0].headers
        assert server.bucket.objects["k"].content == CONTENT


@pytest.mark.parametrize("target", ["PutObject", "UploadPart"])
@pytest.mark.parametrize("left", [0, 1000, len(CONTENT) // 2])
def test_file_that_shrinks_is_an_error_and_nothing_is_published(
    colour: Colour, path: Path, monkeypatch: pytest.MonkeyPatch, target: str, left: int
) -> None:
    """It shrinks after it was hashed and while it is sent."""
    original = blocking.send_file

    def send_file(*args: Any) -> None:
        os.truncate(path, left)
        original(*args)

    monkeypatch.setattr(blocking, "send_file", send_file)
    monkeypatch.setattr("obstore._io.aio.send_file", send_file)
    with quiet_server({"k": b"old"}) as server:
        store = server.store()
        with pytest.raises(GenericError, match="the file became shorter while it was being sent"):
            drive(colour, StoreView(store, colour).put("k", path, use_multipart=target == "UploadPart"))

        assert is_tidy(store)
        assert server.bucket.objects["k"].content == b"old"
    assert server.bucket.uploads == {}


def test_file_that_shrank_before_it_was_sent_is_an_error(colour: Colour, path: Path) -> None:
    with quiet_server() as server, open(path, "rb") as file:
        piece = FilePiece(file.fileno(), 0, len(CONTENT))
        os.truncate(path, 5)
        store = server.store()
        with pytest.raises(GenericError, match="the file became shorter"):
            drive(colour, put_piece(store, colour, piece))

        assert is_tidy(store)
        assert server.requests == []


async def put_piece(store: Any, colour: Colour, piece: FilePiece) -> None:
    from obstore._core.types import OVERWRITE
    from obstore._io.runtime import run_blocking

    work = store.put_object("k", piece, OVERWRITE)
    await work if colour == "async" else run_blocking(work)


@pytest.mark.parametrize("fault", [deaf(Peer.close), deaf(Peer.reset), answering(refusal("503 No", "SlowDown"))])
def test_file_is_sent_again(colour: Colour, path: Path, fault: Any) -> None:
    with FaultServer(Bucket(), "PutObject", fault) as server:
        drive(colour, StoreView(server.store(), colour).put("k", path, use_multipart=False))

        assert server.bucket.objects["k"].content == CONTENT


def test_file_is_created_once(colour: Colour, path: Path) -> None:
    def lost(exchange: Exchange) -> None:
        exchange.carry_out()
        exchange.peer.close()

    with FaultServer(Bucket(), "PutObject", lost) as server:
        server.bucket.age = 0
        view = StoreView(server.store(), colour)
        drive(colour, view.put("k", path, mode="create"))
        server.bucket.age = 60
        with pytest.raises(AlreadyExistsError):
            drive(colour, view.put("k", path, mode="create"))


def store_on(server: S3Server) -> S3Store:
    options = server.options()
    if server.ca_file is not None:
        options["client_options"] = {"root_certificate": server.ca_file.read_bytes()}
    return S3Store(server.make_bucket(), virtual_hosted_style_request=False, **options)


@pytest.mark.parametrize("use_multipart", [False, True])
def test_real_server_gets_the_file(
    s3_server: S3Server, colour: Colour, path: Path, sent: list[int], use_multipart: bool
) -> None:
    async def put_and_get(view: StoreView) -> bytes:
        await view.put("a file", path, use_multipart=use_multipart)
        return await view.body("a file")

    assert drive(colour, put_and_get(StoreView(store_on(s3_server), colour))) == CONTENT
    assert sum(sent) > len(CONTENT) - (1 << 20)


@pytest.mark.parametrize("use_multipart", [False, True])
def test_file_over_tls_is_read_piece_by_piece(
    ministack_tls: S3Server, colour: Colour, path: Path, sent: list[int], use_multipart: bool
) -> None:
    async def put_and_get(view: StoreView) -> bytes:
        await view.put("a file", path, use_multipart=use_multipart)
        return await view.body("a file")

    assert drive(colour, put_and_get(StoreView(store_on(ministack_tls), colour))) == CONTENT
    assert sent == []
