import array
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obstore._core.ranges import (
    RangeError,
    coalesce_ranges,
    format_range,
    parse_content_range,
    range_from_bounds,
    range_from_option,
    ranges_from_bounds,
    resolve_range,
    slice_ranges,
)
from obstore._core.types import Bounded, ByteRange, From, Last


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (From(0), "bytes=0-"),
        (Bounded(10, 19), "bytes=10-18"),
        (Last(10), "bytes=-10"),
        (Bounded(0, 1), "bytes=0-0"),
    ],
)
def test_format_range(wanted: ByteRange, expected: str) -> None:
    assert expected == format_range(wanted)


@pytest.mark.parametrize(
    ("wanted", "size", "expected"),
    [
        (Bounded(2, 5), 4, (2, 4)),
        (Bounded(0, 4), 4, (0, 4)),
        (From(0), 4, (0, 4)),
        (From(3), 4, (3, 4)),
        (Last(3), 2, (0, 2)),
        (Last(1), 2, (1, 2)),
        (Last(0), 0, (0, 0)),
        (Last(0), 5, (5, 5)),
    ],
)
def test_resolve_range(wanted: ByteRange, size: int, expected: tuple[int, int]) -> None:
    assert expected == resolve_range(wanted, size)


@pytest.mark.parametrize(
    ("wanted", "size", "message"),
    [
        (Bounded(3, 3), 4, "Range started at 3 and ended at 3"),
        (Bounded(2, 2), 4, "Range started at 2 and ended at 2"),
        (Bounded(3, 1), 4, "Range started at 3 and ended at 1"),
        (Bounded(4, 5), 4, "Wanted range starting at 4, but object was only 4 bytes long"),
        (From(2), 2, "Wanted range starting at 2, but object was only 2 bytes long"),
        (From(2), 1, "Wanted range starting at 2, but object was only 1 bytes long"),
        (From(0), 0, "Wanted range starting at 0, but object was only 0 bytes long"),
    ],
)
def test_resolve_range_refuses(wanted: ByteRange, size: int, message: str) -> None:
    with pytest.raises(RangeError) as caught:
        resolve_range(wanted, size)

    assert message == str(caught.value)


def test_an_empty_range_is_never_sent() -> None:
    with pytest.raises(RangeError, match="Range started at 3 and ended at 3"):
        format_range(Bounded(3, 3))


@given(st.integers(0, 20), st.integers(1, 20), st.integers(1, 30))
def test_a_range_means_what_slicing_means(start: int, length: int, size: int) -> None:
    data = bytes(range(size))
    cases: list[tuple[ByteRange, bytes]] = [
        (Bounded(start, start + length), data[start : start + length]),
        (From(start), data[start:]),
        (Last(length), data[-length:]),
    ]
    for wanted, expected in cases:
        try:
            first, stop = resolve_range(wanted, size)
        except RangeError:
            assert not expected
        else:
            assert expected == data[first:stop]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("bytes 0-4/11", (0, 5, 11)), ("bytes 10-10/11", (10, 11, 11)), (f"bytes 0-0/{2**63}", (0, 1, 2**63))],
)
def test_parse_content_range(text: str, expected: tuple[int, int, int]) -> None:
    assert expected == parse_content_range(text)


@pytest.mark.parametrize(
    "text",
    [
        "bytes 0-4/*",
        "bytes */11",
        "bytes 4-0/11",
        "bytes 0-11/11",
        "bytes 0-4/11 ",
        " bytes 0-4/11",
        "bytes=0-4/11",
        "bytes  0-4/11",
        "items 0-4/11",
        "bytes 0-4",
        "bytes -4/11",
        "bytes +0-4/11",
        "bytes 0-\uff14/11",
        "bytes 0-4/" + "9" * 5000,
        "",
    ],
)
def test_parse_content_range_is_strict(text: str) -> None:
    with pytest.raises(ValueError, match="is not of the form"):
        parse_content_range(text)


@given(st.text())
def test_parse_content_range_raises_nothing_but_value_errors(text: str) -> None:
    with pytest.raises(ValueError, match="Content-Range"):
        parse_content_range(text)


