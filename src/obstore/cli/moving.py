"""Commands that move bytes or remove them: `cp`, `mv`, `rm` and `sync`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

import obstore
from obstore._api.transfers import CHUNK_SIZE
from obstore._api.trees import copy_tree
from obstore._bulk.pace import pace_of
from obstore._bulk.places import Tree
from obstore._bulk.selection import COMPARISONS
from obstore._bulk.several import Errand, run_errands
from obstore._bulk.summary import Summary
from obstore._core.path import decode_percent
from obstore._core.sizes import format_size
from obstore._io.runtime import run_blocking
from obstore._transfer.backend import Backend
from obstore.cli.output import Output
from obstore.cli.parser import Command, add_jobs, add_selection, size
from obstore.cli.places import STDIO, Place, expand, is_pattern, place_of
from obstore.cli.reading import write_out


def _add_cp(parser: ArgumentParser) -> None:
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help="a place, a pattern, or - for standard input")
    parser.add_argument("target", metavar="TARGET", help="a place; a directory, if it ends with / or there are several")
    parser.add_argument("-r", "--recursive", action="store_true", help="copy all that is below SOURCE to below TARGET")
    _add_pace(parser)
    add_selection(parser)


def _add_pace(parser: ArgumentParser) -> None:
    add_jobs(parser)
    parser.add_argument("--part-size", type=size, default=CHUNK_SIZE, metavar="SIZE", help="of large objects")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")


def _cp(options: Namespace, output: Output) -> int:
    if options.sources == [STDIO]:
        return _put_input(options.target, output)
    if options.target == STDIO:
        return write_out(options.sources, output)
    if options.recursive:
        return max([_copy_tree(text, options, output) for text in options.sources])
    return _copy_objects("cp", options, output)[1]


def _put_input(target: str, output: Output) -> int:
    place = place_of(target)
    result = obstore.put(place.store, place.path, iter(lambda: sys.stdin.buffer.read(1 << 20), b""))
    output.say(f"- -> {target}", source=STDIO, target=target, **result)
    return 0


def _copy_tree(text: str, options: Namespace, output: Output) -> int:
    source, target = place_of(text, is_directory=True), _target_of(options.target, is_directory=True)
    summary = copy_tree(
        source.store,
        source.path,
        target.store,
        target.path,
        compare="always",
        include=options.include,
        exclude=options.exclude,
        chunk_size=options.part_size,
        max_concurrency=options.jobs,
        dry_run=options.dry_run,
        progress=output.progress("cp"),
    )
    return report(summary._replace(operation=options.command), output)


def _target_of(text: str, *, is_directory: bool) -> Place:
    place = place_of(text, is_directory=is_directory)
    return place._replace(is_directory=is_directory or place.is_directory)


def _copy_objects(operation: str, options: Namespace, output: Output) -> tuple[list[Place], int]:
    """Copy single objects. Return those that there were, and the exit code."""
    several = len(options.sources) > 1 or any(map(is_pattern, options.sources))
    target = _target_of(options.target, is_directory=several)
    sources = [place for text in options.sources for place in expand(text)]
    errands = list(_errands(sources, target))
    _refuse_collisions(errands)
    if options.dry_run:
        for source, goal, meta in errands:
            output.say(f"copy {source.prefix} -> {goal.prefix}", deed="copy", path=source.prefix, size=meta["size"])
        return [], 0
    pace = pace_of(options.part_size, options.jobs, output.progress(operation), "continue")
    summary = run_blocking(run_errands(operation, errands, pace))
    failed = {failure.path for failure in summary.failures}
    are_named = summary.failed == len(summary.failures)  # Of very many, only the first are.
    copied = [place for place in sources if are_named and place.path not in failed]
    return copied, report(summary, output)


def _errands(sources: list[Place], target: Place) -> Iterator[Errand]:
    for source in sources:
        meta = source.meta or obstore.head(source.store, source.path)
        goal = target.below(source.relative) if target.is_directory else target
        yield Errand(Tree(source.store, source.path), Tree(goal.store, goal.store.parse_path(goal.path)), meta)


def _refuse_collisions(errands: list[Errand]) -> None:
    """Refuse what would leave one object where there were two, or none where there was one.

    Raises:
        ValueError: A source is its own target, or two have the same.
    """
    targets: dict[str, str] = {}
    for source, goal, _ in errands:
        if source.place == goal.place:
            raise ValueError(f"{source.prefix!r} and its target are the same object")
        other = targets.setdefault(goal.place, source.prefix)
        if other is not source.prefix:
            raise ValueError(f"{other!r} and {source.prefix!r} would both become {goal.prefix!r}")


def _mv(options: Namespace, output: Output) -> int:
    if options.recursive:
        return max([_move_tree(text, options, output) for text in options.sources])
    copied, code = _copy_objects("mv", options, output)
    for place in copied:
        obstore.delete(place.store, place.path)
    return code


def _move_tree(text: str, options: Namespace, output: Output) -> int:
    """Copy, and delete the source only if every object of it arrived."""
    _refuse_folding(place_of(text, is_directory=True), _target_of(options.target, is_directory=True))
    code = _copy_tree(text, options, output)
    if code or options.dry_run:
        return code
    return _remove_tree(text, options, output)


def _refuse_folding(source: Place, target: Place) -> None:
    """Refuse to move a directory up where that puts objects into itself, to be deleted with the rest of it.

    Moving `a` to where it lies makes `a/b` of `a/a/b`.

    Raises:
        ValueError: It has such objects.
    """
    tree, goal = Tree(source.store, source.path), Tree(target.store, target.path)
    if not goal.holds(tree):
        return
    relative = decode_percent(tree.place.removeprefix(goal.place).removeprefix("/"))
    inner = f"{source.path}/{relative}"
    if next(obstore.list(source.store, inner, chunk_size=1), None):
        raise ValueError(f"what is below {inner!r} would be moved into {source.path!r} itself: move that first")


def _add_rm(parser: ArgumentParser) -> None:
    parser.add_argument("places", nargs="+", metavar="PLACE", help="an object, a pattern, or with -r a directory")
    parser.add_argument("-r", "--recursive", action="store_true", help="delete all that is below")
    parser.add_argument("--whole-store", action="store_true", help="let -r delete all that a bucket holds")
    parser.add_argument("--dry-run", action="store_true", help="say what would be deleted, and delete nothing")
    add_jobs(parser)
    add_selection(parser)


def _rm(options: Namespace, output: Output) -> int:
    if options.recursive:
        return max([_remove_tree(text, options, output) for text in options.places])
    for text in options.places:
        places = list(expand(text))
        for place in places:
            output.say(f"delete {place.name}", deed="delete", path=place.name)
        if not options.dry_run:
            obstore.delete(places[0].store, [place.path for place in places])
    return 0


def _remove_tree(text: str, options: Namespace, output: Output) -> int:
    place = place_of(text, is_directory=True)
    summary = obstore.delete_prefix(
        place.store,
        place.path,
        include=options.include,
        exclude=options.exclude,
        dry_run=options.dry_run,
        whole_store=getattr(options, "whole_store", False),
        max_concurrency=options.jobs,
        progress=output.progress("rm"),
    )
    return report(summary._replace(operation=options.command), output)


def _add_sync(parser: ArgumentParser) -> None:
    parser.add_argument("source", metavar="SOURCE", help="a directory")
    parser.add_argument("target", metavar="TARGET", help="a directory, which becomes like SOURCE")
    parser.add_argument("--delete", action="store_true", help="delete what only TARGET has")
    parser.add_argument("--compare", choices=COMPARISONS, default=COMPARISONS[0], help="what makes an object another")
    _add_pace(parser)
    add_selection(parser)


def _sync(options: Namespace, output: Output) -> int:
    source, target = place_of(options.source, is_directory=True), place_of(options.target, is_directory=True)
    summary = obstore.sync(
        _side(source),
        _side(target),
        source_prefix=None if source.local is not None else source.path,
        target_prefix=None if target.local is not None else target.path,
        delete=options.delete,
        compare=options.compare,
        include=options.include,
        exclude=options.exclude,
        chunk_size=options.part_size,
        max_concurrency=options.jobs,
        dry_run=options.dry_run,
        progress=output.progress("sync"),
    )
    return report(summary, output)


def _side(place: Place) -> Backend | str:
    return place.store if place.local is None else place.local


def report(summary: Summary, output: Output) -> int:
    """Say what became of a bulk operation, and return the exit code."""
    output.close()
    for deed, path, length, reason in summary.plan:
        if deed != "skip":
            output.say(f"{deed} {path} ({format_size(length)}, {reason})", deed=deed, path=path, size=length)
    for path, error in summary.failures:
        output.warn(f"{path}: {error}")
    counts = {name: getattr(summary, name) for name in ("done", "skipped", "deleted", "failed", "bytes", "seconds")}
    output.say(f"{summary.operation}: {_sentence(summary)}", operation=summary.operation, **counts)
    if summary.failed > len(summary.failures):
        output.warn(f"and {summary.failed - len(summary.failures)} more")
    return 1 if summary.failed else 0


def _sentence(summary: Summary) -> str:
    rate = f", {format_size(int(summary.bytes / summary.seconds))}/s" if summary.seconds > 0 and summary.bytes else ""
    parts = [f"{summary.done} done ({format_size(summary.bytes)}{rate})"]
    parts += [f"{count} {word}" for word in ("skipped", "deleted", "failed") if (count := getattr(summary, word))]
    return ", ".join(parts)


COMMANDS = [
    Command(
        "cp",
        "copy objects and files, in any direction",
        _add_cp,
        _cp,
        "  obstore cp data.csv s3://bucket/dir/\n"
        "  obstore cp 's3://bucket/logs/2026-*.gz' .\n"
        "  obstore cp -r s3://bucket/dir gs://other/dir\n"
        "  tar c dir | obstore cp - s3://bucket/dir.tar",
    ),
    Command("mv", "move objects and files, in any direction", _add_cp, _mv),
    Command("rm", "delete objects and files", _add_rm, _rm, "  obstore rm -r --exclude '*.keep' s3://bucket/tmp"),
    Command(
        "sync",
        "make a directory like another, copying only what differs",
        _add_sync,
        _sync,
        "  obstore sync --delete site/ s3://bucket/site\n  obstore sync --dry-run s3://bucket/dir dir",
    ),
]
