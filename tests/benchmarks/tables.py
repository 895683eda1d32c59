"""The tables of the benchmark: speed, cost of an access, pools, ten mistakes, and where the time goes."""

import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version as version_of
from types import ModuleType
from typing import Any

from goqueue.lab import detect, explore, load

from . import models, others
from .breakdown import Costs, parts_of
from .cases import CASES, model_of
from .measuring import exploration, hand_off, machine, many_runs, median, medians, seconds
from .models import Model


@dataclass(frozen=True)
class Sizes:
    """How much is measured. Less is less exact."""

    repeats: int = 3
    runs: int = 2_000  # schedules of a two-thread model
    loop: int = 20_000  # accesses of a loop
    hot_loop: int = 4_000  # the same, if each is a step
    budget: int = 10_000  # schedules of a pool
    course_budget: int = 3_000  # of a pool of the course, which takes ten times as long
    largest: bool = True  # the pools that take seconds
    cases: int = len(CASES)


SMALL = Sizes(repeats=1, runs=5, loop=50, hot_loop=20, budget=10, course_budget=10, largest=False, cases=1)


def row(*cells: object) -> str:
    """Return one line of a table."""
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def head(title: str, *cells: str) -> Iterator[str]:
    """Yield the first lines of a table."""
    yield from ("", f"## {title}", "", row(*cells), row(*["---"] * len(cells)))


def tables(sizes: Sizes) -> Iterator[str]:
    """Yield all lines."""
    yield "# Race lab: benchmark"
    yield ""
    yield f"{machine()}. Each number is the median of {sizes.repeats} repeats, if it says nothing else."
    for part in (two_threads, accesses, pools, mistakes, where_the_time_goes):
        yield from part(sizes)


# -- schedules a second ----------------------------------------------------------------------------------


def two_threads(sizes: Sizes) -> Iterator[str]:
    """The goal is 5,000 schedules a second."""
    yield from head(
        "Two threads: schedules a second",
        "model",
        "asked for by",
        "schedules",
        "steps each",
        "a second of the processor",
        "a second elapsed",
    )
    for name, model in (
        ("lost update", models.lost_update(1)),
        ("locked counter", models.locked_counter(1)),
        ("two locks in opposite order", models.opposite_order(1)),
    ):
        runs, steps, *rates = medians(partial(loop_of_runs, model, sizes.runs), sizes.repeats)
        yield row(name, "runs, ≤ 3 preemptions", f"{runs:.0f}", f"{steps:.0f}", *(f"{rate:,.0f}" for rate in rates))
    for name, call, model in (
        ("lost update, 3 times each", detect, models.lost_update(3)),
        ("locked counter, 6 times each", explore, models.locked_counter(6)),
        ("two locks in opposite order, twice each", detect, models.opposite_order(2)),
    ):
        runs, *rates = medians(partial(whole, call, model, sizes.runs), sizes.repeats)
        yield row(name, f"{call.__name__}()", f"{runs:.0f}", "", *(f"{rate:,.0f}" for rate in rates))


def loop_of_runs(model: Model, times: int) -> tuple[float, float, float, float]:
    """Return the runs, the steps of one, and the runs a second: of the processor, and elapsed."""
    steps: list[int] = []
    with exploration(model) as runs:
        used, elapsed = seconds(lambda: steps.extend(run.steps for run in many_runs(runs, times)))
    return times, statistics.mean(steps), times / used, times / elapsed


def whole(call: Callable[..., Any], model: Model, budget: int) -> tuple[float, float, float]:
    """Return the schedules of one call, and those a second: of the processor, and elapsed."""
    found: list[Any] = []
    used, elapsed = seconds(lambda: found.append(call(model, schedules=budget)))
    tried: int = found[0].schedules
    return tried, tried / used, tried / elapsed


# -- accesses --------------------------------------------------------------------------------------------


def accesses(sizes: Sizes) -> Iterator[str]:
    """What a watched attribute costs."""
    titles = ("in a loop", "plain", "watched", "ratio", "hot", "ratio")
    yield from head("One access to an attribute, in time of the processor", *titles)
    for name, make in (("read", models.reads), ("write", models.writes)):
        plain = median(partial(plain_access, make, 20 * sizes.loop), sizes.repeats)
        cold = median(partial(watched_access, make, sizes.loop, False), sizes.repeats)
        hot = median(partial(watched_access, make, sizes.hot_loop, True), sizes.repeats)
        yield row(name, nanoseconds(plain), nanoseconds(cold), ratio(cold, plain), nanoseconds(hot), ratio(hot, plain))
    yield ""
    yield "Hot: threads race for it, so each access is a step; here it is the only thread, so no hand-off is in it."


def plain_access(make: Callable[[int], Model], times: int) -> float:
    """Return the seconds of an access that nobody watches, with its part of the loop."""
    return seconds(make(times))[0] / times


def watched_access(make: Callable[[int], Model], times: int, hot: bool) -> float:
    """Return the seconds of an access inside a run, with its part of the loop."""
    places = frozenset({("Job", "attempts")}) if hot else frozenset()
    with exploration(make(times)) as runs:
        return seconds(lambda: runs.run(lambda run, able: able[0], hot=places))[0] / times


def nanoseconds(value: float) -> str:
    """Return a short time in words."""
    return f"{value * 1e9:,.0f} ns"


