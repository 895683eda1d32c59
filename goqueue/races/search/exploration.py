"""The runs of one exploration: until one fails, until nothing is left to try, or until the budget is spent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..doubles.factories import MAIN
from ..doubles.staging import fresh_run
from ..engine.active import Active
from ..engine.faults import NO_FAULTS, Plan
from ..engine.faulty_run import FaultyRun, plan_of
from ..engine.run import Run
from ..engine.tasks import Carrier, Misfit, Task
from ..engine.words import FAILURES, Verdict
from ..report.recorder import Recorder
from ..watch.attributes import DATA
from ..watch.functions import function_of
from .bounded import Bounded
from .choosing import plainly
from .faults import Faults, kill
from .reduction import Reduction
from .schedules import Choices

SIMPLER = 1_000  # schedules that may be spent on looking for a failure with fewer preemptions

Model = Callable[[], object]


class Search(Protocol):
    """Chooses the schedules."""

    def pick(self, run: Run, able: list[Task]) -> Task:
        """Choose which task goes on."""

    def plan(self, run: Run) -> bool:
        """Go to the next schedule. False if none is left."""


@dataclass
class Exploration:
    """One model, in all the runs of one exploration."""

    model: Model
    limit: int
    idle: list[Carrier]
    reduction: Reduction = field(default_factory=Reduction)
    runs: int = 0
    schedules: int = 0
    hot: frozenset[Any] = frozenset()
    # Each finding has the preemptions and the choices of the simplest run that showed it.
    races: dict[tuple[str, int, int], tuple[int, Choices, Plan]] = field(default_factory=dict)
    failure: tuple[Verdict, int, Choices] | None = None  # verdict, preemptions, choices
    failing: Plan = NO_FAULTS  # of that run
    simplified: int = 0
    unfair: bool = False  # a run was abandoned: one thread ran on and on, while another could have and never did
    faults: Faults | None = None  # asked for
    bound: int | None = None  # every schedule with at most this many preemptions was tried

    @property
    def filename(self) -> str:
        """The file that holds the model."""
        return function_of(self.model).__code__.co_filename

    @property
    def name(self) -> str:
        """What the caller calls the model."""
        return str(getattr(self.model, "__name__", "model"))

    def run(self, pick: Callable[[Run, list[Task]], Task], **options: Any) -> Run:
        """Run the model once."""
        self.runs += 1
        fresh_run(self.runs, DATA.clear)
        make = Run if self.faults is None else self.faults.run
        run = make(pick, idle=self.idle, limit=self.limit, **options)
        Active.run = run
        try:
            run.begin(self.model, MAIN)
        finally:
            Active.run = None
        if run.verdict is Verdict.OUTSIDE:
            raise run.error  # type: ignore[misc]  # set with the verdict
        if run.verdict is Verdict.CHANGED:
            raise RuntimeError(
                "the model did something else when it was run again in the same order: it must make all that it "
                "uses, and use no random numbers, clocks or sets whose order changes from run to run"
            )
        return run

    def search(self, budget: int, keep_going: bool = False) -> bool:
        """Try one schedule of each kind, continuing an earlier search. Return whether nothing is left to try."""
        while self.schedules < budget:
            search = self.reduction
            run = self.run(search.pick, hot=self.hot)
            self.schedules += 1
            self.note(run)
            if self.failure is not None and not keep_going:
                return False
            if not run.wanted <= self.hot:
                self.hot |= run.wanted
                self.reduction = Reduction()
            elif not search.plan(run):
                return True
        return False

    def note(self, run: Run) -> None:
        """Keep what this run showed, unless a simpler run showed the same."""
        if self.faults is not None:
            self.faults.note(run)
        for key in run.races.found:
            if key not in self.races or run.preemptions < self.races[key][0]:
                self.races[key] = (run.preemptions, tuple(run.choices), plan_of(run))
        self.unfair = self.unfair or run.verdict is Verdict.UNFAIR
        if run.verdict in FAILURES:
            self.found(run)
        kill(self, run)

    def found(self, run: Run) -> None:
        """Keep a failure, unless a simpler one is known."""
        if self.failure is None or run.preemptions < self.failure[1]:
            self.failure = (run.verdict, run.preemptions, tuple(run.choices))
            self.failing = plan_of(run)

    def try_few_preemptions(self, bounds: Iterable[int], budget: int) -> int:
        """Try all schedules with few preemptions, fewest first, until one fails. Return how many were tried."""
        tried = 0
        for bound in bounds:
            search: Search = Bounded(bound)
            left = True
            while left and tried < budget:
                run = self.run(search.pick, hot=self.hot)
                tried += 1
                self.note(run)
                if self.failure is not None and self.failure[1] <= bound:
                    return tried
                if run.wanted <= self.hot:
                    left = search.plan(run)
                else:  # there are more places for a preemption than was known
                    self.hot |= run.wanted
                    self.reduction, search = Reduction(), Bounded(bound)
            if left:
                break
            self.bound = bound
        return tried

    def simplify(self) -> None:
        """Look for a failure with fewer preemptions than the one that was found."""
        if self.failure is not None:
            self.simplified = self.try_few_preemptions(range(self.failure[1]), SIMPLER)


def search_both_ways(exploration: Exploration, budget: int) -> bool:
    """Look for a failure, then for one with fewer preemptions. Return whether nothing is left to try.

    The reduction searches depth first, so it may take long to change an early step of a run. If it has not finished
    after half of the budget, all schedules with few preemptions come next.
    """
    exhausted = exploration.search(max(1, budget // 2))
    if exploration.failure is None and not exhausted:
        exploration.schedules += exploration.try_few_preemptions(range(3), budget - exploration.schedules)
        if exploration.failure is None:
            exhausted = exploration.search(budget)
    exploration.simplify()
    return exhausted


def record(
    exploration: Exploration, choices: Choices, plan: Plan = NO_FAULTS, schedule: str = ""
) -> tuple[Run, Recorder]:
    """Run a schedule and record it. Raises Misfit if the schedule names a task that cannot go on."""
    recorder = Recorder()
    if exploration.faults is not None:
        exploration.faults.plan = plan
    run = exploration.run(plainly, forced=dict(choices), recorder=recorder)
    if run.verdict is Verdict.MISFIT:
        raise Misfit(
            f"schedule {schedule!r} does not fit: at position {run.position} it names a thread that "
            "cannot go on there; the model or the code it uses has changed, so explore again"
        )
    if isinstance(run, FaultyRun) and (run.met < len(plan.interrupts) or run.crashed != bool(plan.crash)):
        raise Misfit(
            f"schedule {schedule!r} does not fit: the run ended before the fault came that it names; "
            "the model or the code it uses has changed, so explore again"
        )
    return run, recorder
