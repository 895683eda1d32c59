"""check("12.2", MyPool): an answer, graded by running it. check(12) tries the promises of a version instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import indent
from typing import Any, overload

from ..subprocesses import IN_PLACE, UNBOUNDED, Died, call_in_subprocess
from ..versions import check as check_version
from ..versions.trial import BROKEN, ERROR, KEPT, MARKS, NOT_TRIED, Checks
from ..views.document import Block, bold, bullets, document, paragraph
from ..views.markup import Markup, element, joined
from ..views.style import LIST
from ..views.view import View
from . import progress_log
from .answers import source_of
from .exercise_runner import checks
from .exercises import Exercise, find

CHECK_SECONDS = 10.0  # of processor time for one check; its own waits are in virtual time
SECONDS = 900.0  # for all checks of an answer together, on a machine that does a lot besides
_EXERCISE = re.compile(r"\d?\d\.\d")


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
        first = next((found for found in results if found.html), None)  # one run is enough to look at
        shown = tuple(found if found is first else replace(found, text="", html="") for found in results)
        vars(self).update(exercise=exercise, results=shown)
        hint = f'A hint: exercise("{exercise.id}").hint(1), up to {len(exercise.hints)}'
        items = bullets((_item(exercise, found) for found in shown), LIST)
        last = paragraph(exercise.why if self.passed else hint)
        notes = [paragraph(UNBOUNDED)] * IN_PLACE
        super().__init__(*document(bold(_headline(self)), items, last, *notes, box="padding:0.5em"))

    @property
    def passed(self) -> bool:
        """Whether every check holds."""
        return all(found.outcome == KEPT for found in self.results)

    @property
    def first_broken(self) -> str:
        """The name of the first check that does not hold, or ""."""
        return next((found.name for found in self.results if found.outcome != KEPT), "")


@overload
def check(what: int | Path, *names: str, step: int | None = None) -> Checks: ...


@overload
def check(what: str | float, *names: object, step: int | None = None) -> Checks | Graded: ...


def check(what: int | float | str | Path, *names: object, step: int | None = None) -> Checks | Graded:
    """check(12, "no_handler") tries promises on a version; check("12.2", Buffer) an answer to an exercise.

    A version is a step, a counterexample or a folder. The promises named are tried, or those that `step` keeps, or all.
    Raises LookupError for an unknown version, promise or exercise.

    >>> check(12, "graceful_stop")
    ✓ 12 stop lets running jobs finish, joins every thread, and may be called twice
    """
    if isinstance(what, float):
        what = str(what)  # check(12.2, Buffer)
    if isinstance(what, str) and _EXERCISE.fullmatch(what):
        if len(names) != 1:
            raise TypeError(f"check({what!r}, answer) takes one answer, and {len(names)} came")
        return check_answer(what, names[0])
    return check_version(what, *map(str, names), step=step)


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
    said = hold if graded.results[0].name else "the code does not run"
    return f"{'✓' if graded.passed else '✗'} {graded.exercise.id} {graded.exercise.title}: {said}"


def _item(exercise: Exercise, found: Found) -> Block:
    known = checks(exercise).get(found.name)
    head = f"{MARKS[found.outcome]} {known.sentence if known else 'the code runs'}"
    head += " (not tried)" * (found.outcome == NOT_TRIED)
    details = found.message.splitlines()
    right_if = getattr(known, "right_if", "")
    if found.outcome == BROKEN and right_if:
        details.append(f"Your answer would pass only if {right_if}.")
    told = (element("div", line, style="margin-left:1.5em") for line in details)
    below = indent("\n".join([*details, *found.text.splitlines()]), " " * 6)
    return Block(f"  {head}" + (below and f"\n{below}"), joined([head, *told, Markup(found.html)]))
