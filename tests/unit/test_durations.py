from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obstore._core.durations import format_duration, parse_duration, seconds_from


def test_zero() -> None:
    assert timedelta() == parse_duration("0") == parse_duration("0s")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("90 seconds", 90),
        ("1m 30s", 90),
        ("1m30s", 90),
        (" 1s ", 1),
        ("5 s", 5),
        ("00001s", 1),
        ("1.5s", 1.5),
        ("1.5h", 5400),
        ("0.1s", 0.1),
        ("500ms", 0.5),
        ("1us", 1e-6),
        ("1\u00b5s", 1e-6),
        ("1999ns", 1e-6),
        ("3000nsec", 3e-6),
        ("1 hour 2 minutes 3 sec", 3723),
        ("2 years 3 months", 2 * 31557600 + 3 * 2630016),
        ("1M", 2630016),
        ("1y", 31557600),
        ("1w 1d", 8 * 86400),
    ],
)
def test_parse_duration(text: str, seconds: float) -> None:
    assert timedelta(seconds=seconds) == parse_duration(text)


@pytest.mark.parametrize(
    ("units", "seconds"),
    [
        ("usec us", 1e-6),
        ("msec ms millis", 1e-3),
        ("seconds second secs sec s", 1),
        ("minutes minute mins min m", 60),
        ("hours hour hrs hr h", 3600),
        ("days day d", 86400),
        ("weeks week wks wk w", 604800),
        ("months month M", 2630016),
        ("years year yrs yr y", 31557600),
    ],
)
def test_units(units: str, seconds: float) -> None:
    assert {timedelta(seconds=seconds)} == {parse_duration(f"1{unit}") for unit in units.split()}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "30",
        "s",
        "1x",
        "-1s",
        "1 s 2",
        "1s,2s",
        "1D",
        "1S",
        "1_0s",
        ".5s",
        "1.s",
        "1.5.5s",
        "1,5s",
        "PT30S",
        "\uff11s",
        "99999999999999999y",
        "9" * 5000 + "s",
    ],
)
def test_what_is_no_duration_is_named(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_duration(text)

    assert f'failed to parse "{text}" as Duration' in str(caught.value)


@given(st.text() | st.from_regex(r"\A[0-9]+\.?[0-9]* ?[a-zA-Z]+\Z"))
def test_parse_duration_raises_nothing_but_value_errors(text: str) -> None:
    try:
        parsed = parse_duration(text)
    except ValueError:
        return

    assert parsed >= timedelta()


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        (timedelta(), "0s"),
        (timedelta(seconds=90), "1m 30s"),
        (timedelta(seconds=1.5), "1s 500ms"),
        (timedelta(days=40), "1month 9days 13h 26m 24s"),
        (timedelta(days=800), "2years 2months 8days 14h 52m 48s"),
        (timedelta(microseconds=1234567), "1s 234ms 567us"),
        (timedelta(days=365.25), "1year"),
        (timedelta(days=366.25), "1year 1day"),
        (timedelta(hours=1), "1h"),
    ],
)
def test_format_duration(duration: timedelta, expected: str) -> None:
    assert expected == format_duration(duration)


@given(st.timedeltas(min_value=timedelta()))
def test_durations_round_trip(duration: timedelta) -> None:
    assert duration == parse_duration(format_duration(duration))


def test_a_negative_duration_has_no_words() -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        format_duration(timedelta(-1))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1m 30s", 90.0),
        ("30", 30.0),
        (" 2.5 ", 2.5),
        (5, 5.0),
        (0.5, 0.5),
        (timedelta(minutes=1), 60.0),
        (0, 0.0),
    ],
)
def test_seconds_from(value: Any, expected: float) -> None:
    seconds = seconds_from(value, "timeout")

    assert expected == seconds
    assert type(seconds) is float


@pytest.mark.parametrize(
    "value", [-1, float("nan"), float("inf"), timedelta(-1), "-1s", "soon", "", "1e3", "9" * 400, 10**400]
)
def test_seconds_from_refuses_what_is_no_time(value: Any) -> None:
    with pytest.raises(ValueError, match="timeout"):
        seconds_from(value, "timeout")


@pytest.mark.parametrize("value", [True, None, b"1s", [1]])
def test_seconds_from_refuses_other_types(value: Any) -> None:
    with pytest.raises(TypeError, match=f"timeout must be a timedelta.* not {type(value).__name__}"):
        seconds_from(value, "timeout")
