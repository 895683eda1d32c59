"""Answers that misbehave: a clear line for each, in bounded time, and never a hang."""

from __future__ import annotations

from typing import Any

import pytest

from goqueue.lab import check, exercise
from goqueue.lab.learn import grading
from goqueue.lab.learn.exercise_runner import checks
from goqueue.lab.learn.exercise_view import ExerciseView
from goqueue.lab.learn.exercises import find
from goqueue.lab.learn.grading import grade

HEAD = "def send_catalogue(ctx, send):\n    "

# what she wrote -> the outcome, and words that must be said
MISBEHAVING = {
    "no Python": ("def send_catalogue(ctx, send)\n    pass", "SyntaxError: expected ':', in line"),
    "another name": ("def send_catalog(ctx, send): pass", "the code defines no send_catalogue"),
    "raises at once": (
        "raise SystemExit(3)",
        "the code ended the process: it called exit(3), in this line of your code: raise SystemExit(3)",
    ),
    "raises": (HEAD + "return 1 / 0", "ZeroDivisionError: division by zero, in this line of your code: return 1 / 0"),
    "unreadable error": (
        "class Odd(Exception):\n    def __str__(self): return 1\n" + HEAD + "raise Odd",
        "Odd (its message cannot be read), in this line of your code: raise Odd",
    ),
    "exits": (HEAD + "import os; os._exit(7)", "7"),
    "prints a lot": (HEAD + "print('x' * 10_000_000)", "[] came back, [0, 1, 3, 4] was expected"),
    "wrong arguments": ("def send_catalogue(): pass", "TypeError: send_catalogue() takes 0 positional arguments"),
    "no function": ("send_catalogue = 3", "TypeError: 'int' object is not callable"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine no answer is too late, unless a test wants that."""
    monkeypatch.setattr(grading, "CHECK_SECONDS", 300.0)
    monkeypatch.setattr(grading, "SECONDS", 600.0)


@pytest.mark.parametrize(("answer", "words"), MISBEHAVING.values(), ids=MISBEHAVING.keys())
def test_it_is_told_in_a_line(answer: str, words: str) -> None:
    found = grade(find("09.1"), answer)
    assert not found.passed
    assert words in found.text, found
    assert len(found.text) < 2_000


def test_what_never_ends_is_ended_and_the_rest_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grading, "CHECK_SECONDS", 1.0)
    found = grade(find("09.1"), "while True: pass")
    assert "the code does not run" in found.text
    assert "no answer within 1 s of processor time: usually a loop that never ends" in found.text
    found = grade(find("09.1"), HEAD + "while True: pass")
    assert [one.outcome for one in found.results] == ["too slow here", *["not tried"] * (len(found.results) - 1)]
    assert f"! {checks(find('09.1'))[found.results[-1].name].sentence} (not tried)" in found.text


@pytest.mark.parametrize(
    ("number", "answer", "error", "words"),
    [
        ("99.1", ["a"], LookupError, r"no exercise '99\.1': there are 00\.1"),
        ("09.1", [], TypeError, "takes one answer, and 0 came"),
        ("09.3", [["a"]], ValueError, "name the lines by their letters"),
        ("09.3", ["a z"], ValueError, "there is no line 'z'"),
        ("09.3", ["a a"], ValueError, "each line can be used once"),
        ("09.3", [""], ValueError, "no line"),
    ],
)
def test_what_is_no_answer_is_refused(number: str, answer: list[Any], error: type[Exception], words: str) -> None:
    assert check("09.3", "d b f a g").text.startswith("✓ 09.3")
    with pytest.raises(error, match=words):
        check(number, *answer)


def test_hints_come_by_degrees_and_there_is_no_fourth() -> None:
    shown = exercise("9.1")
    assert isinstance(shown, ExerciseView)
    assert shown.hint(1).text.startswith("Hint 1 of 3: ")
    with pytest.raises(LookupError, match=r"no hint 4: there are 3, from hint\(1\)"):
        shown.hint(4)
    assert find("09.1").solution not in shown.text


def test_of_several_races_the_first_is_shown_to_step_through() -> None:
    found = grade(find("12.3"), find("12.3").start)
    shown = [one for one in found.results if one.html]
    assert len([one for one in found.results if "deadlock" in one.message]) > 1
    assert len(shown) == 1
    assert "deadlock: schedule" in shown[0].text
    assert "ArrowRight" in found.html
    assert "replay(" not in found.text


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("size = 3", "NameError: the code defines no Channel"),
        ("Channel = v12.channel.Channel", "NameError: Channel is the course's own Channel: write it yourself"),
        ("class Channel(v12.channel.Channel): pass", "Channel inherits from the course's own Channel"),
    ],
)
def test_the_courses_own_is_no_answer(answer: str, said: str) -> None:
    found = grade(find("12.3"), answer)
    assert "the code does not run" in found.text
    assert said in found.text


def test_an_exercise_may_be_named_by_a_number() -> None:
    assert check(9.3, "d b f a g").text.startswith("✓ 09.3")
