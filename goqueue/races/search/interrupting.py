"""An exploration with interrupts: which of them to try, and when.

An interrupt at a fixed point of one thread makes a program like any other. So first all orders without an interrupt are
tried, which shows how many points there are; then all orders with an interrupt at the first point, at the second, and
so on. "Exhausted" needs all of these. Each point gets one run before any gets all of its orders, because most mistakes
show in the first.
"""

from __future__ import annotations

from dataclasses import replace

from ..engine.faults.plans import NO_FAULTS, Plan
from .budget import Budget, Part
from .exploration import Exploration
from .options import Options
from .planning import Plan as Strategies
from .reduction import Reduction
from .simplifying import simplify
from .workers import Workers


class Interrupting:
    """One exploration, from its first run to its simplest failure, with the interrupts that are asked for."""

    def __init__(self, exploration: Exploration, options: Options, workers: Workers, keep_going: bool) -> None:
        self._exploration, self._keep_going = exploration, keep_going
        self._budget = Budget(options)
        self._most = exploration.faults.interrupts.most if exploration.faults and exploration.faults.interrupts else 0
        if self._most:  # half of the budget is for runs without an interrupt
            seconds = None if options.seconds is None else options.seconds / 2
            options = replace(options, schedules=max(1, options.schedules // 2), seconds=seconds)
        self._strategies = Strategies(exploration, options, workers, keep_going)
        self._exhausted = False

    def carry_out(self) -> bool:
        """Search without an interrupt, then with each. Return whether nothing is left to try."""
        exploration, faults = self._exploration, self._exploration.faults
        self._exhausted = self._strategies.carry_out()
        if faults is None or not self._most:
            return self._exhausted
        tried, level = {NO_FAULTS}, [NO_FAULTS]
        for _ in range(self._most):
            level = list(dict.fromkeys(plan for old in level for plan in faults.further(old) if plan not in tried))
            tried.update(level)
            left = [plan for plan in level if not self._ends(plan, 1)]
            left = [plan for plan in left if not self._ends(plan, None)]
            self._exhausted = self._exhausted and not left
        if exploration.failure is not None and not self._keep_going and exploration.failure.plan.interrupts:
            faults.plan = Plan(exploration.failure.plan.interrupts)
            simplify(exploration, self._budget.part(1.1), by_chance=exploration.found_by != "")
        faults.plan = NO_FAULTS
        return self._exhausted

    @property
    def late(self) -> bool:
        """Whether the search ended because its time was spent."""
        if not self._most:
            return self._strategies.late
        return not self._done and not self._exhausted and self._budget.part().late

    @property
    def _done(self) -> bool:
        return self._exploration.failure is not None and not self._keep_going

    def _ends(self, plan: Plan, most: int | None) -> bool:
        """Try orders with these faults, so many at most. Return whether nothing is left to try."""
        exploration, whole = self._exploration, self._budget.part()
        if self._done or exploration.faults is None:
            return False
        exploration.faults.plan, exploration.reduction = plan, Reduction()
        until = whole.schedules if most is None else min(exploration.schedules + most, whole.schedules)
        return exploration.search(Part(until, whole.deadline), self._keep_going)