class Index:
    """An integer as numpy has them."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((0, 5), Bounded(0, 5)),
        ([0, 5], Bounded(0, 5)),
        (range(2, 4), Bounded(2, 3)),
        (array.array("q", [1, 9]), Bounded(1, 9)),
        ((Index(1), Index(3)), Bounded(1, 3)),
        ((True, 2), Bounded(1, 2)),
        ((3, 3), Bounded(3, 3)),
        ({"offset": 7}, From(7)),
        ({"suffix": 7}, Last(7)),
        ({"suffix": 0}, Last(0)),
        ({"offset": 1, "suffix": 2}, From(1)),
        ({"offset": Index(4)}, From(4)),
    ],
)
def test_range_from_option(value: object, expected: ByteRange) -> None:
    assert expected == range_from_option(value)


@pytest.mark.parametrize(
    "value",
    [
        None,
        5,
        "ab",
        (),
        (1,),
        (1, 2, 3),
        (-1, 2),
        (0, -2),
        (0.0, 2),
        ("0", "2"),
        (0, 2**64),
        {},
        {1, 2},
        {"offset": -1},
        {"offset": 1.0},
        {"suffix": None},
        {"start": 1},
    ],
)
def test_range_from_option_refuses(value: object) -> None:
    with pytest.raises(ValueError, match="Unexpected input for byte range") as caught:
        range_from_option(value)

    assert repr(value) in str(caught.value)


@pytest.mark.parametrize(
    ("start", "end", "length", "expected"),
    [(1, 3, None, (1, 3)), (1, None, 3, (1, 4)), (True, 3, None, (1, 3)), (Index(0), None, Index(2), (0, 2))],
)
def test_range_from_bounds(start: Any, end: Any, length: Any, expected: tuple[int, int]) -> None:
    assert expected == range_from_bounds(start, end, length)


@pytest.mark.parametrize(
    ("start", "end", "length", "kind", "message"),
    [
        (1, None, None, ValueError, r"Either end or length must be non-None\."),
        (1, 2, 3, ValueError, r"end and length cannot both be non-None\."),
        (3, 3, None, ValueError, "Invalid range requested, start: 3 end: 3"),
        (3, 1, None, ValueError, "Invalid range requested, start: 3 end: 1"),
        (3, None, 0, ValueError, "Invalid range requested, start: 3 end: 3"),
        (-1, 3, None, OverflowError, "start: can't convert negative int to unsigned"),
        (1, -3, None, OverflowError, "end: can't convert negative int to unsigned"),
        (1, None, -3, OverflowError, "length: can't convert negative int to unsigned"),
        (2**64, None, 1, OverflowError, "start: int too big to convert"),
        (1.5, 3, None, TypeError, "start: 'float' object cannot be interpreted as an integer"),
        ("1", 3, None, TypeError, "start: 'str' object cannot be interpreted as an integer"),
        (None, 3, None, TypeError, "start: 'NoneType' object"),
    ],
)
def test_range_from_bounds_refuses(start: Any, end: Any, length: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        range_from_bounds(start, end, length)


@pytest.mark.parametrize(
    ("starts", "ends", "lengths", "expected"),
    [
        ([], [], None, []),
        ([0, 5], [2, 6], None, [(0, 2), (5, 6)]),
        ((0, 5), None, range(1, 3), [(0, 1), (5, 7)]),
        (b"\x00", None, array.array("q", [3]), [(0, 3)]),
        ([7, 7], None, [1, 1], [(7, 8), (7, 8)]),
    ],
)
def test_ranges_from_bounds(starts: Any, ends: Any, lengths: Any, expected: list[tuple[int, int]]) -> None:
    assert expected == ranges_from_bounds(starts, ends, lengths)


@pytest.mark.parametrize(
    ("starts", "ends", "lengths", "kind", "message"),
    [
        ([1], None, None, ValueError, r"Either ends or lengths must be non-None\."),
        ([1], [2], [3], ValueError, r"ends and lengths cannot both be non-None\."),
        ([3], [3], None, ValueError, "Invalid range requested, start: 3 end: 3"),
        ([3], None, [0], ValueError, "Invalid range requested, start: 3 end: 3"),
        ([0, 1], [1], None, ValueError, "starts and ends must be equally long: got 2 and 1"),
        ([0], None, [1, 2], ValueError, "starts and lengths must be equally long: got 1 and 2"),
        ([-1], [1], None, OverflowError, "starts: can't convert negative"),
        ([1], None, [-1], OverflowError, "lengths: can't convert negative"),
        ([1.5], [2], None, TypeError, "starts: 'float' object"),
        ({0: 1}, [1], None, TypeError, "starts: 'dict' object is not a sequence"),
        ("a", [1], None, TypeError, "starts: 'str' object is not a sequence"),
        (5, [1], None, TypeError, "starts: 'int' object is not a sequence"),
        ([1], iter([2]), None, TypeError, "ends: 'list_iterator' object is not a sequence"),
    ],
)
def test_ranges_from_bounds_refuses(starts: Any, ends: Any, lengths: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        ranges_from_bounds(starts, ends, lengths)


def bounded(pairs: Sequence[tuple[int, int]]) -> list[Bounded]:
    return [Bounded(*pair) for pair in pairs]


@pytest.mark.parametrize(
    ("ranges", "gap", "expected"),
    [
        ([], 0, []),
        ([(0, 2), (3, 5)], 0, [(0, 2), (3, 5)]),
        ([(0, 1), (1, 2)], 0, [(0, 2)]),
        ([(0, 1), (2, 72)], 1, [(0, 72)]),
        ([(0, 1), (56, 72), (73, 75)], 1, [(0, 1), (56, 75)]),
        ([(0, 1), (5, 6), (7, 9), (2, 3), (4, 6)], 1, [(0, 9)]),
        ([(0, 1), (6, 7), (8, 9), (10, 14), (9, 10)], 4, [(0, 1), (6, 14)]),
        ([(0, 9), (2, 3)], 0, [(0, 9)]),
    ],
)
def test_coalesce_ranges(ranges: list[tuple[int, int]], gap: int, expected: list[tuple[int, int]]) -> None:
    assert expected == coalesce_ranges(bounded(ranges), gap)


some_ranges = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 12)).map(lambda pair: Bounded(pair[0], sum(pair))),
    max_size=8,
)


@given(some_ranges, st.integers(0, 10))
def test_merged_ranges_are_sorted_and_more_than_the_gap_apart(ranges: list[Bounded], gap: int) -> None:
    merged = coalesce_ranges(ranges, gap)

    assert all(later.start - earlier.end > gap for earlier, later in pairwise(merged))


@given(some_ranges, st.integers(0, 10))
def test_merged_ranges_cover_what_was_asked_for_and_begin_and_end_with_it(ranges: list[Bounded], gap: int) -> None:
    merged = coalesce_ranges(ranges, gap)
    covered = {position for whole in merged for position in range(*whole)}

    assert {position for wanted in ranges for position in range(*wanted)} <= covered
    assert {whole.start for whole in merged} <= {wanted.start for wanted in ranges}
    assert {whole.end for whole in merged} <= {wanted.end for wanted in ranges}


@given(some_ranges)
def test_without_a_gap_nothing_is_fetched_that_nobody_wants(ranges: list[Bounded]) -> None:
    fetched = [position for whole in coalesce_ranges(ranges, 0) for position in range(*whole)]

    assert sorted({position for wanted in ranges for position in range(*wanted)}) == fetched


@given(some_ranges, st.integers(0, 10), st.integers(60, 80))
def test_slices_are_what_single_reads_would_have_given(ranges: list[Bounded], gap: int, size: int) -> None:
    data = bytes(range(size))
    merged = coalesce_ranges(ranges, gap)
    beyond = [wanted for wanted in ranges if wanted.start >= size]
    if beyond:
        return

    parts = slice_ranges(ranges, merged, [data[slice(*whole)] for whole in merged])

    assert [data[slice(*wanted)] for wanted in ranges] == [bytes(part) for part in parts]


def test_a_range_fetched_by_itself_is_handed_over_once() -> None:
    wanted, data = Bounded(3, 6), b"abc"
    parts = slice_ranges([wanted, wanted], [wanted], [data])

    assert parts[0] is data
    assert parts[1] == b"abc"
    assert isinstance(parts[1], memoryview)


def test_a_range_cut_short_by_the_end_of_the_object_is_shorter() -> None:
    parts = slice_ranges(bounded([(0, 2), (3, 9)]), bounded([(0, 9)]), [b"abcd"])

    assert parts == [b"ab", b"d"]


@pytest.mark.parametrize("start", [4, 5, 8])
def test_a_range_beyond_the_end_of_the_object_raises(start: int) -> None:
    with pytest.raises(RangeError, match=f"starting at {start}, but object was only 4 bytes long"):
        slice_ranges(bounded([(0, 2), (start, 9)]), bounded([(0, 9)]), [b"abcd"])
