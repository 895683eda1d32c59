"""Predictions: committed before the reveal, compared with what came, answered by what a wrong choice is a sign of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goqueue.lab import predict, progress
from goqueue.lab.learn import progress_log
from goqueue.lab.learn.prediction import replies

WAIT = "A child asks for 60 seconds, and its parent has 10 left. How many does the child get?"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "done.jsonl"
    monkeypatch.setenv("GOQUEUE_PROGRESS", str(file))
    return file


def test_an_open_prediction_says_how_to_answer_and_the_reveal_shows_what_came_and_refuses_what_no_choice_says(
    kept: Path,
) -> None:
    guess = predict(WAIT, choices=[10, 60, 70])
    assert guess.answer is None
    assert 'answer="a"' in guess.text
    assert guess.reveal(10).text.startswith("It is: 10\n")
    with pytest.raises(ValueError, match="'11' came, which is none of the choices: 10, 60, 70"):
        guess.reveal(11)
    assert not kept.exists()


@pytest.mark.parametrize("answer", [60, "60", "b"])
def test_a_wrong_choice_is_answered_with_what_it_is_a_sign_of(kept: Path, answer: object) -> None:
    shown = predict(WAIT, choices=[10, 60, 70], answer=answer, confidence=4).reveal(10)
    assert shown.text.splitlines() == [
        "✗ It is: 10",
        "You said: 60 (certain).",
        replies()[WAIT].to["60"],
        f"See for yourself: {replies()[WAIT].refuted_by}",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"choices": [1]}, "two at least"),
        ({"choices": [1, "1"]}, "all different"),
        ({"choices": [1, 2], "answer": 3}, "none of the choices: 1, 2, or a letter: a, b"),
        ({"choices": [1, 2], "answer": "a", "confidence": 5}, "confidence=5: it is 1"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        predict("How many?", **arguments)  # type: ignore[arg-type]


def test_a_cell_that_has_no_answer_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda prompt="": pytest.fail("somebody is asked to type"))
    guess = predict(WAIT, choices=[10, 60, 70])
    assert guess.answer is None
    assert guess.reveal(10).text == "It is: 10\n(No prediction was made.)"


def test_what_was_revealed_is_written_down_and_the_first_answer_counts(kept: Path) -> None:
    predict(WAIT, choices=[10, 60], answer=60, confidence=4).reveal(10)
    assert predict(WAIT, choices=[10, 60], answer=10).reveal(10).text == "✓ It is: 10\nYou said so."
    lines = [json.loads(line) for line in kept.read_text("utf-8").splitlines()]
    assert [(line["name"], line["right"]) for line in lines] == [(WAIT, False), (WAIT, True)]
    assert f"Certain, and it came otherwise: {WAIT}" in progress().text


def test_a_record_that_was_edited_or_cannot_be_written_stops_nobody(
    kept: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.write_text('no json\n[1]\n{"kind": "exercise"}\n{"kind": "exercise", "name": 3}\n\xff\n', "latin-1")
    assert progress_log.entries("exercise") == []
    progress()
    monkeypatch.setenv("GOQUEUE_PROGRESS", str(kept / "below a file"))
    progress_log.note("exercise", "09.1", passed=True)
    assert "cannot be written" in capsys.readouterr().err


def test_where_nothing_is_kept_progress_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOQUEUE_PROGRESS", "")
    progress_log.note("exercise", "09.1", passed=True)
    assert "Nothing is kept here" in progress().text
