import array
import copy
import ctypes
import doctest
import io
import json
import mmap
import operator
import pickle
import re
import struct
import weakref
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obstore._core.bytes import Bytes, as_view

ABC = Bytes(b"abc")
GRID = memoryview(bytes(6)).cast("B", (2, 3))
COLUMN = memoryview(b"abc").cast("B", (3, 1))


class Tagged(Bytes):
    """A subclass of a user: it has a __dict__."""

    tag: str


@pytest.mark.parametrize(
    "buffer",
    [
        b"abc",
        bytearray(b"abc"),
        memoryview(b"abc"),
        memoryview(b"abc").cast("c"),
        array.array("B", b"abc"),
        (ctypes.c_ubyte * 3)(*b"abc"),
        Bytes(b"abc"),
        COLUMN,
    ],
    ids=lambda buffer: type(buffer).__name__,
)
def test_buffers_of_unsigned_bytes_are_accepted(buffer: Any) -> None:
    made = Bytes(buffer)

    assert made == b"abc"
    assert type(made) is Bytes
    assert made == buffer


def test_mmap_is_accepted() -> None:
    with mmap.mmap(-1, 4) as mapped:
        mapped[:] = b"abcd"

        assert Bytes(mapped) == b"abcd"


def test_constructor_forms() -> None:
    assert Bytes() == b""
    assert Bytes(buf=b"q") == b"q"


def test_construction_copies() -> None:
    source = bytearray(b"abc")
    made = Bytes(source)
    source[0] = 0

    assert made == b"abc"


@pytest.mark.parametrize("value", [5, "x", [1], None, (1, 2), 1.5])
def test_what_is_not_a_buffer_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=f"a bytes-like object is required, not '{type(value).__name__}'"):
        Bytes(value)


@pytest.mark.parametrize(
    "buffer",
    [
        array.array("i", [1]),
        array.array("b", [1]),
        memoryview(b"abc").cast("b"),
        memoryview(b"abc").cast("?"),
        ctypes.c_ubyte(1),
    ],
)
def test_other_item_types_are_refused(buffer: Any) -> None:
    with pytest.raises(BufferError, match="buffer contents are not compatible with u8"):
        Bytes(buffer)


def test_strided_buffers_are_refused() -> None:
    with pytest.raises(ValueError, match="Buffer is not C contiguous"):
        Bytes(memoryview(b"abcdef")[::2])
    with pytest.raises(ValueError, match="strides other than 1 not supported"):
        Bytes(GRID)


def test_two_arguments_are_refused() -> None:
    with pytest.raises(TypeError):
        Bytes("x", "ascii")  # type: ignore[call-arg, arg-type]


def test_the_engine_fills_it_in_place_and_truncates_it() -> None:
    made = Bytes.__new__(Bytes)
    bytearray.__init__(made, 5)
    with memoryview(made) as view:
        view[:] = b"hello"

    assert made == b"hello"

    bytearray.__delitem__(made, slice(3, None))

    assert made == b"hel"


def test_exports_one_row_of_bytes_without_a_copy() -> None:
    view = memoryview(ABC)

    assert view.obj is ABC
    assert (view.format, view.ndim, view.itemsize) == ("B", 1, 1)


def test_sequence_protocol() -> None:
    assert len(ABC) == 3
    assert ABC
    assert not Bytes()
    assert list(ABC) == [97, 98, 99]
    assert list(reversed(ABC)) == [99, 98, 97]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", 'Bytes(b"")'),
        (b"abc", 'Bytes(b"abc")'),
        (b"\x00\"'\n\r\t\\\x7f\xff ", r"""Bytes(b"\x00\"'\n\r\t\\\x7f\xff ")"""),
    ],
)
def test_repr_has_double_quotes(data: bytes, expected: str) -> None:
    made = Bytes(data)

    assert expected == repr(made) == str(made) == f"{made}"


def test_format_takes_no_specification() -> None:
    with pytest.raises(TypeError):
        format(ABC, ">20")


@given(st.binary())
def test_repr_evaluates_to_the_same_bytes(data: bytes) -> None:
    assert data == eval(repr(Bytes(data)))


def test_repr_of_every_byte_evaluates_to_it() -> None:
    every = bytes(range(256))

    assert every == eval(repr(Bytes(every)))


@pytest.mark.parametrize(("key", "expected"), [(0, 97), (-1, 99), (True, 98)])
def test_an_index_gives_an_integer(key: int, expected: int) -> None:
    assert expected == ABC[key]


@pytest.mark.parametrize("key", [3, -4, 2**70])
def test_an_index_out_of_range_raises(key: int) -> None:
    with pytest.raises(IndexError, match="Index out of range"):
        ABC[key]


