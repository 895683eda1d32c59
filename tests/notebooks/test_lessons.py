"""Each lesson follows predict, run, investigate, modify, make; its predictions and exercises are whole."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from goqueue import lab
from goqueue.lab.learn.exercises import Exercise, exercises
from goqueue.lab.learn.prediction import Reply, replies
from goqueue.lab.notebooks.canonical import nbformat
from goqueue.lab.versions.course import Entry, catalogue
from tests.notebooks.misconceptions import MISCONCEPTIONS

FOLDER = Path(__file__).parents[2] / "notebooks"
LESSONS = [entry for entry in catalogue() if entry.step > 8]


@dataclass(frozen=True)
class Asked:
    """A prediction in a notebook: its choices, and what came in the stored output of its reveal."""

    notebook: str
    question: str
    choices: tuple[str, ...]
    came: str


def cells(notebook: str) -> list[Any]:
    text = (FOLDER / f"{notebook}.ipynb").read_text(encoding="utf-8")
    return list(nbformat().reads(text, as_version=4).cells)


def shown(cell: Any) -> str:
    return "\n".join(out.get("data", {}).get("text/plain", "") for out in cell.get("outputs", []))


def predictions() -> list[Asked]:
    """Return every prediction of every notebook."""
    found = []
    for path in sorted(FOLDER.glob("*.ipynb")):
        code = [cell for cell in cells(path.stem) if cell.cell_type == "code"]
        names = [(cell, made) for cell in code for made in re.findall(r"^(\w+) = predict\(", cell.source, re.MULTILINE)]
        for cell, name in names:
            title, *rest = shown(cell).splitlines()
            choices = tuple(line[5:] for line in rest if re.match(r"  [a-z]  ", line))
            reveals = [one for one in code if f"{name}.reveal(" in one.source]
            assert len(reveals) == 1, f"{path.stem}: {name} has {len(reveals)} reveals"
            came = shown(reveals[0]).splitlines()[0].removeprefix("It is: ")
            found.append(Asked(path.stem, title.removeprefix("Predict: "), choices, came))
    return found


ASKED = predictions()


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: f"{asked.notebook}-{asked.question[:40]}")
def test_a_prediction_has_a_reply_to_each_choice_that_does_not_come(asked: Asked) -> None:
    assert asked.came in asked.choices
    found = replies().get(asked.question)
    assert found is not None, f"steps/predictions/{asked.notebook}.toml has no {asked.question!r}"
    assert found.notebook == asked.notebook
    assert set(found.to) == set(asked.choices) - {asked.came}


def test_no_reply_is_without_its_question_and_no_question_comes_twice() -> None:
    questions = [asked.question for asked in ASKED]
    assert sorted(questions) == sorted(replies())


@pytest.mark.parametrize("name", MISCONCEPTIONS)
def test_each_misconception_has_a_prediction_and_what_refutes_it(name: str) -> None:
    found = [reply for reply in replies().values() if reply.misconception == name]
    assert found
    assert all(reply.refuted_by for reply in found)


def test_what_steps_toml_says_of_misconceptions_is_what_the_notebooks_refute() -> None:
    for entry in LESSONS:
        refuted = {one.misconception for one in replies().values() if one.notebook in entry.notebooks} - {""}
        assert refuted == set(entry.misconceptions), entry.folder


@pytest.mark.parametrize(
    "reply", [one for one in replies().values() if one.refuted_by], ids=lambda reply: reply.question[:40]
)
def test_what_refutes_can_be_typed_in(reply: Reply) -> None:
    names = {name: getattr(lab, name) for name in lab.__all__}
    assert repr(eval(reply.refuted_by, names))


@pytest.mark.parametrize("entry", LESSONS, ids=lambda entry: entry.folder)
def test_a_lesson_says_its_parts_and_they_sum_to_its_minutes(entry: Entry) -> None:
    said = ""
    for head in [cells(notebook)[0].source for notebook in entry.notebooks]:
        parts = dict(re.findall(r"^\| *(\w[^|]*?) *\| *(\d+) *\|$", head, re.MULTILINE))
        said += " ".join(parts)
        assert f"**About {sum(map(int, parts.values()))} minutes.**" in head
        assert "What will hold when you are done" in head
        assert re.search(r"^1\. ", head, re.MULTILINE)
    assert [word for word in ("predict", "run", "investigate", "modify", "make") if word not in said] == []


@pytest.mark.parametrize("exercise", exercises().values(), ids=lambda exercise: exercise.id)
def test_a_notebook_holds_its_exercises_as_their_files_say_and_unsolved(exercise: Exercise) -> None:
    code = [cell for cell in cells(exercise.notebook) if cell.cell_type == "code"]
    last = f'exercise("{exercise.id}")'
    (at,) = [at for at, cell in enumerate(code) if cell.source.splitlines()[-1:] == [last]]
    if exercise.start:
        assert code[at + 1].source.strip().endswith(exercise.start.strip())  # an import may come first
    (check,) = [cell for cell in code[at + 1 :] if cell.source.startswith(f'check("{exercise.id}", ')]
    assert shown(check).startswith("✗ ")
    answer = check.source.strip().removeprefix(f'check("{exercise.id}", ').removesuffix(")")
    if exercise.kind == "parsons":
        assert ast.literal_eval(answer) != exercise.solution
    else:
        assert answer == exercise.name
