"""`Bytes`: what reads return.

It is a `bytearray`, because that is the one type of Python 3.11 that a socket or a file
can be read into and that then goes to the caller without a copy. Everything that would
change it is switched off; only the engine fills one, through `memoryview` and
`bytearray.__init__`, before anybody else has it. What this cannot hide: a buffer that
is exported to C code (or to `memoryview`) is writable.
"""

from __future__ import annotations

import functools
import operator
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, SupportsIndex, overload

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

    from obstore._core.types import Buffer

# Types whose buffers need no check: the test for them is what keeps the ordinary case fast.
_PLAIN: set[type] = {bytes, bytearray}
_UNSIGNED_BYTES = frozenset({"B", "c"})
_CAST = "memoryview(x).cast('B')"
_NAMED_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPES = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 256))} | {
    ord(character): escape for character, escape in _NAMED_ESCAPES.items()
}


class Bytes(bytearray):
    """Bytes that were read from a store. They cannot be changed.

    They compare, slice and concatenate like `bytes`, and go without a copy wherever a
    buffer is taken: `memoryview`, `numpy.frombuffer`, `file.write`. Unlike `bytes` they
    have no hash and no order.

    >>> data = Bytes(b"hello world")
    >>> data[:5], data == b"hello world", data.to_bytes()
    (Bytes(b"hello"), True, b'hello world')

    Args:
        buf: Any contiguous buffer of unsigned bytes. It is copied.

    Raises:
        TypeError: It is not a buffer.
        BufferError: Its items are not unsigned bytes.
        ValueError: Its bytes do not lie side by side.
    """

    __slots__ = ("__weakref__",)
    __module__ = "obstore"

    def __init__(self, buf: ReadableBuffer = b"") -> None:
        bytearray.__init__(self, buf if type(buf) in _PLAIN else as_view(buf))

    def to_bytes(self) -> bytes:
        """Copy them to builtin `bytes`.

        >>> Bytes(b"hello").to_bytes()
        b'hello'
        """
        return bytes(self)

    def lower(self) -> Bytes:
        """Return a copy with the ASCII letters in lower case.

        >>> Bytes(b"Hello").lower()
        Bytes(b"hello")
        """
        return frozen(bytearray.lower(self))

    def upper(self) -> Bytes:
        """Return a copy with the ASCII letters in upper case.

        >>> Bytes(b"Hello").upper()
        Bytes(b"HELLO")
        """
        return frozen(bytearray.upper(self))

    def removeprefix(self, prefix: ReadableBuffer, /) -> Bytes:
        """Return a copy without `prefix` at its start, if it is there.

        >>> Bytes(b"data.csv").removeprefix(b"data.")
        Bytes(b"csv")
        """
        return frozen(bytearray.removeprefix(self, as_view(prefix)))

    def removesuffix(self, suffix: ReadableBuffer, /) -> Bytes:
        """Return a copy without `suffix` at its end, if it is there.

        >>> Bytes(b"data.csv").removesuffix(b".csv")
        Bytes(b"data")
        """
        return frozen(bytearray.removesuffix(self, as_view(suffix)))

    def __repr__(self) -> str:
        return f'Bytes(b"{self.decode("latin-1").translate(_ESCAPES)}")'

    __str__ = __repr__

    @overload
    def __getitem__(self, key: SupportsIndex, /) -> int: ...
    @overload
    def __getitem__(self, key: slice, /) -> Bytes: ...
    def __getitem__(self, key: SupportsIndex | slice, /) -> int | Bytes:
        if isinstance(key, slice):
            return frozen(memoryview(self)[key])
        try:
            return bytearray.__getitem__(self, key)
        except IndexError:
            raise IndexError(f"Index out of range: {key!r} of {len(self)} bytes") from None

    def __contains__(self, needle: Any, /) -> bool:
        return bytearray.__contains__(self, needle if type(needle) in _PLAIN else as_view(needle))

    def __eq__(self, other: object, /) -> bool:
        if type(other) not in _PLAIN:
            try:
                other = as_view(other)
            except (TypeError, ValueError, BufferError):
                return NotImplemented
        return bytearray.__eq__(self, other)

    def __ne__(self, other: object, /) -> bool:
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else not equal

    __hash__ = None

    def __lt__(self, other: object, /) -> NoReturn:
        # NotImplemented would let bytearray's own comparison answer for it.
        raise TypeError(f"Bytes have no order: compare bytes(x) with a {type(other).__name__}")

    __le__ = __gt__ = __ge__ = __lt__

    def __add__(self, other: Any, /) -> Bytes:
        if type(other) not in _PLAIN:
            try:
                other = as_view(other)
            except BufferError as error:
                raise TypeError(f"can't concat {type(other).__name__} to Bytes: {error}") from error
        joined = frozen(self)
        bytearray.__iadd__(joined, other)
        return joined

    # `x += y` is not a change: the name gets the new value, as with bytes.
    __iadd__ = __add__  # pyright: ignore[reportAssignmentType] - not of a subclass's type

    def __mul__(self, count: SupportsIndex, /) -> Bytes:
        n = operator.index(count)
        if n < 0:
            raise TypeError(f"can't repeat Bytes {n} times: the count must not be negative")
        if len(self) * n > sys.maxsize:
            raise OverflowError("repeated bytes are too long")
        repeated = frozen(self)
        if repeated:
            bytearray.__imul__(repeated, n)
        return repeated

    __imul__ = __mul__  # pyright: ignore[reportAssignmentType]

    def __rmul__(self, count: object, /) -> NoReturn:
        raise TypeError("can't multiply by Bytes: write it the other way round, Bytes * count")

    def __setitem__(self, key: object, value: object, /) -> NoReturn:
        raise TypeError(f"'Bytes' object does not support item assignment: {_REMEDY}")

    def __delitem__(self, key: object, /) -> NoReturn:
        raise TypeError(f"'Bytes' object does not support item deletion: {_REMEDY}")

    def __getnewargs_ex__(self) -> tuple[tuple[bytes], dict[str, object]]:
        return (bytes(self),), {}

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> tuple[Any, ...]:
        if operator.index(protocol) < 2:
            raise TypeError("cannot pickle 'Bytes' object: use protocol 2 or later")
        return type(self), (bytes(self),), getattr(self, "__dict__", None)


