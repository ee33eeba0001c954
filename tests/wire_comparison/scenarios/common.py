"""Steps that are worth a look on every service."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.wire_comparison.scenario import Step, step

MIB = 1 << 20

# Legal in every store, and each in need of an escape somewhere: in a path, a query, a header or XML.
ODD_KEYS = (
    "a b/c d.txt",
    "100%/50%25.txt",
    "a+b/c=d&e.txt",
    "höhe/日本.txt",
    "why?/really?.txt",
    "a#b/#1.txt",
    'quote\'s/"x".txt',
    "(a)[b]{c}/<d>|^`.txt",
    "~a!$*,;:@/_-.txt",
    "back\\slash.txt",
)


def touch(key: str) -> tuple[Step, ...]:
    """Name a key in a path, in a body and in a header."""
    return step("put", key, b"1"), step("head", key), step("delete", [key, "k"]), step("copy", key, f"to {key}")


THEN = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)

GET_OPTIONS: dict[str, Step] = {
    "range": step("get", "k", range=(2, 5)),
    "range-beyond": step("get", "k", range=(2, 500)),
    "offset": step("get", "k", range={"offset": 3}),
    "suffix": step("get", "k", range={"suffix": 4}),
    "if-match": step("get", "k", if_match='"e1"'),
    "if-none-match": step("get", "k", if_none_match='"e2"'),
    "if-modified-since": step("get", "k", if_modified_since=THEN),
    "if-unmodified-since": step("get", "k", if_unmodified_since=THEN),
    "version": step("get", "k", version="v 1"),
    "head": step("get", "k", head=True),
    "together": step("get", "k", range=(0, 4), if_match='"e1"', if_modified_since=THEN, version="v1"),
}

ATTRIBUTES = {
    "Cache-Control": "no-store",
    "Content-Disposition": 'attachment; filename="a b.txt"',
    "Content-Encoding": "identity",
    "Content-Language": "de, en",
    "Content-Type": "text/plain; charset=utf-8",
    "colour": "dark  red",
    "Number-2": "2",
}
STORAGE_CLASS = {"Storage-Class": "COLD"}
TAGS = {"a b": "c/d", "ö": "&=", "plain": ""}

_METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")
HOUR = timedelta(hours=1)
SIGNS = {method.lower(): step("sign", method, ["a b/ü.txt", "k"], HOUR) for method in _METHODS}


def parts(**options: Any) -> Step:
    """Put an object of two parts, one after the other."""
    return step("put", "big", b"x" * (5 * MIB) + b"y" * 1000, max_concurrency=1, **options)


PARTS = parts()
WRITER = step("write", "big", b"x" * (5 * MIB), b"y" * (5 * MIB), b"z", buffer_size=5 * MIB, max_concurrency=1)
EVERYTHING = (
    step("put", "k", b"hello"),
    PARTS,
    step("get", "k"),
    step("head", "k"),
    step("list", "p"),
    step("delete", ["k", "l m"]),
    step("copy", "from/a b", "to/ü"),
)
LISTS: dict[str, Step] = {
    "list": step("list"),
    "list-prefix": step("list", "p q/ü"),
    "list-prefix-slash": step("list", "p/"),
    "list-offset": step("list", offset="a b+ü"),
    "list-prefix-offset": step("list", "p", offset="p/k1"),
    "list-delimiter": step("list_with_delimiter"),
    "list-delimiter-prefix": step("list_with_delimiter", "p q"),
}

_FAILING = {
    "get": (step("get", "k"), (304, 401, 403, 404, 408, 409, 412, 416, 425, 429, 500, 501)),
    "put": (step("put", "k", b"hello"), (400, 403, 404, 409, 412, 429, 500, 503)),
    "create": (step("put", "k", b"hello", mode="create"), (304, 409, 412, 429, 500)),
    "parts": (PARTS, (403, 429, 500)),
    "list": (step("list"), (400, 403, 404, 500)),
    "delete": (step("delete", ["k"]), (403, 404, 429, 500)),
    "copy": (step("copy", "a", "b"), (403, 404, 409, 412, 500)),
    "rename": (step("rename", "a", "b"), (403, 404)),
}
FAILURES = {f"{name}-{status}": (call, status) for name, (call, statuses) in _FAILING.items() for status in statuses}
"""The first request of a call gets such a status, and nothing more is said."""

RANGE = step("get", "k", range=(2, 5))
