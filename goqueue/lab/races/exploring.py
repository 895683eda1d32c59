"""explore, detect and replay: run a model again and again, each time in another order.

stage ─> watch the code ─> run, run, run …  ─> the simplest failing schedule ─> run it once more, writing it down
                              │  a race was found: its location becomes hot, and the search begins anew
                              └─ until a failure, until nothing is left to try, or until the budget is spent
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any, Protocol, cast

from .attributes import DATA
from .recorder import Recorder
from .report import HEADLINES, Race, covered, ending, races_of
from .result import PASSED, Result
from .scheduler import Active, Run
from .schedules import Choices, parse, write_out
from .search import Bounded, Reduction
from .staging import MAIN, fresh_run, listen_to_audit, stage
from .tasks import Carrier, Misfit, Task
from .watching import function_of, watch

FAILURES = ("failed assertion", "exception in a thread", "deadlock", "lost wake-up", "livelock")
MOST_RACES = 20  # that a report shows
SIMPLER = 1_000  # schedules that may be spent on finding a failure with fewer preemptions

Model = Callable[[], object]
Modules = Iterable[ModuleType] | None


class Search(Protocol):
    """What chooses the schedules."""

    def pick(self, run: Run, able: list[Task]) -> Task:
        """Choose who goes on."""

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
    # What was found, each with the preemptions and the choices of the simplest run that showed it.
    races: dict[tuple[str, int, int], tuple[int, Choices]] = field(default_factory=dict)
    failure: tuple[str, int, Choices] | None = None  # verdict, preemptions, choices
    simplified: int = 0
    bound: int | None = None  # every schedule with at most so many preemptions was tried

    @property
    def name(self) -> str:
        """What the caller calls the model."""
        return str(getattr(self.model, "__name__", "model"))

    def run(self, pick: Callable[[Run, list[Task]], Task], **options: Any) -> Run:
        """Run the model once."""
        self.runs += 1
        fresh_run(self.runs, DATA.clear)
        run = Run(pick, idle=self.idle, limit=self.limit, **options)
        Active.run = run
        try:
            run.begin(self.model, MAIN)
        finally:
            Active.run = None
        if run.verdict == "outside":
            raise run.error  # type: ignore[misc]  # set with the verdict
        if run.verdict == "changed":
            raise RuntimeError(
                "the model did something else when it was run again in the same order: it must make all that it "
                "uses, and use no random numbers, clocks or sets whose order changes from run to run"
            )
        return run

    def search(self, budget: int, keep_going: bool = False) -> bool:
        """Try one schedule of each kind, from where it stopped before. Return whether nothing is left to try."""
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
        """Keep what this run showed, if nothing simpler did."""
        for key in run.races.found:
            if key not in self.races or run.preemptions < self.races[key][0]:
                self.races[key] = (run.preemptions, tuple(run.choices))
        if run.verdict in FAILURES and (self.failure is None or run.preemptions < self.failure[1]):
            self.failure = (run.verdict, run.preemptions, tuple(run.choices))

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
                left = search.plan(run)
            if left:
                break
            self.bound = bound
        return tried


def explore(model: Model, *, modules: Modules = None, schedules: int = 10_000, steps: int = 5_000) -> Result:
    """Run `model` in every order of its threads that can matter, until one fails.

    `model` takes no arguments, makes all that it needs, starts threads, and asserts something. Watched is the code of
    its own module, of the course's modules that it uses, and of `modules` (given: of those instead of the course's).
    At most `schedules` runs of at most `steps` steps each. Returns the simplest failing schedule, or what was covered.
    Raises TypeError or OSError if the model cannot be watched, Outside if it waits for something outside.

    >>> def model():
    ...     pass
    """
    return _explore(model, modules, schedules, steps, detecting=False)


def detect(model: Model, *, modules: Modules = None, schedules: int = 10_000, steps: int = 5_000) -> Result:
    """Look for data races in every order of `model` that can matter, whether or not anything goes wrong.

    The arguments are those of `explore`.
    """
    return _explore(model, modules, schedules, steps, detecting=True)


def replay(model: Model, schedule: str, *, modules: Modules = None, steps: int = 5_000) -> Result:
    """Run `model` once, in the order of a schedule that `explore` returned.

    Raises Misfit if the schedule does not fit the model: its code has changed since.
    """
    choices, checksum = parse(schedule)
    with stage() as (replaced, idle):
        listen_to_audit()
        watch(checked(model), modules, replaced)
        exploration = Exploration(model, steps, idle)
        run, recorder = record(exploration, choices, schedule)
        if recorder.checksum & 0xFFFFFF != checksum:
            raise Misfit(
                f"schedule {schedule!r} does not fit: the run took another course than the one it was made from; "
                "the model or the code it uses has changed, so explore again"
            )
        races = tuple(races_of(run, recorder).values())
        return make_result(exploration, run.verdict or ("data race" if races else "passed"), run, recorder, races, "")


def _explore(model: Model, modules: Modules, schedules: int, steps: int, detecting: bool) -> Result:
    limits: dict[str, object] = {"schedules": schedules, "steps": steps}
    for name, value in limits.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} is {value!r}: it must be a whole number, 1 or more")
    with stage() as (replaced, idle):
        listen_to_audit()
        watch(checked(model), modules, replaced)
        exploration = Exploration(model, steps, idle)
        if detecting:
            return conclude(exploration, exploration.search(schedules, keep_going=True), detecting)
        return conclude(exploration, search_both_ways(exploration, schedules), detecting)


def search_both_ways(exploration: Exploration, budget: int) -> bool:
    """Look for a failure, then for one with fewer preemptions. Return whether nothing is left to try.

    The reduction goes into the depth, so it may be long before it changes what comes early in a run. If it has not
    come to its end after half of the budget, all schedules with few preemptions come first.
    """
    exhausted = exploration.search(max(1, budget // 2))
    if exploration.failure is None and not exhausted:
        exploration.schedules += exploration.try_few_preemptions(range(3), budget - exploration.schedules)
        if exploration.failure is None:
            exhausted = exploration.search(budget)
    if exploration.failure is not None:
        exploration.simplified = exploration.try_few_preemptions(range(exploration.failure[1]), SIMPLER)
    return exhausted


def conclude(exploration: Exploration, exhausted: bool, detecting: bool) -> Result:
    """Run what is to be shown once more, writing it down: a failure, a race, or, if there is none, an ordinary run."""
    verdict, choices = "exhausted" if exhausted else "budget spent", cast(Choices, ())
    told = covered(exhausted, exploration.schedules, exploration.bound)
    if exploration.races and (detecting or exploration.failure is None):
        verdict, choices = "data race", min(exploration.races.values())[1]
        told = f"{besides(exploration)}\n{told}"
    elif exploration.failure is not None:
        verdict, choices = exploration.failure[0], exploration.failure[2]
        told = effort(exploration)
    run, recorder = record(exploration, choices)
    return make_result(exploration, verdict, run, recorder, all_races(exploration), told)


def besides(exploration: Exploration) -> str:
    """Say whether something failed, besides the races."""
    if exploration.failure is None:
        return "In no schedule tried did anything fail."
    return f"And something fails, in some schedule: {exploration.failure[0]}. explore() shows it."


def effort(exploration: Exploration) -> str:
    """Say how a failure was found."""
    assert exploration.failure is not None
    preemptions = exploration.failure[1]
    few = f"{preemptions or 'no'} preemption{'s' if preemptions != 1 else ''}"
    if not exploration.simplified:
        return f"Schedule {exploration.schedules} failed, with {few}."
    more = f"{exploration.simplified} more {'was' if exploration.simplified == 1 else 'were'} tried"
    return f"Schedule {exploration.schedules} failed; {more} to find the simplest failure: {few}."


def all_races(exploration: Exploration) -> tuple[Race, ...]:
    """Return the races of all runs, with their stacks: each run that showed one is run once more, written down."""
    found: dict[tuple[str, int, int], Race] = {}
    for key, (_, choices) in list(exploration.races.items())[:MOST_RACES]:
        if key not in found:
            run, recorder = record(exploration, choices)
            for other, race in races_of(run, recorder).items():
                found.setdefault(other, race)
    return tuple(found.values())


def make_result(
    exploration: Exploration, verdict: str, run: Run, recorder: Recorder, races: tuple[Race, ...], told: str
) -> Result:
    """Return a result that shows one run."""
    schedule = write_out(tuple(run.choices), recorder.checksum)
    how = ending(verdict, run, recorder)
    reports = "".join(f"{race}\n" for race in races) if verdict == "data race" else ""
    again = f'To run it again: replay({exploration.name}, "{schedule}")' if verdict not in PASSED else ""
    parts = [HEADLINES[verdict], reports.rstrip(), how, told, again]
    summary = "\n".join(part for part in parts if part)
    return Result(verdict, exploration.schedules, schedule, races, recorder.trace(run, how), summary)


def record(exploration: Exploration, choices: Choices, schedule: str = "") -> tuple[Run, Recorder]:
    """Run a schedule, writing it down. Raises Misfit if it names a task that cannot go on."""
    recorder = Recorder()
    run = exploration.run(plainly, forced=dict(choices), recorder=recorder)
    if run.verdict == "misfit":
        raise Misfit(
            f"schedule {schedule!r} does not fit: at position {run.position} it names a thread that "
            "cannot go on there; the model or the code it uses has changed, so explore again"
        )
    return run, recorder


def plainly(run: Run, able: list[Task]) -> Task:
    """Let the current task go on, else the first: what a schedule says nothing about."""
    return run.current if run.current in able else able[0]


def checked(model: Model) -> FunctionType:
    """Return the function behind a model. Raises TypeError if it cannot be called without arguments."""
    if not callable(model):
        raise TypeError(f"model is {model!r}: it must be a function that takes no arguments")
    function = function_of(model)
    required = function.__code__.co_argcount - len(function.__defaults__ or ())
    if function is model and required:
        raise TypeError(f"model {function.__qualname__} needs {required} arguments: it must take none")
    return function
