"""Which steps of a run had to come after which, and which pairs could have come in the other order."""

from __future__ import annotations

from collections.abc import Callable

from ..engine.happens_before import Clock, join, knows
from ..engine.log import Op
from ..engine.run import Run
from ..engine.sections import Locked
from ..engine.words import LOCK, READ, UNLOCK

# Plan to reverse a pair of steps: (the earlier one, the tasks that could go first, the later one's task) -> possible?
TurnRound = Callable[[int, list[int], int], bool]


def dependent(one: Op, other: Op) -> bool:
    """Whether the order of two operations can matter.

    >>> from goqueue.races.engine.words import TRY, WRITE
    >>> dependent((7, WRITE, "status"), (7, READ, "status")), dependent((7, READ, None), (7, READ, None))
    (True, False)
    >>> dependent((7, WRITE, "status"), (7, WRITE, "error")), dependent((7, WRITE, None), (7, WRITE, "error"))
    (False, True)

    A task that waits for a lock cannot take it before its release, so these two have only one order.

    >>> dependent((7, LOCK, None), (7, UNLOCK, None)), dependent((7, TRY, None), (7, UNLOCK, None))
    (False, True)
    """
    if one is None or other is None or one[0] != other[0] or (one[1] is READ and other[1] is READ):
        return False
    if type(one) is Locked and type(other) is Locked:
        return one.meets(other)
    if (one[1] is LOCK and other[1] is UNLOCK) or (one[1] is UNLOCK and other[1] is LOCK):
        return False  # but not GIVE: a release by a task that does not hold the lock
    return one[2] is None or other[2] is None or bool(one[2] == other[2])


class History:
    """Which steps of a run had to come after which: clocks, as in `happens_before`, but over dependent steps.

    The next run begins like the last one, so only its new steps are examined.
    """

    def __init__(self) -> None:
        self._events: list[tuple[int, Op, int]] = []
        self._clocks: list[Clock] = []
        self._steps: dict[int, list[int]] = {}  # task -> its steps
        self._touched: dict[int, list[int]] = {}  # object -> the steps that touched it
        self._bases: list[Clock] = [[]]  # by ticks: a task that wakes at a tick knows all that came before
        self._run: Run

    def rewind(self, length: int) -> None:
        """Forget all but the first `length` steps."""
        while len(self._events) > length:
            task, op, _ = self._events.pop()
            self._clocks.pop()
            self._steps[task].pop()
            if op is not None:
                self._touched[op[0]].pop()
        ticks = self._events[-1][2] if self._events else 0
        del self._bases[ticks + 1 :]

    def follow(self, run: Run, turn_round: TurnRound) -> None:
        """Add the new steps of a run. Plan to reverse each pair that could have come in the other order."""
        self._run = run
        for index in range(len(self._events), len(run.log.events)):
            task, op, ticks = run.log.events[index]
            # A step that a deadline let happen may have been possible before: a lock was free, and another took it.
            clock = self._before(task, ticks)
            enabled, ended = run.log.enabled_by.get(index), run.log.joined.get(index)
            if enabled is not None:
                join(clock, self._clocks[enabled])
            self._events.append(run.log.events[index])
            clock = self._races(index, task, op, clock, turn_round)
            if index in run.log.woken:
                join(clock, self._bases[ticks])
            if ended is not None:  # only now, because a task that polls for the end could have come before it
                join(clock, self._last(ended))
            released = run.log.released_at.get(index)
            if released is not None:
                join(clock, self._clocks[released])
            join(clock, [0] * (task + 1))
            clock[task] = index + 1
            self._clocks.append(clock)
            self._steps.setdefault(task, []).append(index)
            if op is not None:
                self._touched.setdefault(op[0], []).append(index)

    def pending(self, task: int, op: Op, turn_round: TurnRound) -> None:
        """Do the same for a step that a task was about to take when the run ended."""
        self._races(len(self._clocks), task, op, self._before(task, self._run.ticks), turn_round)

    def _last(self, task: int) -> Clock:
        """Return the clock of a task's last step."""
        steps = self._steps.get(task)
        return self._clocks[steps[-1]] if steps else []

    def _before(self, task: int, ticks: int) -> Clock:
        """Return the clock of a task before its next step."""
        while len(self._bases) <= ticks:
            base = list(self._bases[-1])
            for other in self._steps:
                join(base, self._last(other))
            self._bases.append(base)
        clock = list(self._last(task))
        parent = self._run.log.parents.get(task, -1)
        if not clock and parent >= 0:
            clock = list(self._clocks[parent])
        return clock

    def _races(self, index: int, task: int, op: Op, clock: Clock, turn_round: TurnRound) -> Clock:
        """Look for earlier steps that this one depends on and does not know. Return its clock with all of them.

        The latest comes first: an earlier step that is known through a later one need not be reversed itself, unless
        the later one cannot be reversed, because it made this step possible.
        """
        known = list(clock)
        for earlier in reversed(self._touched.get(op[0], ()) if op is not None else ()):
            other, their_op, _ = self._events[earlier]
            if not dependent(op, their_op):
                continue
            new = other != task and not knows(clock, other, earlier + 1)
            if not new or turn_round(earlier, self._first(earlier, index, task, clock), task):
                join(clock, self._clocks[earlier])
            join(known, self._clocks[earlier])
        return known

    def _first(self, earlier: int, index: int, task: int, clock: Clock) -> list[int]:
        """Return the tasks that could go first among those whose steps do not depend on `earlier`."""
        other = self._events[earlier][0]
        begun: dict[int, int] = {}  # task -> its first step among these
        first: list[int] = []
        for step in range(earlier + 1, index):
            who = self._events[step][0]
            if who in begun or knows(self._clocks[step], other, earlier + 1):
                continue
            if not any(knows(self._clocks[step], them, at + 1) for them, at in begun.items()):
                first.append(who)
            begun[who] = step
        if task not in begun and not any(knows(clock, them, at + 1) for them, at in begun.items()):
            first.append(task)
        return first
