"""Ctrl-C in the middle of an exploration ends it and leaves the process as it was."""

from __future__ import annotations

import _weakrefset
import os
import signal
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest

from goqueue.lab import explore, virtual_time
from goqueue.races.engine.run import Run

from .litmus import lost_updates
from .litmus.litmus import run
from .litmus.programs import NAMED
from .staged import NONE_LEFT, differences, left_since, state_of_the_process, threads

HERE = sys.modules[__name__], lost_updates
failing = NAMED["lost update on an attribute"].broken

if os.name != "posix":
    pytest.skip("sends SIGINT to itself", allow_module_level=True)


def press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture(autouse=True)
def as_in_a_terminal() -> Iterator[None]:
    """Let SIGINT raise KeyboardInterrupt, even if the shell ignores it. Check afterwards that all is as before."""
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    explore(failing)
    before, counted = state_of_the_process(*HERE), threads()
    try:
        yield
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert explore(failing).verdict == "failed assertion"
        assert differences(before, state_of_the_process(*HERE)) == {}
        assert left_since(counted) == NONE_LEFT
    finally:
        signal.signal(signal.SIGINT, usual)


def is_heard(frame: FrameType | None) -> bool:
    """Whether an error is heard here: Python drops one that comes while an object ends, in a callback or `__del__`."""
    while frame is not None:
        if frame.f_code.co_name == "__del__" or frame.f_code.co_filename in (weakref.__file__, _weakrefset.__file__):
            return False
        frame = frame.f_back
    return True


MOMENTS = 120  # at which Ctrl-C is pressed, of all calls of an exploration


class CtrlC:
    """Presses Ctrl-C at call number `moment` of this thread, in the engine or below it, or as soon as it is heard."""

    def __init__(self, moment: int) -> None:
        self.moment, self.calls = moment, 0

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        if event in ("call", "c_return"):
            self.calls += 1
            if 0 < self.moment <= self.calls and is_heard(frame):
                sys.setprofile(None)
                signal.raise_signal(signal.SIGINT)

    def explore(self) -> None:
        """Explore, and count calls."""
        sys.setprofile(self)
        try:
            explore(failing)
        finally:
            sys.setprofile(None)


@pytest.mark.slow
def test_at_any_moment_it_leaves_everything_as_it_was() -> None:
    for _ in range(5):
        CtrlC(moment=-1).explore()  # the first times, more is looked up
    count = CtrlC(moment=-1)
    count.explore()
    before, counted = state_of_the_process(*HERE), threads()
    moments = range(1, count.calls - 10, max(1, count.calls // MOMENTS))  # the last calls are setprofile and leaving
    assert len(moments) > 50
    for moment in moments:
        ctrl_c = CtrlC(moment)
        try:
            ctrl_c.explore()
            assert ctrl_c.calls < moment, f"Ctrl-C at moment {moment} of {ctrl_c.calls} is lost"
        except KeyboardInterrupt:
            pass
        now = differences(before, state_of_the_process(*HERE)), left_since(counted)
        assert now == ({}, NONE_LEFT), f"moment {moment} of {count.calls}"


def endless(presses: int, after: int) -> Callable[[], None]:
    """Return a model that goes on for ever, and presses Ctrl-C one or more times on the way."""

    def model() -> None:
        for n in range(10**9):
            time.sleep(0.1)
            if after <= n < after + presses:
                press_ctrl_c()

    return model


@pytest.mark.parametrize("presses", [1, 3])
def test_a_run_without_an_end_is_cut_off(presses: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        explore(endless(presses, after=50), steps=10**9)


def test_all_threads_of_a_run_are_unwound() -> None:
    def deliver() -> None:
        try:
            while True:
                time.sleep(0.1)
        finally:
            time.sleep(0.1)

    def model() -> None:
        workers = [threading.Thread(target=deliver) for _ in range(3)]
        for worker in workers:
            worker.start()
        endless(presses=1, after=20)()

    with pytest.raises(KeyboardInterrupt):
        explore(model, steps=10**9)


def test_between_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def well() -> None:
        run(lambda: None, lambda: None)

    begin, runs = Run.begin, list[int]()

    def interrupted(self: Run, body: Callable[[], object], thread: Any) -> None:
        begin(self, body, thread)
        runs.append(1)
        press_ctrl_c()

    monkeypatch.setattr(Run, "begin", interrupted)
    with pytest.raises(KeyboardInterrupt):
        explore(well)
    monkeypatch.undo()
    assert runs == [1]


def test_in_virtual_time_it_is_raised_in_the_block() -> None:
    with virtual_time([HERE[0]]), pytest.raises(KeyboardInterrupt):
        time.sleep(600)
        press_ctrl_c()
        time.sleep(600)


def test_a_handler_of_the_callers_own_is_asked() -> None:
    heard: list[int] = []
    usual = signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    try:
        with pytest.raises(KeyboardInterrupt):  # there is no result to return
            explore(endless(presses=1, after=50), steps=100)
    finally:
        signal.signal(signal.SIGINT, usual)
    assert heard == [signal.SIGINT]
