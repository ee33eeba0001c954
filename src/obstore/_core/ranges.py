"""Byte ranges: what a caller may ask for, what it means for an object, and which to fetch together.

A `RangeError` is not for callers of the library: stores turn it into an error that
says which object it was.
"""

from __future__ import annotations

import operator
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from obstore._core.types import Bounded, Buffer, ByteRange, From, Last

_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,19})-([0-9]{1,19})/([0-9]{1,19})")


class RangeError(ValueError):
    """A range that is empty, or that begins after the end of the object."""


def format_range(wanted: ByteRange) -> str:
    """Write the `Range` header for a range.

    >>> format_range(Bounded(0, 5)), format_range(From(7)), format_range(Last(10))
    ('bytes=0-4', 'bytes=7-', 'bytes=-10')

    Raises:
        RangeError: The range is empty. There is no way to ask for that, so it must not be sent.
    """
    if isinstance(wanted, Bounded):
        _check_not_empty(wanted)
        return f"bytes={wanted.start}-{wanted.end - 1}"
    return f"bytes={wanted.start}-" if isinstance(wanted, From) else f"bytes=-{wanted.length}"


def resolve_range(wanted: ByteRange, size: int) -> tuple[int, int]:
    """Say which bytes `[start, stop)` of an object of `size` bytes a range means.

    An end beyond the object is moved to its end; so is the start of a suffix.

    >>> resolve_range(Bounded(2, 5), 4), resolve_range(From(1), 4), resolve_range(Last(9), 4)
    ((2, 4), (1, 4), (0, 4))

    Raises:
        RangeError: The range is empty, or starts at or after the end.
    """
    if isinstance(wanted, Last):
        return max(0, size - wanted.length), size
    if isinstance(wanted, Bounded):
        _check_not_empty(wanted)
    if wanted.start >= size:
        raise _beyond(wanted.start, size)
    return wanted.start, min(wanted.end, size) if isinstance(wanted, Bounded) else size


def _check_not_empty(wanted: Bounded) -> None:
    if wanted.end <= wanted.start:
        raise RangeError(f"Range started at {wanted.start} and ended at {wanted.end}")


def _beyond(start: int, size: int) -> RangeError:
    return RangeError(f"Wanted range starting at {start}, but object was only {size} bytes long")


def parse_content_range(text: str) -> tuple[int, int, int]:
    """Read a `Content-Range` header as `(start, stop, size)`, `stop` being exclusive.

    >>> parse_content_range("bytes 0-4/11")
    (0, 5, 11)

    Raises:
        ValueError: It is anything else, an unknown size (`*`) included.
    """
    found = _CONTENT_RANGE.fullmatch(text)
    if found is not None:
        first, last, size = int(found[1]), int(found[2]), int(found[3])
        if first <= last < size:
            return first, last + 1, size
    raise ValueError(f"Content-Range {text!r} is not of the form 'bytes FIRST-LAST/SIZE'")


def range_from_option(value: object) -> ByteRange:
    """Read the `range` of the options of a `get`.

    That a range is empty, or beyond the object, is found out where it is used.

    >>> range_from_option((0, 5)), range_from_option({"suffix": 3})
    (Bounded(start=0, end=5), Last(length=3))

    Raises:
        ValueError: It is neither two non-negative integers, nor `{"offset": n}`, nor `{"suffix": n}`.
    """
    try:
        found = _range_from(value)
    except (TypeError, KeyError, IndexError, OverflowError) as error:
        raise _unexpected(value) from error
    return found


def _range_from(value: Any) -> ByteRange:
    if isinstance(value, Mapping):
        if "offset" in value:
            return From(_unsigned("offset", value["offset"]))
        return Last(_unsigned("suffix", value["suffix"]))
    if len(value) != 2:
        raise _unexpected(value)
    return Bounded(_unsigned("start", value[0]), _unsigned("end", value[1]))


def _unexpected(value: object) -> ValueError:
    return ValueError(
        "Unexpected input for byte range. "
        f'Expected (start, end), {{"offset": n}} or {{"suffix": n}} with integers >= 0, got {value!r}'
    )


def _unsigned(name: str, value: Any) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        kind = type(value).__name__
        raise TypeError(f"{name}: '{kind}' object cannot be interpreted as an integer") from None
    if number < 0:
        raise OverflowError(f"{name}: can't convert negative int to unsigned ({number})")
    if number >> 64:
        raise OverflowError(f"{name}: int too big to convert ({number})")
    return number


