"""A version that crashes or hangs is told apart from one that keeps its promises, and harms nobody else."""

import shutil
from pathlib import Path

import pytest

from goqueue.lab import catalogue, check
from goqueue.lab.versions import trial
from goqueue.lab.versions.trial import BROKEN, ERROR, KEPT


def spoiled(folder: Path, first_line: str) -> Path:
    """A copy of version 12 whose job.move_to begins with this line."""
    shutil.copytree(next(entry.path for entry in catalogue() if entry.step == 12), folder)
    file = folder / "job.py"
    text = file.read_text(encoding="utf-8")
    line = "        allowed = MOVES[self.status]\n"
    assert line in text
    file.write_text(text.replace(line, f"        {first_line}\n{line}"), encoding="utf-8")
    return folder


def test_one_that_crashes(tmp_path: Path) -> None:
    found = check(spoiled(tmp_path / "my_queue", "__import__('os')._exit(3)"), "legal_moves", "queues_are_apart")
    assert [result.outcome for result in found] == [ERROR, KEPT]
    assert found.results[0].message == "the process ended with status 3"


def test_one_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "CAN_FORK", False)
    monkeypatch.setattr(trial, "DEADLINE", 2.0)
    found = trial._in_own_process(spoiled(tmp_path / "my_queue", "while True: pass"), "legal_moves")
    assert (found.outcome, found.message) == (BROKEN, "no answer within 2 s")


def test_one_that_is_well_where_processes_cannot_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "CAN_FORK", False)
    assert trial._in_own_process(12, "graceful_stop").outcome == KEPT
    assert trial._in_own_process("step12_pool_does_not_join", "graceful_stop").outcome == BROKEN


def test_many_come_back_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "AT_ONCE", 3)
    pairs = [(step, name) for name in ("legal_moves", "no_handler") for step in (8, 12)] + [(13, "legal_moves")]
    assert [(int(found.version), found.name) for found in trial.check_many(pairs)] == pairs
    assert trial.check_many([]) == ()
