from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from obstore._core.conditions import check_conditions, options_from_dict, update_version
from obstore._core.types import READ_ALL, Bounded, Last, ReadOptions


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (ReadOptions(), None),
        (ReadOptions(if_modified_since=at(50)), None),
        (ReadOptions(if_modified_since=at(100)), "not_modified"),
        (ReadOptions(if_modified_since=at(101)), "not_modified"),
        (ReadOptions(if_unmodified_since=at(50)), "precondition"),
        (ReadOptions(if_unmodified_since=at(100)), None),
        (ReadOptions(if_unmodified_since=at(101)), None),
        (ReadOptions(if_match='"123"'), None),
        (ReadOptions(if_match='"123","354"'), None),
        (ReadOptions(if_match='"354", "123"'), None),
        (ReadOptions(if_match="*"), None),
        (ReadOptions(if_match='"354"'), "precondition"),
        (ReadOptions(if_match="123"), "precondition"),
        (ReadOptions(if_match=""), "precondition"),
        (ReadOptions(if_match="*", if_unmodified_since=at(200)), None),
        (ReadOptions(if_match='"123"', if_unmodified_since=at(50)), None),
        (ReadOptions(if_none_match='"123"'), "not_modified"),
        (ReadOptions(if_none_match="*"), "not_modified"),
        (ReadOptions(if_none_match='"23", "123"'), "not_modified"),
        (ReadOptions(if_none_match='"1232"'), None),
        (ReadOptions(if_none_match='"23", "123"', if_modified_since=at(10)), "not_modified"),
        (ReadOptions(if_none_match='"23"', if_modified_since=at(200)), None),
        (ReadOptions(if_match='"354"', if_none_match='"123"'), "precondition"),
    ],
)
def test_check_conditions(options: ReadOptions, expected: str | None) -> None:
    assert expected == check_conditions(options, '"123"', at(100))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (ReadOptions(if_none_match="*"), "not_modified"),
        (ReadOptions(if_match="*"), None),
        (ReadOptions(if_match='"123"'), "precondition"),
        (ReadOptions(if_none_match='"123"'), None),
    ],
)
def test_an_object_without_a_tag_matches_only_the_star(options: ReadOptions, expected: str | None) -> None:
    assert expected == check_conditions(options, None, at(100))


def test_dates_count_to_the_microsecond() -> None:
    modified = at(100.000001)

    assert check_conditions(ReadOptions(if_unmodified_since=modified), None, modified) is None
    assert check_conditions(ReadOptions(if_unmodified_since=at(100)), None, modified) == "precondition"


def test_no_options_read_everything() -> None:
    assert options_from_dict(None) is READ_ALL
    assert options_from_dict({}) == READ_ALL


def test_all_options() -> None:
    expected = ReadOptions(
        range=Bounded(0, 5),
        if_match="a",
        if_none_match="b",
        if_modified_since=at(1),
        if_unmodified_since=at(2),
        version="v",
        head=True,
    )
    given = expected._asdict() | {"range": (0, 5), "unknown": object()}

    assert expected == options_from_dict(given)  # type: ignore[arg-type]


def test_none_is_as_good_as_absent() -> None:
    given: Any = dict.fromkeys(ReadOptions._fields)

    assert options_from_dict(given) == READ_ALL


def test_other_time_zones_are_accepted() -> None:
    moment = datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=2)))

    assert moment == options_from_dict({"if_modified_since": moment}).if_modified_since


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (5, "options must be a dict, not int"),
        ([], "options must be a dict, not list"),
        ({"if_match": 5}, "if_match must be a str, not int"),
        ({"if_none_match": b"x"}, "if_none_match must be a str, not bytes"),
        ({"version": 1}, "version must be a str"),
        ({"head": 1}, "head must be a bool, not int"),
        ({"if_modified_since": "today"}, "if_modified_since must be a datetime, not str"),
        (
            {"if_unmodified_since": datetime(2024, 1, 1)},
            "if_unmodified_since has no time zone: pass e.g. value.replace",
        ),
    ],
)
def test_wrong_types_are_named(given: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        options_from_dict(given)


def test_the_range_is_read() -> None:
    assert Last(3) == options_from_dict({"range": {"suffix": 3}}).range
    with pytest.raises(ValueError, match="Unexpected input for byte range"):
        options_from_dict({"range": (1, 2, 3)})


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (None, "overwrite"),
        ("create", "create"),
        ("CREATE", "create"),
        ("Overwrite", "overwrite"),
        ({}, {}),
        ({"e_tag": '"1"'}, {"e_tag": '"1"'}),
        ({"e_tag": '"1"', "version": None}, {"e_tag": '"1"'}),
        ({"e_tag": None, "version": "7", "more": 1}, {"version": "7"}),
    ],
)
def test_update_version(mode: object, expected: object) -> None:
    assert expected == update_version(mode)


def test_another_word_is_no_mode() -> None:
    with pytest.raises(ValueError, match="Unexpected input for PutMode: x"):
        update_version("x")


@pytest.mark.parametrize(
    ("mode", "message"), [(5, "mode must be a dict, not int"), ({"e_tag": 5}, "e_tag must be a str, not int")]
)
def test_another_type_is_no_mode(mode: object, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        update_version(mode)
