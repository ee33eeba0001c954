"""Whole trees, of which something is deleted: `sync` and `delete_prefix`."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from obstore._api.sides import side_of, tree_of
from obstore._api.transfers import CHUNK_SIZE, CONCURRENCY, LocalPath
from obstore._api.trees import Compare, OnError, Patterns
from obstore._bulk.summary import Summary
from obstore._io.runtime import run_blocking
from obstore._transfer.backend import Backend


def sync(
    source: Backend | LocalPath,
    target: Backend | LocalPath,
    *,
    source_prefix: str | None = None,
    target_prefix: str | None = None,
    delete: bool = False,
    compare: Compare = "size+mtime",
    dry_run: bool = False,
    include: Patterns = (),
    exclude: Patterns = (),
    missing_ok: bool = False,
    on_error: OnError = "continue",
    chunk_size: int = CHUNK_SIZE,
    max_concurrency: int = CONCURRENCY,
    progress: Any = None,
) -> Summary:
    """Make a target like its source: copy what differs and, if asked, delete what the source has not.

    Either side is a store, or the path of a local directory. Nothing is deleted unless all else succeeded. Where both
    listings are sorted, they are compared as they arrive, in bounded memory. Run it again to
    finish what was interrupted.

    >>> from obstore.store import MemoryStore
    >>> source, target = MemoryStore(), MemoryStore()
    >>> _ = source.put("k", b"hello"), target.put("old", b"")
    >>> [(action.deed, action.path) for action in sync(source, target, delete=True, dry_run=True).plan]
    [('copy', 'k'), ('delete', 'old')]
    >>> sync(source, target, delete=True)
    <Summary of sync: 1 done (5 bytes), 1 deleted, in ... s>

    Args:
        source: A store, or a local directory.
        target: A store, or a local directory, which is made if it is not there.
        source_prefix: The directory in the source; None for all.
        target_prefix: The directory in the target; None for its root.
        delete: Whether to delete what is at the target and not at the source. What the patterns leave out stays.
        compare: What makes an object one that has to be copied. `"size+mtime"`: another size, or the source is
            newer; `"size"`; `"etag"`: another ETag (of a local file: its MD5); `"checksum"`: another MD5, read
            where no ETag tells it; `"missing"`: none at the target; `"always"`.
        dry_run: Whether to do nothing, and return the plan.
        include: Patterns of which a path must match one, as those of `glob`. They are matched with the path below
            the prefix; one without a slash with the name alone.
        exclude: Patterns of which a path must match none.
        missing_ok: Whether there may be nothing at the source.
        on_error: `"continue"`, to go on with the others and report in the summary, or `"raise"`.
        chunk_size: Objects that are larger are moved in pieces of this many bytes.
        max_concurrency: Requests in flight. Memory is about `chunk_size * max_concurrency`.
        progress: As for `download`.

    Raises:
        NotFoundError: There is nothing at the source.
    """
    return run_blocking(
        sync_async(
            source,
            target,
            source_prefix=source_prefix,
            target_prefix=target_prefix,
            delete=delete,
            compare=compare,
            dry_run=dry_run,
            include=include,
            exclude=exclude,
            missing_ok=missing_ok,
            on_error=on_error,
            chunk_size=chunk_size,
            max_concurrency=max_concurrency,
            progress=progress,
        )
    )


def sync_async(
    source: Backend | LocalPath,
    target: Backend | LocalPath,
    *,
    source_prefix: str | None = None,
    target_prefix: str | None = None,
    delete: bool = False,
    compare: Compare = "size+mtime",
    dry_run: bool = False,
    include: Patterns = (),
    exclude: Patterns = (),
    missing_ok: bool = False,
    on_error: OnError = "continue",
    chunk_size: int = CHUNK_SIZE,
    max_concurrency: int = CONCURRENCY,
    progress: Any = None,
) -> Coroutine[Any, Any, Summary]:
    """Make a target like its source. As `sync`, to be awaited.

    >>> import asyncio
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> other = MemoryStore()
    >>> asyncio.run(sync_async(store, other)).done, asyncio.run(sync_async(store, other)).skipped
    (1, 1)
    """
    from obstore._bulk.pace import pace_of
    from obstore._bulk.selection import criteria_of
    from obstore._bulk.tree import transfer_tree

    pace = pace_of(chunk_size, max_concurrency, progress, on_error)
    criteria = criteria_of(compare, include, exclude, missing_ok=missing_ok, dry_run=dry_run, delete=delete)
    origin = side_of(source, source_prefix)
    goal = side_of(target, target_prefix, make=not dry_run)
    return transfer_tree("sync", origin, goal, criteria, pace)


def delete_prefix(
    store: Backend,
    prefix: str,
    *,
    include: Patterns = (),
    exclude: Patterns = (),
    dry_run: bool = False,
    whole_store: bool = False,
    on_error: OnError = "continue",
    max_concurrency: int = CONCURRENCY,
    progress: Any = None,
) -> Summary:
    """Delete all objects below a prefix, in as few requests as the store allows.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("a/k", b"hello"), store.put("ab", b"")
    >>> delete_prefix(store, "a").done
    1

    Args:
        store: Where.
        prefix: The directory: whole segments, so `"a"` has `a/b` below it but not `ab`.
        include: Patterns of which a path must match one, as those of `glob`.
        exclude: Patterns of which a path must match none.
        dry_run: Whether to delete nothing, and return the plan.
        whole_store: Whether an empty prefix, which means all there is, may be one.
        on_error: `"continue"`, to go on with the others and report in the summary, or `"raise"`.
        max_concurrency: Requests in flight.
        progress: As for `download`.

    Raises:
        ValueError: The prefix is empty, and `whole_store` is false.
    """
    return run_blocking(
        delete_prefix_async(
            store,
            prefix,
            include=include,
            exclude=exclude,
            dry_run=dry_run,
            whole_store=whole_store,
            on_error=on_error,
            max_concurrency=max_concurrency,
            progress=progress,
        )
    )


def delete_prefix_async(
    store: Backend,
    prefix: str,
    *,
    include: Patterns = (),
    exclude: Patterns = (),
    dry_run: bool = False,
    whole_store: bool = False,
    on_error: OnError = "continue",
    max_concurrency: int = CONCURRENCY,
    progress: Any = None,
) -> Coroutine[Any, Any, Summary]:
    """Delete all objects below a prefix. As `delete_prefix`, to be awaited.

    >>> import asyncio
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("a/b", b""), store.put("c", b"")
    >>> asyncio.run(delete_prefix_async(store, "a")).done
    1
    """
    from obstore._bulk.deletion import delete_tree
    from obstore._bulk.pace import pace_of
    from obstore._bulk.selection import criteria_of

    tree = tree_of(store, prefix)
    if not tree.prefix and not whole_store:
        raise ValueError(
            "prefix is empty, which means all objects of the store: pass whole_store=True if that is meant"
        )
    pace = pace_of(1, max_concurrency, progress, on_error)
    return delete_tree(tree, criteria_of("always", include, exclude, missing_ok=True, dry_run=dry_run), pace)
