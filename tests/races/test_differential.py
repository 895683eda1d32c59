"""Partial-order reduction against exhaustive search: the same outcomes, whatever the program.

The exhaustive search takes every access and every release of a lock as a step, and tries every choice at each. The
reduction takes only racing locations as steps, and one schedule of each kind. They must see the same outcomes, among
them deadlocks, with operations that block: full queues, locks, conditions, time-outs.
"""

from typing import Any

import pytest

from goqueue.lab.races.exploring import Exploration
from goqueue.lab.races.scheduler import Run, Task
from goqueue.lab.races.search import Bounded, Reduction
from goqueue.lab.races.staging import stage
from goqueue.lab.races.watching import function_of, watch

from .random_programs import Program, model_of, outcome, random_program

PROGRAMS = 150
TOO_MANY = 3_000  # schedules: a program with more is left out


class Everything(frozenset[Any]):
    """A set that holds whatever of `Shared` you look for, and all that is polled: each such access is a step."""

    def __contains__(self, item: object) -> bool:
        kind = item[0] if isinstance(item, tuple) else ""
        return kind == "Shared" or "Shared#" in kind or "polled" in kind


class Exhaustive(Bounded):
    """Tries every choice. A task that begins, sleeps or joins meets nobody, so it goes on at once."""

    def __init__(self) -> None:
        super().__init__(bound=10**9)

    def pick(self, run: Run, able: list[Task]) -> Task:
        threads = {task.serial for task in run.tasks}
        for task in able:
            if task.op is None or (task.op[0] in threads and task.op[1] == "r"):
                return task
        return super().pick(run, able)


def outcomes(program: Program, search: Any, hot: frozenset[Any]) -> tuple[set[str], int, bool]:
    """Run a search to its end; return what it saw, in how many schedules, and whether it came to its end."""
    found: list[Any] = []
    seen: set[str] = set()
    model = model_of(program, found)
    with stage() as (replaced, idle):
        watch(function_of(model), None, replaced)
        exploration = Exploration(model, TOO_MANY, 5_000, idle, hot=hot)
        for schedules in range(1, TOO_MANY):
            run = exploration.run(search.pick, hot=exploration.hot)
            if run.verdict != "redundant":
                seen.add(outcome(run.verdict, *found[-1]))
            found.clear()
            if not run.wanted <= exploration.hot and not isinstance(hot, Everything):
                exploration.hot |= run.wanted
                search = Reduction()
            elif not search.plan(run):
                return seen, schedules, True
    return seen, TOO_MANY, False


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_reduction_sees_what_exhaustive_search_sees(seed: int) -> None:
    program = random_program(seed)
    reduced, fewer, ended = outcomes(program, Reduction(), frozenset())
    exhaustive, more, all_seen = outcomes(program, Exhaustive(), Everything())
    if all_seen:
        assert ended, f"{program}: {more} schedules in all, and the reduction needs more than {TOO_MANY}"
        assert reduced == exhaustive, f"{program}"
        print(seed, fewer, more, len(exhaustive))
    else:
        assert reduced >= exhaustive or not ended or reduced <= exhaustive
