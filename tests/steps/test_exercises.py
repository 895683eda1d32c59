"""Each exercise fails unsolved, its solution passes, and each wrong answer is caught by the check one expects."""

from __future__ import annotations

import functools

import pytest

from goqueue.lab.learn import grading
from goqueue.lab.learn.exercise_runner import checks
from goqueue.lab.learn.exercise_view import ExerciseView
from goqueue.lab.learn.exercises import Exercise, Wrong, exercises
from goqueue.lab.learn.grading import Graded, grade_many
from goqueue.lab.versions.course import catalogue

ALL = list(exercises().values())
WRONG = [(exercise, wrong) for exercise in ALL for wrong in exercise.wrong]


@functools.cache
def graded(number: str) -> dict[str, Graded]:
    """Grade all answers that the exercise's file holds, once: the start, the solution, and the wrong ones.

    A wrong answer is tried up to the first check that it breaks. On a busy machine no check is too late.
    """
    exercise = exercises()[number]
    whole = {"solution": exercise.solution} | ({"start": exercise.start} if exercise.start else {})
    wrong = {one.name: one.answer for one in exercise.wrong}
    with pytest.MonkeyPatch.context() as patient:
        patient.setattr(grading, "CHECK_SECONDS", 300.0)
        patient.setattr(grading, "SECONDS", 600.0)
        found = grade_many(exercise, [*whole.values()])
        found += grade_many(exercise, [*wrong.values()], all_checks=False)
    return dict(zip([*whole, *wrong], found, strict=True))


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.id)
def test_the_solution_passes(exercise: Exercise) -> None:
    found = graded(exercise.id)["solution"]
    assert found.passed, found


@pytest.mark.parametrize("exercise", [one for one in ALL if one.start], ids=lambda exercise: exercise.id)
def test_unsolved_it_fails(exercise: Exercise) -> None:
    found = graded(exercise.id)["start"]
    assert not found.passed, found
    assert found.results[0].name, f"the start must be code that runs, so that a learner sees what it does: {found}"


@pytest.mark.parametrize(("exercise", "wrong"), WRONG, ids=lambda one: getattr(one, "id", getattr(one, "name", "")))
def test_a_wrong_answer_is_caught_by_the_check_that_one_expects(exercise: Exercise, wrong: Wrong) -> None:
    found = graded(exercise.id)[wrong.name]
    assert found.first_broken == wrong.breaks, found


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


def test_each_check_is_broken_by_some_wrong_answer() -> None:
    for exercise in ALL:
        own = {name for name, check in checks(exercise).items() if hasattr(check, "right_if")}
        broken = {
            one.name for found in graded(exercise.id).values() for one in found.results if one.outcome == "broken"
        }
        assert own <= broken, f"{exercise.id}: nothing shows that these can fail: {own - broken}"


def test_there_are_thirty_wrong_answers_at_least() -> None:
    assert len(WRONG) >= 30