@pytest.mark.parametrize("key", ["a", 1.5, None])
def test_another_key_raises(key: Any) -> None:
    with pytest.raises(TypeError):
        ABC[key]


_ends = st.none() | st.integers(-12, 12)


@given(st.binary(max_size=10), _ends, _ends, st.none() | st.integers(-3, 3).filter(bool))
def test_slices_are_those_of_bytes(data: bytes, start: int | None, stop: int | None, step: int | None) -> None:
    part = Bytes(data)[start:stop:step]

    assert data[start:stop:step] == part
    assert type(part) is Bytes


def test_a_slice_step_of_zero_raises() -> None:
    with pytest.raises(ValueError, match="slice step cannot be zero"):
        ABC[::0]


@pytest.mark.parametrize(
    "other", [b"abc", bytearray(b"abc"), memoryview(b"abc"), array.array("B", b"abc"), Bytes(b"abc")]
)
def test_equals_any_buffer_in_both_directions(other: Any) -> None:
    assert operator.eq(ABC, other)
    assert operator.eq(other, ABC)
    assert not operator.ne(ABC, other)
    assert not operator.ne(other, ABC)


@pytest.mark.parametrize("other", [b"abd", "abc", None, 5, [97, 98, 99], array.array("i", [1]), b""])
def test_differs_from_everything_else(other: Any) -> None:
    assert operator.ne(ABC, other)
    assert not operator.eq(ABC, other)


def test_an_integer_array_with_the_same_memory_differs() -> None:
    numbers = array.array("i", [1])

    assert Bytes(numbers.tobytes()) != numbers


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
@pytest.mark.parametrize("other", [b"abc", bytearray(b"abc"), Bytes(b"abc")])
def test_has_no_order(compare: Callable[[Any, Any], bool], other: Any) -> None:
    with pytest.raises(TypeError):
        compare(ABC, other)
    with pytest.raises(TypeError):
        compare(other, ABC)


def test_has_no_hash() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(ABC)


@pytest.mark.parametrize("other", [b"d", bytearray(b"d"), memoryview(b"d"), Bytes(b"d"), array.array("B", b"d")])
def test_plus_a_buffer_gives_bytes_of_ours(other: Any) -> None:
    joined = ABC + other

    assert joined == b"abcd"
    assert type(joined) is Bytes


@pytest.mark.parametrize("other", ["s", 1, None, array.array("i", [1])])
def test_plus_anything_else_raises(other: Any) -> None:
    with pytest.raises(TypeError):
        ABC + other


def test_builtin_plus_ours_keeps_the_builtin_type() -> None:
    assert type(b"q" + ABC) is bytes
    assert type(bytearray(b"q") + ABC) is bytearray


def test_plus_itself() -> None:
    assert ABC + ABC == b"abcabc"


def test_augmented_operators_bind_a_new_object() -> None:
    original = joined = repeated = Bytes(b"ab")
    joined += b"c"
    repeated *= 2

    assert [*map(bytes, (original, joined, repeated))] == [b"ab", b"abc", b"abab"]


@pytest.mark.parametrize(("count", "expected"), [(0, b""), (2, b"abcabc"), (True, b"abc")])
def test_times(count: int, expected: bytes) -> None:
    repeated = ABC * count

    assert expected == repeated
    assert type(repeated) is Bytes


@pytest.mark.parametrize("count", [-1, 1.5, "2", None])
def test_times_what_is_no_count_raises(count: Any) -> None:
    with pytest.raises(TypeError):
        ABC * count


def test_a_count_in_front_raises() -> None:
    with pytest.raises(TypeError, match="the other way round"):
        2 * ABC


def test_times_too_much_raises() -> None:
    with pytest.raises(OverflowError, match="repeated bytes are too long"):
        ABC * 2**62

    assert Bytes() * 2**63 == b""


@pytest.mark.parametrize("needle", [b"", b"a", b"bc", bytearray(b"b"), memoryview(b"b"), Bytes(b"abc")])
def test_contains_a_buffer(needle: Any) -> None:
    assert needle in ABC


def test_does_not_contain_another() -> None:
    assert not operator.contains(ABC, b"ac")


def test_is_contained_in_builtin_bytes() -> None:
    assert ABC in b"zabcz"


@pytest.mark.parametrize("needle", [97, "a", None])
def test_contains_takes_only_buffers(needle: Any) -> None:
    with pytest.raises(TypeError, match="a bytes-like object is required"):
        needle in ABC  # noqa: B015


def test_contains_takes_only_unsigned_bytes() -> None:
    with pytest.raises(BufferError):
        array.array("i", [1]) in ABC  # noqa: B015


