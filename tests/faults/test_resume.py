"""A download that breaks off, wherever it does: the right bytes, or an error that says why."""

import pytest

from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import BaseError, GenericError, PreconditionError
from tests.faults.bucket import Bucket, stored
from tests.faults.kinds import altering, cutting
from tests.faults.server import Exchange, Fault, FaultServer
from tests.socket.listener import Peer, is_tidy, reply

CONTENT = bytes(range(256)) * 800
OTHER = CONTENT[::-1]


def cut_at(body_bytes: int) -> Fault:
    return cutting(lambda whole: whole.index(b"\r\n\r\n") + 4 + body_bytes, Peer.reset)


def server_with(*faults: Fault) -> FaultServer:
    """The requests meet one fault after the other; those that follow are served."""
    waiting = iter(faults)

    def next_fault(exchange: Exchange) -> bool | None:
        return next(waiting)(exchange)

    return FaultServer(Bucket(k=CONTENT), "GetObject", next_fault, len(faults))


OFFSETS = [0, 1, 2, 255, 256, 4095, 4096, 65_000, 65_535, 65_536, 65_537, 100_000, len(CONTENT) - 2, len(CONTENT) - 1]


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("chunk_size", [None, 1, 3])
def test_break_at_any_byte_is_mended(colour: Colour, offset: int, chunk_size: int | None) -> None:
    async def read(view: StoreView) -> bytes:
        if chunk_size is None:
            return await view.body("k")
        return b"".join(await (await view.get("k")).stream(chunk_size * 10_000).drain())

    with server_with(cut_at(offset)) as server:
        store = server.store()
        assert drive(colour, read(StoreView(store, colour))) == CONTENT
        assert is_tidy(store)


def test_break_of_every_rest_is_mended(colour: Colour) -> None:
    with server_with(cut_at(10), cut_at(0), cut_at(1), cut_at(70_000), cut_at(5)) as server:
        assert drive(colour, StoreView(server.store(), colour).body("k")) == CONTENT
        starts = [request.headers.get("range") for request in server.requests]

    assert [None, *(f"bytes={start}-204799" for start in (10, 10, 11, 70_011, 70_016))] == starts


@pytest.mark.parametrize("offset", [0, 1, 65_536, len(CONTENT) - 1])
def test_object_that_changed_is_never_mixed_with_the_old_one(colour: Colour, offset: int) -> None:
    def cut_and_change(exchange: Exchange) -> None:
        whole = exchange.carry_out()
        exchange.bucket.objects["k"] = stored(OTHER)
        exchange.peer.send(whole[: whole.index(b"\r\n\r\n") + 4 + offset])
        exchange.peer.reset()

    with server_with(cut_and_change) as server:
        store = server.store()
        with pytest.raises(PreconditionError):
            drive(colour, StoreView(store, colour).body("k"))
        assert is_tidy(store)


def ignoring(header: str, content: bytes) -> Fault:
    """Answer for the object as it is now as if the request had no such header."""

    def fault(exchange: Exchange) -> bool:
        del exchange.head.headers[header]
        exchange.bucket.objects["k"] = stored(content)
        exchange.peer.send(exchange.carry_out())
        return True

    return fault


def _elsewhere(whole: bytes) -> bytes:
    return whole.replace(b"bytes 1000-", b"bytes 1001-")


def _longer(whole: bytes) -> bytes:
    return whole.replace(b"-204799/204800", b"-204800/204801")


def _unlabelled(whole: bytes) -> bytes:
    return whole.replace(b"content-range", b"x-content-range")


def _nonsense(whole: bytes) -> bytes:
    return whole.replace(b"bytes 1000-", b"bytes ?-")


def _without_tag(whole: bytes) -> bytes:
    return whole.replace(b"etag", b"x-etag")


def _one_byte_less(whole: bytes) -> bytes:
    return whole.replace(b"content-length: 203800", b"content-length: 203799")


WRONG = {
    "another object": (ignoring("if-match", OTHER), "it changed while it was being read"),
    "everything": (ignoring("range", CONTENT), "non-partial response"),
    "another start": (altering(_elsewhere), "Requested 1000..204800, got 1001..204800|Content-Range has"),
    "another end": (altering(_longer), "got 1000..204801"),
    "no Content-Range": (altering(_unlabelled), "Content-Range of a partial response is wrong"),
    "no range": (altering(_nonsense), "Content-Range of a partial response is wrong"),
    "no tag": (altering(_without_tag), "it changed while it was being read"),
    "a length that is not the range's": (altering(_one_byte_less), "Content-Range has 203800 bytes, Content-Length"),
}


