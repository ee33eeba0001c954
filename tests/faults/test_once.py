"""What may have been carried out is not carried out twice, and what was is not called a conflict."""

import pytest

from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import AlreadyExistsError, GenericError, PreconditionError
from obstore.store import AzureStore, GCSStore, S3Store
from tests.faults.bucket import Bucket, refusal, stored
from tests.faults.kinds import answering, cutting
from tests.faults.server import Exchange, Fault, FaultServer
from tests.socket.listener import QUICK, Peer, Received, is_tidy

LOST = cutting(lambda whole: 0, Peer.close)
"""Carry it out, and lose the reply."""


def but_failed(exchange: Exchange) -> bool:
    """Carry it out, and say that it failed."""
    exchange.carry_out()
    exchange.peer.send(refusal("500 Internal Server Error", "InternalError"))
    return True


def first(change: dict[str, bytes], fault: Fault) -> Fault:
    """Let somebody else change the bucket before the fault."""

    def changed(exchange: Exchange) -> bool | None:
        exchange.bucket.objects.update({key: stored(content) for key, content in change.items()})
        return fault(exchange)

    return changed


def unheard(exchange: Exchange) -> None:
    exchange.read_body()
    exchange.peer.close()


@pytest.mark.parametrize("fault", [LOST, but_failed])
def test_create_whose_reply_was_lost_succeeded(colour: Colour, fault: Fault) -> None:
    with FaultServer(Bucket(), "PutObject", fault) as server:
        result = drive(colour, StoreView(server.store(), colour).put("k", b"mine", mode="create"))

        assert {"e_tag": stored(b"mine").etag, "version": None} == result
        assert server.bucket.done["PutObject"] == 1


def test_update_whose_reply_was_lost_succeeded(colour: Colour) -> None:
    with FaultServer(Bucket(k=b"old"), "PutObject", LOST) as server:
        mode = {"e_tag": stored(b"old").etag}
        result = drive(colour, StoreView(server.store(), colour).put("k", b"mine", mode=mode))

        assert stored(b"mine").etag == result["e_tag"]
        assert server.bucket.done["PutObject"] == 1


def test_create_that_never_arrived_is_sent_again(colour: Colour) -> None:
    with FaultServer(Bucket(), "PutObject", unheard) as server:
        drive(colour, StoreView(server.store(), colour).put("k", b"mine", mode="create"))

        assert server.bucket.objects["k"].content == b"mine"


@pytest.mark.parametrize("theirs", [b"other", b"mine and more", b""])
def test_create_that_came_too_late_is_a_conflict(colour: Colour, theirs: bytes) -> None:
    with FaultServer(Bucket(), "PutObject", first({"k": theirs}, LOST)) as server:
        with pytest.raises(AlreadyExistsError):
            drive(colour, StoreView(server.store(), colour).put("k", b"mine", mode="create"))

        assert server.bucket.objects["k"].content == theirs
        assert server.bucket.done["PutObject"] == 0


def test_object_that_was_there_before_is_a_conflict_even_if_it_is_the_same(colour: Colour) -> None:
    bucket = Bucket(k=b"mine")
    bucket.age = 60
    with FaultServer(bucket, "PutObject", LOST) as server, pytest.raises(AlreadyExistsError):
        drive(colour, StoreView(server.store(), colour).put("k", b"mine", mode="create"))


def test_update_that_came_too_late_is_a_conflict(colour: Colour) -> None:
    with FaultServer(Bucket(k=b"old"), "PutObject", first({"k": b"theirs"}, LOST)) as server:
        mode = {"e_tag": stored(b"old").etag}
        with pytest.raises(PreconditionError):
            drive(colour, StoreView(server.store(), colour).put("k", b"mine", mode=mode))

        assert server.bucket.objects["k"].content == b"theirs"


def test_conflict_that_cannot_be_looked_into_says_so(colour: Colour) -> None:
    denied = answering(refusal("403 Forbidden", "AccessDenied"), stays=True)
    with FaultServer(Bucket(), "PutObject", LOST) as server:
        server.faults["GetObject"] = (denied, 1)
        with pytest.raises(AlreadyExistsError) as caught:
            drive(colour, StoreView(server.store(), colour).put("k", b"mine", mode="create"))

    assert any("earlier attempt" in note for note in caught.value.__notes__)


@pytest.mark.parametrize("fault", [LOST, but_failed])
def test_completion_whose_reply_was_lost_succeeded(colour: Colour, fault: Fault) -> None:
    content = bytes(range(256)) * 10
    with FaultServer(Bucket(), "CompleteMultipartUpload", fault) as server:
        view = StoreView(server.store(), colour)
        result = drive(colour, view.put("k", content, use_multipart=True, chunk_size=1000))

        assert server.bucket.objects["k"] == (content, result["e_tag"])
        assert server.bucket.done["CompleteMultipartUpload"] == 1


def test_upload_that_somebody_aborted_is_not_found(colour: Colour) -> None:
    def aborted(exchange: Exchange) -> None:
        exchange.bucket.uploads.clear()
        exchange.read_body()
        exchange.peer.close()

    with FaultServer(Bucket(k=b"old"), "CompleteMultipartUpload", aborted) as server:
        view = StoreView(server.store(), colour)
        with pytest.raises(FileNotFoundError, match="NoSuchUpload"):
            drive(colour, view.put("k", b"new", use_multipart=True))

        assert server.bucket.objects["k"].content == b"old"