@pytest.mark.parametrize("name", ["isalnum", "isalpha", "isascii", "isdigit", "islower", "isspace", "isupper"])
@given(st.binary(max_size=4))
def test_predicates_are_those_of_bytes(name: str, data: bytes) -> None:
    assert getattr(data, name)() == getattr(Bytes(data), name)()


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("lower", ()),
        ("upper", ()),
        ("removeprefix", (b"a",)),
        ("removesuffix", (b"C",)),
        ("swapcase", ()),
        ("replace", (b"b", b"x")),
        ("copy", ()),
        ("strip", (b"a",)),
        ("join", ([b"1", b"2"],)),
        ("__mod__", ((),)),
    ],
)
def test_methods_that_transform_return_ours(name: str, args: tuple[Any, ...]) -> None:
    data = b"abC"
    changed = getattr(Bytes(data), name)(*args)

    assert getattr(bytearray(data), name)(*args) == changed
    assert type(changed) is Bytes


@pytest.mark.parametrize(
    ("name", "args"), [("split", (b"b",)), ("partition", (b"b",)), ("splitlines", ()), ("rsplit", ())]
)
def test_methods_that_split_return_ours(name: str, args: tuple[Any, ...]) -> None:
    pieces = getattr(ABC, name)(*args)

    assert getattr(b"abc", name)(*args) == pieces
    assert {Bytes} == set(map(type, pieces))


def test_remove_takes_buffers_only() -> None:
    assert ABC.removeprefix(memoryview(b"a")) == b"bc"
    with pytest.raises(TypeError):
        ABC.removeprefix("a")  # type: ignore[arg-type]


def test_to_bytes() -> None:
    assert ABC.to_bytes() == b"abc"
    assert type(ABC.to_bytes()) is bytes


@pytest.mark.parametrize("name", ["append", "extend", "insert", "pop", "remove", "reverse", "clear", "resize"])
def test_has_no_method_that_changes_it(name: str) -> None:
    assert not hasattr(ABC, name)
    with pytest.raises(AttributeError, match=f"no attribute '{name}': it is read-only, take bytearray"):
        getattr(ABC, name)


def test_items_cannot_be_changed() -> None:
    with pytest.raises(TypeError, match="does not support item assignment"):
        ABC[0] = 1
    with pytest.raises(TypeError, match="does not support item deletion"):
        del ABC[:1]


@pytest.mark.parametrize("protocol", [0, 1])
def test_old_pickle_protocols_are_refused(protocol: int) -> None:
    with pytest.raises(TypeError, match="protocol 2"):
        pickle.dumps(ABC, protocol)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickles(protocol: int) -> None:
    tagged = Tagged(b"abc")
    tagged.tag = "x"
    back = pickle.loads(pickle.dumps(tagged, protocol))

    assert (b"abc", "x", Tagged) == (back, back.tag, type(back))
    assert tagged.__getnewargs_ex__() == ((b"abc",), {})


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_copies_are_equal_and_separate(duplicate: Callable[[Bytes], Bytes]) -> None:
    twin = duplicate(ABC)

    assert twin == ABC
    assert type(twin) is Bytes
    assert twin is not ABC


def test_what_a_subclass_makes_is_of_the_base() -> None:
    tagged = Tagged(b"abc")

    assert {Bytes} == {type(made) for made in (tagged[:1], tagged + b"d", tagged * 2, tagged.lower())}
    assert repr(tagged) == 'Bytes(b"abc")'


def test_can_be_referred_to_weakly_and_has_no_dict() -> None:
    assert weakref.ref(ABC)() is ABC
    assert not hasattr(ABC, "__dict__")


def test_goes_wherever_a_buffer_goes() -> None:
    number = Bytes(b"\x01\x00\x00\x00")

    assert b"abc" == bytes(ABC) == b"".join([ABC]) == io.BytesIO(ABC).read()
    assert "abc" == str(ABC, "utf8") == ABC.decode()
    assert 1 == int.from_bytes(number, "little") == struct.unpack("<i", number)[0]
    assert zlib.crc32(b"abc") == zlib.crc32(ABC)
    assert re.match(rb"a", ABC)
    assert json.loads(Bytes(b'{"a": 1}')) == {"a": 1}


def test_is_called_as_in_the_reference() -> None:
    assert (Bytes.__module__, Bytes.__qualname__) == ("obstore", "Bytes")


def test_as_view_gives_the_same_memory() -> None:
    data = bytearray(b"abc")

    assert as_view(data).obj is data


def test_doctest() -> None:
    # The class gives its module as `obstore`, so a run over its own file does not find it.
    runner = doctest.DocTestRunner()
    for example in doctest.DocTestFinder(recurse=False).find(Bytes, "Bytes", globs={"Bytes": Bytes}):
        runner.run(example)

    assert doctest.TestResults(0, runner.tries) == runner.summarize(verbose=False)
    assert runner.tries
