"""`goqueue new`: a version of her own, never over something that is there, and importable."""

import importlib
import sys
from pathlib import Path
from unittest.mock import patch

import pytest

from goqueue.cli import main
from goqueue.lab import catalogue
from goqueue.lab.learn import own_version
from goqueue.lab.learn.own_version import NOTE, new, next_step, step_to_work_on
from goqueue.lab.versions import Entry, Result, gained, trial
from goqueue.lab.versions.trial import KEPT, kept_by


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(trial, "LEARNERS_DEADLINE", 300.0)  # on a busy machine, no promise is too late
    return tmp_path


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.folder)
def test_it_is_the_version_and_says_what_comes_next(entry: Entry, here: Path) -> None:
    step, source = entry.step, entry.path
    folder = new(Path("my_queue"), step)
    files = {file.name: file.read_bytes() for file in source.glob("*.py")}
    assert {file.name: file.read_bytes() for file in folder.glob("*.py")} == files
    assert {file.name for file in folder.iterdir()} == {*files, "README.md", NOTE}
    page = (folder / "README.md").read_text("utf-8")
    if step < 13:
        assert f"## What step {step + 1} asks for: " in page
        assert all(f"(`{promise.name}`)" in page for promise in gained(step + 1))
        assert "\n\n\n" not in page
    assert step_to_work_on(folder) == next_step(step)


def test_it_can_be_imported_from_where_it_is(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new(here / "her_own_queue", 11)
    monkeypatch.syspath_prepend(str(here))
    with patch.dict(sys.modules):
        assert importlib.import_module("her_own_queue").Queue().submit_job


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("my-queue", "'my-queue' cannot be imported: name it with letters, digits and _ only, such as my_queue"),
        ("12", "'12' cannot be imported: name it with letters, digits and _ only, such as my_queue"),
        ("class", "'class' cannot be imported"),
        ("queue", "'queue' would hide the module of that name: name it otherwise, such as my_queue"),
        ("steps", "'steps' would hide the module of that name"),
        ("nowhere/my_queue", "nowhere is no folder: make it first, or name another place"),
        ("taken", "taken is there already: name a new folder, so that no work of yours is lost"),
        ("a_file", "a_file is there already"),
    ],
)
def test_what_is_refused_changes_nothing(name: str, said: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "taken").mkdir()
    (here / "taken" / "pool.py").write_text("mine", "utf-8")
    (here / "a_file").write_text("mine", "utf-8")
    assert main(["new", name, "--from", "11"]) == 2
    out, err = capsys.readouterr()
    assert err.startswith(f"goqueue: {said}")
    assert (out, err.count("\n")) == ("", 1)
    assert sorted(path.name for path in here.rglob("*")) == ["a_file", "pool.py", "taken"]
    assert (here / "taken" / "pool.py").read_text("utf-8") == "mine"


def test_a_copy_that_fails_leaves_nothing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(source: Path, target: Path) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("shutil.copyfile", fail)
    with pytest.raises(OSError, match="no space left"):
        new(here / "my_queue", 11)
    assert list(here.iterdir()) == []


def test_the_command_says_what_to_do_next(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "my_queue", "--from", "11"]) == 0
    out = capsys.readouterr().out
    assert "my_queue is a copy of version 11. It is yours." in out
    assert "    goqueue watch my_queue\n" in out
    assert "    goqueue check my_queue --step 12\n" in out
    assert main(["new", "last", "--from", "13"]) == 0
    assert capsys.readouterr().out == "last is a copy of version 13. It is yours.\n\n    goqueue check last\n"


@pytest.mark.parametrize(("step", "next_one"), [(8, 9), (12, 13)])
def test_the_next_step_is_found_out_where_no_note_is(
    step: int, next_one: int, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "empty").mkdir()
    assert step_to_work_on(here / "empty") == 8
    folder = new(here / "my_queue", step)
    (folder / NOTE).write_text("came_from = [", "utf-8")
    if step > 8:  # 8 is tried for real
        kept = [Result("my_queue", name, KEPT) for name in kept_by(step)]
        monkeypatch.setattr(own_version, "check", lambda folder: kept)
    assert step_to_work_on(folder) == next_one
