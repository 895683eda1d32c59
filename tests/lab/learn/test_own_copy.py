"""A learner's own copy: without the answers, never inside of the course, and what she changed is hers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from goqueue.lab.learn import lab_command, own_copy
from goqueue.lab.learn.own_copy import RECORD, bring


def notebook(*texts: str) -> str:
    """Return a notebook with a cell of code for each text, which shows an answer."""
    shown = [{"output_type": "stream", "name": "stdout", "text": ["It is: 10"]}]
    cells = [{"cell_type": "code", "source": [text], "outputs": shown, "execution_count": 3} for text in texts]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small course."""
    root = tmp_path / "course"
    for name, text in {
        "steps/steps.toml": "",
        "steps/step12/pool.py": "workers = 4",
        "notebooks/12.ipynb": notebook("guess.reveal(10)"),
        "notebooks/conftest.py": "",
        "notebooks/__pycache__/x.pyc": "",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    monkeypatch.setattr(own_copy, "PACKAGE", root / "goqueue")
    return root


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return tmp_path / "mine"


def test_the_answers_stay_behind_and_so_does_what_is_only_for_tests(course: Path, mine: Path) -> None:
    assert sorted(bring(mine).new) == ["notebooks/12.ipynb", "steps/step12/pool.py", "steps/steps.toml"]
    [cell] = json.loads((mine / "notebooks/12.ipynb").read_text())["cells"]
    assert (cell["outputs"], cell["execution_count"], cell["source"]) == ([], None, ["guess.reveal(10)"])
    assert "It is: 10" not in "".join(path.read_text() for path in mine.rglob("*") if path.is_file())


def ran(mine: Path) -> None:
    """She has run the notebook, and her editor stores the text of a cell in one piece."""
    place = mine / "notebooks/12.ipynb"
    found = json.loads(place.read_text())
    found["cells"][0].update(source="guess.reveal(10)", outputs=[{"output_type": "stream", "text": "It is: 10"}])
    place.write_text(json.dumps(found))


@pytest.mark.parametrize("before", [lambda mine: None, ran], ids=["untouched", "run"])
def test_what_she_has_not_changed_becomes_newer(course: Path, mine: Path, before: Callable[[Path], None]) -> None:
    bring(mine)
    before(mine)
    (course / "notebooks/12.ipynb").write_text(notebook("guess.reveal(11)"))
    assert bring(mine).renewed == ["notebooks/12.ipynb"]
    assert "reveal(11)" in (mine / "notebooks/12.ipynb").read_text()


def test_what_she_has_changed_stays_and_is_named_once_there_is_a_newer_one(course: Path, mine: Path) -> None:
    bring(mine)
    (mine / "steps/step12/pool.py").write_text("workers = 5  # mine")
    assert bring(mine).kept == []
    (course / "steps/step12/pool.py").write_text("workers = 8")
    for _ in range(2):
        came = bring(mine)
        assert (came.kept, came.renewed) == (["steps/step12/pool.py"], [])
        assert "steps/step12/pool.py is yours" in str(came)
    assert (mine / "steps/step12/pool.py").read_text() == "workers = 5  # mine"


def test_a_second_call_changes_nothing_and_keeps_what_she_has_seen(course: Path, mine: Path) -> None:
    bring(mine)
    ran(mine)
    seen = (mine / "notebooks/12.ipynb").read_bytes()
    came = bring(mine)
    assert (came.new, came.renewed, came.kept, came.gone) == ([], [], [], [])
    assert (mine / "notebooks/12.ipynb").read_bytes() == seen


def test_what_has_left_the_course_goes_unless_she_changed_it(course: Path, mine: Path) -> None:
    (course / "steps/old.py").write_text("")
    (course / "steps/older.py").write_text("")
    bring(mine)
    (mine / "steps/older.py").write_text("mine")
    (course / "steps/old.py").unlink()
    (course / "steps/older.py").unlink()
    assert bring(mine).gone == ["steps/old.py"]
    assert (mine / "steps/older.py").exists()


def test_what_she_has_deleted_comes_back_and_a_notebook_that_she_has_broken_is_hers(course: Path, mine: Path) -> None:
    bring(mine)
    (mine / "steps/step12/pool.py").unlink()
    (mine / "notebooks/12.ipynb").write_text("{")
    (course / "notebooks/12.ipynb").write_text(notebook("guess.reveal(11)"))
    came = bring(mine)
    assert (came.new, came.kept) == (["steps/step12/pool.py"], ["notebooks/12.ipynb"])


@pytest.mark.parametrize("record", ["", "[1]", '{"notebooks/12.ipynb": 3}'])
def test_a_record_that_cannot_be_read_loses_no_work(course: Path, mine: Path, record: str) -> None:
    bring(mine)
    (mine / "steps/step12/pool.py").write_text("mine")
    (mine / RECORD).write_text(record)
    assert bring(mine).kept == ["steps/step12/pool.py"]


def test_a_folder_with_something_else_in_it_is_refused_and_stays_as_it_is(course: Path, mine: Path) -> None:
    mine.mkdir()
    (mine / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="mine is not empty: name a new folder"):
        bring(mine)
    assert [path.name for path in mine.iterdir()] == ["notes.txt"]


def test_a_folder_inside_of_the_course_is_refused(course: Path) -> None:
    with pytest.raises(ValueError, match="is inside of the course itself: name a folder outside of course"):
        bring(course / "mine")
    assert not (course / "mine").exists()


def test_a_copy_of_a_copy_comes_from_the_course(course: Path, mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(mine)
    (mine / "steps/step12/pool.py").write_text("mine")
    monkeypatch.chdir(mine)
    bring(mine.with_name("another"))
    assert (mine.with_name("another") / "steps/step12/pool.py").read_text() == "workers = 4"


def test_the_lab_opens_the_first_lesson_of_the_copy(course: Path, mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[list[str]] = []

    def become(words: list[str]) -> int:
        became.append(words)
        return 0

    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    monkeypatch.setattr(lab_command, "become", become)
    monkeypatch.setattr("os.geteuid", lambda: 1000, raising=False)
    assert lab_command.lab_command(mine, ["--no-browser"]) == 0
    [words] = became
    assert words[1:3] == ["-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={mine / 'notebooks'}" in words
    assert words[-1] == "--no-browser"
    assert (Path(__file__).parents[3] / "notebooks" / lab_command.FIRST).is_file()


def test_root_gets_a_lab_that_nobody_else_can_reach(
    mine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0, raising=False)
    assert lab_command.lab_words(mine)[-2:] == ["--allow-root", "--ServerApp.ip=127.0.0.1"]
    assert capsys.readouterr().err.count("\n") == 1


def test_without_jupyterlab_it_says_what_to_install(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(LookupError, match="pip install 'goqueue\\[lab\\]'"):
        lab_command.lab_command(mine, [])
    assert not mine.exists()
