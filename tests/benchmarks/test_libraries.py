"""The table of real libraries, with a tiny library in two versions that is written here. Nothing is installed."""

from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.libraries import page
from tests.benchmarks.libraries.asking import REPLAYS, ask_with
from tests.benchmarks.libraries.bugs import Bug
from tests.benchmarks.libraries.table import BUGS

COUNTER = """
import threading
from contextlib import nullcontext

class Counter:
    def __init__(self):
        self.lock = {lock}
        self.number = 0

    def add(self):
        with self.lock:
            self.number += 1
"""
MODEL = """
import threading
from tiny_counter import Counter

def lost_count():
    counter = Counter()
    threads = [threading.Thread(target=counter.add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.number == 2
"""
BUG = Bug("lost_count", "tiny_model", "nobody/tiny#1", "a count is lost", (), (), ("failed assertion",))


def library(folder: Path, lock: str) -> str:
    """Write a version of the library, with the model beside it; return its folder."""
    folder.mkdir()
    (folder / "tiny_counter.py").write_text(COUNTER.format(lock=lock), encoding="utf-8")
    (folder / "tiny_model.py").write_text(MODEL, encoding="utf-8")
    return str(folder)


@pytest.fixture
def answers(tmp_path: Path) -> dict[str, Any]:
    """What the lab says of both versions."""
    broken = library(tmp_path / "broken", "nullcontext()")
    repaired = library(tmp_path / "repaired", "threading.Lock()")
    return {"broken": ask_with(broken, BUG, False), "repaired": ask_with(repaired, BUG, True)}


def test_both_versions_are_asked_about_and_the_page_says_what_came_of_it(answers: dict[str, Any]) -> None:
    """The broken version is found and replayed, the repaired one is silent, and the page has a line of both."""
    assert answers["broken"]["says"] == "found"
    assert answers["broken"]["replays"] == REPLAYS
    assert answers["repaired"]["says"] == "silent"
    assert answers["repaired"]["verdict"] == "exhausted"
    told = "\n".join(page.lines({"about": {}, "answers": {"lost_count": answers}}, [BUG]))
    assert "| found | 1 of 1 |" in told
    assert "| nobody/tiny#1 | a count is lost |" in told


def test_a_failure_of_the_repaired_version_is_a_false_alarm_and_a_silence_of_the_broken_one_a_miss(
    tmp_path: Path,
) -> None:
    """The versions are exchanged."""
    broken = library(tmp_path / "broken", "nullcontext()")
    repaired = library(tmp_path / "repaired", "threading.Lock()")
    assert ask_with(broken, BUG, True)["says"] == "false alarm: failed assertion"
    assert ask_with(repaired, BUG, False)["says"] == "missed"


def test_a_library_that_cannot_be_imported_is_refused_with_the_reason() -> None:
    """There is no tiny_model to import."""
    assert ask_with("", BUG, False)["says"] == "refused: ModuleNotFoundError: No module named 'tiny_model'"


def test_the_page_is_what_the_figures_say() -> None:
    """docs/libraries.md was written of figures.json."""
    assert page.PAGE.read_text(encoding="utf-8") == "\n".join(page.lines(page.figures(), tuple(BUGS.values()))) + "\n"
