"""Who has handed over the baton touches nothing of the run until it comes back.

The real thread that hands it over runs on for a moment. What it wrote then would differ from run to run, by what the
machine happens to do: on a busy one, a model seemed to differ from run to run, once in thousands of runs.
"""

from __future__ import annotations

from _thread import get_ident
from collections.abc import Callable
from typing import Any

import pytest

from goqueue.races import explore
from goqueue.races.engine.active import Active
from goqueue.races.engine.ends.recurrence import Recurrence
from goqueue.races.engine.faults.faulty_run import FaultyRun
from goqueue.races.engine.happens_before import Races
from goqueue.races.engine.log import Log
from goqueue.races.engine.run import Run
from goqueue.races.engine.tasks import Task
from tests.races.litmus.programs import LITMUS

KINDS = (Run, FaultyRun, Task, Log, Races, Recurrence)


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what was written by a real thread that had handed over the baton."""
    written: list[str] = []

    def guarded(real: Callable[..., None]) -> Callable[..., None]:
        def write(self: Any, name: str, value: object) -> None:
            run = Active.run
            if run is not None and run.ident not in (0, get_ident()) and get_ident() in real_threads(run):
                written.append(f"{type(self).__name__}.{name}")
            real(self, name, value)

        return write

    for kind in KINDS:
        monkeypatch.setattr(kind, "__setattr__", guarded(kind.__setattr__), raising=False)
    return written


def real_threads(run: Run) -> list[int]:
    return [task.carrier.ident for task in run.tasks if task.carrier is not None]


def test_who_has_handed_over_the_baton_writes_nothing(late: list[str]) -> None:
    for litmus in LITMUS[::8]:
        explore(litmus.broken, schedules=10, modules=[litmus.broken.__module__])
        explore(litmus.right, schedules=10, modules=[litmus.right.__module__])
    assert sorted(set(late)) == []


def test_a_late_write_is_seen(late: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    real = Run.pass_baton

    def pass_and_write(self: Run, task: Task) -> None:
        real(self, task)
        self.steps += 0

    monkeypatch.setattr(Run, "pass_baton", pass_and_write)
    explore(LITMUS[0].broken, schedules=10, modules=[LITMUS[0].broken.__module__])
    assert set(late) == {"Run.steps"}
