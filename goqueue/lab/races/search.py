"""Which schedules to try.

`Reduction` is what the claim "exhausted" rests on: dynamic partial-order reduction with source sets and sleep sets
(Abdulla and others, 2014). After each run it looks for pairs of steps that depend on each other and could have come in
the other order, and plans to try that order. It tries schedules that differ only in independent steps once.

`Bounded` tries every schedule with at most so many preemptions, so the first failure that it finds is the simplest.

Both choose the task that goes on at each step. Each keeps a stack of nodes, one per step, to return to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .happens_before import Clock, join, knows
from .scheduler import SPIN, Run
from .tasks import Op, Task

# Plan to reverse a pair of steps: (the earlier one, the tasks that could go first, the later one's task) -> possible?
TurnRound = Callable[[int, list[int], int], bool]


def carry_on(run: Run, able: list[Task]) -> Task:
    """Let the current task go on. If it cannot, has yielded, or has had its share, choose the next one."""
    current = run.current
    if current in able and not current.yielded and run.streak < SPIN:
        return current
    later = [task for task in able if task.index > current.index]
    others = [task for task in able if task is not current]
    return (later or others or able)[0]


def dependent(one: Op, other: Op) -> bool:
    """Whether the order of two operations can matter.

    >>> dependent((7, "w", "status"), (7, "r", "status")), dependent((7, "r", None), (7, "r", None))
    (True, False)
    >>> dependent((7, "w", "status"), (7, "w", "error")), dependent((7, "w", None), (7, "w", "error"))
    (False, True)

    A task that waits for a lock cannot take it before its release, so these two have only one order.

    >>> dependent((7, "lock", None), (7, "unlock", None)), dependent((7, "try", None), (7, "unlock", None))
    (False, True)
    """
    if one is None or other is None or one[0] != other[0] or (one[1] == "r" and other[1] == "r"):
        return False
    if one[1] + other[1] in ("lockunlock", "unlocklock"):  # but not "give": a release by a task that does not hold it
        return False
    return one[2] is None or other[2] is None or bool(one[2] == other[2])


@dataclass(slots=True)
class Node:
    """A point at which a task is chosen."""

    able: dict[int, Op]  # the tasks that can go on, and what each would do
    chosen: int
    sleep: dict[int, Op]  # tasks that would only lead to what was tried before
    backtrack: set[int] = field(default_factory=set)  # tasks that are still to be tried


def again(run: Run, able: list[Task], index: int) -> Task:
    """Return the task that was chosen here before. If it cannot go on, the model differs from run to run."""
    for task in able:
        if task.index == index:
            return task
    run.end("changed")
    return able[0]


class Reduction:
    """Tries one schedule of each kind. Use: run with `pick`, then `plan(run)`, until that returns False."""

    def __init__(self) -> None:
        self._stack: list[Node] = []
        self._depth = 0
        self._history = History()

    def pick(self, run: Run, able: list[Task]) -> Task:
        """Choose the task that goes on."""
        depth = self._depth
        self._depth += 1
        if depth < len(self._stack):
            return again(run, able, self._stack[depth].chosen)
        sleep = self._asleep()
        awake = [task for task in able if task.index not in sleep] if sleep else able
        if not awake:
            run.end("redundant")
            return able[0]
        task = carry_on(run, awake)
        self._stack.append(Node({other.index: other.op for other in able}, task.index, sleep, {task.index}))
        return task

    def _asleep(self) -> dict[int, Op]:
        """Return the tasks that still sleep after the last step, because their operations do not depend on it."""
        if not self._stack:
            return {}
        node = self._stack[-1]
        if not node.sleep:
            return {}
        done = node.able[node.chosen]
        return {index: op for index, op in node.sleep.items() if index != node.chosen and not dependent(op, done)}

    def plan(self, run: Run) -> bool:
        """Plan what to try after this run. False if nothing is left."""
        self._look_for_races(run)
        self._depth = 0
        while self._stack:
            node = self._stack[-1]
            node.sleep[node.chosen] = node.able[node.chosen]
            left = [index for index in sorted(node.backtrack) if index not in node.sleep]
            if left:
                node.chosen = left[0]
                self._history.rewind(len(self._stack) - 1)
                return True
            self._stack.pop()
        return False

    def _look_for_races(self, run: Run) -> None:
        self._history.follow(run, self._turn_round)
        # What a task was about to do counts too, even if it never did it: it may wait in a deadlock.
        for task, op in run.pending:
            self._history.pending(task, op, self._turn_round)
        # The end of the run cut off daemons. What they would have done is unknown, so let them go on before the end.
        for task in run.cut_off if run.events else ():
            self._turn_round(len(run.events) - 1, [task], task)

    def _turn_round(self, earlier: int, first: list[int], task: int) -> bool:
        """Plan to let one of `first` go on at the step `earlier`, so that `task` precedes it. False if none can."""
        if earlier >= len(self._stack):
            return True  # the run was cut off there
        node = self._stack[earlier]
        if any(index in node.backtrack for index in first):
            return True
        able = [index for index in first if index in node.able]
        if able:
            node.backtrack.add(task if task in able else able[0])
        return bool(able)


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
        for index in range(len(self._events), len(run.events)):
            task, op, ticks = run.events[index]
            clock = self._before(task, ticks, index in run.woken)
            enabled, ended = run.enabled_by.get(index), run.joined.get(index)
            if enabled is not None:
                join(clock, self._clocks[enabled])
            self._events.append(run.events[index])
            clock = self._races(index, task, op, clock, turn_round)
            if ended is not None:  # only now, because a task that polls for the end could have come before it
                join(clock, self._last(ended))
            released = run.released_at.get(index)
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
        self._races(len(self._clocks), task, op, self._before(task, self._run.ticks, False), turn_round)

    def _last(self, task: int) -> Clock:
        """Return the clock of a task's last step."""
        steps = self._steps.get(task)
        return self._clocks[steps[-1]] if steps else []

    def _before(self, task: int, ticks: int, woken: bool) -> Clock:
        """Return the clock of a task before its next step."""
        while len(self._bases) <= ticks:
            base = list(self._bases[-1])
            for other in self._steps:
                join(base, self._last(other))
            self._bases.append(base)
        clock = list(self._last(task))
        parent = self._run.parents.get(task, -1)
        if not clock and parent >= 0:
            clock = list(self._clocks[parent])
        if woken:
            join(clock, self._bases[ticks])
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


@dataclass(slots=True)
class Branch:
    """A step at which several tasks may go on."""

    choices: list[int]
    at: int = 0


class Bounded:
    """Tries every schedule with at most `bound` preemptions. Use: run with `pick`, then `plan(run)`, until False."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._stack: list[Branch] = []
        self._depth = 0

    def pick(self, run: Run, able: list[Task]) -> Task:
        """Choose the task that goes on."""
        depth = self._depth
        self._depth += 1
        if depth < len(self._stack):
            branch = self._stack[depth]
            return again(run, able, branch.choices[branch.at])
        usual = carry_on(run, able)
        free = run.current not in able or run.preemptions < self._bound
        others = [task.index for task in able if task is not usual] if free else []
        self._stack.append(Branch([usual.index, *others]))
        return usual

    def plan(self, run: Run) -> bool:
        """Go to the next schedule. False if none is left."""
        self._depth = 0
        while self._stack:
            branch = self._stack[-1]
            branch.at += 1
            if branch.at < len(branch.choices):
                return True
            self._stack.pop()
        return False
