"""Copies from one store to another: at the service where it can, else the bytes pass through here, part by part."""

from __future__ import annotations

from obstore._core.types import READ_ALL, WriteOptions
from obstore._transfer.backend import Backend
from obstore._transfer.source import BodySource
from obstore._transfer.upload import Effort, upload

_EFFORT = Effort(part_size=8 << 20, max_concurrency=4)


async def copy_across(source: Backend, from_: str, target: Backend, to: str, *, overwrite: bool) -> None:
    """Copy an object to another store, attributes included. Memory is bounded by some parts of 8 MiB."""
    if target.can_copy_from(source):
        await target.copy_from(source, from_, to, overwrite=overwrite)
        return
    stored = await source.get_object(from_, READ_ALL)
    body = BodySource(stored.body, stored.meta["size"])
    options = WriteOptions(attributes=stored.attributes, mode="overwrite" if overwrite else "create")
    try:
        await upload(target, to, body, options, _EFFORT)
    finally:
        body.close()
