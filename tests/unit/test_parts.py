import pytest
from hypothesis import given
from hypothesis import strategies as st

from obstore._core.bytes import Bytes
from obstore._core.parts import PartBuffer, plan_part_size, split_parts
from obstore._core.types import Buffer

MIB = 1 << 20
S3 = (5 * MIB, 5 << 30, 10_000)


@pytest.mark.parametrize(
    ("total", "chunk_size", "expected"),
    [
        (None, 8 * MIB, 8 * MIB),
        (100 * MIB, 8 * MIB, 8 * MIB),
        (0, 8 * MIB, 8 * MIB),
        (None, 1, 5 * MIB),
        (None, 6 << 30, 5 << 30),
        (50_000 * MIB, 5 * MIB, 5 * MIB),
        (50_000 * MIB + 1, 5 * MIB, 6 * MIB),
        (10_000 * (5 << 30), 5 * MIB, 5 << 30),
    ],
)
def test_plan_part_size(total: int | None, chunk_size: int, expected: int) -> None:
    assert expected == plan_part_size(total, chunk_size, S3)


def test_rounding_up_does_not_pass_the_largest_part() -> None:
    assert plan_part_size(2 * MIB + 14, 1, (1, MIB + 7, 2)) == MIB + 7


def test_too_large_an_object_is_refused() -> None:
    with pytest.raises(ValueError, match="too many for this service: it takes at most 10000 parts"):
        plan_part_size(10_000 * (5 << 30) + 1, 5 * MIB, S3)


@pytest.mark.parametrize("chunk_size", [0, -1])
def test_a_chunk_has_at_least_one_byte(chunk_size: int) -> None:
    with pytest.raises(ValueError, match="chunk_size must be at least 1"):
        plan_part_size(None, chunk_size, S3)


@given(st.integers(0, 10_000 * (5 << 30)), st.integers(1, 6 << 30))
def test_a_planned_upload_is_within_the_limits(total: int, chunk_size: int) -> None:
    part_size = plan_part_size(total, chunk_size, S3)

    assert S3[0] <= part_size <= S3[1]
    assert -(-total // part_size) <= S3[2]


@pytest.mark.parametrize(
    ("total", "part_size", "expected"),
    [(0, 3, [(0, 0)]), (3, 3, [(0, 3)]), (7, 3, [(0, 3), (3, 6), (6, 7)]), (2, 3, [(0, 2)])],
)
def test_split_parts(total: int, part_size: int, expected: list[tuple[int, int]]) -> None:
    assert expected == split_parts(total, part_size)


@given(st.integers(1, 500), st.integers(1, 50))
def test_split_parts_are_equal_and_follow_each_other(total: int, part_size: int) -> None:
    parts = split_parts(total, part_size)

    assert list(range(total)) == [position for part in parts for position in range(*part)]
    assert {part_size} >= {stop - start for start, stop in parts[:-1]}


kinds = st.sampled_from([bytes, bytearray, Bytes, lambda data: memoryview(bytearray(data))])
pieces = st.lists(st.builds(lambda kind, data: kind(data), kinds, st.binary(max_size=70)), max_size=8)


@given(pieces, st.sampled_from([1, 2, 17, 23, 64]))
def test_parts_hold_the_same_bytes_in_blocks_of_exactly_the_size(given_pieces: list[Buffer], size: int) -> None:
    buffer = PartBuffer(size)
    parts = [part for piece in given_pieces for part in buffer.feed(piece)]
    rest = buffer.finish()

    assert b"".join(given_pieces) == b"".join([*parts, rest])
    assert {size} >= {len(part) for part in parts}
    assert len(rest) < size


def test_whole_parts_of_what_cannot_change_are_not_copied() -> None:
    data = b"abcdefghij"
    parts = PartBuffer(4).feed(data)

    assert [isinstance(part, memoryview) and part.obj is data for part in parts] == [True, True]


def test_what_can_change_is_copied() -> None:
    data = bytearray(b"abcdef")
    buffer = PartBuffer(4)
    parts = buffer.feed(data)
    data[:] = b"xxxxxx"

    assert parts == [b"abcd"]
    assert buffer.finish() == b"ef"


def test_finishing_leaves_it_empty() -> None:
    buffer = PartBuffer(4)
    buffer.feed(b"abc")

    assert buffer.finish() == b"abc"
    assert buffer.finish() == b""


def test_a_part_handed_out_is_not_written_to_again() -> None:
    buffer = PartBuffer(2)
    (first,) = [*buffer.feed(b"a"), *buffer.feed(b"b")]
    buffer.feed(b"c")

    assert first == b"ab"


@pytest.mark.parametrize("last", [b"x", b"xx"])
def test_more_parts_than_the_service_takes_are_refused(last: bytes) -> None:
    buffer = PartBuffer(2, max_parts=2)
    buffer.feed(b"abcd")
    with pytest.raises(ValueError, match=r"more than 2 parts of 2 bytes.*pass a larger chunk_size"):
        buffer.feed(last)


def test_as_many_parts_as_the_service_takes_are_fine() -> None:
    buffer = PartBuffer(2, max_parts=2)

    assert buffer.feed(b"abc") == [b"ab"]
    assert buffer.finish() == b"c"


def test_the_part_size_is_positive() -> None:
    with pytest.raises(ValueError, match="part_size must be at least 1"):
        PartBuffer(0)


def test_repr() -> None:
    buffer = PartBuffer(4)
    buffer.feed(b"abcdef")

    assert repr(buffer) == "<PartBuffer part_size=4 made=1 pending=2>"
