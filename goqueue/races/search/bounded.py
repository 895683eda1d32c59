"""Every schedule with at most so many preemptions, so the first failure that is found is the simplest."""

from __future__ import annotations

from dataclasses import dataclass

from ..engine.log import Op
from ..engine.run import Run
from ..engine.tasks import Task
from .choosing import again, carry_on


@dataclass(slots=True)
class Branch:
    """A step at which several tasks may go on."""

    choices: list[tuple[int, Op]]  # a task, and what it would do
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
            return again(run, able, *branch.choices[branch.at])
        usual = carry_on(run, able)
        free = run.is_free or run.preemptions < self._bound
        others = [(task.index, task.op) for task in able if task is not usual] if free else []
        self._stack.append(Branch([(usual.index, usual.op), *others]))
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
