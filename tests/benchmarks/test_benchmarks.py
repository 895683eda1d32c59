"""Each comparison runs, once and in tiny sizes. How fast anything is, is asserted nowhere."""

import json
import os
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from goqueue.lab.benchmark_figures import FILE, figures
from goqueue.lab.subprocesses import Died, call_in_subprocess

from . import page, run
from .harness import OURS, Comparison, Contender, Figures, Goal


def every_contender(question: list[Any]) -> dict[str, Figures | None]:
    """Measure each contender, here: one process for all of them takes a few seconds less. None: not installed."""
    name, folder = question
    found: dict[str, Figures | None] = {}
    for contender in run.COMPARISONS[name].contenders:
        (empty := Path(folder, contender.name.replace("/", ""))).mkdir()
        os.chdir(empty)
        try:
            found[contender.name] = contender.measure(run.COMPARISONS[name].quick)
        except ModuleNotFoundError:
            found[contender.name] = None
    return found


@pytest.mark.parametrize("name", run.COMPARISONS)
def test_a_comparison_runs_and_has_the_figures_that_its_goals_name(name: str, tmp_path: Path) -> None:
    found = call_in_subprocess(f"{__name__}:every_contender", [name, str(tmp_path)], seconds=240)
    for goal in run.COMPARISONS[name].goals:
        assert goal.figure in found[goal.who]
        assert set(goal.of) <= set(found)
    ours = [of for contender, of in found.items() if contender.startswith(OURS) or "explore()" in contender]
    assert None not in ours
    assert name != "mistakes" or [of["answer"] for of in ours] == ["found"] * 10


def test_what_cannot_be_measured_is_named_and_the_others_take_turns() -> None:
    asked = []

    def measure(contender: Contender) -> Figures:
        asked.append(contender.name)
        if contender.name == "theirs":
            raise Died("ModuleNotFoundError: No module named 'theirs'")
        return {"run/s": 2.0}

    contenders = tuple(Contender(name, lambda size: {}) for name in (OURS, "theirs", "third"))
    comparison = Comparison("Title.", contenders, 1, 1, (Goal("run/s", "≥", 3, ("theirs",)),))
    found = {"date": "2026-01-01", "size": 1, **comparison.compare(2, measure)}
    assert asked == [OURS, "theirs", "third", "third", OURS]
    lines = list(page.section("Title.\n\nExplained.", found))
    assert "Not measured (ModuleNotFoundError: No module named 'theirs'): theirs." in lines
    assert "| goqueue: run/s ≥ 3 | – | – |" in lines


def test_a_run_of_a_part_prints_a_table_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    before = FILE.read_bytes()
    monkeypatch.setattr(sys, "argv", ["run.py", "--quick", "--only", "access", "--folder", str(tmp_path)])
    run.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("## Race lab: one access")
    assert FILE.read_bytes() == before
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A data file of its own, and a run of one comparison that is to be kept there and takes no time."""
    monkeypatch.setattr(sys, "argv", ["run.py", "--only", "access", "--keep", "--folder", str(tmp_path)])
    monkeypatch.setattr(run, "FILE", tmp_path / "figures.json")
    monkeypatch.setattr(run, "machine", lambda folder: figures()["machine"])
    monkeypatch.setattr(run, "compare", lambda name, asked: {"measured": "now"})
    monkeypatch.setattr(run, "write_pages", lambda root, texts: None)
    return tmp_path / "figures.json"


def test_a_run_of_a_part_can_be_kept_and_the_other_figures_stay(data: Path) -> None:
    run.main()
    kept = json.loads(data.read_text(encoding="utf-8"))
    assert kept == {**figures(), "comparisons": {**figures()["comparisons"], "access": {"measured": "now"}}}
    assert list(kept["comparisons"]) == list(run.COMPARISONS)


def test_a_part_that_is_measured_on_another_machine_is_not_kept(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "machine", lambda folder: {**figures()["machine"], "sqlite": "3.99"})
    with pytest.raises(SystemExit, match=r"of another machine \(sqlite .*, not 3\.99\): measure everything"):
        run.main()
    assert not data.exists()


def test_the_page_is_as_the_data_file_has_it_and_the_file_is_of_a_whole_run() -> None:
    comparisons = figures()["comparisons"]
    assert {name: (told["size"], list(told["contenders"])) for name, told in comparisons.items()} == {
        name: (one.size, [contender.name for contender in one.contenders]) for name, one in run.COMPARISONS.items()
    }
    lines = "\n".join(page.page(run.TEXTS)).splitlines()
    written = (run.ROOT / page.PAGE).read_text(encoding="utf-8").splitlines()
    assert written == lines, "write it again: python tests/benchmarks/run.py --page"
    for before, after in pairwise(lines):
        if before.startswith("|") and after.startswith("|"):
            assert before.count("|") == after.count("|"), after
