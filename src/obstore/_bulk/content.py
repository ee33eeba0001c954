"""Whether two objects have the same content, found out with as little reading as possible."""

from __future__ import annotations

import os
from typing import Any

from obstore._bulk.checksum import parts_of_tag, tag_of
from obstore._bulk.listing import Entry
from obstore._bulk.places import Tree
from obstore._core.parts import plan_part_size
from obstore._core.types import READ_ALL, Buffer
from obstore._io.runtime import current
from obstore._local.failures import read_error

_PIECE = 1 << 20
_S3_PARTS = (5 << 20, 5 << 30, 10_000)


async def has_same_content(
    compare: str, source: tuple[Tree, Entry], target: tuple[Tree, Entry], chunk_size: int
) -> bool:
    """Compare two objects of the same size.

    An ETag that looks like an MD5 is compared with the MD5 of a local file. With `"checksum"`, what no
    ETag proves to be the same is read.
    """
    if await _tags_agree(source, target, chunk_size):
        return True
    return compare == "checksum" and await _md5_of(*source) == await _md5_of(*target)


async def _tags_agree(source: tuple[Tree, Entry], target: tuple[Tree, Entry], chunk_size: int) -> bool:
    places = sorted((source, target), key=lambda place: place[0].local is None)
    (near, near_entry), (far, far_entry) = places
    tag, size = far_entry.meta["e_tag"], far_entry.meta["size"]
    count = parts_of_tag(tag)
    if count is None or far.local is not None:
        return False
    if near.local is None:
        return near_entry.meta["e_tag"] == tag
    part_size = plan_part_size(size, chunk_size, _S3_PARTS) if count else 0
    if count and -(-size // part_size) != count:
        return False  # It was uploaded in parts of another size.
    file = near.file_of(near_entry.path)
    found: str = await current().call(lambda: _tag_of_file(file, size, part_size))
    return found.strip('"') == (tag or "").strip('"')


def _tag_of_file(file: str, size: int, part_size: int) -> str:
    try:
        with open(file, "rb", buffering=0) as opened:
            return tag_of(lambda n: os.read(opened.fileno(), n), size, part_size)
    except OSError as error:
        raise read_error(error, file) from error


async def _md5_of(tree: Tree, entry: Entry) -> str:
    if tree.local is not None:
        file = tree.file_of(entry.path)
        found: str = await current().call(lambda: _tag_of_file(file, entry.meta["size"], 0))
        return found.strip('"')
    import hashlib

    digest: Any = hashlib.md5(usedforsecurity=False)
    stored = await tree.store.get_object(tree.full(entry.path), READ_ALL)
    try:
        while len(piece := await stored.body.read_chunk(_PIECE)):
            await current().call(lambda piece=piece: _update(digest, piece))  # type: ignore[misc]
    finally:
        stored.body.close()
    return str(digest.hexdigest())


def _update(digest: Any, piece: Buffer) -> None:
    digest.update(piece)
