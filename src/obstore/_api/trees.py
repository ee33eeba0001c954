"""Whole trees: `download_tree`, `upload_tree`, `copy_tree`, `sync` and `delete_prefix`."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Literal, TypeAlias, cast

from obstore._api.plain_stores import LocalStore, MemoryStore
from obstore._api.target import backend_of, prefix_of
from obstore._api.transfers import CHUNK_SIZE, CONCURRENCY, LocalPath
from obstore._bulk.places import Tree
from obstore._bulk.summary import Summary
from obstore._core.errors import NotFoundError, store_error
from obstore._core.types import Attributes
from obstore._io.runtime import run_blocking
from obstore._transfer.backend import Backend

Compare: TypeAlias = Literal["size+mtime", "size", "etag", "checksum", "missing", "always"]
"""What makes an object one that has to be copied: see the guide "Bulk operations"."""

OnError: TypeAlias = Literal["continue", "raise"]
Patterns: TypeAlias = "str | Sequence[str]"
AttributesFor: TypeAlias = "Attributes | Callable[[str], Attributes]"


def download_tree(
    store: Backend,
    prefix: str | None,
    local: LocalPath,
    *,
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
    """Fetch all objects below a prefix into a local directory.

    Each file appears whole, with the time of its object, so that a second call skips what is there: run it again
    to finish what was interrupted. Keys that cannot be file names, that lead out of the directory (`..`) or
    collide with another (`a` and `a/b`) are reported as failures; nothing is written for them.

    >>> import os, tempfile
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("a/b/k", b"hello")
    >>> directory = tempfile.mkdtemp()
    >>> download_tree(store, "a", directory).done, os.listdir(directory)
    (1, ['b'])

    Args:
        store: Where the objects are.
        prefix: The directory in it; None for all.
        local: The local directory. It is made if it is not there.
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
        NotFoundError: There is nothing below the prefix.
    """
    return run_blocking(
        download_tree_async(
            store,
            prefix,
            local,
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


def download_tree_async(
    store: Backend,
    prefix: str | None,
    local: LocalPath,
    *,
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
    """Fetch all objects below a prefix. As `download_tree`, to be awaited."""
    from obstore._bulk.pace import pace_of
    from obstore._bulk.selection import criteria_of
    from obstore._bulk.tree import transfer_tree

    pace = pace_of(chunk_size, max_concurrency, progress, on_error)
    criteria = criteria_of(compare, include, exclude, missing_ok=missing_ok, dry_run=dry_run)
    source, target = tree_of(store, prefix), _local_tree(local, make=not dry_run)
    return transfer_tree("download_tree", source, target, criteria, pace)


def upload_tree(
    store: Backend,
    local: LocalPath,
    prefix: str | None,
    *,
    attributes: AttributesFor | None = None,
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
    """Store all files of a local directory below a prefix.

    Each object appears whole. A file that changes while it is being read is a failure, and what was at
    the target stays. Run it again to finish what was interrupted: files that are not newer than their
    objects are skipped.

    >>> import pathlib, tempfile
    >>> from obstore.store import MemoryStore
    >>> directory = tempfile.mkdtemp()
    >>> _ = pathlib.Path(directory, "file").write_bytes(b"hello")
    >>> upload_tree(MemoryStore(), directory, "a")
    <Summary of upload_tree: 1 done (5 bytes), in ... s>

    Args:
        store: Where the objects go.
        local: The local directory.
        prefix: The directory in the store; None for its root.
        attributes: The attributes of every object, or a function that returns those for a path.
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
        NotFoundError: There is no such directory.
    """
    return run_blocking(
        upload_tree_async(
            store,
            local,
            prefix,
            attributes=attributes,
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


def upload_tree_async(
    store: Backend,
    local: LocalPath,
    prefix: str | None,
    *,
    attributes: AttributesFor | None = None,
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
    """Store all files of a local directory. As `upload_tree`, to be awaited."""
    from obstore._bulk.pace import pace_of
    from obstore._bulk.selection import criteria_of
    from obstore._bulk.tree import transfer_tree

    pace = pace_of(chunk_size, max_concurrency, progress, on_error)
    criteria = criteria_of(compare, include, exclude, missing_ok=missing_ok, dry_run=dry_run, attributes=attributes)
    source, target = _local_tree(local), tree_of(store, prefix)
    return transfer_tree("upload_tree", source, target, criteria, pace)


def copy_tree(
    source: Backend,
    source_prefix: str | None,
    target: Backend,
    target_prefix: str | None,
    *,
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
    """Copy all objects below a prefix to another prefix, of the same store or of any other one.

    Where the service can copy, the bytes stay there; else they pass through this process, in bounded
    memory. Attributes are kept. Run it again to finish what was interrupted.

    >>> from obstore.store import MemoryStore
    >>> store, other = MemoryStore(), MemoryStore()
    >>> _ = store.put("a/k", b"hello")
    >>> copy_tree(store, "a", other, "b").done, other.get("b/k").bytes()
    (1, Bytes(b"hello"))

    Args:
        source: Where the objects are.
        source_prefix: The directory in it; None for all.
        target: Where they go.
        target_prefix: The directory in it; None for its root.
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
        NotFoundError: There is nothing below the prefix.
    """
    return run_blocking(
        copy_tree_async(
            source,
            source_prefix,
            target,
            target_prefix,
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


def copy_tree_async(
    source: Backend,
    source_prefix: str | None,
    target: Backend,
    target_prefix: str | None,
    *,
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
    """Copy all objects below a prefix. As `copy_tree`, to be awaited."""
    from obstore._bulk.pace import pace_of
    from obstore._bulk.selection import criteria_of
    from obstore._bulk.tree import transfer_tree

    pace = pace_of(chunk_size, max_concurrency, progress, on_error)
    criteria = criteria_of(compare, include, exclude, missing_ok=missing_ok, dry_run=dry_run)
    origin = tree_of(source, source_prefix)
    goal = tree_of(target, target_prefix)
    return transfer_tree("copy_tree", origin, goal, criteria, pace)


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
    """Make a target like its source. As `sync`, to be awaited."""
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
    """Delete all objects below a prefix. As `delete_prefix`, to be awaited."""
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


def side_of(place: Backend | LocalPath, prefix: str | None, *, make: bool | None = None) -> Tree:
    """Return a store, or a local directory, as one side of an operation."""
    if isinstance(place, os.PathLike) or (isinstance(place, str) and "://" not in place):
        return _local_tree(place, prefix, make=make)
    return tree_of(cast("Backend", place), prefix)


def tree_of(store: Backend, prefix: str | None) -> Tree:
    """Return a prefix of a store as one side of an operation."""
    backend = backend_of(store)
    return Tree(backend, prefix_of(backend, prefix))


def _local_tree(local: LocalPath, prefix: str | None = None, *, make: bool | None = None) -> Tree:
    """Return a local directory as one side of an operation. What is to be made, and is not, counts as empty.

    Raises:
        NotFoundError: It is not there, or it is a file.
    """
    if os.path.isdir(local) or make:
        return tree_of(LocalStore(local, mkdir=make is True, automatic_cleanup=make is not None), prefix)
    if os.path.lexists(local) or make is None:
        cause = "it is not a directory" if os.path.lexists(local) else "there is no such directory"
        raise store_error(NotFoundError, "LocalFileSystem", os.fspath(local), cause)
    return tree_of(MemoryStore(), prefix)
