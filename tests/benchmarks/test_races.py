"""The benchmark of the race lab comes to its end, and its tables are whole. How fast it is, is asserted nowhere."""

import pytest

from goqueue.lab import explore

from . import others
from .cases import CASES, Case, model_of
from .tables import SMALL, tables


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return list(tables(SMALL))


def test_all_tables_come_out(lines: list[str]) -> None:
    titles = [line.split(":")[0] for line in lines if line.startswith("## ")]
    assert titles == [
        "## Two threads",
        "## One access to an attribute, in time of the processor",
        "## Right pools",
        "## Ten mistakes",
        "## Where the time of a schedule goes",
    ]


def test_each_row_has_a_cell_for_each_column(lines: list[str]) -> None:
    columns = 0
    for line in lines:
        if line.startswith("|"):
            columns = columns or line.count("|")
            assert line.count("|") == columns, line
        else:
            columns = 0


def test_a_tool_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(others, "installed", lambda tool: False)
    assert any("not installed" in line for line in tables(SMALL))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_mistake_is_one(case: Case) -> None:
    assert explore(model_of(case)).failed
