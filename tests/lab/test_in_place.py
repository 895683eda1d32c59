"""Where no process can be started, as in a browser tab: the same answers, without a bound, and that is said."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from goqueue.lab.subprocesses import Died, call_in_subprocess, caller, forks, map_in_subprocesses

# In a process of its own, because an answer that is tried in place leaves its modules behind.
GRADES = """
import json
from goqueue.lab.learn import grading
from goqueue.lab.learn.exercises import find
from goqueue.lab.subprocesses import caller, forks
caller.IN_PLACE = forks.IN_PLACE = grading.IN_PLACE = True
exercise = find("11.2")
found = [grading.grade(exercise, exercise.solution), grading.grade(exercise, exercise.start)]
print(json.dumps([[one.passed, "restart the kernel" in one.text] for one in found]))
"""


@pytest.fixture
def _in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caller, "IN_PLACE", True)
    monkeypatch.setattr(forks, "IN_PLACE", True)
    monkeypatch.setattr(subprocess, "Popen", None)


def shout(text: str) -> str:
    print("this is not seen")
    return text.upper()


@pytest.mark.usefixtures("_in_place")
def test_what_is_called_in_place_answers_or_says_in_a_line_why_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert call_in_subprocess("statistics:mean", [2, 4], seconds=10) == 3
    assert map_in_subprocesses(shout, ["paid"], seconds=10) == ["PAID"]
    with pytest.raises(Died, match="StatisticsError"):
        call_in_subprocess("statistics:mean", [], seconds=10)
    assert capsys.readouterr().out == ""


def test_an_exercise_is_failed_and_passed_in_place() -> None:
    asked = subprocess.run([sys.executable, "-c", GRADES], capture_output=True, encoding="utf-8", check=True)
    assert json.loads(asked.stdout) == [[True, True], [False, True]]
