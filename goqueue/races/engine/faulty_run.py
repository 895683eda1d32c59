"""A run that may meet faults: the one place where an interrupt is raised and where a process is killed.

A *point* is a place in a thread's own code where an interrupt may come. Points are numbered for each thread, so the
number of a point depends on what the thread itself did, and not on the order of threads. A program that is interrupted
at a fixed point of one thread is therefore a program like any other, and can be searched like any other.

A *change* is a step that changes what survives a crash. All changes depend on each other, so every order of them is
tried. No other thread moves between this step and the change itself. A crash before change n leaves what the first
n - 1 changes made, whatever else the threads did. `recover` then runs as the only thread, before the others are
unwound, so none of their clean-up can touch what survived.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from .active import Active
from .faults import NO_FAULTS, Crashes, Interrupts, Plan
from .happens_before import Place, join
from .identity import identity
from .log import Op
from .run import Run
from .sources import WATCHED, outside_engine
from .surviving import FAILS, TooMany, kept, reached, unseen
from .tasks import Carrier, Gate, Task
from .words import BETWEEN, CALL, WRITE, Mode, Sort, Verdict

KILLED = "the process is killed here"
FROM_OUTSIDE = "__goqueue_interrupt__"  # marks the error of an interrupt, which other threads may raise again


class Memory(Protocol):
    """What is in globals, in classes, and in what they hold."""

    def changed(self) -> set[int]:
        """Return the identities of what differs from before the run."""

    def forget(self, kept: set[int]) -> None:
        """Put all back but what is kept, by identity."""


class LockLeftHeld(AssertionError):
    """An interrupted thread has ended and never gave a lock back."""


class FaultyRun(Run):
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
        super().__init__(pick, **options)
        self.interrupts, self.crashes, self.plan = interrupts, crashes, plan
        self.points: dict[int, int] = {}  # task -> how many points it came to
        self.open: dict[tuple[int, int], int] = {}  # points at which an interrupt may come -> jumps of the clock there
        self.interrupted: set[int] = set()  # tasks
        self.met = 0  # interrupts that came
        self.between = False  # main stands at a point, and at no step
        self.cleaning: set[int] = set()  # tasks at the beginning of `except` or `finally`
        self.going_round: set[tuple[int, int]] = set()  # `while` loops, by their frames, that have had a round
        self.changes = 0  # and jumps of the clock, before which the process may be killed, too
        self.jumps = 0  # of these, jumps of the clock
        self._jumped = False  # since the last change
        self.changed_at: list[tuple[int, int]] = []  # the step and the position of each change
        self.performed: set[str] = set()  # calls that were named as changes, and made
        self.outcomes = 1  # how many states a crash here can leave on the disks
        self.survivor: Any = None
        self.crashed = False
        self.memory: Memory | None = None
        self._set_up = set[int]()  # what is in memory and was changed when what survives was made, by identity
        self._prepares = crashes is not None  # what survives, for the model
        self._serial = self.serial() if crashes is not None else 0
        self._at_once: set[int] = set()  # tasks that touch several objects at once
        self._locks: list[Any] = []  # that a task waited for or took

    @property
    def is_calm(self) -> bool:
        """Whether no fault comes: the run is over, the process was killed, or what survives is not made yet."""
        return self.over or self.crashed or self.waking is not None or self._prepares

    @property
    def parallel(self) -> bool:
        """Whether `recover` has started threads. It is the first task that a crash lets live."""
        return sum(not task.killed for task in self.tasks) > 1 if self.crashed else False

    @property
    def may_be_killed(self) -> bool:
        """Whether a crash may come now."""
        return self.crashes is not None and not self.is_calm

    # -- interrupts -----------------------------------------------------------------------------------

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
        if not self.may_be_killed or not self.survives(place.what):
            super().access(place, mode, key, sort, site, shown)
            return
        self.touch(mode)
        if self.recorder is not None:
            self.recorder.at(self)
        self.races.note(self.current, place, mode, key, sort, site, shown)

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
        if what == "lock" and lock not in self._locks:
            self._locks.append(lock)
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
            for lock in self._locks:
                owner = lock.owner
                if owner is not None and owner.index in self.interrupted and not self.crashed:
                    named = f" {lock.name}" if lock.name else ""
                    super().fail(LockLeftHeld(f"{owner.name} was interrupted, and never gives back{named}"), owner)
                    break
        super().stop()

    # -- crashes --------------------------------------------------------------------------------------

    def begin(self, body: Callable[..., object], thread: Any) -> None:
        """Run the model, with what survives a crash if that is asked for."""
        crashes = self.crashes
        if crashes is None:
            super().begin(body, thread)
            return

        def with_survivor() -> None:
            self.survivor = crashes.survives()
            error = unseen(self.survivor, crashes)
            if error is not None:
                self._refuse(error)
            if self.plan.crash and self.memory is not None:
                with nobody_runs():
                    self._set_up = self.memory.changed()
            self._prepares = False
            if not self.over:  # else something was refused, and `survives` has swallowed that
                body(self.survivor)

        super().begin(with_survivor, thread)

    def touch(self, mode: Mode) -> None:
        """The current task touches what survives: always a step. Before a change, the process may be killed."""
        if self.is_calm:
            return
        self.position += 1
        self.step((self._serial, mode, None))
        if mode is WRITE:
            self._jumped = False
            if self._is_killed_before(self.log.now):
                self.step(None, never)

    def _is_killed_before(self, step: int) -> bool:
        """Count a moment at which the process may be killed, and kill it if it is the planned one."""
        self.changes += 1
        self.changed_at.append((step, self.position))
        if self.changes == self.plan.crash:
            self._crash()
        return self.crashed

    def tick(self) -> bool:
        """Let the clock jump: see Run.tick. At the first jump after a change, the process may be killed before it."""
        if self._jumped or not self.may_be_killed or self.able():
            return super().tick()
        now, ticks = self.now, self.ticks
        if not super().tick():
            return False
        later, self.now, self.ticks = (self.now, self.ticks), now, ticks
        self._jumped = True
        self.jumps += 1
        if not self._is_killed_before(self.log.now + 1):
            self.now, self.ticks = later
        return True

    def finish(self, task: Task, carrier: Carrier) -> None:
        """End a task. If it is the last one, the process may be killed after all changes."""
        last = all(other.finished or other.daemon or other is task for other in self.tasks)
        if last and self.may_be_killed and self.plan.crash == self.changes + 1:
            self._crash()
        super().finish(task, carrier)

    def _refuse(self, error: Exception) -> None:
        """End the run with an error for the caller of explore(), because the lab cannot do what is asked for."""
        if not self.over:
            self.error = error
            self.end(Verdict.OUTSIDE)

    def _crash(self) -> None:
        """Kill the process: from now on only `recover` goes on."""
        crashes, killed = self.crashes, list(self.tasks)
        assert crashes is not None
        if self.recorder is not None:
            self.recorder.note(self, KILLED)
        self.crashed = True
        self.forced = {position: task for position, task in self.forced.items() if position > self.position}
        try:
            self._fail_power()
            self._renew_memory()
        except Exception as error:  # of a Disk's own subclass: here no task is there to raise it in
            self._refuse(error)
        thread = threading.Thread(name="recovery", daemon=False)
        thread._started._flag = True  # type: ignore[attr-defined]  # it is never started: the engine runs it
        recovery = self.add("recovery", lambda: crashes.recover(self.survivor), thread)
        for task in killed:
            task.killed, task.daemon, task.gate, task.deadline = True, True, never, None
            join(recovery.clock, task.clock)

    def _renew_memory(self) -> None:
        """Let locks be free, and memory be what a new process finds."""
        for lock in self._locks:
            lock._at_fork_reinit()
        if self.memory is not None:
            with nobody_runs():
                self.memory.forget(kept(self.survivor) | self._set_up)

    def _fail_power(self) -> None:
        """Let each disk that survives be what the crash leaves, as the plan says."""
        outcome = self.plan.outcome
        for disk in self._reached().values():
            if hasattr(type(disk), FAILS):
                states = disk._goqueue_states()
                self.outcomes *= states
                disk._goqueue_power_fails(outcome % states)
                outcome //= states

    def _reached(self) -> dict[int, Any]:
        """Return what survives, and all that it holds."""
        try:
            return reached(self.survivor)
        except TooMany as error:
            self._refuse(error)
            return {}

    def name_unseen(self, told: str, why: str) -> None:
        """Let the verdict name what is not seen: see Run.name_unseen. Text may change what survives a crash."""
        if why == "not watched" and self.may_be_killed:
            self.opaque[told] = f"{told} ({why})"
            self.wanted.add((told, None))
        else:
            super().name_unseen(told, why)

    def survives(self, thing: Any) -> bool:
        """Whether a thing is part of what survives a crash."""
        thing = thing() if type(thing) is weakref.ref else thing  # of a place that does not keep it alive
        return identity(thing) in self._reached()


def plan_of(run: Run) -> Plan:
    """Return the faults that a run meets."""
    return run.plan if isinstance(run, FaultyRun) else NO_FAULTS


@contextlib.contextmanager
def nobody_runs() -> Iterator[None]:
    """Let nothing be a step of the run for a while."""
    run, Active.run = Active.run, None
    try:
        yield
    finally:
        Active.run = run


def never(due: bool) -> bool:
    """The gate of a task that was killed."""
    return False


def called_by_watched_code() -> bool:
    """Whether watched code itself takes the lock, and not a library for its own sake."""
    frame = outside_engine(sys._getframe(1))
    return frame is not None and frame.f_code.co_filename in WATCHED