@pytest.mark.parametrize("name", WRONG)
def test_rest_that_is_not_the_rest_is_refused(colour: Colour, name: str) -> None:
    answer, says = WRONG[name]
    with server_with(cut_at(1000), answer) as server:
        store = server.store()
        with pytest.raises(BaseError, match=says):
            drive(colour, StoreView(store, colour).body("k"))

        assert is_tidy(store)
        assert drive(colour, StoreView(store, colour).head("k"))["path"] == "k"


def _in_chunks(whole: bytes) -> bytes:
    """Send a body in the chunked coding, in four chunks."""
    head, _, body = whole.partition(b"\r\n\r\n")
    fields = [line for line in head.split(b"\r\n") if not line.startswith(b"content-length")]
    step = len(body) // 4
    chunks = [body[start : start + step] for start in range(0, len(body), step)]
    coded = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    return b"\r\n".join([*fields, b"transfer-encoding: chunked", b"", coded])


def test_chunked_body_is_read(colour: Colour) -> None:
    with server_with(altering(_in_chunks, stays=True)) as server:
        store = server.store()
        assert drive(colour, StoreView(store, colour).body("k")) == CONTENT
        assert server.connections == 1


@pytest.mark.parametrize("missing", [1, 2, 3, 4, 5, 6, 7, 8, 1000, 150_000, 204_800])
@pytest.mark.parametrize("is_streamed", [False, True])
def test_chunked_body_that_breaks_off_anywhere_is_an_error(colour: Colour, missing: int, is_streamed: bool) -> None:
    async def read(view: StoreView) -> None:
        if is_streamed:
            await (await view.get("k")).stream(10_000).drain()
        else:
            await view.body("k")

    with server_with(altering(lambda whole: _in_chunks(whole)[:-missing])) as server:
        store = server.store()
        with pytest.raises(GenericError, match="the body of k broke off"):
            drive(colour, read(StoreView(store, colour)))
        assert is_tidy(store)


BAD_CHUNKS = {
    "a size that is no number": (b"c800\r\n", b"zz\r\n"),
    "a size with a sign": (b"c800\r\n", b"+c800\r\n"),
    "a chunk longer than its size": (b"c800\r\n", b"c7ff\r\n"),
    "a bare line feed": (b"c800\r\n", b"c800\n"),
    "an endless extension": (b"c800\r\n", b"c800;" + b"x" * 1000 + b"\r\n"),
}


@pytest.mark.parametrize("name", BAD_CHUNKS)
def test_bad_chunk_is_an_error(colour: Colour, name: str) -> None:
    good, bad = BAD_CHUNKS[name]
    with server_with(altering(lambda whole: _in_chunks(whole).replace(good, bad, 1))) as server:
        store = server.store()
        with pytest.raises(GenericError, match="the body of k broke off: a chunk"):
            drive(colour, StoreView(store, colour).body("k"))
        assert is_tidy(store)


def test_object_without_a_tag_is_not_resumed(colour: Colour) -> None:
    def untagged(exchange: Exchange) -> None:
        whole = _without_tag(exchange.carry_out())
        exchange.peer.send(whole[:100_000])
        exchange.peer.close()

    with server_with(untagged) as server:
        with pytest.raises(GenericError, match="the body of k broke off"):
            drive(colour, StoreView(server.store(), colour).body("k"))
        assert len(server.requests) == 1


def test_object_whose_size_is_a_boast_is_refused_before_it_is_read(colour: Colour) -> None:
    def boast(exchange: Exchange) -> None:
        exchange.read_body()
        exchange.peer.send(reply(b"<ListBucketResult>", length=10**15))
        exchange.peer.wait_for_end()

    with FaultServer(Bucket(), "ListObjectsV2", boast) as server:
        store = server.store()
        with pytest.raises(GenericError, match="where a document was expected"):
            drive(colour, StoreView(store, colour).paths())
        assert is_tidy(store)
