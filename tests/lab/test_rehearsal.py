"""A rehearsal comes out the same every time, whichever thread comes first; and a careless one would not."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable
from itertools import count
from types import ModuleType
from typing import Any

import pytest

from goqueue.lab import load, rehearsal
from goqueue.lab.rehearsal import TurnClock, rehearse, rehearse_retries
from goqueue.lab.views import Attempt, Span
from steps.promises.bench import until

RUNS = 10
WORKERS = 4


def _lane(lane: str, *orders: tuple[int, float, float]) -> list[Span]:
    return [Span(lane, start, end, f"order {order}") for order, start, end in orders]


# Orders 5 and 6 go to whoever is free first; 1 and 3 end together, and the lower order goes on first.
SECONDS = (0.2, 0.1, 0.2, 0.4, 0.3, 0.3)
EXPECTED = (
    *_lane("worker-1", (1, 0, 0.2), (6, 0.2, 0.5)),
    *_lane("worker-2", (2, 0, 0.1), (5, 0.1, 0.4)),
    *_lane("worker-3", (3, 0, 0.2)),
    *_lane("worker-4", (4, 0, 0.4)),
)
REFUSALS = {1: 0, 2: 1, 3: 5}


class Directed(TurnClock):
    """A clock to whose first sleep the orders come one by one, in the order of `arrivals`."""

    arrivals: tuple[int, ...] = ()

    def sleep(self, seconds: float, turn: int) -> tuple[float, float]:
        if turn in self.arrivals:
            assert until(lambda: len(self._asleep) == self.arrivals.index(turn))
        return super().sleep(seconds, self.turn_of(turn))

    def turn_of(self, order: int) -> int:
        return order


class FirstCome(Directed):
    """The careless clock: of two that end together, the one that came first wakes first."""

    def __init__(self, workers: int, jobs: int) -> None:
        super().__init__(workers, jobs)
        self._came = count()

    def turn_of(self, order: int) -> int:
        return next(self._came)


def _rehearse_with(clock: type[Directed], arrivals: tuple[int, ...], patch: pytest.MonkeyPatch) -> tuple[Span, ...]:
    patch.setattr(clock, "arrivals", arrivals)
    patch.setattr(rehearsal, "TurnClock", clock)
    return rehearse(load(12), SECONDS, WORKERS)


ARRIVALS = [(1, 2, 3, 4), (4, 3, 2, 1), (3, 1, 4, 2)]


@pytest.mark.parametrize("step", [12, 13])
def test_a_rehearsal_is_the_same_every_time_and_leaves_no_thread(step: int) -> None:
    before = set(threading.enumerate())
    assert {rehearse(load(step), SECONDS, WORKERS) for _ in range(RUNS)} == {EXPECTED}
    assert set(threading.enumerate()) == before


@pytest.mark.parametrize("arrivals", ARRIVALS)
def test_it_does_not_show_which_thread_comes_first(arrivals: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    assert _rehearse_with(Directed, arrivals, monkeypatch) == EXPECTED


def test_with_a_careless_clock_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (_rehearse_with(FirstCome, arrivals, monkeypatch) for arrivals in ARRIVALS[:2])
    assert first == EXPECTED
    assert second != EXPECTED


@pytest.mark.parametrize("step", [8, 9, 10, 11])
def test_a_version_without_workers_has_one_lane(step: int) -> None:
    spans = rehearse(load(step), (0.1, 0.3), workers=4)
    assert spans == tuple(_lane("caller", (1, 0, 0.1), (2, 0.1, 0.4)))


def test_more_workers_than_jobs_are_no_trouble() -> None:
    spans = rehearse(load(12), (0.1, 0.3), workers=4)
    assert spans == (*_lane("worker-1", (1, 0, 0.1)), *_lane("worker-2", (2, 0, 0.3)))


def test_a_version_with_fewer_workers_than_it_was_told_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    version = load(12)
    monkeypatch.setattr(rehearsal, "PATIENCE", 0.05)
    monkeypatch.setattr(version.queue, "Pool", _with_one_worker(version))
    with pytest.raises(TimeoutError, match="does not run 4 jobs at once: does it start 4 workers?"):
        rehearse(version, SECONDS, WORKERS)


def _with_one_worker(version: ModuleType) -> Any:
    return lambda workers, *rest: version.pool.Pool(1, *rest)


def test_once_a_sleeper_has_given_up_nobody_sleeps_as_if_all_were_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "PATIENCE", 0.01)
    clock = TurnClock(workers=2, jobs=2)
    for order, seconds in [(1, 0.2), (2, 0.1)]:
        with pytest.raises(TimeoutError, match="fewer than 2 jobs came to sleep at once: start so many workers"):
            clock.sleep(seconds, turn=order)


def test_a_time_that_cannot_be_slept_is_refused() -> None:
    with pytest.raises(ValueError, match="ends at -0.2, before its start at 0"):
        rehearse(load(12), (0.1, -0.2), workers=2)


# -- retries ---------------------------------------------------------------------------------------------------------


def _retries() -> tuple[Attempt, ...]:
    return rehearse_retries(load(13), REFUSALS, max_retry=3)


def _of(order: int, attempts: Iterable[Attempt]) -> list[Attempt]:
    return [attempt for attempt in attempts if attempt.job == f"order {order}"]


def test_retries_are_the_same_every_time() -> None:
    assert {_retries() for _ in range(RUNS)} == {
        (
            Attempt("order 1", 1, 0, 0.2, "completed"),
            Attempt("order 2", 1, 0, 0.2, "failed"),
            Attempt("order 2", 2, 0.79, 0.99, "completed"),
            Attempt("order 3", 1, 0, 0.2, "failed"),
            Attempt("order 3", 2, 0.49, 0.69, "failed"),
            Attempt("order 3", 3, 1.08, 1.28, "failed"),
        )
    }


def test_without_a_seed_they_would_not_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "Random", lambda seed: random.SystemRandom())
    assert len({_retries() for _ in range(RUNS)}) > 1


def test_the_version_decides_how_often_an_order_is_tried() -> None:
    attempts = rehearse_retries(load(13), REFUSALS, max_retry=2)
    assert [len(_of(order, attempts)) for order in REFUSALS] == [1, 2, 2]
    assert [_of(order, attempts)[-1].outcome for order in REFUSALS] == ["completed", "completed", "failed"]


def test_a_version_that_miscounts_is_not_made_to_look_right() -> None:
    version = load(13)
    version.job.Job.can_retry = lambda job: job.attempts <= job.max_retry
    assert len(rehearse_retries(version, REFUSALS, max_retry=2)) == 1 + 2 + 3
