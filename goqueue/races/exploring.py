"""explore, detect and replay: run a model again and again, each time in another order.

stage ─> watch the code ─> run, run, run …  ─> the simplest failing schedule ─> run it once more, writing it down
                              │  a race was found: its location becomes hot, and the search begins anew
                              └─ until a failure, until nothing is left to try, or until the budget is spent
"""

from __future__ import annotations

from collections.abc import Iterable
from types import FunctionType, ModuleType

from .doubles.outside_world import listen_to_audit
from .doubles.staging import stage
from .engine.tasks import Misfit
from .engine.words import Verdict
from .report.result import Result
from .report.text import races_of
from .search.concluding import conclude, make_result
from .search.exploration import Exploration, Model, record, search_both_ways
from .search.options import Options
from .search.schedules import parse
from .watch.functions import function_of
from .watch.watching import watch

Modules = Iterable[ModuleType] | None


def explore(
    model: Model, *, modules: Modules = None, races: str = "report", schedules: int = 10_000, steps: int = 5_000
) -> Result:
    """Run `model` in every order of its threads that can matter, until one fails.

    A run fails by a failed assertion, an exception in a thread, a deadlock, a lost wake-up or a livelock. A data race
    is no failure: what detect() reports. With `races="report"`, the result lists the races that were seen. With
    "fail", they are the verdict if nothing else fails. With "off", none is listed.

    `model` takes no arguments, makes everything it needs, starts threads, and asserts something. The lab watches the
    code of the model's module and of the course's modules that it uses; `modules` replaces the latter. It makes at most
    `schedules` runs of at most `steps` steps each. Returns the simplest failing schedule, or what was covered. Raises
    TypeError or OSError if the model cannot be watched, and Outside if it waits for something outside.

    The lab does not see: the generated `__eq__` and `__repr__` of a dataclass, `vars(thing)`, bytearrays, patterns of
    `match`, and code outside of the watched modules, except what that does with locks, events and waits, and to a
    container that is passed to it. The lab does not try a timer that fires while some thread can still go on.

    >>> explore(lambda: None).verdict
    'exhausted'
    """
    return _explore(model, modules, Options(races=races, schedules=schedules, steps=steps), detecting=False)


def detect(model: Model, *, modules: Modules = None, schedules: int = 10_000, steps: int = 5_000) -> Result:
    """Look for data races in every order of `model` that can matter, whether or not anything goes wrong.

    A race is two accesses to one location that nothing orders, at least one of them a write. It is none if one of its
    lines is marked as meant by a comment, with the reason behind it: `# race: meant, because …`. The arguments are
    those of `explore`.
    """
    return _explore(model, modules, Options(schedules=schedules, steps=steps), detecting=True)


def replay(model: Model, schedule: str, *, modules: Modules = None, steps: int = 5_000) -> Result:
    """Run `model` once, in the order of a schedule that `explore` or `detect` returned.

    The verdict is the run's failure or, if nothing fails, "data race" if one is seen, else "passed".

    Raises Misfit if the schedule does not fit the model, because its code has changed since.
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
        return make_result(
            exploration, run.verdict or (Verdict.DATA_RACE if races else Verdict.PASSED), run, recorder, races, ""
        )


def _explore(model: Model, modules: Modules, options: Options, detecting: bool) -> Result:
    with stage() as (replaced, idle):
        listen_to_audit()
        watch(checked(model), modules, replaced)
        exploration = Exploration(model, options.steps, idle)
        if detecting:
            return conclude(exploration, exploration.search(options.schedules, keep_going=True), "detect")
        return conclude(exploration, search_both_ways(exploration, options.schedules), options.races)


def checked(model: Model) -> FunctionType:
    """Return the function behind a model. Raises TypeError if it cannot be called without arguments."""
    if not callable(model):
        raise TypeError(f"model is {model!r}: it must be a function that takes no arguments")
    function = function_of(model)
    required = function.__code__.co_argcount - len(function.__defaults__ or ())
    if function is model and required:
        raise TypeError(f"model {function.__qualname__} needs {required} arguments: it must take none")
    return function
