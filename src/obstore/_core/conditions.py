"""Conditions: when a read or a write is to be refused, and how callers say so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, cast

from obstore._core.ranges import format_range, range_from_option
from obstore._core.times import format_http_date
from obstore._core.types import READ_ALL, GetOptions, PutMode, ReadOptions, UpdateVersion

Refusal = Literal["precondition", "not_modified"]


def check_conditions(options: ReadOptions, e_tag: str | None, last_modified: datetime) -> Refusal | None:
    """Evaluate the conditions of a read, in the order of RFC 9110 section 13.2.2.

    Tags are compared as they are, with their quotes. An object without a tag matches
    only `*`. A date counts only where there is no condition on the tag beside it.

    >>> from datetime import UTC
    >>> check_conditions(ReadOptions(if_match='"2"'), '"1"', datetime.now(UTC))
    'precondition'

    Returns:
        `None` if the object may be read.
    """
    if options.if_match is not None:
        if not _matches(options.if_match, e_tag):
            return "precondition"
    elif options.if_unmodified_since is not None and last_modified > options.if_unmodified_since:
        return "precondition"
    if options.if_none_match is not None:
        return "not_modified" if _matches(options.if_none_match, e_tag) else None
    if options.if_modified_since is not None and last_modified <= options.if_modified_since:
        return "not_modified"
    return None


def mode_to_headers(mode: PutMode) -> list[tuple[str, str]]:
    """Write the condition of a write as a header of RFC 9110, for services that go by ETags.

    >>> mode_to_headers("create"), mode_to_headers({"e_tag": '"1"'}), mode_to_headers("overwrite")
    ([('if-none-match', '*')], [('if-match', '"1"')], [])
    """
    if mode == "create":
        return [("if-none-match", "*")]
    if isinstance(mode, Mapping):
        return [("if-match", str(mode.get("e_tag")))]
    return []


def strong_tag(e_tag: str | None) -> str | None:
    """Return a tag as a condition of a request for more of the same object; None if it cannot be one.

    "A client MUST use the strong comparison" for If-Match (RFC 9110, section 13.1.1): a weak tag never matches.

    >>> strong_tag('"1"'), strong_tag('W/"1"'), strong_tag(None)
    ('"1"', None, None)
    """
    return None if e_tag is not None and e_tag.startswith("W/") else e_tag


def _matches(tags: str, e_tag: str | None) -> bool:
    if tags.strip() == "*":
        return True
    return e_tag is not None and e_tag in [tag.strip() for tag in tags.split(",")]


def options_to_headers(options: ReadOptions) -> list[tuple[str, str]]:
    """Write the range and the conditions of a read as the headers of RFC 9110, which every service shares.

    >>> from obstore._core.types import Bounded
    >>> options_to_headers(ReadOptions(range=Bounded(0, 5), if_match='"1"'))
    [('range', 'bytes=0-4'), ('if-match', '"1"')]
    """
    headers = []
    if options.range is not None:
        headers.append(("range", format_range(options.range)))
    if options.if_match is not None:
        headers.append(("if-match", options.if_match))
    if options.if_none_match is not None:
        headers.append(("if-none-match", options.if_none_match))
    if options.if_modified_since is not None:
        headers.append(("if-modified-since", format_http_date(options.if_modified_since)))
    if options.if_unmodified_since is not None:
        headers.append(("if-unmodified-since", format_http_date(options.if_unmodified_since)))
    return headers


def options_from_dict(options: GetOptions | None) -> ReadOptions:
    """Check and normalise the options of a `get`. `None` for an option is as good as leaving it out.

    >>> options_from_dict({"range": (0, 5), "if_match": None})
    ReadOptions(range=Bounded(start=0, end=5), if_match=None, ...

    Raises:
        TypeError: A value has the wrong type, or a date has no time zone.
        ValueError: The range is none.
    """
    if options is None:
        return READ_ALL
    given = _mapping("options", options)
    wanted = given.get("range")
    return ReadOptions(
        range=None if wanted is None else range_from_option(wanted),
        if_match=_text("if_match", given),
        if_none_match=_text("if_none_match", given),
        if_modified_since=_date("if_modified_since", given),
        if_unmodified_since=_date("if_unmodified_since", given),
        version=_text("version", given),
        head=_flag("head", given),
    )


def _mapping(name: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a dict, not {type(value).__name__}")
    return value


def _text(name: str, given: Mapping[str, Any]) -> str | None:
    value = given.get(name)
    if value is None or isinstance(value, str):
        return value
    raise TypeError(f"{name} must be a str, not {type(value).__name__}")


def _date(name: str, given: Mapping[str, Any]) -> datetime | None:
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise TypeError(f"{name} must be a datetime, not {type(value).__name__}")
    if value.utcoffset() is None:
        raise TypeError(f"{name} has no time zone: pass e.g. value.replace(tzinfo=datetime.UTC)")
    return value


def _flag(name: str, given: Mapping[str, Any]) -> bool:
    value = given.get(name)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise TypeError(f"{name} must be a bool, not {type(value).__name__}")


def update_version(mode: object) -> PutMode:
    """Check and normalise the `mode` of a `put`. A dictionary may be what an earlier `put` returned.

    >>> update_version("Create"), update_version({"e_tag": '"1"', "version": None})
    ('create', {'e_tag': '"1"'})

    Raises:
        ValueError: It is a string, but no mode.
        TypeError: It is of another type, or a value in it is.
    """
    if mode is None:
        return "overwrite"
    if isinstance(mode, str):
        word = mode.lower()
        if word in ("create", "overwrite"):
            return cast("Literal['create', 'overwrite']", word)
        raise ValueError(f"Unexpected input for PutMode: {mode}. Expected 'create', 'overwrite' or a dict.")
    return _version_to_replace(_mapping("mode", mode))


def _version_to_replace(mode: Mapping[str, Any]) -> UpdateVersion:
    found = {name: _text(name, mode) for name in ("e_tag", "version")}
    return cast("UpdateVersion", {name: value for name, value in found.items() if value is not None})
