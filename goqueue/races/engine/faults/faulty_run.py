"""A run that may meet faults: the one place where an interrupt is raised. For crashes, see `killable_run`.

A *point* is a place in a thread's own code where an interrupt may come. Points are numbered for each thread, so the
number of a point depends on what the thread itself did, and not on the order of threads. A program that is interrupted
at a fixed point of one thread is therefore a program like any other, and can be searched like any other.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import Any

from ..happens_before import Place
from ..log import Op
from ..run import Run
from ..sources import WATCHED, outside_engine
from ..tasks import Gate, Task
from ..words import BETWEEN, CALL, Mode, Sort
from .killable_run import KillableRun
from .plans import Crashes, Interrupts, Plan

FROM_OUTSIDE = "__goqueue_interrupt__"  # marks the error of an interrupt, which other threads may raise again


class LockLeftHeld(AssertionError):
    """An interrupted thread has ended and never gave a lock back."""


class FaultyRun(KillableRun):
    """One run that meets the faults of `plan`. Not reusable."""

    def __init__(
        self,
        pick: Callable[[Run, list[Task]], Task],
        *,
        interrupts: Interrupts | None,
        crashes: Crashes | None,
        plan: Plan,
        **options: Any,
    ) -> None:
        super().__init__(pick, crashes=crashes, plan=plan, **options)
        self.interrupts = interrupts
        self.points: dict[int, int] = {}  # task -> how many points it came to
        self.open: dict[tuple[int, int], int] = {}  # points at which an interrupt may come -> jumps of the clock there
        self.interrupted: set[int] = set()  # tasks
        self.met = 0  # interrupts that came
        self.between = False  # main stands at a point, and at no step
        self.cleaning: set[int] = set()  # tasks at the beginning of `except` or `finally`
        self.going_round: set[tuple[int, int]] = set()  # `while` loops, by their frames, that have had a round
        self._at_once: set[int] = set()  # tasks that touch several objects at once

    def point(self, at: str) -> None:
        """Come to a point at which the current task may be interrupted."""
        if self.is_calm:
            return
        index = self.current.index
        if at == "calls":
            self.cleaning.discard(index)
        number = self._next_point(index)
        if not self._may_come(index, at):
            return  # in another order of threads, the same number may be that of a place where one may come
        if self._planned(index, number) is not None:
            self.interrupt(number)
        self.open[index, number] = 0
        if BETWEEN in self.hot and not index and not self.met:
            self.between = True  # no other task can go on here: this is no possible step
            self.step(None)
            self.between = False

    def _next_point(self, index: int) -> int:
        number = self.points[index] = self.points.get(index, 0) + 1
        return number

    def _planned(self, index: int, number: int) -> int | None:
        """Return after how many jumps of the clock an interrupt comes at this point, or None."""
        for task, point, ticks in self.plan.interrupts:
            if (task, point) == (index, number):
                return ticks
        return None

    def _may_come(self, index: int, at: str) -> bool:
        if self.interrupts is None or (index and self.interrupts.threads == "main"):
            return False
        return at == "calls" or (self.interrupts.at == "steps" and index not in self.cleaning)

    def interrupt(self, number: int) -> None:
        """Raise the interrupt in the current task."""
        assert self.interrupts is not None
        self.interrupted.add(self.current.index)
        self.met += 1
        name = "Ctrl-C" if self.interrupts.error is KeyboardInterrupt else "an interrupt"
        if self.recorder is not None:
            self.recorder.note(self, f"{name} comes here: {self.interrupts.error.__name__}")
        error = self.interrupts.error()
        with contextlib.suppress(Exception):  # of a class that takes no attributes
            setattr(error, FROM_OUTSIDE, True)
        raise error

    def access(self, place: Place, mode: Mode, key: Any, sort: Sort, site: int, shown: str) -> None:
        """Access a watched object: see Run.access. `site` is 0 if a lock or the like is accessed."""
        if site and self.current.index not in self._at_once:
            self.point("steps")
        super().access(place, mode, key, sort, site, shown)

    def together(self, touched: list[tuple[Place, Mode]], site: int, sort: Sort = CALL) -> None:
        """Touch several objects at once: one point, however often it is tried anew because another thread moved."""
        index = self.current.index
        self.point("steps")
        self._at_once.add(index)
        try:
            super().together(touched, site, sort)
        finally:
            self._at_once.discard(index)

    def wait(self, op: Op, *, hot: Any = None, gate: Gate | None = None, deadline: float | None = None) -> None:
        """Wait: see Run.wait. A signal wakes the main thread; other threads hear of an interrupt after the wait."""
        index = self.current.index
        what, lock = self.current.waits_for
        if what == "lock" and lock not in self.locks:
            self.locks.append(lock)
        if gate is None or self.is_calm or index or (what == "lock" and not called_by_watched_code()):
            super().wait(op, hot=hot, gate=gate, deadline=deadline)
            return
        number, began = self._next_point(index), self.ticks
        may_come = self._may_come(index, "calls")
        ticks = self._planned(index, number) if may_come else None
        if ticks is None:
            super().wait(op, hot=hot, gate=gate, deadline=deadline)
            if may_come:
                self.open[index, number] = self.ticks - began
            return
        self._wait_for_the_interrupt(op, gate, deadline, began + ticks, hot)
        if self.ticks >= began + ticks:
            self.interrupt(number)

    def _wait_for_the_interrupt(self, op: Op, gate: Gate, deadline: float | None, tick: int, hot: Any) -> None:
        """Wait until the clock has jumped to `tick`; before that, the wait may end as usual."""
        if self.ticks >= tick:
            super().visible(None)
            return
        super().wait(op, hot=hot, gate=lambda due: self.ticks >= tick or gate(due), deadline=deadline)
        if self.ticks >= tick:
            self.log.woken.add(self.log.now)

    def fail(self, error: BaseException, task: Task) -> None:
        """An exception has left a task. If it is an interrupt, of its own or through a Future, it has ended well."""
        asked = self.interrupts
        came = asked is not None and task.index in self.interrupted and isinstance(error, asked.error)
        if not came and getattr(error, FROM_OUTSIDE, False) is not True:
            super().fail(error, task)

    def stop(self) -> None:
        """The run is about to end: see whether an interrupted task still holds a lock."""
        if not self.over and self.interrupts is not None and self.interrupts.held_locks == "fail":
            for lock in self.locks:
                owner = lock.owner
                if owner is not None and owner.index in self.interrupted and not self.crashed:
                    named = f" {lock.name}" if lock.name else ""
                    super().fail(LockLeftHeld(f"{owner.name} was interrupted, and never gives back{named}"), owner)
                    break
        super().stop()


def called_by_watched_code() -> bool:
    """Whether watched code itself takes the lock, and not a library for its own sake."""
    frame = outside_engine(sys._getframe(1))
    return frame is not None and frame.f_code.co_filename in WATCHED
