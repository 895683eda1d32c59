"""check("12.2", MyPool): an answer, graded by running it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..subprocesses import Died, call_in_subprocess
from ..versions.trial import BROKEN, ERROR, KEPT, MARKS, NOT_TRIED
from ..views.document import Block, bold, bullets, document, paragraph
from ..views.markup import Markup, element, joined
from ..views.style import LIST
from ..views.view import View
from . import progress_log
from .answers import source_of
from .exercise_runner import checks
from .exercises import Exercise, find

CHECK_SECONDS = 10.0  # for one check; its own waits are in virtual time
SECONDS = 60.0  # for all checks of an answer together


@dataclass(frozen=True)
class Found:
    """The result of one check: kept, broken, error or not tried. `text` and `html` show the failing run of a race."""

    name: str
    outcome: str
    message: str
    text: str = ""
    html: str = ""


class Graded(View):
    """The result of an answer, which has `passed` if all checks hold. The first race found is shown step by step."""

    exercise: Exercise
    results: tuple[Found, ...]

    def __init__(self, exercise: Exercise, results: tuple[Found, ...]) -> None:
        object.__setattr__(self, "exercise", exercise)
        object.__setattr__(self, "results", tuple(_with_one_run(results)))
        super().__init__(*document(*_blocks(self), box="padding:0.5em"))

    @property
    def passed(self) -> bool:
        """Whether every check holds."""
        return all(found.outcome == KEPT for found in self.results)

    @property
    def first_broken(self) -> str:
        """The name of the first check that does not hold, or ""."""
        return next((found.name for found in self.results if found.outcome != KEPT), "")


def _with_one_run(results: tuple[Found, ...]) -> Iterator[Found]:
    """Yield the results with the steps of the first race only, because one run is enough to look at."""
    first = next((found for found in results if found.html), None)
    for found in results:
        yield found if found is first else replace(found, text="", html="")


def check_answer(number: str, answer: object) -> Graded:
    """Run the checks of an exercise on an answer: a class or function of this notebook, or the letters of a puzzle.

    Raises LookupError if there is no such exercise, ValueError if the source of the answer cannot be found.
    """
    exercise = find(number)
    if exercise.kind == "parsons":
        if not isinstance(answer, str):
            raise ValueError(f'the answer is {answer!r}: name the lines by their letters, such as "b a"')
        text = answer
    else:
        text = source_of(answer, exercise.name, exercise.given)
    graded = grade(exercise, text)
    progress_log.note("exercise", exercise.id, passed=graded.passed)
    return graded


def grade(exercise: Exercise, answer: str) -> Graded:
    """Run the checks of an exercise on the text of an answer, in a subprocess and in bounded time.

    Raises ValueError for letters that the puzzle does not have.
    """
    return grade_many(exercise, [answer])[0]


def grade_many(exercise: Exercise, answers: Sequence[str]) -> list[Graded]:
    """Do the same for several answers in one subprocess, which imports what it needs once."""
    programs = [exercise.program(answer) for answer in answers]
    question = {"exercise": exercise.id, "programs": programs, "seconds": CHECK_SECONDS}
    try:
        came: list[list[dict[str, Any]]] = call_in_subprocess(
            "goqueue.lab.learn.exercise_runner:try_answers", question, seconds=SECONDS * len(answers)
        )
    except Died as err:
        came = [[{"name": "", "outcome": ERROR, "message": str(err)}]] * len(answers)
    return [Graded(exercise, tuple(Found(**one) for one in each)) for each in came]


def _headline(graded: Graded) -> str:
    kept, count = sum(found.outcome == KEPT for found in graded.results), len(graded.results)
    hold = f"all {count} hold" if graded.passed else f"{kept} of {count} hold"
    runs = bool(graded.results[0].name)
    return f"{'✓' if graded.passed else '✗'} {graded.exercise.id} {graded.exercise.title}: " + (
        hold if runs else "the code does not run"
    )


def _line(exercise: Exercise, found: Found) -> str:
    sentence = checks(exercise)[found.name].sentence if found.name else "the code runs"
    return f"{MARKS[found.outcome]} {sentence}" + " (not tried)" * (found.outcome == NOT_TRIED)


def _details(graded: Graded, found: Found) -> list[str]:
    right_if = getattr(checks(graded.exercise).get(found.name), "right_if", "")
    lines = found.message.splitlines()
    if found.outcome == BROKEN and right_if:
        lines.append(f"It would be right if {right_if}.")
    return lines


def _blocks(graded: Graded) -> list[Block]:
    items = (_item(graded, found) for found in graded.results)
    return [bold(_headline(graded)), bullets(items, LIST), paragraph(_last(graded))]


def _item(graded: Graded, found: Found) -> Block:
    head, details = _line(graded.exercise, found), _details(graded, found)
    lines = [f"  {head}", *(f"      {line}" for line in details)]
    lines += [f"      {line}" if line else "" for line in found.text.splitlines()]
    told = (element("div", line, style="margin-left:1.5em") for line in details)
    return Block("\n".join(lines), joined([head, *told, Markup(found.html)]))


def _last(graded: Graded) -> str:
    exercise = graded.exercise
    return exercise.why if graded.passed else f'A hint: exercise("{exercise.id}").hint(1), up to {len(exercise.hints)}'
