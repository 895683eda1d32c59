"""The command line: what it prints, its exit status, and its one-line errors."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from goqueue import __version__
from goqueue.cli import main
from goqueue.lab import diff, show
from goqueue.lab.versions.trial import promises
from goqueue.lab.views import View


@pytest.mark.parametrize(("words", "status", "out"), [("--version", 0, f"goqueue {__version__}\n"), ("nope", 2, "")])
def test_version_and_an_unknown_command(words: str, status: int, out: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(words.split())
    assert stop.value.code == status
    assert capsys.readouterr().out == out


PRINTED: dict[str, Callable[[], View]] = {
    "show 12": lambda: show(12),
    "show 12 pool": lambda: show(12, "pool"),
    "show goqueue pool.py": lambda: show("goqueue", "pool"),
    "diff 11 12": lambda: diff(11, 12),
    "diff 11 12 storage.py --side-by-side": lambda: diff(11, 12, "storage.py", side_by_side=True),
    "diff 13 goqueue pool.py": lambda: diff(13, "goqueue", "pool.py"),
}


@pytest.mark.parametrize("command", PRINTED)
def test_what_a_function_shows_its_command_prints(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command.split()) == 0
    assert capsys.readouterr().out == f"{PRINTED[command]().text}\n"


def test_show_tells_of_faults_and_diff_of_parts_and_reasons_and_backwards_swaps_gained_and_lost() -> None:
    assert "known fault: a stop does not name what is left" in show(12).text
    forth, back = diff(11, 12).text, diff(12, 11).text
    lost, gained = promises()["no_handler"].sentence, promises()["submit_after_stop"].sentence
    assert f"  - {lost}\n" in forth
    assert f"  + {lost}\n" in back
    assert f"  + {gained}\n" in forth
    assert "delete_job: a job that was not accepted leaves no trace." in forth
    assert "+class Pool:" in forth
    assert "-class Pool:" in back
    columns = diff(11, 12, "storage.py", side_by_side=True).text
    assert "|     def delete_job(self, ctx: Context, job_id: str) -> None:" in columns


def test_check_exit_status_says_whether_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "12", "legal_moves"]) == 0
    assert capsys.readouterr().out == "legal_moves on 12: kept\n"
    assert main(["check", "12", "no_handler"]) == 1
    assert "no_handler on 12: broken — " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["show", "14"], "no version '14': there are 8, 9, 10, 11, 12, 13"),
        (["show", "12", "nope"], "no file 'nope' in step12_worker_pool"),
        (["diff", "11", "twelve"], "no version 'twelve'"),
        (["diff", "11", "12", "nope.py"], "no file 'nope.py'"),
        (
            ["diff", "13", "goqueue", "cli.py"],
            "no file 'cli.py' in step13_requeue_backoff or goqueue: there are channel",
        ),
        (["diff", "14", "goqueue"], "no version '14': there are 8, 9, 10, 11, 12, 13, and goqueue, the finished"),
        (["new", "mine", "--from", "goqueue"], "goqueue, the finished queue, is for diff and show, or `import goq"),
        (["check", "99"], "no version '99'"),
        (["check", "12", "world_peace"], "no promise 'world_peace': there are delivers"),
        (["compare", "10", "14"], "no version '14': there are 8"),
        (["compare", "10", "12", "--step", "99"], "no version '99'"),
        (["grade", "nowhere", "--step", "12"], "nowhere is no folder"),
        (["watch", "nowhere"], "nowhere is no folder: make one with `goqueue new nowhere --from 11`"),
    ],
)
def test_errors_are_one_line_and_name_the_value(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("goqueue: ")
    assert named in err
    assert err.count("\n") == 1


def test_course_never_overwrites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, another = tmp_path / "course", tmp_path / "another"
    assert main(["course", str(folder)]) == 0
    mine = folder / "steps" / "steps.toml"
    mine.write_text("mine", "utf-8")
    assert main(["course", str(folder)]) == 0
    assert mine.read_text("utf-8") == "mine"
    another.mkdir()
    (another / "notes.txt").write_text("mine", "utf-8")
    assert main(["course", str(another)]) == 2
    assert "is not empty" in capsys.readouterr().err


def test_a_missing_library_is_one_line_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "nbformat", None)  # importing it fails, as where it is not installed
    assert main(["notebooks", "--check", "glossary"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("goqueue: this needs nbformat, which is not installed; run `python3 start.py lab` once")


def test_where_there_are_no_notebooks_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path)
    assert main(["notebooks", "--check"]) == 2
    assert "there are no notebooks here" in capsys.readouterr().out


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux lists the children of a process")
def test_a_command_that_is_told_to_end_ends_what_it_has_started() -> None:
    command = subprocess.Popen(
        [sys.executable, "-m", "goqueue", "mutants", "08", "--jobs", "1"], stdout=subprocess.PIPE
    )
    tasks = Path(f"/proc/{command.pid}/task")
    until = time.monotonic() + 60
    while not (started := " ".join(each.read_text("ascii") for each in tasks.glob("*/children")).split()):
        assert time.monotonic() < until, "it starts no process"
        time.sleep(0.01)
    command.terminate()
    command.communicate(timeout=60)
    assert command.returncode == 128 + signal.SIGTERM
    assert [each for each in started if Path("/proc", each).exists()] == []
