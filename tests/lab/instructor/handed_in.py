"""Folders as learners hand them in: version 12, whole or spoiled; and a course of few promises, to grade them soon."""

import shutil
from pathlib import Path

import pytest

from goqueue.lab.versions.course import entry
from goqueue.lab.versions.trial import promises

FEW = ["legal_moves", "graceful_stop"]


def hand_in(folder: Path, step: int = 12, *, file: str = "", old: str = "", new: str = "", add: str = "") -> Path:
    """Copy a version to `folder`; in `file`, put `new` in the place of `old`, and `add` at the end."""
    shutil.copytree(entry(step).path, folder, ignore=shutil.ignore_patterns("__pycache__"))
    if file:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new) + add, encoding="utf-8")
    return folder


def no_join(folder: Path) -> Path:
    """A version whose start() joins no worker."""
    return hand_in(folder, file="pool.py", old="joins.callback(worker.join)", new="pass")


def no_parse(folder: Path) -> Path:
    """One whose pool.py is no Python."""
    return hand_in(folder, file="pool.py", add="\ndef start(self\n")


def few_promises(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let only FEW count, for tests that are not about the promises."""
    known = promises()
    monkeypatch.setattr("goqueue.lab.instructor.grades.kept_by", lambda step: FEW)
    monkeypatch.setattr("goqueue.lab.instructor.comparison_facts.promises", lambda: {name: known[name] for name in FEW})


_LINES = (entry(12).path / "pool.py").read_text(encoding="utf-8").splitlines()
UNPARSED = f"pool.py, line {len(_LINES) + 2}: '(' was never closed"
