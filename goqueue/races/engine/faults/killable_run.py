"""A run whose process may be killed: the one place where that happens.

A *change* is a step that changes what survives a crash. All changes depend on each other, so every order of them is
tried. No other thread moves between this step and the change itself. A crash before change n leaves what the first
n - 1 changes made, whatever else the threads did. `recover` then runs as the only thread, before the others are
unwound, so none of their clean-up can touch what survived.
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from ..active import Active
from ..happens_before import Place, join
from ..identity import identity
from ..run import Run
from ..tasks import Carrier, Task
from ..words import WRITE, Mode, Sort, Verdict
from .plans import NO_FAULTS, Crashes, Plan
from .surviving import FAILS, TooMany, kept, reached, unseen

KILLED = "the process is killed here"


class Memory(Protocol):
    """What is in globals, in classes, and in what they hold."""

    def changed(self) -> set[int]:
        """Return the identities of what differs from before the run."""

    def forget(self, kept: set[int]) -> None:
        """Put all back but what is kept, by identity."""


class KillableRun(Run):
    """One run whose process is killed as `plan` says, if at all. Not reusable."""

    knows_sections = False  # a crash between two sections shows which of them came first

    def __init__(
        self, pick: Callable[[Run, list[Task]], Task], *, crashes: Crashes | None, plan: Plan, **options: Any
    ) -> None:
        super().__init__(pick, **options)
        self.crashes, self.plan = crashes, plan
        self.changes = 0  # and jumps of the clock, before which the process may be killed, too
        self.jumps = 0  # of these, jumps of the clock
        self._jumped = False  # since the last change
        self.changed_at: list[tuple[int, int]] = []  # the step and the position of each change
        self.performed: set[str] = set()  # calls that were named as changes, and made
        self.outcomes = 1  # how many states a crash here can leave on the disks
        self.survivor: Any = None
        self.crashed = False
        self.memory: Memory | None = None
        self.locks: list[Any] = []  # that a task waited for or took
        self._set_up = set[int]()  # what is in memory and was changed when what survives was made, by identity
        self._prepares = crashes is not None  # what survives, for the model
        self._serial = self.serial() if crashes is not None else 0

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

    def access(self, place: Place, mode: Mode, key: Any, sort: Sort, site: int, shown: str) -> None:
        """Access a watched object: see Run.access."""
        if not self.may_be_killed or not self.survives(place.what):
            super().access(place, mode, key, sort, site, shown)
            return
        self.touch(mode)
        if self.recorder is not None:
            self.recorder.at(self)
        self.races.note(self.current, place, mode, key, sort, site, shown)

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
        for lock in self.locks:
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
    return run.plan if isinstance(run, KillableRun) else NO_FAULTS


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
