"""A run of `goqueue grade`: what was found is kept, whatever ends it, and the next run goes on from there."""

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from goqueue.cli import main
from goqueue.lab.instructor import Grade, Grades, grade, grade_pages, journal
from goqueue.lab.versions import Result
from goqueue.lab.versions.trial import NOT_TRIED, TOO_SLOW, _result, kept_by
from tests.lab.instructor.handed_in import hand_in

Trial = Callable[[Path, Mapping[str, bytes], Sequence[str]], list[Result]]


@pytest.fixture
def learners(tmp_path: Path) -> Path:
    for learner in ("Ann", "Bob", "Cleo"):
        hand_in(tmp_path / "class" / learner, 8, file="job.py", add=f"\nNAME = {learner!r}\n")
    return tmp_path / "class"


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[[], str]]:
    """What comes of the promises of each learner, by name, instead of trying them. Each name is there once tried."""
    outcomes: dict[str, Callable[[], str]] = {}

    def trial(course: Path, files: Mapping[str, bytes], names: Sequence[str]) -> list[Result]:
        learner = next(name for name in ("Ann", "Bob", "Cleo") if repr(name).encode() in files["job.py"])
        outcome = outcomes.setdefault(learner, lambda: "kept")()
        return [Result("submission", name, outcome) for name in names]

    monkeypatch.setattr("goqueue.lab.instructor.grades.try_submission", trial)
    return outcomes


def _raise(err: BaseException) -> Callable[[], str]:
    def do() -> str:
        raise err

    return do


def _command(learners: Path, folder: Path) -> list[str]:
    words = ["grade", str(learners), "--step", "8", "--jobs", "1"]
    return [*words, "--csv", str(folder / "g.csv"), "--html", str(folder / "r")]


