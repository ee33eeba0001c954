"""Every block of Python in the pages runs, in order, page by page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks_of, pages, run_all

MOST_NOT_RUN = 4
"""Blocks that may be left out, over all pages: what needs a package or a service that tests do not have."""

_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("page", [page for page in pages() if any(blocks_of(page))], ids=_name)
def test_the_code_of_a_page_runs(page: Path) -> None:
    run_all([block for block in blocks_of(page) if block.reason is None])


def test_what_is_not_run_compiles() -> None:
    for page in pages():
        for block in blocks_of(page):
            compile(block.code, str(block), "exec", flags=0x2000)  # ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def test_few_blocks_are_not_run() -> None:
    left_out = [str(block) for page in pages() for block in blocks_of(page) if block.reason is not None]

    assert len(left_out) <= MOST_NOT_RUN, left_out


@pytest.mark.parametrize("page", pages(), ids=_name)
def test_the_links_of_a_page_lead_to_files(page: Path) -> None:
    # `docs/benchmarks.md` is written by the benchmarks.
    targets = [target for target in _LINK.findall(page.read_text(encoding="utf-8")) if "benchmarks" not in target]

    assert [target for target in targets if not (page.parent / target).exists()] == []
