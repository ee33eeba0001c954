"""Stores by URL: where `obstore.get("s3://bucket/key")` finds the store it needs.

A URL is answered by the registered store with the longest prefix that it is below, else by
a store made for its container, from the environment alone, as `from_url` would make it. Those
that were made are kept, the least recently used is forgotten first: a store holds settings and
credentials. Connections belong to the pool of their origin, which outlives it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from typing import NamedTuple
from weakref import WeakSet

from obstore._api.clouds import cloud_store
from obstore._api.plain_stores import LocalStore, MemoryStore
from obstore._core.errors import GenericError
from obstore._core.url import Url, is_signed, recognise, shown_url, split_url, url_path_to_prefix
from obstore._io.lock import Lock
from obstore._io.shutdown import in_forked_child
from obstore._transfer.backend import Backend

MAX_STORES = 64

# What a path cannot say, but a URL of HTTP can: it gets a store of its own, which sends it as it is.
_VERBATIM = re.compile(r"//|[^/]/\Z|%2f", re.IGNORECASE)


class Plan(NamedTuple):
    """How the store for a URL is made, which other URLs it is for (those of one `key`), and the path in it."""

    key: Hashable
    make: Callable[[], Backend]
    path: str


class StoreRegistry:
    """Finds the store that a URL belongs to. Threads and event loops may share it.

    `obstore.store.registry` is the one that all functions use when they are given a URL.

    >>> from obstore.store import MemoryStore
    >>> registry = StoreRegistry()
    >>> registry.register("s3://bucket/tests", MemoryStore())
    >>> registry.resolve("s3://bucket/tests/a/b.txt")
    (<MemoryStore objects=0>, 'a/b.txt')

    Args:
        max_stores: How many stores, made for URLs that no registered one is for, are kept.
    """

    def __init__(self, max_stores: int = MAX_STORES) -> None:
        if not isinstance(max_stores, int) or max_stores < 1:
            raise ValueError(f"max_stores must be an int, and at least 1, not {max_stores!r}")
        self._max_stores = max_stores
        self._lock = Lock()
        self._registered: dict[str, Backend] = {}
        self._made: dict[Hashable, Backend] = {}
        self._memory: Backend | None = None
        _registries.add(self)

    def __repr__(self) -> str:
        return f"<StoreRegistry registered={sorted(map(shown_url, self._registered))} made={len(self._made)}>"

    def register(self, url_prefix: str, store: Backend) -> None:
        """Have a store answer for all URLs at `url_prefix` and below it. It replaces one registered there before.

        The store gets the rest of the URL as the path: `S3Store("bucket", prefix="data")` belongs at
        `s3://bucket/data`. Whole segments count: `s3://bucket/data` is not a prefix of `s3://bucket/data2`.
        Any scheme will do, `my-own://` as well.

        >>> from obstore.store import MemoryStore
        >>> registry = StoreRegistry()
        >>> registry.register("my-own://data", MemoryStore())
        >>> registry.resolve("my-own://data/a/b.txt")
        (<MemoryStore objects=0>, 'a/b.txt')

        Raises:
            ValueError: It is not a URL, or `store` is not a store.
            GenericError: It has a query or a fragment, which no prefix has.
        """
        if not isinstance(store, Backend):
            raise ValueError(f"Expected an object store instance, got {store!r}")
        url = split_url(url_prefix)
        if url.query or "#" in url_prefix:
            raise _unwanted(url_prefix, "a prefix has no query and no fragment", "register the URL up to the '?'")
        with self._lock:
            self._registered[_address(url)] = store

    def unregister(self, url_prefix: str) -> None:
        """Undo `register`.

        >>> from obstore.store import MemoryStore
        >>> registry = StoreRegistry()
        >>> registry.register("my-own://data", MemoryStore())
        >>> registry.unregister("my-own://data")
        >>> registry
        <StoreRegistry registered=[] made=0>

        Raises:
            KeyError: Nothing is registered for exactly this prefix.
        """
        with self._lock:
            del self._registered[_address(split_url(url_prefix))]

    def clear(self) -> None:
        """Forget every store, registered ones too, and all that is in `memory://`.

        What is in flight is finished. A store that is made afterwards reads the environment anew.

        >>> from obstore.store import MemoryStore
        >>> registry = StoreRegistry()
        >>> registry.register("my-own://data", MemoryStore())
        >>> registry.clear()
        >>> registry
        <StoreRegistry registered=[] made=0>
        """
        with self._lock:
            self._registered.clear()
            self._made.clear()
            self._memory = None

    def forget_made(self) -> None:
        """Forget the stores that were made for URLs, so that the next ones read the environment anew.

        Those that were registered stay, and so does what is in `memory://`.

        >>> registry = StoreRegistry()
        >>> _ = registry.resolve("s3://bucket/k")
        >>> registry.forget_made()
        >>> registry
        <StoreRegistry registered=[] made=0>
        """
        with self._lock:
            self._made.clear()

    def resolve(self, url: str, *, is_directory: bool = False) -> tuple[Backend, str]:
        """Return the store that a URL belongs to, and the path in it. Nothing is sent to anyone.

        A path is percent-decoded. `is_directory` says that a slash at the end means nothing, as in a listing.

        >>> StoreRegistry().resolve("s3://bucket/a/b%20c.txt")
        (S3Store(bucket="bucket"), 'a/b c.txt')

        Raises:
            ValueError: It is not a URL.
            GenericError: No store is recognised, or the URL has a query or a fragment that would be lost.
        """
        if self._registered:
            found = self._find_registered(url)
            if found is not None:
                return found
        plan = _plan(url, is_directory=is_directory)
        with self._lock:
            if plan.key == _MEMORY:
                # Forgetting this one to make room would be to lose what is in it.
                self._memory = self._memory or plan.make()
                return self._memory, plan.path
            store = self._made.pop(plan.key, None) or plan.make()
            self._made[plan.key] = store
            if len(self._made) > self._max_stores:
                del self._made[next(iter(self._made))]
        return store, plan.path

    def _find_registered(self, url: str) -> tuple[Backend, str] | None:
        parts = split_url(url)
        address = _address(parts)
        for end in _ends(address, len(f"{parts.scheme}://")):
            store = self._registered.get(address[:end])
            if store is not None:
                _refuse_ends(url, parts)
                return store, store.parse_path(address[end:])
        return None


def _ends(address: str, least: int) -> Iterator[int]:
    """Return where the prefixes of an address end, the longest first; the last is the scheme alone."""
    end = len(address)
    while end > least:
        yield end
        end = address.rfind("/", 0, end)
    yield least


_registries: WeakSet[StoreRegistry] = WeakSet()


@in_forked_child
def _renew_locks() -> None:
    for each in _registries:
        each._lock = Lock()  # Another thread may have held it when the process was forked.


registry = StoreRegistry()
"""The stores of all URLs that are passed to a function in place of a store."""

_MEMORY = "memory"


def _address(url: Url) -> str:
    """Return what prefixes are compared by: a URL, decoded, without a slash at its end."""
    return f"{_root(url)}/{url_path_to_prefix(url.path)}".removesuffix("/")


def _root(url: Url) -> str:
    user = f"{url.userinfo}@" if url.userinfo else ""
    port = f":{url.port}" if url.port is not None else ""
    return f"{url.scheme}://{user}{url.host}{port}"


def _plan(url: str, *, is_directory: bool) -> Plan:
    parts = split_url(url)
    scheme, _ = recognise(url, parts)
    if scheme == "http":
        return _plan_http(url, parts, is_directory=is_directory)
    if scheme == "azure" and "sig=" in parts.query:
        parts = parts._replace(query="")  # The container's credential.
    _refuse_ends(url, parts)
    if scheme == "memory":
        return Plan(_MEMORY, MemoryStore, url_path_to_prefix(parts.path))
    if scheme == "local":
        return Plan("local", LocalStore, url_path_to_prefix(parts.path))
    kind = cloud_store(scheme)
    settings, prefix = kind._read_url(url)
    return Plan((scheme, *sorted(settings.items())), lambda: kind._of_url(settings), prefix or "")


def _plan_http(url: str, parts: Url, *, is_directory: bool) -> Plan:
    from obstore._api.http_store import HTTPStore

    if parts.scheme == "http":
        root = shown_url(_root(parts))
        raise GenericError(
            f"Generic HTTP error: {root} is not encrypted, and nobody has allowed that",
            store="HTTP",
            hint=f"registry.register({root!r}, HTTPStore({root!r}, client_options={{'allow_http': True}}))",
        )
    path = parts.path.rstrip("/") if is_directory else parts.path
    if is_signed(parts.query) or _VERBATIM.search(path):
        return Plan(url, lambda: HTTPStore(url), "")
    # A key for a server's interface, ?api_key=..., goes with every request to it.
    root = f"{_root(parts)}/?{parts.query}" if parts.query else _root(parts)
    return Plan(root, lambda: HTTPStore(root), url_path_to_prefix(path))


def _refuse_ends(url: str, parts: Url) -> None:
    """Refuse a query and a fragment: to go on without them would be to read or replace another object."""
    if parts.query:
        raise _unwanted(url, "it has a query", "a '?' in a path is written %3F; a version goes to options={'version':}")
    if "#" in url:
        raise _unwanted(url, "it has a fragment", "a '#' in a path is written %23")


def _unwanted(url: str, why: str, hint: str) -> GenericError:
    return GenericError(f"Generic URL error: {shown_url(url)!r} names no object: {why}", store="URL", hint=hint)