def _kept(folder: Path) -> dict[str, str]:
    with (folder / "g.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["learner"]: row["kept"] for row in csv.DictReader(file)}


def test_after_ctrl_c_all_that_was_found_is_written_and_the_next_run_goes_on(
    learners: Path, tmp_path: Path, tries: dict[str, Callable[[], str]], capsys: pytest.CaptureFixture[str]
) -> None:
    tries["Bob"] = _raise(KeyboardInterrupt())
    assert main(_command(learners, tmp_path)) == 130
    count = str(len(kept_by(8)))
    assert _kept(tmp_path) == {"Ann": count, "Bob": "", "Cleo": ""}
    assert "the same command goes on from here" in capsys.readouterr().out
    assert (tmp_path / "r" / "report-Ann.html").exists()
    tries.clear()
    assert main(_command(learners, tmp_path)) == 0
    assert sorted(tries) == ["Bob", "Cleo"]
    assert _kept(tmp_path) == dict.fromkeys(["Ann", "Bob", "Cleo"], count)
    assert "1 of 3 need no trial" in capsys.readouterr().err


def test_what_is_handed_in_anew_is_tried_anew(
    learners: Path, tmp_path: Path, tries: dict[str, Callable[[], str]]
) -> None:
    file = tmp_path / "results"
    grade(learners, 8, results=file, jobs=1)
    tries.clear()
    (learners / "Bob" / "job.py").write_text((learners / "Bob" / "job.py").read_text("utf-8") + "# better\n", "utf-8")
    lines = file.read_text("utf-8").splitlines()
    forged = json.dumps({**json.loads(lines[1]), "learner": "Ann", "results": [["legal_moves", "splendid", ""]]})
    file.write_text("\n".join([lines[0], forged, *lines[2:-1], lines[-1][:-5]]), "utf-8")
    assert [one.kept for one in grade(learners, 8, results=file, jobs=1).grades] == [len(kept_by(8))] * 3
    assert sorted(tries) == ["Ann", "Bob", "Cleo"]
    tries.clear()
    grade(learners, 8, results=file, jobs=1)
    assert not tries
    grade(learners, 9, results=file, jobs=1)
    assert len(tries) == 3, "another step: nothing of the old results counts"


def test_one_that_cannot_be_tried_and_a_report_that_cannot_be_made_stop_no_other(
    learners: Path, tmp_path: Path, tries: dict[str, Callable[[], str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    tries["Ann"] = _raise(OSError("no room for a folder"))
    whole = grade_pages.report

    def report(found: Grades, one: Grade) -> str:
        if one.learner == "Bob":
            raise KeyError("")
        return whole(found, one)

    monkeypatch.setattr(grade_pages, "report", report)
    assert main(_command(learners, tmp_path)) == 1
    assert "could not be tried: OSError: no room" in (tmp_path / "r" / "report-Ann.html").read_text("utf-8")
    assert "could not be made: KeyError" in (tmp_path / "r" / "report-Bob.html").read_text("utf-8")
    assert "Kept: " in (tmp_path / "r" / "report-Cleo.html").read_text("utf-8")


def test_what_took_too_long_is_tried_once_more_alone(
    learners: Path, tries: dict[str, Callable[[], str]], tmp_path: Path
) -> None:
    came = iter([TOO_SLOW, "kept"])
    tries["Ann"] = lambda: next(came)
    tries["Bob"] = lambda: TOO_SLOW
    told: list[str] = []
    found = grade(learners, 8, tell=told.append, jobs=1, results=tmp_path / "results")
    assert [line for line in told if "alone" in line] == ["once more, alone: Ann", "once more, alone: Bob"]
    assert [{one.outcome for one in grade.results} for grade in found.grades] == [{"kept"}, {TOO_SLOW}, {"kept"}]
    report = grade_pages.report(found, found.grades[1])
    assert "Too slow here, twice" in report
    assert "<h2>Broken" not in report
    tries.clear()
    grade(learners, 8, jobs=1, results=tmp_path / "results")
    assert list(tries) == ["Bob"], "and in another run, perhaps on another machine"


@pytest.mark.parametrize(
    "told", [None, [], "kept", {"outcome": "splendid", "message": ""}, {"outcome": "kept"}, {"outcome": ["kept"]}]
)
def test_what_is_no_answer_counts_for_nothing(told: object) -> None:
    found = _result(Path("queue"), "legal_moves", told)
    assert (found.name, found.outcome, found.message) == ("legal_moves", NOT_TRIED, "what came back is no answer")


def test_an_answer_counts_for_what_was_asked() -> None:
    told = {"version": "Bob", "name": "graceful_stop", "outcome": "kept", "message": ""}
    assert _result(Path("queue"), "legal_moves", told) == Result("queue", "legal_moves", "kept")


def test_a_file_that_is_no_journal_is_never_overwritten(learners: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine", "utf-8")
    with pytest.raises(FileExistsError, match="was not written by this command"):
        grade(learners, 8, results=tmp_path / "mine")
    assert journal.digest({"a": b"bc"}) != journal.digest({"ab": b"c"})


@pytest.mark.parametrize("err", [KeyError(""), LookupError(), OSError(), KeyError("runs_at_once")])
def test_no_error_is_empty(err: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("goqueue.cli._grade", lambda options: _raise(err)())
    assert main(["grade", "x", "--step", "8"]) == 2
    assert type(err).__name__ in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another thing there")
def test_ctrl_c_ends_a_real_run_soon(learners: Path, tmp_path: Path) -> None:
    hand_in(learners / "Dan", 8, file="job.py", add="\nimport time\nwhile True: time.sleep(0.01)\n")
    words = [sys.executable, "-m", "goqueue", *_command(learners, tmp_path)]
    run = subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, cwd=Path.cwd())
    limit = threading.Timer(300, run.kill)  # if all else fails
    limit.start()
    assert run.stderr is not None
    assert any("3 of 4" in line for line in run.stderr)
    began = time.monotonic()
    os.kill(run.pid, signal.SIGINT)
    assert run.wait(timeout=120) == 130
    limit.cancel()
    assert time.monotonic() - began < 100, "less than Dan's loop would have had"
    assert [bool(kept) for kept in _kept(tmp_path).values()] == [True, True, True, False]