def ratio(value: float, base: float) -> str:
    """Return a ratio in words."""
    return f"{value / base:,.0f} ×"


# -- pools -----------------------------------------------------------------------------------------------


def pools(sizes: Sizes) -> Iterator[str]:
    """The goals are 0.1 s for 2 × 2, and 2 s for 3 × 2."""
    yield from head(
        "Right pools: explore(), to the end or the budget",
        "pool",
        "workers × jobs",
        "verdict",
        "schedules",
        "seconds of the processor",
        "seconds elapsed",
    )
    for name, workers, jobs, model, budget, repeats in pool_models(sizes, load(12)):
        result, used, elapsed = explored(model, budget, repeats)
        yield row(name, f"{workers} × {jobs}", result.verdict, result.schedules, f"{used:.3f}", f"{elapsed:.3f}")
    yield ""
    yield "Measured once: 3 × 4, 2 × 2 filled meanwhile, and step 12."


def explored(model: Model, budget: int, repeats: int) -> tuple[Any, float, float]:
    """Return the result, and the seconds: of the processor, and elapsed."""
    found: list[Any] = []
    used, elapsed = medians(lambda: seconds(lambda: found.append(explore(model, schedules=budget))), repeats)
    return found[0], used, elapsed


def pool_models(sizes: Sizes, version: ModuleType) -> Iterator[tuple[str, int, int, Model, int, int]]:
    """Yield name, workers, jobs, model, budget and repeats. What takes seconds is measured once."""
    for workers, jobs in ((2, 2), (2, 3), (3, 2)):
        yield "filled before", workers, jobs, models.pool(workers, jobs, False), sizes.budget, sizes.repeats
    if sizes.largest:
        yield "filled before", 3, 4, models.pool(3, 4, False), sizes.budget, 1
        yield "filled meanwhile", 2, 1, models.pool(2, 1, True), sizes.budget, sizes.repeats
        yield "filled meanwhile", 2, 2, models.pool(2, 2, True), sizes.budget, 1
    for workers, jobs in ((1, 1), (2, 1)):
        yield "step 12", workers, jobs, models.course_pool(version, workers, jobs), sizes.course_budget, 1


# -- ten mistakes ----------------------------------------------------------------------------------------


def mistakes(sizes: Sizes) -> Iterator[str]:
    """Side by side with others."""
    names = [f"{tool} {version_of(tool)}" if others.installed(tool) else tool for tool in others.TOOLS]
    yield from head("Ten mistakes: schedules to the first failure · seconds elapsed", "mistake", "explore()", *names)
    for number, case in enumerate(CASES[: sizes.cases]):
        result, _, elapsed = explored(model_of(case), sizes.budget, sizes.repeats)
        said = f"{result.schedules} · {elapsed:.3f} s" if result.failed else "missed"
        answers = [others.ask(tool, number) if others.installed(tool) else "not installed" for tool in others.TOOLS]
        yield row(case.name, said, *answers)
    yield ""
    yield "The seconds of explore() include the search for the simplest failure, and its run with a full record."
    yield "The others are asked once, each time in a process of its own, whose start is not counted; frontrun, where it"
    yield "finds nothing, again with the threads in the opposite order. Missed: it says that all is well."


# -- where the time goes ---------------------------------------------------------------------------------


def where_the_time_goes(sizes: Sizes) -> Iterator[str]:
    """In units of a hand-off too, which do not depend on the machine."""
    access = median(partial(watched_access, models.reads, sizes.loop, False), sizes.repeats)
    costs = Costs(median(hand_off, sizes.repeats), access)
    counts = ("steps each", "hand-offs", "accesses")
    parts = ("handing on", "watching", "search", "set-up", "what is left")
    yield from head("Where the time of a schedule goes", "model", "µs", "in hand-offs", *counts, *parts)
    for name, threads, model in (
        ("locked counter, 5 times each", 2, models.locked_counter(5)),
        ("pool filled before, 3 × 2", 3, models.pool(3, 2, False)),
        ("pool filled meanwhile, 2 × 1", 2, models.pool(2, 1, True)),
        ("step 12, 1 × 1", 2, models.course_pool(load(12), 1, 1)),
    ):
        found = parts_of(model, threads, costs, min(sizes.runs, sizes.course_budget // 5))
        shares = (found.hand_offs, found.accesses, found.search, found.set_up, found.rest)
        yield row(
            name,
            f"{found.schedule * 1e6:,.0f}",
            f"{found.schedule / costs.hand_off:.0f}",
            *(f"{number:.0f}" for number in (found.count.steps, found.count.hand_offs, found.count.accesses)),
            *(f"{share / found.schedule:.0%}" for share in shares),
        )
    yield ""
    once = f"{costs.hand_off * 1e6:.1f} µs, a watched access {access / costs.hand_off:.2f} of that"
    yield f"In time of the processor. A hand-off between two bare threads takes {once}."
    yield "Set-up is what a run takes whose threads do nothing; what is left is locks, waits, who can go on, copies,"
    yield "the model itself, and the look at what turns out to be no data: methods, and objects that are no container."


def main() -> None:
    """Print the tables, line by line."""
    for line in tables(SMALL if "--small" in sys.argv else Sizes()):
        print(line, flush=True)
