"""explore, detect and replay: run a model again and again, each time in another order.

stage ─> watch the code ─> run, run, run …  ─> the simplest failing schedule ─> run it once more, writing it down
                              │  a race was found: its location becomes hot, and the search begins anew
                              └─ until a failure, until nothing is left to try, or until the budget is spent
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from .doubles.bystanders import bystanders
from .doubles.outside_world import listen_to_audit
from .doubles.stage.staging import stage
from .engine.faults.plans import Crashes, Interrupts, planned
from .engine.run import Run
from .engine.tasks import Carrier, Misfit
from .engine.words import Verdict
from .models import checked
from .replay_line import called, meaning
from .report.recorder import Recorder
from .report.result import Result
from .report.text import races_of
from .search.chance import compare_first_runs, with_reason
from .search.concluding import conclude, make_result
from .search.exploration import Exploration, Model, record
from .search.faults import Faults
from .search.interrupting import Interrupting
from .search.options import Options
from .search.oracle import replayable
from .search.schedules import TRACED, parse
from .search.workers import Workers
from .watch.functions import handed_to
from .watch.selection import Modules
from .watch.watching import Watching, until_all_is_watched

Progress = Callable[[int], object]  # is told, between runs, how many schedules have been tried


def explore(
    model: Model,
    *,
    modules: Modules = None,
    races: str = "report",
    interrupts: int | Interrupts = 0,
    crashes: Crashes | None = None,
    search: str = "auto",
    seed: int = 0,
    schedules: int = 10_000,
    steps: int = 5_000,
    seconds: float | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Result:
    """Run `model` in every order of its threads that can matter, until one fails.

    A run fails by a failed assertion, an exception in a thread, a deadlock, a lost wake-up or a livelock. A data race
    is no failure: what detect() reports. With `races="report"`, the result lists the races that were seen. With
    "fail", they are the verdict if nothing else fails. With "off", none is listed.

    `model` takes no arguments, makes everything it needs, starts threads, and asserts something. It makes at most
    `schedules` runs of at most `steps` steps each. Returns the simplest failing schedule, or what was covered. Raises
    TypeError or OSError if the model cannot be watched, and Outside if it waits for something outside.

    The lab watches all Python code that the model runs through, outside of the standard library. Code that turns up in
    a run is watched from the next one on, and the search begins anew. `modules` names what to watch besides the model's
    own module instead: modules or their names, each with the modules in it. `[]` is none, `["queue"]` is one of the
    standard library, and `...` in the list stands for what is watched by default: `[..., "queue"]`. Neither the lab nor
    test runners and notebook kernels are watched.

    State of these modules that a run changes is put back after it: globals, attributes of classes, objects and
    containers in them, defaults, caches. Where that is impossible, the result names it.

    `search="auto"` tries to exhaust the model by the "reduction". If the end is not in sight after 200 schedules, the
    lab makes runs at random too, and spends the last fifth of the budget on PCT. "reduction", and the strategies at
    random ("random", "pct", "pos" and "surw"), can be asked for by name. The runs at random depend on `seed` alone, so
    the same seed gives the same result. "oracle" is slow, and for checking the lab itself: each instruction of all
    Python code is a possible step, chosen at random. It takes neither interrupts nor crashes, and uses one process.

    `seconds` limits the real time. The lab looks at the clock between two runs, and may add a tenth to find the
    simplest failure. With `jobs`, that many processes share the runs at random, and the result is the same. This raises
    RuntimeError if the calling process has other threads. `progress` is called by the calling thread, before each run,
    with the number of runs so far.

    With `interrupts=1`, Ctrl-C may come once in each run, at any point of the main thread: see Interrupts. It is no
    failure that KeyboardInterrupt leaves the model; it is one if then a check fails, a thread waits for ever, or a lock
    is not given back. With `crashes`, the process may be killed: see Crashes. Half of the budget is for runs without an
    interrupt.

    Of an object whose class is not watched, each call counts as one step; `unwatched` names such classes if threads
    make calls that nothing orders. Of other code outside of the watched modules the lab sees what it does with locks,
    events and waits, and to a container that is passed to it. The lab does not try a timer that fires while some
    thread can still go on.

    >>> explore(lambda: None).verdict
    'exhausted'
    """
    options = Options(
        races=races,
        interrupts=interrupts,
        crashes=crashes,
        search=search,
        seed=seed,
        schedules=schedules,
        steps=steps,
        seconds=seconds,
        jobs=jobs,
    )
    return _explore(model, modules, options, progress)


def detect(
    model: Model,
    *,
    modules: Modules = None,
    interrupts: int | Interrupts = 0,
    crashes: Crashes | None = None,
    search: str = "auto",
    seed: int = 0,
    schedules: int = 10_000,
    steps: int = 5_000,
    seconds: float | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Result:
    """Look for data races in every order of `model` that can matter, whether or not anything goes wrong.

    A race is two accesses to one location that nothing orders, at least one of them a write. It is none if one of its
    lines is marked as meant by a comment, with the reason behind it: `# race: meant, because …`. The arguments are
    those of `explore`.
    """
    options = Options(
        interrupts=interrupts,
        crashes=crashes,
        search=search,
        seed=seed,
        schedules=schedules,
        steps=steps,
        seconds=seconds,
        jobs=jobs,
    )
    return _explore(model, modules, options, progress, detecting=True)


def replay(
    model: Model,
    schedule: str,
    *,
    modules: Modules = None,
    interrupts: int | Interrupts = 0,
    crashes: Crashes | None = None,
    steps: int = 5_000,
) -> Result:
    """Run `model` once, in the order of a schedule that `explore` or `detect` returned.

    The verdict is the run's failure or, if nothing fails, "data race" if one is seen, else "passed".

    `crashes` is what explore() was given; `interrupts` too, if its error is not KeyboardInterrupt. Raises Misfit if the
    schedule does not fit the model, because its code has changed since.
    """
    traced = str(schedule).startswith(TRACED)
    plan, order = planned(schedule.removeprefix(TRACED) if traced else schedule)
    choices, checksum = parse(order)
    faults = Options(interrupts=interrupts or int(bool(plan.interrupts)), crashes=crashes, steps=steps).faults
    if plan.crash and crashes is None:
        raise ValueError(f"schedule {schedule!r} ends with a crash: give replay() the crashes= of explore()")
    name, told, apart = called(model), meaning(modules, steps, interrupts, crashes), bystanders()
    with watched(model, modules, crashes, faults) as (watching, idle):

        def explored() -> tuple[Exploration, Run, Recorder]:
            exploration = Exploration(model, steps, idle, watching, faults=faults, called=name, meaning=told)
            exploration.apart = apart
            exploration.oracle = replayable(0, 1) if traced else None
            return exploration, *record(exploration, choices, plan, schedule)

        exploration, run, recorder = until_all_is_watched(watching, explored)
        if recorder.checksum & 0xFFFFFF != checksum:
            raise Misfit(
                with_reason(
                    f"schedule {schedule!r} does not fit: the run took another course than the one it was made from; "
                    "the model or the code it uses has changed, so explore again",
                    exploration.left_over,
                )
            )
        races = tuple(races_of(run, recorder).values())
        verdict = run.verdict or (Verdict.DATA_RACE if races else Verdict.PASSED)
        result = make_result(exploration, verdict, run, recorder, races, "")
        exploration.let_go()
        return result


def _explore(
    model: Model, modules: Modules, options: Options, progress: Progress | None, detecting: bool = False
) -> Result:
    workers, name, apart = Workers(options.jobs), called(model), bystanders()
    told = meaning(modules, options.steps, options.interrupts, options.crashes)
    faults, races = options.faults, "detect" if detecting else options.races
    with watched(model, modules, options.crashes, faults) as (watching, idle):

        def explored() -> Result:
            anew = faults.anew() if faults is not None else None  # what an attempt noted is void if there was more
            exploration = Exploration(model, options.steps, idle, watching, faults=anew, called=name, meaning=told)
            exploration.apart = apart
            exploration.look_on = progress
            try:
                exploration.chance = compare_first_runs(exploration)
                plan = Interrupting(exploration, options, workers, keep_going=detecting)
                exhausted = plan.carry_out()
                return conclude(exploration, exhausted, races, options.seconds if plan.late else None)
            finally:
                exploration.let_go()

        return until_all_is_watched(watching, explored)


@contextlib.contextmanager
def watched(
    model: Model, modules: Modules, crashes: Crashes | None, faults: Faults | None
) -> Iterator[tuple[Watching, list[Carrier]]]:
    """Set the stage, and watch the code of a model. Yield what watches, and the idle carriers."""
    with stage() as (replaced, idle):
        listen_to_audit()
        yield Watching(checked(model, crashes), modules, replaced, points_of(faults), handed_to(model)), idle


def points_of(faults: Faults | None) -> frozenset[str] | None:
    """Return the names of the calls that a crash may precede; None if no faults are asked for."""
    if faults is None:
        return None
    return frozenset(faults.crashes.calls if faults.crashes is not None else ())
