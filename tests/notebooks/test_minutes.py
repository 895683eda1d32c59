"""A notebook says how long it takes, by the estimate of minutes.py, and none takes too long."""

from pathlib import Path
from typing import Any

import pytest

from goqueue.lab.learn.exercises import find
from goqueue.lab.notebooks.canonical import nbformat
from tests.notebooks.minutes import MOST_MINUTES, estimate, said

v4 = nbformat().v4

FOLDER = Path(__file__).parents[2] / "notebooks"
FOUND = {path.stem: nbformat().read(path, as_version=4) for path in sorted(FOLDER.glob("*.ipynb"))}
TIMED = [name for name, notebook in FOUND.items() if said(notebook)]
UNTIMED = {"glossary", "instructor"}  # nobody reads these from top to bottom
A_THIRD = 1 / 3


def test_each_lesson_says_its_minutes() -> None:
    assert {*FOUND} - {*TIMED} == UNTIMED


@pytest.mark.parametrize("name", TIMED)
def test_what_a_notebook_says_differs_little_from_the_estimate(name: str) -> None:
    minutes, found = said(FOUND[name]) or 0, estimate(FOUND[name])
    assert abs(minutes - found) <= A_THIRD * found, f"it says {minutes} minutes, and the estimate is {found:.0f}"


@pytest.mark.parametrize("name", TIMED)
def test_no_notebook_takes_too_long(name: str) -> None:
    longest = max(said(FOUND[name]) or 0, estimate(FOUND[name]))
    assert longest <= MOST_MINUTES, f"{longest:.0f} minutes: make it two, or fold what few need"


def _minutes(*cells: Any) -> float:
    return estimate(v4.new_notebook(cells=list(cells)))


def test_each_thing_has_its_time() -> None:
    words, shown = "word " * 130, v4.new_output("stream", text="sent\n" * 30)
    assert _minutes(v4.new_markdown_cell(words)) == 1
    assert _minutes(v4.new_markdown_cell(f"{words}\n<details><summary>In Go</summary>\n{words}\n</details>")) == 1
    assert _minutes(v4.new_code_cell("send()\n\n" * 5, outputs=[shown])) == pytest.approx((10 + 5 * 8 + 20) / 60)
    assert _minutes(v4.new_code_cell('left = predict("…", choices=[1, 2])\nleft')) == 1.5
    assert _minutes(v4.new_code_cell('level("one_seat")')) == pytest.approx((180 + 10 + 8) / 60)


def test_an_exercise_takes_the_minutes_of_its_file_and_no_more() -> None:
    asked = find("12.3")
    cells = ['exercise("12.3")', asked.start, f'check("12.3", {asked.name})']
    assert _minutes(*map(v4.new_code_cell, cells)) == asked.minutes
