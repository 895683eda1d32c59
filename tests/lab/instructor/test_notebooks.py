"""The instructor's notebook and the glossary: their plans add up, and they leave nothing out."""

import re
from pathlib import Path
from typing import Any

import nbformat as untyped_nbformat
import pytest

from tests.notebooks.misconceptions import MISCONCEPTIONS

nbformat: Any = untyped_nbformat  # it has no annotations

FOLDER = Path(__file__).parents[3] / "notebooks"
TERMS = (
    "context, channel, goroutine, mutex, WaitGroup, select, defer, interface, struct, error value, functional options, "
    "AfterFunc, race detector, panic, job, handler, payload, attempt, backoff, jitter, lease, dead letter, "
    "happens-before, preemption, schedule, data race, race condition, deadlock, livelock, lost wake-up, "
    "critical section, promise, counterexample, back-pressure, graceful shutdown, GIL, free-threaded"
)


def _words(name: str) -> str:
    cells = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)["cells"]
    return "\n\n".join(cell["source"] for cell in cells if cell["cell_type"] == "markdown")


def _anchors(text: str) -> list[str]:
    return [heading.replace(" ", "-") for heading in re.findall(r"^### (.+)$", text, re.MULTILINE)]


@pytest.mark.parametrize("minutes", [45, 90])
def test_a_plan_adds_up(minutes: int) -> None:
    section = re.split(rf"^## {minutes} minutes.*$", _words("instructor"), flags=re.MULTILINE)[1].split("\n## ")[0]
    assert sum(int(row) for row in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)) == minutes


def test_each_misconception_is_met() -> None:
    headings = re.findall(r'^### \d\. "(.+)"$', _words("instructor"), re.MULTILINE)
    assert [heading.replace("`", "").casefold() for heading in headings] == [one.casefold() for one in MISCONCEPTIONS]


def test_each_misconception_has_a_question_an_answer_and_a_run() -> None:
    cells = nbformat.read(FOLDER / "instructor.ipynb", as_version=4)["cells"]
    text = "\n".join(cell["source"] if cell["cell_type"] == "markdown" else "<run>" for cell in cells)
    sections = re.split(r"^### \d\. .*$", text, flags=re.MULTILINE)[1:]
    for section in sections:
        parts = re.findall(r"\*\*Ask\.\*\*|\*\*Expect\.\*\*|<run>|\*\*Say\.\*\*", section.split("\n## ")[0])
        assert list(dict.fromkeys(parts)) == ["**Ask.**", "**Expect.**", "<run>", "**Say.**"], section


def test_the_glossary_has_the_words() -> None:
    anchors = _anchors(_words("glossary"))
    assert len(anchors) == len({anchor.casefold() for anchor in anchors})
    assert [term for term in TERMS.split(", ") if _capital(term).replace(" ", "-") not in anchors] == []


def _capital(term: str) -> str:
    return term[0].upper() + term[1:]