def copying(server: FaultServer) -> S3Store:
    plain = server.store()
    return S3Store(
        config={**plain.config, "copy_if_not_exists": "header: if-none-match: *"},
        client_options=plain.client_options,
        retry_config=plain.retry_config,
    )


def test_copy_that_may_have_been_made_is_not_made_again(colour: Colour) -> None:
    with FaultServer(Bucket(k=b"x"), "CopyObject", LOST) as server:
        store = copying(server)
        with pytest.raises(GenericError, match=r"connection (closed|lost)"):
            drive(colour, StoreView(store, colour).copy("k", "new", overwrite=False))

        assert [request.method for request in server.requests] == ["PUT"]
        assert is_tidy(store)


def test_copy_that_failed_and_then_met_itself_says_so(colour: Colour) -> None:
    with FaultServer(Bucket(k=b"x"), "CopyObject", but_failed) as server, pytest.raises(AlreadyExistsError) as caught:
        drive(colour, StoreView(copying(server), colour).copy("k", "new", overwrite=False))

    assert any("earlier attempt" in note for note in caught.value.__notes__)


@pytest.mark.parametrize("target", ["CompleteMultipartUpload", "CopyObject", "DeleteObjects"])
@pytest.mark.parametrize("code", ["InternalError", "SlowDown"])
def test_error_in_a_reply_of_200_is_tried_again(colour: Colour, target: str, code: str) -> None:
    failed = answering(refusal("200 OK", code), stays=True)
    with FaultServer(Bucket(a=b"x"), target, failed, times=2) as server:
        drive(colour, work(target, StoreView(server.store(), colour)))

        assert server.bucket.done[target] == 1


@pytest.mark.parametrize("target", ["CompleteMultipartUpload", "CopyObject", "DeleteObjects"])
def test_error_in_a_reply_of_200_is_an_error_in_the_end(colour: Colour, target: str) -> None:
    failed = answering(refusal("200 OK", "InternalError"), stays=True)
    with FaultServer(Bucket(a=b"x"), target, failed, times=99) as server:
        with pytest.raises(GenericError, match="500 in a reply of 200: InternalError: because") as caught:
            drive(colour, work(target, StoreView(server.store(), colour)))

        assert ("InternalError", 4) == (caught.value.code, caught.value.attempts)
        assert server.bucket.done[target] == 0


def test_denial_in_a_reply_of_200_is_a_denial(colour: Colour) -> None:
    denied = answering(refusal("200 OK", "AccessDenied"), stays=True)
    with FaultServer(Bucket(a=b"x"), "CopyObject", denied) as server, pytest.raises(PermissionError):
        drive(colour, work("CopyObject", StoreView(server.store(), colour)))


def test_key_that_names_an_error_is_none(colour: Colour) -> None:
    with FaultServer(Bucket(InternalError=b"x"), "CopyObject", LOST, times=0) as server:
        drive(colour, StoreView(server.store(), colour).copy("InternalError", "SlowDown"))

        assert server.bucket.done["CopyObject"] == 1


async def work(target: str, view: StoreView) -> None:
    if target == "CopyObject":
        await view.copy("a", "b")
    elif target == "DeleteObjects":
        await view.delete(["a", "b"])
    else:
        await view.put("a", b"y", use_multipart=True)


class Forgetful(Bucket):
    """Says of a deletion that there was nothing to delete, as Google and Azure do."""

    def _DeleteObject(self, key: str, query: dict[str, str], request: Received) -> bytes:
        if key not in self.objects:
            return refusal("404 Not Found", "NoSuchKey")
        return super()._DeleteObject(key, query, request)


def google(server: FaultServer) -> GCSStore:
    return GCSStore(
        "bucket",
        base_url=f"http://127.0.0.1:{server.port}",
        skip_signature=True,
        retry_config=QUICK,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("fault", [LOST, but_failed])
def test_deletion_whose_reply_was_lost_succeeded(colour: Colour, fault: Fault) -> None:
    with FaultServer(Forgetful(k=b"x"), "DeleteObject", fault) as server:
        drive(colour, StoreView(google(server), colour).delete("k"))

        assert server.bucket.objects == {}
        assert server.bucket.done["DeleteObject"] == 1


def test_deletion_of_nothing_is_not_found(colour: Colour) -> None:
    with FaultServer(Forgetful(), "DeleteObject", LOST, times=0) as server, pytest.raises(FileNotFoundError):
        drive(colour, StoreView(google(server), colour).delete("k"))


def test_google_create_whose_reply_was_lost_succeeded(colour: Colour) -> None:
    class Google(Bucket):
        def _conflict(self, key: str, request: Received) -> bytes | None:
            if request.headers.get("x-goog-if-generation-match") == "0" and key in self.objects:
                return refusal("412 Precondition Failed", "PreconditionFailed")
            return None

    with FaultServer(Google(), "PutObject", LOST) as server:
        drive(colour, StoreView(google(server), colour).put("k", b"mine", mode="create"))

        assert server.bucket.done["PutObject"] == 1


def test_azure_create_whose_reply_was_lost_succeeded(colour: Colour) -> None:
    with FaultServer(Bucket(), "PutObject", LOST) as server:
        store = AzureStore(
            "bucket",
            account_name="account",
            endpoint=f"http://127.0.0.1:{server.port}",
            skip_signature=True,
            client_options={"allow_http": True},
            retry_config=QUICK,  # type: ignore[arg-type]
        )
        drive(colour, StoreView(store, colour).put("k", b"mine", mode="create"))

        assert server.bucket.done["PutObject"] == 1
