"""The runs of one exploration: until one fails, until nothing is left to try, or until the budget is spent."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol
from weakref import WeakSet

from ..doubles.factories import MAIN
from ..doubles.stage.staging import fresh_run
from ..engine.active import Active
from ..engine.faults.faulty_run import FaultyRun
from ..engine.faults.killable_run import plan_of
from ..engine.faults.plans import NO_FAULTS, Plan
from ..engine.run import Run
from ..engine.tasks import Carrier, Misfit, Task
from ..engine.words import FAILURES, Verdict
from ..report.recorder import Recorder
from ..watch.functions import function_of
from ..watch.hooks.attributes import forget
from ..watch.selection import own_parts
from ..watch.watching import Watching
from .bounded import Bounded
from .budget import Part
from .chance import ADVICE, ChanceError, with_reason
from .choosing import plainly
from .faults import Faults, kill
from .oracle import Oracle
from .reduction import Reduction
from .schedules import Choices

MOST_TOO_LONG = 10  # runs, after which the search ends: each takes long, and nothing can be exhausted any more

Model = Callable[..., object]  # takes no arguments, or what survives a crash


class Finding(NamedTuple):
    """A run that showed something. Of two, the simpler one is less."""

    preemptions: int
    choices: Choices
    plan: Plan  # its faults
    verdict: Verdict


def finding_of(run: Run) -> Finding:
    """Return all that is needed to make a run again."""
    return Finding(run.preemptions, tuple(run.choices), plan_of(run), run.verdict)


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
    watching: Watching | None = None  # if given, code that turns up in a run is noticed
    reduction: Reduction = field(default_factory=Reduction)
    runs: int = 0
    schedules: int = 0
    hot: frozenset[Any] = frozenset()
    races: dict[tuple[str, int, int], Finding] = field(default_factory=dict)  # the simplest run that showed each
    failure: Finding | None = None  # the simplest
    simplified: int = 0
    chance: str = ""  # what the result must say about runs in the same order that differ
    unfair: int = 0  # runs that were abandoned: one thread ran on and on, while another could have and never did
    faults: Faults | None = None  # asked for
    opaque: dict[str, str] = field(default_factory=dict)  # kinds of objects that are not watched -> their names
    too_long: list[Finding] = field(default_factory=list)  # runs that reached the limit of steps, with progress
    bound: int | None = None  # every schedule with at most this many preemptions was tried
    sampled: dict[str, int] = field(default_factory=dict)  # a strategy at random, in words -> its runs
    promised: str = ""  # the bound of PCT, in words
    found_by: str = ""  # the strategy that found the failure, if it was one of those at random
    called: str = ""  # what to call the model where explore() was called, if that is known
    meaning: str = ""  # the arguments that a replay needs besides the schedule
    apart: str = ""  # which threads of the program take no part, in words
    oracle: Oracle | None = None  # if asked for, each instruction of a run is a possible step
    look_on: Callable[[int], object] | None = None  # is told, before each run, how many there have been
    last: Run | None = None
    alive: WeakSet[Run] = field(default_factory=WeakSet)

    @property
    def hopeless(self) -> bool:
        """Whether so many runs were too long that the search ends."""
        return len(self.too_long) >= MOST_TOO_LONG

    def own_file(self) -> str:
        """Return the file that holds the model."""
        return own_parts(function_of(self.model))[0].__code__.co_filename

    @property
    def place(self) -> tuple[str, int]:
        """The file and the line where the model begins."""
        code = own_parts(function_of(self.model))[-1].__code__
        return code.co_filename, code.co_firstlineno

    @property
    def name(self) -> str:
        """What the caller calls the model."""
        name = str(getattr(self.model, "__name__", ""))
        return self.called or (name if name.isidentifier() else "model")

    @property
    def unwatched(self) -> tuple[str, ...]:
        """What the exploration cannot answer for, so that "exhausted" alone would say too much."""
        unseen = self.faults.exceptions() if self.faults else ()
        return tuple(
            dict.fromkeys([*self.opaque_objects, *(self.watching.exceptions() if self.watching else ()), *unseen])
        )

    @property
    def left_over(self) -> str:
        """What may come from an earlier run, as a sentence, or ""."""
        names = self.watching.left_over() if self.watching else []
        return f"An earlier run may be the reason: {', '.join(names)}." if names else ""

    @property
    def opaque_objects(self) -> tuple[str, ...]:
        """The classes, not watched, of whose objects two threads made calls that nothing orders."""
        return tuple(sorted(name for kind, name in self.opaque.items() if (kind, None) in self.hot))

    def run(self, pick: Callable[[Run, list[Task]], Task], **options: Any) -> Run:
        """Run the model once. Raises More if that showed that there is more to watch."""
        self.runs += 1
        if self.last is not None:
            self.last.let_go()
        fresh_run(self.runs, forget)
        if self.look_on is not None:
            self.look_on(self.runs - 1)
        make = Run if self.faults is None else self.faults.run
        run = self.last = make(pick, idle=self.idle, limit=self.limit, **options)
        run.own_file = self.own_file
        if isinstance(run, FaultyRun) and self.watching is not None:
            run.memory = self.watching.state
        self.alive.add(run)
        hook = threading.excepthook
        Active.run = run
        try:
            shown = options.get("recorder") is not None
            traced = self.oracle.tracing() if self.oracle is not None else nullcontext()
            with traced, self.watching.observed(self.runs, shown, run.made) if self.watching else nullcontext():
                run.begin(self.model, MAIN)
                Active.run = None
        finally:
            Active.run = None
            if threading.excepthook is not hook:  # the model has replaced it
                threading.excepthook = hook
        if run.verdict is Verdict.OUTSIDE:
            raise run.error  # type: ignore[misc]  # set with the verdict
        if run.verdict is Verdict.CHANGED:
            raise ChanceError(with_reason(f"the model differs from run to run: {run.change}; {ADVICE}", self.left_over))
        return run

    def let_go(self) -> None:
        """Let no run hold anything of the model, now that the result is made."""
        for run in list(self.alive):
            run.let_go_of_all()
        self.last = None

    def search(self, part: Part, keep_going: bool = False) -> bool:
        """Try one schedule of each kind, continuing an earlier search. Return whether nothing is left to try."""
        while not part.spent(self.schedules):
            search = self.reduction
            run = self.run(search.pick, hot=self.hot)
            self.schedules += 1
            self.note(run)
            if (self.failure is not None and not keep_going) or self.hopeless:
                return False
            if not self.heat(run.wanted) and not search.plan(run):
                return True
        return False

    def heat(self, wanted: set[Any]) -> bool:
        """Make steps of the places that a run wants to be hot. If one is new, the reduction begins anew."""
        if wanted <= self.hot:
            return False
        self.hot |= wanted
        self.reduction = Reduction()
        return True

    def note(self, run: Run) -> None:
        """Keep what this run showed, unless a simpler run showed the same."""
        if self.faults is not None:
            self.faults.note(run)
        for key in run.races.found:
            if key not in self.races or run.preemptions < self.races[key].preemptions:
                self.races[key] = finding_of(run)
        self.opaque |= run.opaque
        if run.verdict is Verdict.TOO_LONG:
            self.too_long.append(finding_of(run))
        self.unfair += run.verdict is Verdict.UNFAIR
        if run.verdict in FAILURES:
            self.found(run)
        kill(self, run)

    def found(self, run: Run) -> None:
        """Keep a failure, unless a simpler one is known."""
        if self.may_be_simpler(run):
            self.failure = finding_of(run)

    def may_be_simpler(self, run: Run) -> bool:
        """Whether a failure of this run would be the simplest one."""
        return self.failure is None or run.preemptions < self.failure.preemptions

    def try_few_preemptions(self, bounds: Iterable[int], part: Part) -> int:
        """Try all schedules with few preemptions, fewest first, until one fails. Return how many were tried."""
        tried = 0
        for bound in bounds:
            search: Search = Bounded(bound)
            left = True
            while left and not part.spent(tried) and not self.hopeless:
                run = self.run(search.pick, hot=self.hot)
                tried += 1
                self.note(run)
                if self.failure is not None and self.failure.preemptions <= bound:
                    return tried
                if self.heat(run.wanted):  # there are more places for a preemption than was known
                    search = Bounded(bound)
                else:
                    left = search.plan(run)
            if left:
                break
            self.bound = bound
        return tried


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
            with_reason(
                f"schedule {schedule!r} does not fit: at position {run.position} it names a thread that "
                "cannot go on there; the model or the code it uses has changed, so explore again",
                exploration.left_over,
            )
        )
    if isinstance(run, FaultyRun) and (run.met < len(plan.interrupts) or run.crashed != bool(plan.crash)):
        raise Misfit(
            with_reason(
                f"schedule {schedule!r} does not fit: the run ended before the fault came that it names; "
                "the model or the code it uses has changed, so explore again",
                exploration.left_over,
            )
        )
    return run, recorder
