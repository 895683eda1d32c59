"""Trying one learner's answers to the exercises of a step: in a room of their own, check by check."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..learn.exercise_runner import checks
from ..learn.exercises import Exercise, find
from ..learn.grading import CHECK_SECONDS, SECONDS
from ..subprocesses import Died, call_in_subprocess
from ..versions.trial import ERROR, LONGEST_MESSAGE, MARKS, NOT_TRIED, NOT_YET, Result
from .exercise_answers import answer_to, cells_of, exercises_of
from .room import room

ENTRY = "goqueue.lab.learn.exercise_runner:try_several"


def check_names(step: int) -> list[str]:
    """Return the checks of all exercises of a step, such as "12.3 first_in_first_out"."""
    return [f"{exercise.id} {name}" for exercise in exercises_of(step) for name in checks(exercise)]


def sentence_of(name: str) -> str:
    """Return the sentence of such a check, with its exercise."""
    number, _, check = name.partition(" ")
    found = checks(find(number)).get(check)
    return f"{number} {found.sentence}" if found is not None else name


def try_exercises(course: Path, files: Mapping[str, bytes], names: Sequence[str]) -> list[Result]:
    """Return the result of each check, in their order. Any thread may call this. Raises ValueError as `cells_of`."""
    numbers = list(dict.fromkeys(name.partition(" ")[0] for name in names))
    programs: dict[str, str] = {}
    found: dict[str, Result] = {}
    cells = cells_of(files)
    for exercise in map(find, numbers):
        try:
            programs[exercise.id] = exercise.program(answer_to(exercise, cells))
        except (LookupError, ValueError) as err:
            found |= _all(exercise, NOT_YET, str(err.args[0] if err.args else err))
    found |= _ask(course, programs) if programs else {}
    return [found.get(name, Result("submission", name, NOT_TRIED, "what came back is no answer")) for name in names]


def _ask(course: Path, programs: Mapping[str, str]) -> dict[str, Result]:
    questions = [
        {"exercise": number, "programs": [text], "seconds": CHECK_SECONDS} for number, text in programs.items()
    ]
    with room(course, {}) as here:
        try:
            told = call_in_subprocess(ENTRY, questions, seconds=SECONDS * len(questions), place=here.place)
        except Died as err:
            return {name: one for number in programs for name, one in _all(find(number), NOT_TRIED, str(err)).items()}
    answers = told if isinstance(told, list) and len(told) == len(questions) else [None] * len(questions)
    return {
        name: one
        for number, answer in zip(programs, answers, strict=True)
        for name, one in _results(find(number), answer).items()
    }


def _all(exercise: Exercise, outcome: str, message: str) -> dict[str, Result]:
    names = [f"{exercise.id} {name}" for name in checks(exercise)]
    return {name: Result("submission", name, outcome, message) for name in names}


def _results(exercise: Exercise, told: Any) -> dict[str, Result]:
    """Return what counts of an answer: the checks that were asked for, each with one of the known outcomes."""
    rows = told[0] if isinstance(told, list) and len(told) == 1 and isinstance(told[0], list) else []
    found = {}
    for row in rows:
        if not (isinstance(row, dict) and row.get("outcome") in tuple(MARKS) and isinstance(row.get("message"), str)):
            continue
        if row.get("name") == "":  # the code does not run
            return _all(exercise, ERROR, row["message"][:LONGEST_MESSAGE])
        if row.get("name") in checks(exercise):
            name = f"{exercise.id} {row['name']}"
            found[name] = Result("submission", name, row["outcome"], row["message"][:LONGEST_MESSAGE])
    return found
