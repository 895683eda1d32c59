"""`goqueue watch`: the first promise that is not kept, at each save; and `goqueue check --step`."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from goqueue.cli import main
from goqueue.lab.learn import folder_watch
from goqueue.lab.learn.folder_watch import look, watch
from goqueue.lab.learn.own_version import new
from goqueue.lab.versions import entry, trial

ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Version 11, as her own; what she has done is kept beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GOQUEUE_PROGRESS", str(tmp_path / "progress.jsonl"))
    monkeypatch.setattr(trial, "LEARNERS_DEADLINE", 300.0)  # on a busy machine, no promise is too late
    return new(Path("my_queue"), 11).relative_to(tmp_path)


def few(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let a step have these promises only: so a test is short."""
    monkeypatch.setattr(trial, "kept_by", lambda step: [*names])


class Session:
    """Someone at work: each entry of `does` is done in a pause, the last one ends the watch."""

    def __init__(self, folder: Path, *does: Callable[[], object]) -> None:
        self.shown: list[str] = []
        self._does = iter(does)
        watch(folder, 12, show=self.shown.append, pause=self._pause)

    def _pause(self) -> None:
        do = next(self._does, None)
        if do is None:
            raise KeyboardInterrupt
        do()


def nothing() -> None:
    """Pass a moment."""


def save(file: Path, text: str) -> Callable[[], object]:
    return lambda: file.write_text(text, "utf-8")


def test_each_save_is_tried_once_when_it_is_whole_even_of_a_folder_that_was_away(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch, "legal_moves", "queues_are_apart")
    file, away, idle = folder / "storage.py", folder.with_name("away"), [nothing] * 6
    whole = file.read_text("utf-8")
    mend = save(file, whole)
    writing = [save(file, whole[:length]) for length in (0, 10, 200)]  # an editor may write in several steps
    broken_off = [save(file, "class Memory"), *idle, mend]
    moved = [lambda: folder.rename(away), *idle, lambda: away.rename(folder)]
    session = Session(folder, *idle, *broken_off, *idle, *writing, mend, *idle, *moved, *idle)
    good, broken, *others = session.shown
    assert "All promises of step 12 are kept." in good
    assert broken.splitlines()[0] == "! my_queue: storage.py, line 1: expected ':'"
    assert "no promise was tried" in broken
    assert others == [good, good, "There is no Python file in my_queue: waiting for it.", good]


def test_it_may_vanish_while_it_is_tried(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, "legal_moves")
    shutil.rmtree(folder)
    kept, text = folder_watch.try_once(folder, 12)
    assert not kept
    assert "my_queue" in text


def test_a_file_that_cannot_be_read_is_passed_over(folder: Path) -> None:
    (folder / "lost.py").symlink_to("nowhere.py")
    assert "lost.py" not in look(folder)


def test_only_the_first_that_is_not_kept_is_shown_and_progress_is_noted_once(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch, "legal_moves", "queues_are_apart", "runs_at_once", "back_pressure")
    for _ in range(2):
        assert main(["watch", str(folder), "--once"]) == 1
    out = capsys.readouterr().out
    assert "✗ runs_at_once: submit returns before the job runs, and N workers run N jobs at once" in out
    assert "not all four came back, all four was expected" in out
    assert "To try it alone: goqueue check my_queue runs_at_once" in out
    assert "Step 12, Worker pool: kept 2 of 4" in out
    assert "back_pressure" not in out
    assert "\x1b" not in out
    noted = [json.loads(line) for line in (tmp_path / "progress.jsonl").read_text("utf-8").splitlines()]
    assert [(one["kind"], one["name"], one["version"], one["step"]) for one in noted] == [
        ("promise", "legal_moves", "my_queue", 12),
        ("promise", "queues_are_apart", "my_queue", 12),
    ]


