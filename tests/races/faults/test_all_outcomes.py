"""The search with faults against chance: whatever a run with a fault at a random moment ends with, the search has seen.

The random runs take every access as a step, choose threads at random, and choose by chance where an interrupt comes, in
a wait also how late, or where the process is killed. They use neither the plans of `search.faults` nor the reduction.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from goqueue.races import Crashes, Interrupts
from goqueue.races.doubles.stage.staging import stage
from goqueue.races.engine.active import Active
from goqueue.races.engine.faults.faulty_run import FaultyRun
from goqueue.races.engine.faults.plans import NO_FAULTS
from goqueue.races.engine.run import Run
from goqueue.races.engine.tasks import Task
from goqueue.races.search.exploration import Exploration
from goqueue.races.search.faults import Faults
from goqueue.races.search.interrupting import Interrupting
from goqueue.races.search.options import Options
from goqueue.races.search.workers import Workers
from goqueue.races.watch.functions import function_of
from goqueue.races.watch.watching import Watching
from tests.races.faults.models import crashing_model, interrupted_model
from tests.races.random_programs import random_program

WALKS = 60
SEEDS = range(12)
BUDGET = 6_000
SMALL = [seed for seed in range(100) if sum(map(len, random_program(seed))) == 3]


class Everything(frozenset[Any]):
    """A set that contains every access to what the programs share, and everything that is polled."""

    def __contains__(self, item: object) -> bool:
        kind = str(item[0]) if isinstance(item, tuple) else ""
        return kind in ("Shared", "fields", "orders", "store") or "Shared#" in kind or "polled" in kind


class Chance(FaultyRun):
    """A run that meets one fault, at a moment chosen by chance."""

    dice = random.Random(0)

    def __init__(self, pick: Any, **options: Any) -> None:
        super().__init__(pick, **options)
        self.hot = Everything()
        self._moment = self.dice.randrange(1, 40)
        self._late = self.dice.choice([0, 0, 1, 2])
        if self.crashes is not None:
            self.plan = self.plan._replace(crash=self.dice.randrange(1, 9))

    def _planned(self, index: int, number: int) -> int | None:
        asked = self.interrupts
        if asked is None or (index and asked.threads == "main"):
            return None
        self._moment -= 1
        return self._late if self._moment == 0 else None

    def point(self, at: str) -> None:
        if self._may_come(self.current.index, at) or at == "calls":
            super().point(at)

    @classmethod
    def pick_any(cls, run: Run, able: list[Task]) -> Task:
        return cls.dice.choice(able)


def ending(run: Run, outcomes: list[Any]) -> str:
    """Return how a run ended, as a string."""
    if not outcomes:  # interrupted before there was anything
        return str(run.verdict)
    seen, shared = outcomes.pop()
    return f"{run.verdict} {seen} {shared.fields} {shared.orders} {shared.stock} {shared.price} {shared.jobs.queue}"


@contextlib.contextmanager
def staged(model: Callable[..., Any], faults: Faults) -> Iterator[Exploration]:
    """Set the stage for a model with faults."""
    with stage() as (replaced, idle):
        Watching(function_of(model), None, replaced, frozenset())
        yield Exploration(model, 500, idle, faults=faults)
        Active.run = None


def searched(exploration: Exploration, end: Callable[[Run], str]) -> set[str]:
    """Return the endings that the search sees."""
    seen, once = set[str](), exploration.run

    def watched_run(*args: Any, **options: Any) -> Run:
        run = once(*args, **options)
        ended = end(run)
        if run.verdict != "redundant":
            seen.add(ended)
        return run

    exploration.run = watched_run  # type: ignore[method-assign]
    exploration.found = lambda run: None  # type: ignore[method-assign]  # go on after a deadlock
    options = Options(search="reduction", schedules=BUDGET)
    assert Interrupting(exploration, options, Workers(1), keep_going=True).carry_out(), "it must be exhausted"
    exploration.run = once  # type: ignore[method-assign]
    return seen


def by_chance(exploration: Exploration, end: Callable[[Run], str], seed: int) -> set[str]:
    """Return the endings that runs by chance see."""
    faults = exploration.faults
    assert faults is not None
    Chance.dice, seen = random.Random(seed), set[str]()
    faults.run = lambda *args, **options: Chance(  # type: ignore[method-assign]
        *args, interrupts=faults.interrupts, crashes=faults.crashes, plan=NO_FAULTS, **options
    )
    for _ in range(WALKS):
        seen.add(end(exploration.run(Chance.pick_any)))
    return seen


@pytest.mark.parametrize("threads", ["main", "all"])
@pytest.mark.parametrize("seed", SEEDS)
def test_no_interrupt_by_chance_shows_what_the_search_has_not_seen(seed: int, threads: str) -> None:
    outcomes: list[Any] = []
    faults = Faults(Interrupts(threads=threads, held_locks="ignore"), None)
    with staged(interrupted_model(random_program(seed), outcomes), faults) as exploration:
        seen = searched(exploration, lambda run: ending(run, outcomes))
        missed = by_chance(exploration, lambda run: ending(run, outcomes), seed) - seen
    assert not missed, f"{random_program(seed)}: missed {missed}"


@pytest.mark.parametrize("daemon", [False, True])
@pytest.mark.parametrize("seed", SMALL[:12])
def test_no_crash_by_chance_leaves_what_the_search_has_not_seen(seed: int, daemon: bool) -> None:
    left: list[str] = []
    faults = Faults(None, Crashes(dict, lambda store: left.append(str(sorted(store.items(), key=str)))))

    def end(run: Run) -> str:
        return left.pop() if left else ""

    with staged(crashing_model(random_program(seed), daemon), faults) as exploration:
        seen = searched(exploration, end)
        missed = by_chance(exploration, end, seed) - seen - {""}
    assert not missed, f"{random_program(seed)}: missed {missed}"
