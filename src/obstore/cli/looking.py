"""Commands that look: `ls`, `tree`, `stat` and `du`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import TypeAlias

import obstore
from obstore._core.sizes import format_size
from obstore._core.types import ObjectMeta
from obstore.cli.output import Output, format_object
from obstore.cli.parser import Command, positive
from obstore.cli.places import Place, expand, is_pattern, place_of


def _add_ls(parser: ArgumentParser) -> None:
    parser.add_argument("places", nargs="+", metavar="PLACE", help="a directory, an object, or a pattern")
    parser.add_argument("-l", "--long", action="store_true", help="show time and size")
    parser.add_argument("-r", "-R", "--recursive", action="store_true", help="go into directories")


def _ls(options: Namespace, output: Output) -> int:
    for text in options.places:
        for found, name in _found(text, options.recursive):
            _show(found, name, options.long, output)
    return 0


_Found: TypeAlias = "tuple[str | ObjectMeta, str]"
"""A directory's path, or an object, and the name it is shown under."""


def _found(text: str, is_recursive: bool) -> Iterator[_Found]:
    if is_pattern(text):
        yield from ((place.meta, place.name) for place in expand(text) if place.meta is not None)
        return
    place = place_of(text, is_directory=True)
    is_empty = True
    for each in _below(place) if is_recursive else _level(place):
        is_empty = False
        yield each
    if is_empty and place.path:
        yield obstore.head(place.store, place.path), text  # It is an object, or it is not there.


def _level(place: Place) -> Iterator[_Found]:
    level = obstore.list_with_delimiter(place.store, place.path)
    yield from ((f"{path}/", f"{_relative(path, place)}/") for path in level["common_prefixes"])
    yield from ((meta, _relative(meta["path"], place)) for meta in level["objects"])


def _below(place: Place) -> Iterator[_Found]:
    for chunk in obstore.list(place.store, place.path, chunk_size=1000):
        yield from ((meta, _relative(meta["path"], place)) for meta in chunk)


def _relative(path: str, place: Place) -> str:
    return path.removeprefix(f"{place.path}/") if place.path else path


def _show(found: str | ObjectMeta, name: str, is_long: bool, output: Output) -> None:
    if isinstance(found, str):
        output.show(f"{'':19}  {'':>9}  {name}" if is_long else name, directory=found)
    else:
        output.show(format_object(found, name) if is_long else name, **found)


def _add_tree(parser: ArgumentParser) -> None:
    parser.add_argument("place", metavar="PLACE")
    parser.add_argument("-L", "--level", type=positive, metavar="N", help="go no deeper than this")


def _tree(options: Namespace, output: Output) -> int:
    place = place_of(options.place, is_directory=True)
    output.show(options.place, directory=place.path)
    counts = [0, 0]
    _show_level(place, place.path, "", options.level, counts, output)
    output.say(f"\n{counts[0]} directories, {counts[1]} objects", directories=counts[0], objects=counts[1])
    return 0


def _show_level(place: Place, path: str, indent: str, depth: int | None, counts: list[int], output: Output) -> None:
    level = obstore.list_with_delimiter(place.store, path)
    directories = set(level["common_prefixes"])
    names = sorted([*directories, *(meta["path"] for meta in level["objects"])])
    counts[0] += len(directories)
    counts[1] += len(names) - len(directories)
    for name in names:
        is_last = name == names[-1]
        slash = "/" if name in directories else ""
        text = f"{indent}{'└── ' if is_last else '├── '}{name.rpartition('/')[2]}{slash}"
        output.show(text, **({"directory": name} if slash else {"path": name}))
        if slash and (depth is None or depth > 1):
            deeper = indent + ("    " if is_last else "│   ")
            _show_level(place, name, deeper, None if depth is None else depth - 1, counts, output)


def _add_stat(parser: ArgumentParser) -> None:
    parser.add_argument("places", nargs="+", metavar="PLACE")


def _stat(options: Namespace, output: Output) -> int:
    for text in options.places:
        for place in expand(text):
            result = obstore.get(place.store, place.path, options={"head": True})
            result.close()
            facts = {**result.meta, "attributes": dict(result.attributes)}
            output.show(_described(place.name, result.meta, result.attributes), **facts)
    return 0


def _described(name: str, meta: ObjectMeta, attributes: dict[str, str]) -> str:
    facts = [
        ("size", f"{meta['size']} ({format_size(meta['size'])})"),
        ("last modified", meta["last_modified"].isoformat()),
        ("ETag", meta["e_tag"]),
        ("version", meta["version"]),
        *sorted(attributes.items()),
    ]
    lines = [f"  {key + ':':15} {value}" for key, value in facts if value is not None]
    return "\n".join([name, *lines])


def _add_du(parser: ArgumentParser) -> None:
    parser.add_argument("places", nargs="+", metavar="PLACE")
    parser.add_argument("-d", "--depth", type=int, default=0, metavar="N", help="show directories down to this level")


def _du(options: Namespace, output: Output) -> int:
    for text in options.places:
        place = place_of(text, is_directory=True)
        usage = obstore.du(place.store, place.path, depth=options.depth)
        below = [(_relative(path, place), each) for path, each in sorted(usage.directories.items())]
        rows = [*below, (text, usage)]
        for name, each in rows:
            line = f"{format_size(each.bytes):>9}  {each.files:>9}  {name}"
            output.show(line, path=name, bytes=each.bytes, files=each.files)
    return 0


COMMANDS = [
    Command(
        "ls",
        "list objects and directories",
        _add_ls,
        _ls,
        "  obstore ls s3://bucket/dir/\n  obstore ls -l 's3://bucket/**/*.parquet'",
    ),
    Command("tree", "show directories as a tree", _add_tree, _tree),
    Command("stat", "show the metadata of objects", _add_stat, _stat),
    Command("du", "count objects and bytes", _add_du, _du, "  obstore du -d 1 gs://bucket"),
]