def test_a_race_comes_with_what_replays_it(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch, "no_half_change")
    file = folder / "storage.py"
    save(file, file.read_text("utf-8").replace("return deepcopy(job)\n", "return job\n"))()
    assert main(["watch", str(folder), "--once"]) == 1
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    [replay] = [line.removeprefix("to see it: ") for line in lines if line.startswith("to see it: ")]
    first = lines.index("There, version is yours. In Python, or in a cell, before it:") + 1
    scope: dict[str, object] = {}
    exec("\n".join(lines[first : first + 3]), scope)
    assert "those of one moment" in "\n".join(lines)
    exec(replay.replace("; replay(", "; result = replay("), scope)
    assert "failed" in repr(scope["result"]).lower()


def test_when_all_are_kept_the_next_step_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", str(folder), "--step", "11", "--once"]) == 0
    out = capsys.readouterr().out
    assert "All promises of step 11 are kept." in out
    assert f"Next is step 12, {entry(12).title}: goqueue watch my_queue --step 12" in out


def test_check_by_step_says_all_and_details_the_first(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch, "legal_moves", "runs_at_once", "back_pressure")
    assert main(["check", str(folder), "--step", "12"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "✓ legal_moves"
    at = next(number for number, line in enumerate(lines) if line.startswith("✗ runs_at_once: submit returns"))
    assert "all four was expected" in lines[at + 1]
    assert lines[at + 2] == "– back_pressure: it has no pool"
    assert lines[-1] == "Step 12, Worker pool: kept 1 of 3"
    few(monkeypatch, "legal_moves")
    assert main(["check", str(folder), "--step", "11"]) == 0
    assert main(["check", str(folder), "--step", "77"]) == 2
    assert main(["check", str(folder), "legal_moves", "--step", "11"]) == 2


def test_check_tells_once_what_cannot_be_imported(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "storage.py").write_text("class Memory", "utf-8")
    for options in ([], ["--step", "12"]):
        assert main(["check", str(folder), *options]) == 1
        out = capsys.readouterr().out
        assert out.count("storage.py, line 1: expected ':'") == 1
        assert len(out.splitlines()) <= 3


def test_an_interrupt_ends_it_cleanly(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(folder_watch, "check", interrupted)
    assert main(["watch", str(folder), "--step", "12"]) == 0
    assert main(["watch", str(folder), "--step", "12", "--once"]) == 130


def started(folder: Path, *options: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    # As from a terminal: a shell that starts its jobs in the background has SIGINT ignored, and children inherit that.
    start = (
        "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); runpy.run_module('goqueue')"
    )
    words = [sys.executable, "-P", "-c", start, "watch", str(folder), *options]
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.skipif(sys.platform == "win32", reason="there, only a console can send Ctrl-C")
def test_ctrl_c_ends_a_watch(folder: Path) -> None:
    process = started(folder, "--step", "8")
    assert process.stdout is not None
    shown = iter(process.stdout.readline, "Each save is tried at once. Ctrl-C ends this.\n")
    assert "All promises of step 8 are kept.\n" in list(shown)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there, only a console can send Ctrl-C")
def test_ctrl_c_ends_what_is_being_tried(folder: Path, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    hang = f"out = open({str(fifo)!r}, 'w')\nout.write('here')\nout.flush()\nwhile True: pass\n"
    (folder / "pool.py").write_text(hang, "utf-8")
    process = started(folder, "--step", "8")
    with fifo.open("rb", buffering=0) as reader:  # it is opened when the folder is being imported
        assert reader.read(4) == b"here"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60) == ("", "")
        assert process.returncode == 0
        said, ready = b"here", select.poll()  # select() takes no file with a number over 1,023
        ready.register(reader)
        while said and ready.poll(5000):
            said = reader.read(100)
        assert said == b""  # its other end is closed: nothing is left running; nor did it take the 10 s of a promise


@pytest.mark.parametrize(
    ("terminal", "term", "clears"), [(True, "xterm", True), (True, "dumb", False), (False, "", False)]
)
def test_only_a_terminal_is_cleared(
    terminal: bool, term: str, clears: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(folder_watch, "_is_terminal", lambda: terminal)
    monkeypatch.setitem(os.environ, "TERM", term)
    folder_watch.show_on_screen("kept 14 of 21")
    out = capsys.readouterr().out
    assert out.startswith("\x1b") == clears
    assert "kept 14 of 21\n" in out
