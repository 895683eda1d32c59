"""Letting another thread go on is a preemption only if the current one could go on, and wants to."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from time import sleep
from typing import Any

import pytest

from goqueue.races import explore
from goqueue.races.doubles.stage.staging import stage
from goqueue.races.search.bounded import Bounded
from goqueue.races.search.exploration import Exploration
from goqueue.races.watch.functions import function_of
from goqueue.races.watch.watching import Watching

from ..litmus.litmus import Job, run

Log = list[str]


def after_a_jump_of_the_clock(log: Log) -> None:
    """All wake at the same instant, and any may go on first, although it is always c that fell asleep last."""

    def rest(name: str, *naps: int) -> Callable[[], None]:
        def body() -> None:
            for seconds in naps:
                sleep(seconds)
            log.append(name)

        return body

    run(a=rest("a", 3), b=rest("b", 3), c=rest("c", 2, 1))


def after_a_yield(log: Log) -> None:
    def give_way(name: str) -> Callable[[], None]:
        def body() -> None:
            sleep(0)
            log.append(name)

        return body

    run(a=give_way("a"), b=give_way("b"), c=give_way("c"))


def after_an_end(log: Log) -> None:
    run(a=lambda: log.append("a"), b=lambda: log.append("b"), c=lambda: log.append("c"))


def orders_without_a_preemption(model: Callable[[Log], None]) -> set[str]:
    """Return the orders of three threads that a search without preemptions tries."""
    logs: list[Log] = []

    def each() -> None:
        logs.append([])
        model(logs[-1])

    hot: frozenset[Any] = frozenset()
    with stage() as (replaced, idle):
        Watching(function_of(each), None, replaced)
        exploration = Exploration(each, 5_000, idle)
        search, left = Bounded(0), True
        while left:
            done = exploration.run(search.pick, hot=hot)
            assert done.preemptions == 0
            left = search.plan(done)
    return {"".join(log) for log in logs}


@pytest.mark.parametrize("model", [after_a_jump_of_the_clock, after_a_yield, after_an_end])
def test_all_orders_come_without_a_preemption(model: Callable[[Log], None]) -> None:
    assert orders_without_a_preemption(model) == {"".join(order) for order in permutations("abc")}


def test_a_failure_after_a_jump_of_the_clock_has_no_preemption() -> None:
    for order in permutations("abc"):

        def model(order: tuple[str, ...] = order) -> None:
            log: Log = []
            after_a_jump_of_the_clock(log)
            assert log != list(order)

        found = explore(model)
        assert found.verdict == "failed assertion"
        assert "no preemption" in found.summary
        assert not any(step.preempted for step in found.trace.steps)


def test_what_the_trace_shows_as_preempted_is_not_called_no_preemption() -> None:
    """A thread that has gone on for long lets the others go first: the search does not count that, but it is shown."""

    def model() -> None:
        job = Job()

        def attempt() -> None:
            for _ in range(150):
                job.attempts += 1

        run(attempt, attempt)
        assert job.attempts == 1

    found = explore(model)
    shown = sum(bool(step.preempted) for step in found.trace.steps)
    assert shown > 1
    assert f"with {shown} preemptions, all because a thread had gone on for long or polled." in found.summary
