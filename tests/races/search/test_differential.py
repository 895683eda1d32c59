"""Partial-order reduction against exhaustive search: the same outcomes, whatever the program.

The exhaustive search takes every access and every release of a lock as a step, and tries every choice at each. The
reduction takes only racing locations as steps, and one schedule of each kind. They must see the same outcomes, among
them deadlocks, with operations that block: full queues, locks, conditions, timeouts.

Each program is compared with a short search and, behind the mark `slow`, half of them with one of many schedules.
"""

import contextlib
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from goqueue.races.doubles.stage.staging import stage
from goqueue.races.engine.run import Run
from goqueue.races.engine.tasks import Task
from goqueue.races.search.bounded import Bounded
from goqueue.races.search.exploration import Exploration
from goqueue.races.search.reduction import Reduction
from goqueue.races.watch.functions import function_of
from goqueue.races.watch.watching import Watching

from ..random_programs import OF_A_SIMPLE_QUEUE, Program, model_of, outcome, random_program

RANDOM = [random_program(seed) for seed in range(100)]
WITH_SIMPLE_QUEUES = [random_program(seed, [*OF_A_SIMPLE_QUEUE, "write", "rest"]) for seed in range(60)]
# Programs that showed a mistake in the reduction once.
FOUND: list[Program] = [((("notify", 0), ("attempt", 1), ("wait", 0)), (("wait", 0), ("notify", 1)))]
MANY = 1_200  # schedules: what the reduction may take, and the long exhaustive search


class Everything(frozenset[Any]):
    """A set that contains every access to `Shared`, and everything that is polled: each such access is a step."""

    def __contains__(self, item: object) -> bool:
        kind = str(item[0]) if isinstance(item, tuple) else ""
        return kind == "Shared" or "Shared#" in kind or "polled" in kind


class Exhaustive(Bounded):
    """Tries every choice. A task that begins, sleeps or joins affects no other, so it goes on first."""

    def __init__(self) -> None:
        super().__init__(bound=10**9)

    def pick(self, run: Run, able: list[Task]) -> Task:
        threads = {task.serial for task in run.tasks}
        for task in able:
            if task.op is None or (task.op[0] in threads and task.op[1] == "r"):
                return task
        return super().pick(run, able)


class Chance:
    """Chooses at random, with a seed."""

    def __init__(self, seed: int, walks: int) -> None:
        self._chance = random.Random(seed)
        self._left = walks

    def pick(self, run: Run, able: list[Task]) -> Task:
        return self._chance.choice(able)

    def plan(self, run: Run) -> bool:
        self._left -= 1
        return self._left > 0


def reduced(program: Program) -> tuple[set[str], bool]:
    """Return the outcomes that the reduction sees, and whether it finished."""
    search, hot, seen = Reduction(), frozenset[Any](), set[str]()
    with runs_of(program) as run_once:
        for _ in range(MANY):
            run, end = run_once(search.pick, hot)
            if run.verdict != "redundant":
                seen.add(end)
            if not run.wanted <= hot:
                search, hot = Reduction(), hot | run.wanted
            elif not search.plan(run):
                return seen, True
    return seen, False


def all_outcomes(program: Program, search: Any, schedules: int) -> tuple[set[str], bool]:
    """Return the outcomes of another search, and whether it finished."""
    seen = set[str]()
    with runs_of(program) as run_once:
        for _ in range(schedules):
            run, end = run_once(search.pick, Everything())
            seen.add(end)
            if not search.plan(run):
                return seen, True
    return seen, False


@contextlib.contextmanager
def runs_of(program: Program) -> Iterator[Callable[..., tuple[Run, str]]]:
    """Yield a function that runs the program once, and returns the run and its outcome."""
    found: list[Any] = []
    model = model_of(program, found)
    with stage() as (replaced, idle):
        Watching(function_of(model), None, replaced)
        exploration = Exploration(model, 5_000, idle)

        def run_once(pick: Any, hot: frozenset[Any]) -> tuple[Run, str]:
            run = exploration.run(pick, hot=hot)
            return run, outcome(run.verdict, *found.pop())

        yield run_once


@pytest.mark.parametrize("program", [*RANDOM, *FOUND, *WITH_SIMPLE_QUEUES], ids=str)
def test_reduction_sees_what_a_short_search_sees(program: Program) -> None:
    compare(program, 40)


@pytest.mark.slow
@pytest.mark.parametrize("program", [*RANDOM[::2], *FOUND, *WITH_SIMPLE_QUEUES[::2]], ids=str)
def test_reduction_sees_what_exhaustive_search_sees(program: Program) -> None:
    compare(program, MANY)


def compare(program: Program, schedules: int) -> None:
    """Fail if the reduction and an exhaustive search do not see the same outcomes."""
    few, ended = reduced(program)
    everything, complete = all_outcomes(program, Exhaustive(), schedules)
    if not complete:  # then some more, chosen by chance
        everything |= all_outcomes(program, Chance(len(few), schedules // 4), schedules)[0]
    assert ended, f"{program}: the reduction needs more than {MANY} schedules"
    assert everything <= few, f"{program}: the reduction has missed {everything - few}"
    if complete:
        assert few == everything, f"{program}: the reduction has seen what cannot be: {few - everything}"


def test_the_programs_differ_and_block() -> None:
    endings = [reduced(program)[0] for program in RANDOM[:40]]
    assert len(set(RANDOM)) > len(RANDOM) * 0.9
    assert sum(any(end.startswith("deadlock") for end in ends) for ends in endings) >= 5
    assert sum(len(ends) > 1 for ends in endings) >= 10
