"""The benchmark of the queue comes to its end, and its tables are whole. How fast anything is, is asserted nowhere."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from . import rounds
from .figures import OURS, Contender, Figures, Goal, Row, Unit
from .machine import machine
from .plot import plot
from .rounds import Result, result_of, turned
from .rows.every import ROWS
from .rows.growth import GROWTH, SIZES
from .rows.lateness import LATENESS
from .tables import goals, table

QUICK = [replace(row, rounds=1, quick=200) for row in ROWS if row not in (GROWTH, LATENESS)]


def measure(row: Row, folder: Path) -> list[str]:
    """Measure a row once, and return its tables."""
    result = result_of(row, row.quick, 1, folder)
    assert not [why for why in result.missing.values() if not why.startswith("skipped: ")]
    return [*table(result), *goals([result])]


@pytest.mark.parametrize("row", [*QUICK, replace(GROWTH, quick=SIZES[0])], ids=lambda row: row.name)
def test_a_row_comes_to_its_end(row: Row, tmp_path: Path) -> None:
    few = row if row.name != "import" else replace(row, quick=1)
    lines = measure(few, tmp_path)
    assert sum(line.startswith("## ") for line in lines) == 2
    for before, after in pairwise(lines):
        if before.startswith("|") and after.startswith("|"):
            assert before.count("|") == after.count("|"), after
    assert list(tmp_path.iterdir()) == []  # it leaves no file


def without_peer(row: Row, contender: Contender, size: int, folder: Path) -> tuple[Figures | None, str]:
    return (None, "skipped: no peer") if contender.name == "peer" else ({"done": 2.0}, "")


def never(size: int, folder: Path) -> Figures:
    raise AssertionError("it is measured in another process")


def test_who_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(rounds, "measured", without_peer)
    goal = Goal("3 × peer", "done", 3, ("peer",))
    contenders = (Contender(OURS, never), Contender("peer", never))
    row = Row("row", "Row", contenders, {"done": Unit("a second")}, 1, 1, (goal,))
    result = result_of(row, 1, 2, tmp_path)
    assert "peer skipped: no peer." in list(table(result))
    assert [line for line in goals([result]) if "3 × peer" in line] == ["| Row | 3 × peer | no figure | – | – |"]


def test_a_goal_compares_with_the_best_of_the_peers() -> None:
    medians = {
        OURS: {"done": 12.0, "late": 3.0},
        "slow": {"done": 2.0, "late": 4.0},
        "fast": {"done": 4.0, "late": 2.0},
    }
    most = Goal("", "done", 3, ("slow", "fast"))
    least = Goal("", "late", 1, ("slow", "fast"), at_most=True)
    alone = Goal("", "late", 6, at_most=True)
    assert [(goal.ratio(medians), goal.kept(goal.ratio(medians) or 0)) for goal in (most, least, alone)] == [
        (3.0, True),
        (1.5, False),
        (0.5, True),
    ]


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_the_plot_is_drawn(ending: str, tmp_path: Path) -> None:
    figures: Figures = {"growth": 1.0} | {str(size): 2e-6 for size in SIZES}
    bars: Figures = {"done": 400_000.0, "each": 2.5e-6}
    results = [
        Result(GROWTH, SIZES[-1], 1, {contender.name: [figures] for contender in GROWTH.contenders}),
        Result(ROWS[0], 1, 1, {contender.name: [bars] for contender in ROWS[0].contenders}),
    ]
    plot(results, tmp_path / f"plot.{ending}")
    assert (tmp_path / f"plot.{ending}").stat().st_size > 10_000


def test_nobody_is_always_the_first() -> None:
    contenders = GROWTH.contenders
    assert {turned(contenders, number)[0] for number in range(len(contenders))} == set(contenders)


def test_the_machine_is_named(tmp_path: Path) -> None:
    assert "cores" in next(machine(tmp_path))