_REMEDY = "it is read-only, take bytearray(x) for a copy that can change"


def as_view(buf: Any) -> memoryview:
    """View a buffer, having made sure that it is one row of unsigned bytes.

    Raises:
        TypeError: It is not a buffer.
        BufferError: Its items are not unsigned bytes.
        ValueError: Its bytes do not lie side by side.
    """
    try:
        view = memoryview(buf)
    except TypeError:
        raise TypeError(f"a bytes-like object is required, not '{type(buf).__name__}'") from None
    if not has_bytes(view):
        shape = f"{view.ndim} dimensions of format {view.format!r}"
        raise BufferError(f"buffer contents are not compatible with u8: it has {shape}: {_remedy_for(view)}")
    if not view.c_contiguous:
        raise ValueError("Buffer is not C contiguous: copy it first, with memoryview(x).tobytes()")
    if view.ndim > 1 and view.strides != (1,) * view.ndim:
        raise ValueError(f"strides other than 1 not supported, got: {view.strides}: flatten it, with {_CAST}")
    return view


def has_bytes(view: memoryview) -> bool:
    """Tell whether the items of a buffer are unsigned bytes, in rows of any number of dimensions."""
    return view.ndim > 0 and view.format.lstrip("@=<>!") in _UNSIGNED_BYTES


def _remedy_for(view: memoryview) -> str:
    if view.format == "O":
        return "encode the objects first"
    return f"take memoryview(x).tobytes(){f', or {_CAST}, which is no copy' if view.c_contiguous else ''}"


def frozen(data: Buffer) -> Bytes:
    made = Bytes.__new__(Bytes)
    bytearray.__init__(made, data)
    return made


class _Missing:
    """Hides a method of `bytearray`, so that `hasattr` says no."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type | None = None) -> NoReturn:
        raise AttributeError(f"'Bytes' object has no attribute {self._name!r}: {_REMEDY}")


def _returning_bytes(name: str) -> Callable[..., Any]:
    method = getattr(bytearray, name)

    @functools.wraps(method)
    def call(self: Bytes, *args: Any, **kwargs: Any) -> Any:
        result = method(self, *args, **kwargs)
        if isinstance(result, bytearray):
            return frozen(result)
        return type(result)(map(frozen, result))  # the list of split, the tuple of partition

    return call


_CHANGE = "append clear extend insert pop remove resize reverse take_bytes"
_COPY = """__mod__ capitalize center copy expandtabs join ljust lstrip partition replace rjust rpartition
    rsplit rstrip split splitlines strip swapcase title translate zfill"""

for _name in _CHANGE.split():
    setattr(Bytes, _name, _Missing(_name))
for _name in _COPY.split():
    setattr(Bytes, _name, _returning_bytes(_name))
_PLAIN.add(Bytes)
