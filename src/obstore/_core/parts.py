"""Parts of a multipart upload: how large they are, where they begin, and cutting a stream into them.

All parts of an upload but the last have the same size, because some services (R2)
take nothing else. So the size is chosen once, before the first part: from the length
where that is known. Where it is not, the size is the caller's `chunk_size`, and the
longest upload is that times the number of parts the service allows: 48 GiB for 5 MiB
and 10,000 parts. Growing the parts on the way, as others do, would make the memory of
an upload unpredictable and would fail on R2 after everything has been sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from obstore._core.bytes import Bytes, as_view

if TYPE_CHECKING:
    from obstore._core.types import Buffer

_MEBIBYTE = 1 << 20
# Only these are sure not to change while a part of them is on its way.
_STABLE = (bytes, Bytes)


def plan_part_size(total_bytes: int | None, chunk_size: int, limits: tuple[int, int, int]) -> int:
    """Choose the size of all parts but the last.

    It is `chunk_size`, unless the service wants larger parts or would run out of them;
    then whole mebibytes, to keep parts aligned with pages and disks.

    >>> s3 = (5 << 20, 5 << 30, 10_000)
    >>> plan_part_size(1 << 30, 8 << 20, s3) >> 20, plan_part_size(1 << 40, 8 << 20, s3) >> 20
    (8, 105)

    Args:
        total_bytes: The length of the object, or `None` if nobody knows.
        chunk_size: What the caller asked for.
        limits: The smallest and the largest part, and the number of parts, that the service takes.

    Raises:
        ValueError: The object is too large for this service, or `chunk_size` is not positive.
    """
    smallest, largest, max_parts = limits
    if chunk_size < 1:
        raise ValueError(f"chunk_size must be at least 1, not {chunk_size}")
    part_size = min(max(chunk_size, smallest), largest)
    if total_bytes is None or total_bytes <= part_size * max_parts:
        return part_size
    if total_bytes > largest * max_parts:
        raise ValueError(
            f"{total_bytes} bytes are too many for this service: it takes at most {max_parts} parts of {largest} bytes"
        )
    needed = -(-total_bytes // max_parts)
    return min(-(-needed // _MEBIBYTE) * _MEBIBYTE, largest)


def split_parts(total: int, part_size: int) -> list[tuple[int, int]]:
    """Return the `(start, stop)` of every part. An empty object has one, empty part.

    >>> split_parts(7, 3)
    [(0, 3), (3, 6), (6, 7)]
    """
    return [(start, min(start + part_size, total)) for start in range(0, total or 1, part_size)]


class PartBuffer:
    """Pieces of any size go in, parts of exactly one size come out.

    Whole parts within a piece that cannot change are handed out as views of it; everything
    else is copied once. A caller may therefore use its own buffer again after `feed`.

    >>> parts = PartBuffer(4)
    >>> [bytes(part) for part in parts.feed(b"abcdefghij")], bytes(parts.finish())
    ([b'abcd', b'efgh'], b'ij')

    Args:
        part_size: The size of every part but the last.
        max_parts: How many parts the service takes.
    """

    __slots__ = ("_filled", "_made", "_max_parts", "_part_size", "_pending")

    def __init__(self, part_size: int, max_parts: int | None = None) -> None:
        if part_size < 1:
            raise ValueError(f"part_size must be at least 1, not {part_size}")
        self._part_size = part_size
        self._max_parts = max_parts
        self._made = 0
        self._filled = 0
        self._pending: bytearray | None = None

    def __repr__(self) -> str:
        return f"<PartBuffer part_size={self._part_size} made={self._made} pending={self._filled}>"

    def feed(self, piece: Buffer) -> list[Buffer]:
        """Add a piece, and return the parts that are full now.

        Raises:
            ValueError: There are more bytes than fit into the parts the service takes.
        """
        view = as_view(piece)
        parts: list[Buffer] = []
        stable = isinstance(view.obj, _STABLE)
        while len(view):
            whole = stable and not self._filled and len(view) >= self._part_size
            taken = self._part_size if whole else min(len(view), self._part_size - self._filled)
            head, view = view[:taken], view[taken:]
            full = head if whole else self._store(head)
            if full is not None:
                parts.append(full)
        return self._counted(parts)

    def _store(self, head: memoryview) -> bytearray | None:
        if self._pending is None:
            self._pending = bytearray(self._part_size)
        end = self._filled + len(head)
        self._pending[self._filled : end] = head
        self._filled = end
        if end < self._part_size:
            return None
        full, self._pending, self._filled = self._pending, None, 0
        return full

    def _counted(self, parts: list[Buffer]) -> list[Buffer]:
        self._made += len(parts)
        left = self._made + (self._filled > 0)
        if self._max_parts is not None and left > self._max_parts:
            raise ValueError(
                f"the upload has more than {self._max_parts} parts of {self._part_size} bytes, "
                "which is all that the service takes: pass a larger chunk_size"
            )
        return parts

    def finish(self) -> Buffer:
        """Return what is left: less than a part, or nothing."""
        if self._pending is None:
            return b""
        rest, self._pending = memoryview(self._pending)[: self._filled], None
        self._filled = 0
        return rest
