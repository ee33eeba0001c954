"""The page and its charts, from made-up measurements: what is lost must be named without being asked for."""

import dataclasses
from xml.etree import ElementTree as ET

import pytest

from benchmarks import chart, growth, lines, peers, rows, tables
from benchmarks.__main__ import parse
from benchmarks.compare import Result, Slice
from benchmarks.race import Race
from benchmarks.report import Measured, Settings, console_line, console_race, page


@pytest.fixture(autouse=True)
def _no_nginx(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page says which version served it; here none did."""
    monkeypatch.setattr("benchmarks.report.nginx_version", lambda: "1.2.3")


def one_second(amount: float, cpu: float = 1.0) -> Slice:
    return {"amount": amount, "elapsed": 1.0, "cpu": cpu, "peak": 1 << 20, "grown": 1 << 20}


def result(row: rows.Row, ours: float, compiled: float, cpu: float = 1.0) -> Result:
    return Result(row, [one_second(ours, cpu)], [one_second(compiled)])


def race(ours: float, **others: float) -> Race:
    slices = {name: [one_second(amount)] for name, amount in {"ours": ours, **others}.items()}
    return Race(peers.PEER_ROWS[0], slices)


def section(text: str, begin: str) -> str:
    """Return the list below a line."""
    return text.split(f"{begin}\n\n", 1)[1].split("\n\n", 1)[0]


def page_of(measured: Measured) -> str:
    return page(measured, Settings(7, 1.0))


AHEAD, BEHIND = rows.ROWS[0], rows.ROWS[1]


def test_a_row_that_is_lost_is_named_with_its_floor() -> None:
    text = page_of(Measured(rows=[result(AHEAD, 9000, 1000), result(BEHIND, 900, 1000)]))

    assert section(text, "Rows where the compiled package is faster, or smaller:") == f"- {BEHIND.title}: 0.90x"
    assert section(text, "Rows below their floor:") == f"- {BEHIND.title}: 0.90x, floor {BEHIND.floor:g}"


def test_more_processor_time_is_named_even_where_the_row_is_won() -> None:
    text = page_of(Measured(rows=[result(AHEAD, 2000, 1000, cpu=4.0)]))

    assert section(text, "Rows where the compiled package takes less processor time:") == f"- {AHEAD.title}: 0.50x"
    assert "| 1,000 requests | 2 | 1 | 0.50x |" in text


def test_a_size_that_is_lost_is_named() -> None:
    won, lost = growth.ROWS[:2]

    text = page_of(Measured(growth=[result(won, 2, 1), result(lost, 1, 2)]))

    assert section(text, "Sizes at which the compiled package is faster:") == f"- {lost.title}: 0.50x"


def test_a_peer_that_is_faster_is_named() -> None:
    text = page_of(Measured(races=[race(1000, opendal=1500, boto3=10)]))

    assert section(text, "Work that another client does faster:") == "- sync GET 1 KiB: opendal, 1.50x as fast"


def test_nothing_lost_is_said_so() -> None:
    text = page_of(Measured(rows=[result(AHEAD, 9000, 1000)]))

    assert section(text, "Rows below their floor:") == "- none"


def test_what_failed_is_named_and_in_no_table() -> None:
    failed = dataclasses.replace(result(AHEAD, 1, 1), failure="compiled: it broke")
    lost = Race(peers.PEER_ROWS[0], {}, {"boto3": "boto3: so did this"})

    text = page_of(Measured(rows=[failed], races=[lost]))

    assert "- sync GET 1 KiB: boto3: so did this" in text
    assert f"- {AHEAD.title}: compiled: it broke" in text
    assert f"| {AHEAD.title} |" not in text
    assert Measured(rows=[failed]).has_failed


def test_the_fastest_client_is_bold_and_the_absent_ones_are_empty() -> None:
    table = tables.races([race(2000, boto3=10)])

    assert table.splitlines()[-1] == "| sync GET 1 KiB | **2.00 k req/s** |  | 10 req/s |  |  |  |  |"


def test_transfers_cost_by_the_gigabyte() -> None:
    row = next(row for row in rows.ROWS if row.unit == "B/s")

    assert "| GB | 0.5 | 2 | 4.00x |" in tables.cost([Result(row, [one_second(2e9)], [one_second(5e8)])])


def test_the_console_tells_what_the_page_tells() -> None:
    assert "BELOW FLOOR" in console_line(result(BEHIND, 900, 1000))
    assert "boto3 10 req/s" in console_race(race(2000, boto3=10))


def test_charts_are_well_formed() -> None:
    grown = tables.grown([result(row, 10 + n, 20 - n) for n, row in enumerate(growth.ROWS)])

    points = ET.fromstring(lines.draw(grown)).iter("{http://www.w3.org/2000/svg}circle")

    assert len(list(points)) == 2 * len(growth.ROWS) + 2
    assert ET.fromstring(chart.draw([result(AHEAD, 2, 1)])).tag.endswith("svg")


def test_a_chart_without_measurements_is_well_formed() -> None:
    assert ET.fromstring(lines.draw(tables.grown([]))).tag.endswith("svg")


def test_every_row_has_its_own_name_and_can_be_chosen() -> None:
    names = [row.name for row in (*rows.ROWS, *growth.ROWS, *peers.PEER_ROWS, *peers.ROWS)]

    assert len(set(names)) == len(names)
    assert [row.name for row in parse(["growth-tasks-1", "peers-put"]).rows] == ["growth-tasks-1", "peers-put-1k"]
