"""`goqueue race`: what it prints, its exit status, and its one-line errors."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from goqueue.cli import main

SHOP = """
from contextlib import nullcontext
from threading import Lock, Thread
import race_beside

REGISTRY = {}


class Job:
    attempts = 0


def raced(lock):
    job = Job()

    def attempt():
        with lock:
            job.attempts += 1

    threads = [Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return job.attempts


def unordered():
    raced(nullcontext())


def lost():
    assert raced(nullcontext()) == 2


def kept():
    assert raced(Lock()) == 2


def opens_a_file():
    open(__file__)


async def awaited():
    raise ValueError


def iterated():
    yield 1 / 0


def exits():
    raise SystemExit("corrupt")
"""
NAMES = ("race_shop", "race_beside", "race_broken", "race_lacks")


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder with a module, another beside it, and one that cannot be imported."""
    files = {"race_shop": SHOP, "race_broken": "1 / 0\n", "race_lacks": "import race_nowhere\n", "race_beside": ""}
    for name, source in {**files, "queue": ""}.items():
        (tmp_path / f"{name}.py").write_text(source)
    (tmp_path / "race_shop.txt").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    forget()


def forget() -> None:
    """Let the modules be imported again, as in a new process."""
    for name in NAMES:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    "words",
    [
        "race_shop:lost",
        "race_shop.py:lost",
        "./race_shop.py:lost",
        "race_shop:lost --steps 400 --modules race_shop,race_beside",
    ],
)
def test_a_race_is_reported_and_its_last_line_runs_it_again(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["race", *words.split()]) == 1
    out = capsys.readouterr().out
    last = out.splitlines()[-1]
    target, space, options = words.partition(" ")
    assert re.fullmatch(rf"goqueue race {re.escape(target)} --replay [\dx.-]+[0-9a-f]{{6}}{space}{options}", last)
    forget()
    assert main(shlex.split(last)[1:]) == 1
    again = capsys.readouterr().out
    assert "failed assertion" in out
    assert "failed assertion" in again
    assert again.splitlines()[-1] == last


def test_a_file_elsewhere_finds_what_is_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert main(["race", "../race_shop.py:kept"]) == 0
    assert "exhausted" in capsys.readouterr().out.lower()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("race_shop:kept", 0, "exhausted"),
        ("race_shop:unordered --detect", 1, "data race"),  # it harms nothing
        ("race_shop:kept --schedules 1", 3, "budget spent"),
        ("race_shop:kept --search pct --seed 4 --schedules 9", 3, "9 schedules, by pct (seed 4)"),
        ("race_shop:exits", 1, "systemexit: corrupt"),
        ("race_shop:lost --search surw --seed 4 --seconds 600 --schedules 99", 1, "by surw (seed 4)"),
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
        (
            "race_shop:lots",
            "no function 'lots' in race_shop; of those there, these take no arguments: unordered, "
            "lost, kept, opens_a_file, exits\n",
        ),
        ("race_shop:awaited", "model awaited is an async function: a call runs nothing of its body"),
        ("race_shop:iterated", "model iterated is a generator function: a call runs nothing of its body"),
        ("race_shop:REGISTRY", "race_shop:REGISTRY: model is {}: it must be a function"),
        ("race_shop:opens_a_file", "does real input or output"),
        ("race_shop:lost --modules race_shop,race_nowhere", "no module 'race_nowhere'"),
        ("race_shop:lost --schedules 0", "schedules is 0: it must be a whole number"),
        ("race_shop:lost --seconds 0", "seconds is 0.0: it must be a number above 0"),
        ("race_shop:lost --jobs 0", "jobs is 0: it must be a whole number"),
        ("race_shop:lost --replay nonsense", "schedule is 'nonsense': it must be one that explore() returned"),
        ("race_shop:kept --replay 1.2-abcdef", "does not fit"),
        ("race_shop:kept --replay 1.2-abcdef --schedules 5", "a replay is one run: leave out --schedules"),
    ],
)
def test_what_is_wrong_is_one_line_and_the_same_when_it_is_tried_again(
    words: str, named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["race", *words.split()]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("goqueue: ")
    assert named in said.err
    assert said.err.count("\n") == 1
    assert main(["race", *words.split()]) == 2
    assert capsys.readouterr() == said


@pytest.mark.parametrize("words", ["race_shop:lost --schedules many", "race_shop:lost --detect --replay 1-abcdef"])
def test_a_wrong_option_is_refused(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["race", *words.split()])
    assert stop.value.code == 2
    assert "goqueue race: error: argument --" in capsys.readouterr().err


@pytest.fixture
def package(tmp_path: Path) -> Iterator[None]:
    """A package whose modules import each other."""
    (tmp_path / "src" / "race_acme").mkdir(parents=True)
    (tmp_path / "src" / "race_acme" / "__init__.py").write_text("from .core import model\n")
    (tmp_path / "src" / "race_acme" / "store.py").write_text("STORE = []\n")
    (tmp_path / "src" / "race_acme" / "core.py").write_text("from .store import STORE\ndef model(): pass\n")
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "race_acme"]:
        del sys.modules[name]


def test_a_file_of_a_package_is_named_as_a_module(
    package: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["race", "src/race_acme/core.py:model"]) == 2
    said = capsys.readouterr().err
    assert "so name the module: race_acme.core:FUNCTION, with src in PYTHONPATH" in said
    assert said.count("\n") == 1
    sys.path.insert(0, str(tmp_path / "src"))  # the fixture puts the list back
    assert main(["race", "race_acme.core:model"]) == 0
    assert main(["race", "race_acme:nosuch"]) == 2
    assert "these take no arguments: model\n" in capsys.readouterr().err


@pytest.mark.parametrize("unbuffered", [["-u"], []])
def test_whoever_reads_only_the_beginning_sees_no_error(unbuffered: list[str], tmp_path: Path) -> None:
    """As `goqueue race … | head -2` does, here with nobody to read at all."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, *unbuffered, "-m", "goqueue", "race", "../race_shop.py:lost"]
    folder = tmp_path / "elsewhere"  # where no module of the shop hides one of Python's
    folder.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, cwd=folder, env=environment, check=False)
    os.close(writing)
    assert (done.stderr, done.returncode) == (b"", 1)
