"""What a store can be asked to do: which request of it meets the fault, and what is right afterwards."""

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from obstore._testing.view import StoreView
from obstore.exceptions import BaseError
from tests.faults.bucket import Bucket

SMALL = b"hello"
LARGE = bytes(range(256)) * 6000  # 1.5 MB: long enough for a worker thread.
NEW = b"something else"
PARTS = bytes(reversed(range(256))) * 1200
PART = 110_000  # Three of them.

Run = Callable[[StoreView], Coroutine[Any, Any, object]]


class Operation(NamedTuple):
    """An operation. `result` is what it returns, `changed` what it makes of the objects: all at once if `is_atomic`.

    `is_repeatable` says whether the request that meets the fault may be sent again although it may have
    been carried out. `is_waited_for` says that it also meets the faults that cost a timeout, which one of a kind does.
    """

    target: str
    run: Run
    result: object = None
    changed: dict[str, bytes | None] = {}  # noqa: RUF012 - never changed
    is_repeatable: bool = True
    is_atomic: bool = True
    is_waited_for: bool = False
    options: dict[str, Any] = {}  # noqa: RUF012


async def attempt(view: StoreView, run: Run) -> object:
    """Run an operation, then see whether the store still works; return what came of the first."""
    try:
        outcome = await run(view)
    except BaseError as error:
        outcome = error.with_traceback(None)
    assert await view.body("other") == b"other"
    return outcome


def bucket() -> Bucket:
    """Make the bucket that every operation starts from."""
    return Bucket(small=SMALL, large=LARGE, other=b"other")


async def _get(view: StoreView) -> bytes:
    return await view.body("small")


async def _get_large(view: StoreView) -> bytes:
    return await view.body("large")


async def _stream(view: StoreView) -> bytes:
    return b"".join(await (await view.get("large")).stream(100_000).drain())


async def _head(view: StoreView) -> int:
    return (await view.head("large"))["size"]


async def _get_range(view: StoreView) -> bytes:
    return await view.get_range("large", start=1000, end=300_000)


async def _get_ranges(view: StoreView) -> list[bytes]:
    return await view.get_ranges("large", starts=[0, 500_000], lengths=[10, 100_000], coalesce=0)


async def _list(view: StoreView) -> object:
    return await view.paths()


async def _list_with_delimiter(view: StoreView) -> object:
    return [meta["path"] for meta in (await view.list_with_delimiter())["objects"]]


async def _put(view: StoreView) -> None:
    await view.put("small", NEW)


async def _put_large(view: StoreView) -> None:
    await view.put("small", LARGE, use_multipart=False)


async def _create(view: StoreView) -> None:
    await view.put("new", NEW, mode="create")


async def _update(view: StoreView) -> None:
    await view.put("small", NEW, mode={"e_tag": (await view.head("small"))["e_tag"]})


async def _multipart(view: StoreView) -> None:
    await view.put("small", PARTS, use_multipart=True, chunk_size=PART)


async def _writer(view: StoreView) -> None:
    async with view.open_writer("small", buffer_size=PART) as writer:
        await writer.write(PARTS)


async def _delete_one(view: StoreView) -> None:
    await view.delete("small")


async def _delete(view: StoreView) -> None:
    await view.delete(["small", "large"])


async def _copy(view: StoreView) -> None:
    await view.copy("small", "new")


async def _copy_if_absent(view: StoreView) -> None:
    await view.copy("small", "new", overwrite=False)


async def _rename(view: StoreView) -> None:
    await view.rename("small", "new")


_SLICES = [LARGE[:10], LARGE[500_000:600_000]]
_ALL = ["large", "other", "small"]
_BY_HEADER = {"copy_if_not_exists": "header: if-none-match: *"}
_PUT = Operation("PutObject", _put, changed={"small": NEW})

OPERATIONS = {
    "get": Operation("GetObject", _get, SMALL, is_waited_for=True),
    "get, large": Operation("GetObject", _get_large, LARGE),
    "stream": Operation("GetObject", _stream, LARGE, is_waited_for=True),
    "head": Operation("HeadObject", _head, len(LARGE)),
    "get_range": Operation("GetObject", _get_range, LARGE[1000:300_000]),
    "get_ranges": Operation("GetObject", _get_ranges, _SLICES, is_waited_for=True),
    "list": Operation("ListObjectsV2", _list, _ALL, is_waited_for=True),
    "list_with_delimiter": Operation("ListObjectsV2", _list_with_delimiter, _ALL),
    "put": _PUT,
    "put, large": _PUT._replace(run=_put_large, changed={"small": LARGE}, is_waited_for=True),
    "put, asking": _PUT._replace(run=_put_large, changed={"small": LARGE}, options={"expect_continue": True}),
    "put, create": _PUT._replace(run=_create, changed={"new": NEW}, is_waited_for=True),
    "put, update": _PUT._replace(run=_update),
    "multipart, begin": Operation("CreateMultipartUpload", _multipart, changed={"small": PARTS}),
    "multipart, part": Operation("UploadPart", _multipart, changed={"small": PARTS}, is_waited_for=True),
    "multipart, complete": Operation(
        "CompleteMultipartUpload", _multipart, changed={"small": PARTS}, is_waited_for=True
    ),
    "writer": Operation("UploadPart", _writer, changed={"small": PARTS}),
    "delete": Operation("DeleteObject", _delete_one, changed={"small": None}, is_waited_for=True),
    "delete, many": Operation("DeleteObjects", _delete, changed={"small": None, "large": None}, is_waited_for=True),
    "delete, one by one": Operation(
        "DeleteObject",
        _delete,
        changed={"small": None, "large": None},
        is_atomic=False,
        options={"disable_bulk_delete": True},
    ),
    "copy": Operation("CopyObject", _copy, changed={"new": SMALL}, is_waited_for=True),
    "copy, absent": Operation(
        "CopyObject",
        _copy_if_absent,
        changed={"new": SMALL},
        is_repeatable=False,
        is_waited_for=True,
        options=_BY_HEADER,
    ),
    "rename": Operation("DeleteObject", _rename, changed={"new": SMALL, "small": None}, is_atomic=False),
}
