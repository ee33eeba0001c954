"""Progress: what a bulk operation says while it is at work, and to whom.

Whoever listens is recognised by what it can do: a tqdm bar, a rich `Progress`, a callback
of fsspec, or any callable. None of these packages is imported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Progress(NamedTuple):
    """How far a bulk operation has come.

    The totals grow while the listing goes on; with `is_planned` they are final.

    >>> import tempfile
    >>> from obstore import download_tree
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> seen: list[Progress] = []
    >>> _ = download_tree(store, None, tempfile.mkdtemp(), progress=seen.append)
    >>> seen[-1].files_done, seen[-1].files_total, seen[-1].bytes_done
    (1, 1, 5)

    Attributes:
        operation: The name of the function.
        path: The object that was worked on last.
        files_done: Objects that are done with: copied, skipped, deleted or failed.
        files_total: Objects found so far.
        bytes_done: Bytes moved, or found to be there already.
        bytes_total: Bytes of the objects found so far.
        files_failed: How many of `files_done` failed.
        is_planned: Whether the totals are final.
    """

    operation: str
    path: str = ""
    files_done: int = 0
    files_total: int = 0
    bytes_done: int = 0
    bytes_total: int = 0
    files_failed: int = 0
    is_planned: bool = False


Listener = Callable[[Progress], object]

SINGLE = {"download", "upload"}
"""Operations on one object, whose progress is in bytes whatever a bar counts."""


def listener_of(progress: Any) -> Listener | None:
    """Return what is to be called with each event.

    Raises:
        TypeError: It is nothing that progress can be shown with.
    """
    if progress is None:
        return None
    for methods, adapt in _KINDS:
        if all(hasattr(progress, method) for method in methods):
            return adapt(progress)
    if callable(progress):
        return progress  # type: ignore[no-any-return]
    raise TypeError(
        f"progress must be a callable, a tqdm bar, a rich Progress or an fsspec Callback, not {type(progress).__name__}"
    )


def _to_fsspec(callback: Any) -> Listener:
    """Counts bytes for a single object, else files, as fsspec's own bulk operations do."""
    seen = [0, 0]

    def show(event: Progress) -> None:
        done, total = _counts(event, event.operation in SINGLE)
        if total != seen[1]:
            callback.set_size(total)
        if done > seen[0]:
            callback.relative_update(done - seen[0])
        seen[:] = max(done, seen[0]), total

    return show


def _to_rich(bars: Any) -> Listener:
    """Adds one task, in bytes. It shows the current path where a column asks for `task.fields[path]`."""
    tasks: list[Any] = []

    def show(event: Progress) -> None:
        if not tasks:
            tasks.append(bars.add_task(event.operation, total=None, path=""))
        bars.update(tasks[0], completed=event.bytes_done, total=event.bytes_total, path=event.path)

    return show


def _to_tqdm(bar: Any) -> Listener:
    """Counts bytes on a bar whose unit is `B`, and for a single object; else files."""
    in_bytes = str(getattr(bar, "unit", "")).lower() in {"b", "byte", "bytes"}

    def show(event: Progress) -> None:
        done, bar.total = _counts(event, in_bytes or event.operation in SINGLE)
        bar.update(done - bar.n)
        if event.is_planned:
            bar.refresh()

    return show


def _counts(event: Progress, in_bytes: bool) -> tuple[int, int]:
    return (event.bytes_done, event.bytes_total) if in_bytes else (event.files_done, event.files_total)


_KINDS: tuple[tuple[tuple[str, ...], Callable[[Any], Listener]], ...] = (
    (("set_size", "relative_update"), _to_fsspec),
    (("add_task", "update"), _to_rich),
    (("update", "total", "n"), _to_tqdm),
)
