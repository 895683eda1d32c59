"""Each exercise fails unsolved, its solution passes, and each wrong answer is caught by the check that its file names.

    test ── call_in_subprocess ──> interpreter: tries the solution, and so imports and compiles what the checks need
                                        ├── fork: the start, check by check, up to the first that does not hold
                                        └── fork: a wrong answer, likewise

`check("12.2", …)` tries all checks on one answer instead, as learners are graded, in an interpreter of its own. A test
behind the mark `slow` shows that both ways find the same: for all answers or, of exercises that take long, for some.
"""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import pytest

from goqueue.lab.learn.exercise_runner import _outcome, checks, outcomes
from goqueue.lab.learn.exercise_view import ExerciseView
from goqueue.lab.learn.exercises import Exercise, Wrong, exercises
from goqueue.lab.learn.grading import grade_many
from goqueue.lab.subprocesses import call_in_subprocess
from goqueue.lab.versions.course import catalogue
from goqueue.lab.versions.trial import KEPT

ALL = list(exercises().values())
LONG = {
    "11.2",
    "11.3",
    "12.1",
    "12.2",
    "12.3",
    "12.4",
    "13.1",
    "13.2",
    "13.3",
    "14.1",
    "16.1",
}  # many checks, or orders
WRONG = [(exercise, wrong) for exercise in ALL for wrong in exercise.wrong]
SECONDS = 600.0  # for all answers of one exercise, on a busy machine
PATIENCE = 60.0  # for one check of one answer, likewise; none of these answers hangs


def answers_of(exercise: Exercise) -> dict[str, str]:
    """All answers that an exercise's file holds, by name; the solution comes first."""
    start = {"start": exercise.start} if exercise.start else {}
    return {"solution": exercise.solution, **start, **{wrong.name: wrong.answer for wrong in exercise.wrong}}


def try_all(number: str) -> dict[str, str]:
    """For each answer of an exercise, return the first check that does not hold, or "". This runs in a subprocess."""
    exercise = exercises()[number]
    found = {}
    for name, answer in answers_of(exercise).items():
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "answer.py")
            file.write_text(exercise.program(answer), encoding="utf-8")
            tried = (
                _outcome(number, file, check) if name == "solution" else outcomes(exercise, file, [check], PATIENCE)[0]
                for check in checks(exercise)
            )
            broken = next((one for one in tried if one["outcome"] != KEPT), None)
        found[name] = f"{broken['name']}: {broken['outcome']} {broken['message']}" if broken else ""
    return found


def marked(exercise: Exercise, *further: Wrong) -> object:
    """Make a case of a test. What takes long stands behind the mark."""
    return pytest.param(exercise, *further, marks=pytest.mark.slow if exercise.id in LONG else ())


@functools.cache
def tried(number: str) -> dict[str, str]:
    """Try all answers of an exercise once. Return the first check that each breaks, or ""."""
    found: dict[str, str] = call_in_subprocess(f"{__name__}:try_all", number, seconds=SECONDS)
    return found


def graded(number: str) -> dict[str, str]:
    """Try them as learners are graded; of an exercise that takes long, the solution, the start and a wrong answer."""
    answers = answers_of(exercises()[number])
    if number in LONG:
        answers = dict(list(answers.items())[:3])
    grades = grade_many(exercises()[number], list(answers.values()))
    return {name: grade.first_broken for name, grade in zip(answers, grades, strict=True)}


@pytest.mark.parametrize("exercise", [marked(one) for one in ALL], ids=lambda exercise: exercise.id)
def test_the_solution_passes(exercise: Exercise) -> None:
    assert tried(exercise.id)["solution"] == ""


@pytest.mark.parametrize("exercise", [marked(one) for one in ALL if one.start], ids=lambda exercise: exercise.id)
def test_unsolved_it_fails(exercise: Exercise) -> None:
    found = tried(exercise.id)["start"]
    assert found.partition(":")[0] in checks(exercise), f"a check must fail, and the start must run: {found}"


@pytest.mark.parametrize(
    ("exercise", "wrong"),
    [marked(*pair) for pair in WRONG],
    ids=lambda one: getattr(one, "id", getattr(one, "name", "")),
)
def test_a_wrong_answer_is_caught_by_the_check_that_one_expects(exercise: Exercise, wrong: Wrong) -> None:
    found = tried(exercise.id)[wrong.name]
    assert found.partition(":")[0] == wrong.breaks, found


@pytest.mark.slow
@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.id)
def test_graded_as_learners_are_it_is_the_same(exercise: Exercise) -> None:
    found = {name: outcome.partition(":")[0] for name, outcome in tried(exercise.id).items()}
    assert graded(exercise.id).items() <= found.items()


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.id)
def test_it_has_all_that_a_learner_may_ask_for(exercise: Exercise) -> None:
    assert len(exercise.hints) >= 3
    assert len(set(exercise.hints)) == len(exercise.hints)
    assert exercise.why
    assert exercise.name
    assert len(exercise.wrong) >= 2
    assert bool(exercise.blocks) == (exercise.kind == "parsons")
    assert bool(exercise.start) == (exercise.kind != "parsons")
    shown = ExerciseView(exercise)
    assert all(shown.hint(number).text for number in range(1, len(exercise.hints) + 1))
    assert exercise.solution in shown.solution.text
    if exercise.kind == "parsons":
        assert len(exercise.blocks) > len(exercise.solution.split()), "a line that belongs nowhere makes one think"


def test_each_notebook_has_one_to_modify_one_to_make_and_one_to_order() -> None:
    for entry in catalogue()[1:]:
        kinds = {exercise.kind for exercise in ALL if exercise.step == entry.step}
        assert kinds == {"modify", "make", "parsons"}, entry.step


def test_each_check_is_the_first_that_some_wrong_answer_breaks() -> None:
    for exercise in ALL:
        own = {name for name, check in checks(exercise).items() if hasattr(check, "right_if")}
        caught = {wrong.breaks for wrong in exercise.wrong}
        assert own <= caught, f"{exercise.id}: nothing shows that these can fail: {own - caught}"


def test_there_are_thirty_wrong_answers_at_least() -> None:
    assert len(WRONG) >= 30
