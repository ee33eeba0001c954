"""Patterns of paths: what `glob` and the `include` and `exclude` of bulk operations understand. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

_MAGIC = re.compile(r"[*?\[{]")


def expand_braces(pattern: str) -> Iterator[str]:
    """Yield the patterns that one with `{a,b}` stands for.

    >>> [*expand_braces("x.{csv,{tar,t}.gz}")]
    ['x.csv', 'x.tar.gz', 'x.t.gz']

    Raises:
        ValueError: A brace is not closed.
    """
    start = pattern.find("{")
    if start < 0:
        yield pattern
        return
    choices, stop = _choices(pattern, start)
    for choice in choices:
        yield from expand_braces(pattern[:start] + choice + pattern[stop:])


def _choices(pattern: str, start: int) -> tuple[list[str], int]:
    """Return what the brace at `start` chooses from, and where it ends."""
    depth, begin, choices = 0, start + 1, []
    for index in range(start, len(pattern)):
        character = pattern[index]
        if character == "{":
            depth += 1
        elif character == "," and depth == 1:
            choices.append(pattern[begin:index])
            begin = index + 1
        elif character == "}":
            depth -= 1
            if not depth:
                return [*choices, pattern[begin:index]], index + 1
    raise ValueError(f"pattern {pattern!r} has a brace that is not closed")


def literal_prefix(pattern: str) -> tuple[str, int]:
    """Return the directory that all matches lie in, and how many levels deep they may be: 0 for any number.

    >>> literal_prefix("a/b/*.csv"), literal_prefix("a/**/x"), literal_prefix("a/x")
    (('a/b', 1), ('a', 0), ('a', 1))
    """
    segments = pattern.split("/")
    literal = 0
    while literal < len(segments) - 1 and not _MAGIC.search(segments[literal]):
        literal += 1
    rest = segments[literal:]
    return "/".join(segments[:literal]), len(rest) if "**" not in rest else 0


def compile_pattern(pattern: str) -> Callable[[str], object]:
    """Return a function that tells whether a whole path matches.

    >>> match = compile_pattern("a/**/[!x]?.{csv,txt}")
    >>> [bool(match(path)) for path in ("a/b1.csv", "a/b/c/b1.txt", "a/x1.csv", "a/b/.csv")]
    [True, True, False, False]

    Raises:
        ValueError: The pattern is empty, or a bracket or brace is not closed.
    """
    if not pattern:
        raise ValueError("the pattern is empty: '**' matches everything")
    alternatives = [_translate(each) for each in expand_braces(pattern)]
    return re.compile("|".join(f"(?:{each})" for each in alternatives), re.DOTALL).fullmatch


def _translate(pattern: str) -> str:
    segments = pattern.split("/")
    pieces = []
    for index, segment in enumerate(segments):
        is_last = index == len(segments) - 1
        if segment == "**":
            pieces.append(".+" if is_last else "(?:.+/)?")
        else:
            pieces.append(_translate_segment(segment, pattern) + ("" if is_last else "/"))
    return "".join(pieces)


def _translate_segment(segment: str, pattern: str) -> str:
    pieces, index = [], 0
    while index < len(segment):
        character = segment[index]
        if character == "[":
            piece, index = _translate_set(segment, index, pattern)
        else:
            piece, index = _WILD.get(character) or re.escape(character), index + 1
        pieces.append(piece)
    return "".join(pieces)


_WILD = {"*": "[^/]*", "?": "[^/]"}


def _translate_set(segment: str, start: int, pattern: str) -> tuple[str, int]:
    negated = segment[start + 1 : start + 2] in {"!", "^"}
    begin = start + 1 + negated
    stop = segment.find("]", begin + 1)  # A bracket that comes first is one of the characters.
    if stop < 0:
        raise ValueError(f"pattern {pattern!r} has a bracket that is not closed: a literal one is [[]")
    inside = re.sub(r"([\\\[\]^&~|])", r"\\\1", segment[begin:stop])
    return f"(?![/])[{'^' if negated else ''}{inside}]", stop + 1


def compile_filter(include: str | Sequence[str], exclude: str | Sequence[str]) -> Callable[[str], bool]:
    """Return a function that tells whether a path is wanted: one of `include` matches (or there is none), no `exclude`.

    A pattern without a slash is matched with the last segment, one that ends in a slash with directories.

    >>> wanted = compile_filter("*.csv", ["tmp/", "a/x*"])
    >>> [wanted(path) for path in ("b/1.csv", "tmp/1.csv", "b/tmp/1.csv", "a/x.csv", "b.txt")]
    [True, False, False, False, False]

    Raises:
        TypeError: They are not patterns.
    """
    wanted, unwanted = _matchers("include", include), _matchers("exclude", exclude)
    if not wanted and not unwanted:
        return lambda path: True

    def is_wanted(path: str) -> bool:
        return (not wanted or any(match(path) for match in wanted)) and not any(match(path) for match in unwanted)

    return is_wanted


def _matchers(argument: str, patterns: str | Sequence[str]) -> list[Callable[[str], object]]:
    given = [patterns] if isinstance(patterns, str) else patterns
    if not all(isinstance(pattern, str) for pattern in given):
        raise TypeError(f"{argument} must be a pattern or a sequence of patterns, not {patterns!r}")
    return [compile_pattern(_anywhere(pattern)) for pattern in given]


def _anywhere(pattern: str) -> str:
    """Write a pattern of a name or a directory as one of whole paths."""
    inner = pattern + "**" if pattern.endswith("/") else pattern
    return inner.removeprefix("/") if "/" in pattern.rstrip("/") else f"**/{inner}"
