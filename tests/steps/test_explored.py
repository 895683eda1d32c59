"""What the promises stand on: an exploration that proves nothing is an error, and nothing is lost in virtual time."""

import re
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from goqueue.lab import catalogue, load
from goqueue.lab.versions.trial import BROKEN, ERROR, KEPT, try_here
from goqueue.races import Outside
from steps.promises import PROMISES, Broken, explored
from steps.promises.bench import HOUR, in_virtual_time
from steps.promises.models import sharing


def explore(model: Callable[[], None]) -> None:
    explored.explored(load(12), model, "what comes", "nothing")


@pytest.mark.parametrize(
    ("promise", "version"), [("one_registration_wins", 10), ("no_half_change", "step11_storage_hands_out_live_jobs")]
)
def test_the_line_in_a_message_can_be_pasted(promise: str, version: int | str) -> None:
    with pytest.raises(Broken) as broken:
        PROMISES[promise].check(load(version))
    (line,) = re.findall(r"^to see it: (.*)$", str(broken.value), re.MULTILINE)
    scope: dict[str, Any] = {}
    exec(line.replace("; replay(", "; result = replay("), scope)
    assert scope["result"].failed
    assert repr(scope["result"].trace) == repr(broken.value.run and broken.value.run.trace)


def test_a_spent_budget_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explored, "SCHEDULES", 2)
    with pytest.raises(RuntimeError, match="budget spent after 2 schedules, so nothing is proved"):
        explore(sharing(load(12)))
    assert try_here(12, "taken_once").outcome == ERROR


def test_a_file_is_an_error() -> None:
    def model() -> None:
        with open(__file__):
            pass

    with pytest.raises(Outside):
        explore(model)


def test_an_error_that_the_promise_is_not_about_is_an_error() -> None:
    def model() -> None:
        raise LookupError("a slip in the model")

    with pytest.raises(RuntimeError, match="LookupError: a slip in the model after 1 schedules, so nothing is proved"):
        explore(model)


def test_a_deadlock_says_who_waits() -> None:
    def model() -> None:
        lock = threading.Lock()
        explored.together(worker=lock.acquire, board=lock.acquire)

    with pytest.raises(Broken, match="deadlock: main waits for .+ to end; .+ waits for lock, which .+ never gave back"):
        explore(model)


@pytest.mark.parametrize(("step", "outcome"), [(10, BROKEN), (11, KEPT)])
def test_a_learners_own_folder_is_explored_too(step: int, outcome: str, tmp_path: Path) -> None:
    found = next(entry for entry in catalogue() if entry.step == step)
    shutil.copytree(found.path, tmp_path / "my_queue")
    assert try_here(tmp_path / "my_queue", "one_registration_wins").outcome == outcome


def crashing(version: ModuleType) -> None:
    def crash() -> None:
        raise SystemError("a worker is gone")

    threading.Thread(target=crash).start()
    time.sleep(HOUR)


def waiting(version: ModuleType) -> None:
    threading.Thread(target=threading.Event().wait, name="worker-1").start()


def looking(version: ModuleType) -> None:
    time.sleep(HOUR)
    raise Broken("time.monotonic(), an hour later", repr(time.monotonic()), "0.0")


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (crashing, "the threads that ran meanwhile: SystemError: a worker is gone came back, no error was expected"),
        (waiting, "worker-1 waits for an event came back, no error was expected"),
        (looking, "time.monotonic(), an hour later: 3600.0 came back, 0.0 was expected"),
    ],
)
def test_nothing_is_lost_in_virtual_time(check: Callable[[ModuleType], None], message: str) -> None:
    with pytest.raises(Broken, match=re.escape(message)):
        in_virtual_time(check)(load(12))
