"""Whole trees, copied: `download_tree`, `upload_tree` and `copy_tree`."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Literal, TypeAlias

from obstore._api.sides import local_tree, tree_of
from obstore._api.transfers import CHUNK_SIZE, CONCURRENCY, LocalPath
from obstore._bulk.summary import Summary
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
    """Fetch all objects below a prefix. As `download_tree`, to be awaited.

    >>> import asyncio
    >>> import os, tempfile
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("logs/a.txt", b"hello")
    >>> directory = tempfile.mkdtemp()
    >>> asyncio.run(download_tree_async(store, "logs", directory)).done, os.listdir(directory)
    (1, ['a.txt'])
    """
    from obstore._bulk.pace import pace_of
    from obstore._bulk.selection import criteria_of
    from obstore._bulk.tree import transfer_tree

    pace = pace_of(chunk_size, max_concurrency, progress, on_error)
    criteria = criteria_of(compare, include, exclude, missing_ok=missing_ok, dry_run=dry_run)
    source, target = tree_of(store, prefix), local_tree(local, make=not dry_run)
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
    """Store all files of a local directory. As `upload_tree`, to be awaited.

    >>> import asyncio
    >>> import pathlib, tempfile
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> directory = tempfile.mkdtemp()
    >>> _ = pathlib.Path(directory, "a.txt").write_bytes(b"hello")
    >>> asyncio.run(upload_tree_async(store, directory, "logs")).done, store.head("logs/a.txt")["size"]
    (1, 5)
    """
    from obstore._bulk.pace import pace_of
    from obstore._bulk.selection import criteria_of
    from obstore._bulk.tree import transfer_tree

    pace = pace_of(chunk_size, max_concurrency, progress, on_error)
    criteria = criteria_of(compare, include, exclude, missing_ok=missing_ok, dry_run=dry_run, attributes=attributes)
    source, target = local_tree(local), tree_of(store, prefix)
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
    """Copy all objects below a prefix. As `copy_tree`, to be awaited.

    >>> import asyncio
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> other = MemoryStore()
    >>> asyncio.run(copy_tree_async(store, None, other, "copy")).done, other.head("copy/k")["size"]
    (1, 5)
    """
    from obstore._bulk.pace import pace_of
    from obstore._bulk.selection import criteria_of
    from obstore._bulk.tree import transfer_tree

    pace = pace_of(chunk_size, max_concurrency, progress, on_error)
    criteria = criteria_of(compare, include, exclude, missing_ok=missing_ok, dry_run=dry_run)
    origin = tree_of(source, source_prefix)
    goal = tree_of(target, target_prefix)
    return transfer_tree("copy_tree", origin, goal, criteria, pace)