def range_from_bounds(start: int, end: int | None, length: int | None) -> Bounded:
    """Read the arguments of `get_range`.

    >>> range_from_bounds(2, None, 3)
    Bounded(start=2, end=5)

    Raises:
        ValueError: Not exactly one of `end` and `length` is given, or the range is empty.
        OverflowError: One of them is negative, or does not fit into 64 bits.
    """
    _check_one_given(end, length, "end", "length")
    first = _unsigned("start", start)
    stop = _unsigned("end", end) if length is None else first + _unsigned("length", length)
    return _bounded(first, stop)


def ranges_from_bounds(
    starts: Sequence[int], ends: Sequence[int] | None, lengths: Sequence[int] | None
) -> list[Bounded]:
    """Read the arguments of `get_ranges`, which are sequences of equal length.

    >>> ranges_from_bounds([0, 4], None, [2, 2])
    [Bounded(start=0, end=2), Bounded(start=4, end=6)]

    Raises:
        ValueError: As for one range, or when there are more of the one than of the other.
        OverflowError: As for one range.
        TypeError: One of them is not a sequence.
    """
    _check_one_given(ends, lengths, "ends", "lengths")
    others, name = (ends, "ends") if lengths is None else (lengths, "lengths")
    starts, others = _sequence("starts", starts), _sequence(name, others)
    if len(starts) != len(others):
        # The reference drops the surplus: bytes that the caller asked for and never gets.
        raise ValueError(f"starts and {name} must be equally long: got {len(starts)} and {len(others)}")
    firsts = [_unsigned("starts", start) for start in starts]
    numbers = [_unsigned(name, number) for number in others]
    if lengths is not None:
        numbers = [first + length for first, length in zip(firsts, numbers, strict=True)]
    return [_bounded(first, stop) for first, stop in zip(firsts, numbers, strict=True)]


def _check_one_given(end: object, length: object, end_name: str, length_name: str) -> None:
    if end is None and length is None:
        raise ValueError(f"Either {end_name} or {length_name} must be non-None.")
    if end is not None and length is not None:
        raise ValueError(f"{end_name} and {length_name} cannot both be non-None.")


def _sequence(name: str, value: Any) -> Sequence[int]:
    # Arrays of numpy are no Sequence by type; what counts is a length and an index.
    if isinstance(value, str | Mapping) or not (hasattr(value, "__len__") and hasattr(value, "__getitem__")):
        raise TypeError(f"{name}: '{type(value).__name__}' object is not a sequence: pass a list of integers")
    return value  # type: ignore[no-any-return]


def _bounded(start: int, end: int) -> Bounded:
    if end <= start:
        raise ValueError(f"Invalid range requested, start: {start} end: {end}")
    return Bounded(start, end)


def coalesce_ranges(ranges: Sequence[Bounded], gap: int) -> list[Bounded]:
    """Merge ranges that are at most `gap` bytes apart: the ones to fetch, in order.

    >>> coalesce_ranges([Bounded(8, 9), Bounded(0, 2), Bounded(3, 4)], gap=1)
    [Bounded(start=0, end=4), Bounded(start=8, end=9)]
    """
    merged: list[Bounded] = []
    for start, end in sorted(ranges):
        if merged and start - merged[-1].end <= gap:
            merged[-1] = Bounded(merged[-1].start, max(merged[-1].end, end))
        else:
            merged.append(Bounded(start, end))
    return merged


def slice_ranges(ranges: Sequence[Bounded], merged: Sequence[Bounded], fetched: Sequence[Buffer]) -> list[Buffer]:
    """Cut the ranges that were asked for, in that order, out of the merged ones that were fetched.

    A range that was fetched by itself is handed over as it is; the others are views.
    A buffer that is shorter than its range ends where the object does.

    >>> parts = slice_ranges([Bounded(3, 4), Bounded(0, 2)], [Bounded(0, 4)], [b"abcd"])
    >>> [bytes(part) for part in parts]
    [b'd', b'ab']

    Raises:
        RangeError: A range starts after the end of the object.
    """
    starts = [whole.start for whole in merged]
    # Each buffer goes out at most once: two owners of one buffer would see each other's writes.
    whole_ones = dict(zip(merged, fetched, strict=True))
    parts: list[Buffer] = []
    for wanted in ranges:
        place = bisect_right(starts, wanted.start) - 1
        whole = whole_ones.pop(wanted, None)
        parts.append(_cut(wanted, starts[place], fetched[place]) if whole is None else whole)
    return parts


def _cut(wanted: Bounded, offset: int, data: Buffer) -> memoryview:
    start = wanted.start - offset
    if start >= len(data):
        raise _beyond(wanted.start, offset + len(data))
    return memoryview(data)[start : wanted.end - offset]
