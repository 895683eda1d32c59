"""Deadlock or lost wake-up: wake those who wait on a condition once, without a notification, and see who goes on.

    the run is over, and a waiter missed a notification ──> wake it, alone ──┬──> it waits again, at the same place
                                                                             │    its predicate is false: deadlock
                                                                             └──> it goes on: a lost wake-up, unless

what it looks at was changed after the notification, so that this would not have helped: a deadlock, too.

This happens after the run was recorded, with a log of its own, so neither the schedule nor the report changes. The
waiter moves alone until it ends or has to wait. Then it stands still until it is unwound, like all the others.
"""

from __future__ import annotations

from types import CodeType
from typing import TYPE_CHECKING, Any

from ..carrying import current_frames
from ..happens_before import NOTHING, Place, Races
from ..log import Log
from ..notices import Notice
from ..words import READ, WRITE, Verdict

if TYPE_CHECKING:
    from ..run import Run
    from ..tasks import Task

LONG_ENOUGH = 200  # steps after which a woken task goes on for certain
PATIENCE = 5.0  # seconds of real time, after which it computes without end, so it goes on

KEPT = ("log", "races", "recorder", "wanted", "over", "position", "unseen", "current", "now")  # as they are at the end


class Waking:
    """What one task does after a spurious wake-up."""

    def __init__(self, run: Run, task: Task) -> None:
        self.task, self.steps, self.gave, self.changed = task, 0, list[int](), False
        self.looked = list[tuple[Place, Any]]()  # at places and keys, with the condition's lock in hand
        self.log, self.races = Moves(self), Changes(self, run)

    def may_go_on(self) -> bool:
        """Whether the task moves on at a step, or has shown enough."""
        self.steps += 1
        return self.steps < LONG_ENOUGH and self.task.can_go_on()


class Moves(Log):
    """Knows which locks the woken task released, and nothing else."""

    def __init__(self, waking: Waking) -> None:
        super().__init__()
        self._waking = waking

    def gave(self, serial: int) -> None:
        """The woken task has released a lock."""
        self._waking.gave.append(serial)


class Changes(Races):
    """Knows whether the woken task wrote anything, and what it looked at again before it gave back a lock."""

    def __init__(self, waking: Waking, run: Run) -> None:
        super().__init__(run)
        self._waking = waking

    def note(self, task: Task, place: Place, mode: str, key: Any, sort: str, site: int, shown: str) -> None:
        """The woken task is about to read or write."""
        self._waking.changed |= mode == WRITE
        again = (task.index, mode, sort, shown) in place.accesses.get(key, NOTHING)
        if mode == READ and again and not self._waking.gave:
            self._waking.looked.append((place, key))


def judge(run: Run) -> None:
    """Call a lost wake-up a deadlock if no wake-up helps. The run is over, and its tasks are not unwound yet."""
    if run.verdict is Verdict.LOST_WAKE_UP and run.guest is None and not any(goes_on(run, task) for task in run.deaf):
        run.verdict = Verdict.DEADLOCK


def goes_on(run: Run, task: Task) -> bool:
    """Whether a task that missed a wake-up would go on after another one. An event was set, so a wait for it ends."""
    what, condition = task.waits_for
    if what == "event":
        return True
    if not task.can_take_lock():
        return False  # another thread holds the lock for ever
    place = stack_of(task)
    waking = wake(run, task)
    if task.finished or task.waits_for[0] != "lock":
        again = not task.finished and task.waits_for == (what, condition) and stack_of(task) == place
        return (not again or (waking.changed and len(waking.gave) > 1)) and would_have_helped(task, waking)
    return False  # it stands before a lock that nobody releases


def would_have_helped(task: Task, waking: Waking) -> bool:
    """Whether a notification would have helped that the task missed: what it looks at was not changed after it."""
    missed = task.notices.missed_by(task.index) if task.notices is not None else []
    return any(all(is_settled(task, place, key, notice) for place, key in waking.looked) for notice in missed)


def is_settled(task: Task, place: Place, key: Any, notice: Notice) -> bool:
    """Whether no other task has changed a location since a notification."""
    return not any(
        mode == WRITE and index != task.index and notice.is_before(index, moment, position)
        for other_key in (place.accesses if key is None else (key, None))
        for (index, mode, *_), (moment, _, position) in place.accesses.get(other_key, NOTHING).items()
    )


def wake(run: Run, task: Task) -> Waking:
    """Let a task go on alone, until it ends or has to wait."""
    kept, tasks = {name: getattr(run, name) for name in KEPT}, len(run.tasks)
    waking = run.waking = Waking(run, task)
    run.log, run.races, run.recorder, run.wanted, run.over = waking.log, waking.races, None, set(), False
    run.current, run.ident = task, task.carrier.ident  # type: ignore[union-attr]  # it has begun
    try:
        task.carrier.baton.release()  # type: ignore[union-attr]
        run.done.acquire(timeout=PATIENCE)
    finally:
        run.waking, run.ident = None, 0
        for name, value in kept.items():
            setattr(run, name, value)
        del run.tasks[tasks:]  # those that it would have started
    return waking


def stack_of(task: Task) -> list[tuple[CodeType, int]]:
    """Return where a task stands: the instruction of each frame."""
    frame, stack = current_frames().get(task.carrier.ident if task.carrier else 0), []
    while frame is not None:
        stack.append((frame.f_code, frame.f_lasti))
        frame = frame.f_back
    return stack
