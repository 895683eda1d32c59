"""One schedule of each kind: dynamic partial-order reduction, on which the claim "exhausted" rests.

With source sets and sleep sets (Abdulla and others, POPL 2014). After each run the search looks for pairs of steps that
depend on each other and could have come in the other order, and plans to try that order. It tries schedules that differ
only in independent steps once. It keeps a stack of nodes, one per step, to return to.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..engine.log import Joint, Op
from ..engine.run import Run
from ..engine.sections import Locked
from ..engine.tasks import Task
from ..engine.words import Verdict
from .choosing import again, carry_on
from .history import History, dependent


@dataclass(slots=True)
class Node:
    """A point at which a task is chosen."""

    able: dict[int, Op]  # the tasks that can go on, and what each would do
    chosen: int
    sleep: dict[int, Op]  # tasks that would only lead to what was tried before
    serials: int  # objects that were numbered before, and have the same numbers whoever goes on
    backtrack: set[int] = field(default_factory=set)  # tasks that are still to be tried


def wakes(op: Op, done: Op) -> bool:
    """Whether a task that sleeps before an operation leads to something new after another that was done.

    >>> from goqueue.races.engine.words import READ, WRITE
    >>> reads_first, reads_then = (7, READ, None), (8, READ, None)
    >>> wakes((7, WRITE, None), reads_then), wakes((7, WRITE, None), Joint(reads_then, (reads_first,)))
    (False, True)
    """
    return dependent(op, done) or (type(done) is Joint and any(dependent(op, each) for each in done.before))


def done_at(run: Run, step: int, node: Node) -> Op:
    """Return the operation that was chosen at a node, as it turned out: with all that it touched."""
    events = run.log.events
    op = events[step][1] if step < len(events) else node.able[node.chosen]
    return Locked(op, op.touched, node.serials) if type(op) is Locked else op


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
            node = self._stack[depth]
            return again(run, able, node.chosen, node.able[node.chosen])
        sleep = self._asleep(run)
        awake = [task for task in able if task.index not in sleep] if sleep else able
        if not awake:
            run.end(Verdict.REDUNDANT)
            return able[0]
        task = carry_on(run, awake)
        self._stack.append(
            Node({other.index: other.op for other in able}, task.index, sleep, run.serials, {task.index})
        )
        return task

    def _asleep(self, run: Run) -> dict[int, Op]:
        """Return the tasks that still sleep after the last step, because their operations do not depend on it."""
        if not self._stack:
            return {}
        node = self._stack[-1]
        if not node.sleep:
            return {}
        done = run.log.events[-1][1]  # as it was, with all that it touched
        return {index: op for index, op in node.sleep.items() if index != node.chosen and not wakes(op, done)}

    def plan(self, run: Run) -> bool:
        """Plan what to try after this run. False if nothing is left."""
        self._look_for_races(run)
        left = self._go_back(run)
        run.log.forget()  # what the model has made may lead to the run, and keep it until the collector comes
        return left

    def _go_back(self, run: Run) -> bool:
        """Go back to the last node at which another task is to be tried. False if there is none."""
        self._depth = 0
        while self._stack:
            node = self._stack[-1]
            node.sleep[node.chosen] = done_at(run, len(self._stack) - 1, node)
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
        for task, op in run.log.pending:
            self._history.pending(task, op, self._turn_round)
        # The end of the run cut off daemons. What they would have done is unknown, so let them go on before the end.
        for task in run.log.cut_off if run.log.events else ():
            self._turn_round(len(run.log.events) - 1, [task], task)

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
