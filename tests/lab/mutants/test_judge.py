"""A mutant is killed by a judge, and not by a machine that is busy."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from goqueue.lab.mutants import judge
from goqueue.lab.mutants.subject import Subject
from goqueue.lab.subprocesses import Died

JUDGES = [("a", 0.1), ("b", 0.1), ("c", 0.1)]
KEPT = {"by": "", "how": "kept", "message": ""}
SLOW = Died("no answer in 60 s")


def judged(monkeypatch: pytest.MonkeyPatch, *answers: tuple[str, Any]) -> tuple[dict[str, str], list[list[str]]]:
    """Return what comes of a mutant, and who tried it each time. An answer: who was at work last, and what came."""
    asked: list[list[str]] = []
    coming: Iterator[tuple[str, Any]] = iter(answers)

    def answer(trial: Any, folders: Sequence[str], seconds: float) -> list[Any]:
        asked.append([name for name, _ in trial.args[3]])
        last, came = next(coming)
        Path(folders[0], "trying").write_text(last)
        return [came]

    monkeypatch.setattr(judge, "map_in_subprocesses", answer)
    return judge._judged(Subject("8"), "job.py", "", JUDGES), asked


def test_one_that_was_only_slow_is_tried_again_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    by_c = {"by": "c", "how": "broken", "message": "3 came back"}
    found, asked = judged(monkeypatch, ("b", SLOW), ("b", KEPT), ("c", by_c))
    assert found == by_c
    assert asked == [["a", "b", "c"], ["b"], ["c"]]


def test_if_the_last_was_only_slow_the_mutant_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    found, asked = judged(monkeypatch, ("c", SLOW), ("c", KEPT))
    assert found == KEPT
    assert asked == [["a", "b", "c"], ["c"]]


def test_a_judge_that_dies_twice_has_killed_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = judged(monkeypatch, ("a", SLOW), ("a", SLOW))
    assert (found["by"], found["how"]) == ("a", "died")
