"""Paths: segments joined by `/`, without a slash at either end; the empty string is the root.

Nothing is decoded or encoded on the way in: `a%20b` and `a b` are two objects. Encoding
for a URL happens once, where the URL is made, with the functions at the end of this file.
"""

from __future__ import annotations

import re

from obstore._core.errors import InvalidPathError
from obstore._core.key import CONTROLS, Key

_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")

_UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_IN_PATH = _UNRESERVED + b"/"


def parse_path(path: str) -> str:
    r"""Bring a caller's path into the one form that stores see.

    One slash is dropped at either end. Everything else is kept as it is.

    >>> parse_path("/a/b.txt/")
    'a/b.txt'

    Raises:
        InvalidPathError: A segment is empty, `.` or `..`, or has a control character; or it is a `Key`
            with a slash at either end.
        TypeError: It is not a `str`.
    """
    if not isinstance(path, str):
        raise TypeError(_not_a_path(path))
    name = path.removeprefix("/").removesuffix("/")
    # Searching a framed copy is three times as fast as splitting, and needs no special ends.
    framed = f"/{name}/"
    if "//" in framed or "/./" in framed or "/../" in framed:
        return _root_or_error(path, name)
    if not (name.isascii() and name.isprintable()):
        _check_characters(path)
    if len(name) != len(path) and isinstance(path, Key):
        raise InvalidPathError(f"Could not parse path: {path!r} is no path, and this store holds nothing else")
    return name


def _not_a_path(value: object) -> str:
    kind = type(value).__name__
    return f"path must be a str, not {kind}: pass str(path), with '/' between the segments"


def _root_or_error(path: str, name: str) -> str:
    if not name and path != "//":
        return ""
    segments = name.split("/")
    if "" in segments:
        raise InvalidPathError(f'Could not parse path: Path "{path}" contained empty path segment')
    dots = ".." if ".." in segments else "."
    raise _illegal(path, dots, dots)


def _check_characters(path: str) -> None:
    path.encode()  # a lone surrogate has no UTF-8 form: UnicodeEncodeError
    found = CONTROLS.search(path)
    if found is not None:
        segment = next(segment for segment in path.split("/") if found[0] in segment)
        raise _illegal(path, found[0], segment)


def _illegal(path: str, sequence: str, segment: str) -> InvalidPathError:
    path, sequence, segment = (CONTROLS.sub(_visible, text) for text in (path, sequence, segment))
    return InvalidPathError(
        f'Could not parse path: Error parsing Path "{path}": '
        f'Encountered illegal character sequence "{sequence}" whilst parsing path segment "{segment}"'
    )


def _visible(control: re.Match[str]) -> str:
    return repr(control[0])[1:-1]


def parse_prefix(prefix: str | None) -> str:
    """Bring a caller's listing prefix into the form of a path; `None` is the root.

    >>> parse_prefix("a/"), parse_prefix(None)
    ('a', '')
    """
    return parse_path(prefix) if prefix is not None else ""


def join_path(prefix: str, path: str) -> str:
    """Put a path below a prefix; either may be the root.

    >>> join_path("a", "b/c"), join_path("", "b"), join_path("a", ""), join_path("a", Key("b/"))
    ('a/b/c', 'b', 'a', Key('a/b/'))
    """
    joined = f"{prefix}/{path}" if prefix and path else prefix or path
    return Key(joined) if isinstance(path, Key) else joined


def strip_prefix(prefix: str, path: str) -> str | None:
    """Return what follows `prefix` in `path`, or `None` if whole segments of it do not match.

    >>> strip_prefix("a", "a/b"), strip_prefix("a", "a"), strip_prefix("a", "ab")
    ('b', '', None)
    """
    if not prefix or path == prefix:
        return path[len(prefix) :]
    return path[len(prefix) + 1 :] if is_below(prefix, path) else None


def is_below(prefix: str, path: str) -> bool:
    """Whether `path` lies inside the directory `prefix`. A path is not below itself.

    >>> is_below("a", "a/b"), is_below("a", "a"), is_below("a", "ab"), is_below("", "a")
    (True, False, False, True)
    """
    if not prefix:
        return path != ""
    return path.startswith(prefix) and path.startswith("/", len(prefix))


def encode_path(path: str) -> str:
    """Percent-encode a path for a URL: all bytes but letters, digits and `-._~/`.

    >>> encode_path("a b/é.txt")
    'a%20b/%C3%A9.txt'
    """
    return _encode(path, _IN_PATH)


def encode_query_value(text: str) -> str:
    """Percent-encode a name or value in a query: all bytes but letters, digits and `-._~`.

    >>> encode_query_value("a+b/c=d")
    'a%2Bb%2Fc%3Dd'
    """
    return _encode(text, _UNRESERVED)


def _encode(text: str, safe: bytes) -> str:
    data = text.encode()
    odd = data.translate(None, safe)
    if not odd:
        return text
    return "".join([chr(byte) if byte in safe else f"%{byte:02X}" for byte in data])


def decode_percent(text: str) -> str:
    """Undo percent-encoding. A `%` that begins no escape stays as it is.

    >>> decode_percent("foo%20bar/100%")
    'foo bar/100%'

    Raises:
        InvalidPathError: The bytes are not UTF-8.
    """
    if "%" not in text:
        return text
    data = _ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]), text.encode())
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InvalidPathError(f'Could not parse path: Path "{text}" is not UTF-8 once decoded') from error
