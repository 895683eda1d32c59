"""`goqueue race`: what it prints, its exit status, and its one-line errors."""

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from goqueue.cli import main

SHOP = """
from threading import Lock, Thread
import {beside}

REGISTRY = {{}}
OUTSIDE = Lock()


class Job:
    def __init__(self):
        self.attempts = 0


def twice(function):
    threads = [Thread(target=function) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def unordered():
    job = Job()

    def attempt():
        job.attempts += 1

    twice(attempt)
    return job


def lost():
    assert unordered().attempts == 2


def kept():
    job, lock = Job(), Lock()

    def attempt():
        with lock:
            job.attempts += 1

    twice(attempt)
    assert job.attempts == 2


def takes_the_outside_lock():
    with OUTSIDE:
        pass
"""
NAMES = ("race_shop", "race_beside", "race_broken", "race_lacks")


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder with a module, another beside it, and one that cannot be imported."""
    (tmp_path / "race_shop.py").write_text(SHOP.format(beside="race_beside"))
    (tmp_path / "race_beside.py").write_text("")
    (tmp_path / "race_broken.py").write_text("1 / 0\n")
    (tmp_path / "race_lacks.py").write_text("import race_nowhere\n")
    (tmp_path / "queue.py").write_text("")
    (tmp_path / "race_shop.txt").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    for name in NAMES:
        sys.modules.pop(name, None)


@pytest.mark.parametrize("target", ["race_shop:lost", "race_shop.py:lost", "./race_shop.py:lost"])
def test_a_race_is_reported_and_its_last_line_runs_it_again(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["race", target]) == 1
    out = capsys.readouterr().out
    assert "failed assertion" in out
    last = out.splitlines()[-1]
    assert re.fullmatch(rf"goqueue race {re.escape(target)} --replay [\dx.-]+[0-9a-f]{{6}}", last)
    for name in NAMES:
        sys.modules.pop(name, None)
    assert main(shlex.split(last)[1:]) == 1
    again = capsys.readouterr().out
    assert "failed assertion" in again
    assert again.splitlines()[-1] == last


def test_a_file_elsewhere_finds_what_is_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert main(["race", "../race_shop.py:kept"]) == 0
    assert "exhausted" in capsys.readouterr().out.lower()


def test_a_file_that_failed_can_be_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for _ in range(2):
        assert main(["race", "race_broken.py:lost"]) == 2
        said.append(capsys.readouterr().err)
    assert said[0] == said[1]


def test_the_replay_line_keeps_what_decides_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["race", "race_shop:lost", "--modules", "race_shop,race_beside", "--steps", "400"]) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith(" --steps 400 --modules race_shop,race_beside")
    assert main(shlex.split(last)[1:]) == 1


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("race_shop:kept", 0, "exhausted"),
        ("race_shop:unordered --detect", 1, "data race"),  # it harms nothing
        ("race_shop:kept --schedules 1", 3, "budget spent"),
    ],
)
def test_the_status_says_what_came(words: str, status: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["race", *words.split()]) == status
    out = capsys.readouterr().out
    assert said in out.lower()
    assert ("goqueue race" in out) == (status == 1)


def test_help_says_what_each_exit_status_means(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["race", "--help"])
    assert stop.value.code == 0
    assert re.findall(r"^  (\d)  ", capsys.readouterr().out, re.MULTILINE) == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("race_shop", "'race_shop' names no function: it must be MODULE:FUNCTION"),
        (":lost", "':lost' names no function"),
        ("race_shop:", "'race_shop:' names no function"),
        ("race_nowhere:lost", "no module 'race_nowhere' can be imported from here"),
        ("race_beside.more:lost", "no module 'race_beside.more' can be imported"),
        ("..:lost", "'..' is no module: it must be a name"),
        ("nowhere.py:lost", "no file 'nowhere.py'"),
        ("./race_shop.txt:lost", "'race_shop.txt' is no Python file: its name must end in .py"),
        ("queue.py:lost", "'queue.py' has the name of a module that Python uses, queue: rename"),
        ("race_broken:lost", "importing race_broken failed: ZeroDivisionError: division by zero"),
        ("race_broken.py:lost", "importing race_broken.py failed: ZeroDivisionError"),
        ("race_lacks:lost", "importing race_lacks failed: ModuleNotFoundError: No module named 'race_nowhere'"),
        ("race_shop:lots", "no function 'lots' in race_shop; of those there, these take no arguments: unordered, lost"),
        ("race_shop:REGISTRY", "race_shop:REGISTRY: model is {}: it must be a function"),
        ("race_shop:takes_the_outside_lock", "made before the run began"),
        ("race_shop:lost --modules race_shop,race_nowhere", "no module 'race_nowhere'"),
        ("race_shop:lost --schedules 0", "schedules is 0: it must be a whole number"),
        ("race_shop:lost --replay nonsense", "schedule is 'nonsense': it must be one that explore() returned"),
        ("race_shop:kept --replay 1.2-abcdef", "does not fit"),
        ("race_shop:kept --replay 1.2-abcdef --schedules 5", "a replay is one run: leave out --schedules"),
    ],
)
def test_what_is_wrong_is_one_line(words: str, named: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["race", *words.split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("goqueue: ")
    assert named in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("words", ["race_shop:lost --schedules many", "race_shop:lost --detect --replay 1-abcdef"])
def test_a_wrong_option_is_refused(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["race", *words.split()])
    assert stop.value.code == 2
    assert "goqueue race: error: argument --" in capsys.readouterr().err
