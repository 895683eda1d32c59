"""A rehearsal comes out the same every time, and shows what the version does."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable

import pytest

from goqueue.lab import load
from goqueue.lab.rehearsal import rehearse, rehearse_retries
from goqueue.lab.views import Attempt, Span

RUNS = 10
WORKERS = 4


def _lane(lane: str, *orders: tuple[int, float, float]) -> list[Span]:
    return [Span(lane, start, end, f"order {order}") for order, start, end in orders]


# Orders 5 and 6 go to whoever is free first. 1 and 3 end together: the virtual clock always wakes the same one first.
SECONDS = (0.2, 0.1, 0.2, 0.4, 0.3, 0.3)
EXPECTED = (
    *_lane("worker-1", (1, 0, 0.2)),
    *_lane("worker-2", (2, 0, 0.1), (5, 0.1, 0.4)),
    *_lane("worker-3", (3, 0, 0.2), (6, 0.2, 0.5)),
    *_lane("worker-4", (4, 0, 0.4)),
)
REFUSALS = {1: 0, 2: 1, 3: 5}


@pytest.mark.parametrize("step", [12, 13])
def test_a_rehearsal_is_the_same_every_time_and_leaves_no_thread(step: int) -> None:
    before = set(threading.enumerate())
    assert {rehearse(load(step), SECONDS, WORKERS) for _ in range(RUNS)} == {EXPECTED}
    assert set(threading.enumerate()) <= before


ONE_LANE = _lane("caller", (1, 0, 0.1), (2, 0.1, 0.4))
TWO_LANES = [*_lane("worker-1", (1, 0, 0.1)), *_lane("worker-2", (2, 0, 0.3))]


@pytest.mark.parametrize(("step", "lanes"), [*((step, ONE_LANE) for step in (8, 9, 10, 11)), (12, TWO_LANES)])
def test_each_busy_worker_has_a_lane_and_a_version_without_workers_has_one(step: int, lanes: list[Span]) -> None:
    assert list(rehearse(load(step), (0.1, 0.3), workers=4)) == lanes


def test_a_version_with_fewer_workers_than_it_was_told_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    version = load(12)
    monkeypatch.setattr(version.queue, "Pool", lambda workers, *rest: version.pool.Pool(1, *rest))
    assert rehearse(version, (0.1, 0.3), workers=4) == (*_lane("worker-1", (1, 0, 0.1), (2, 0.1, 0.4)),)


def test_a_time_that_cannot_be_slept_is_refused() -> None:
    with pytest.raises(ValueError, match="seconds holds -0.2: a delivery must last 0 seconds or more"):
        rehearse(load(12), (0.1, -0.2), workers=2)


def test_no_delivery_is_too_long_and_none_is_no_trouble() -> None:
    assert rehearse(load(12), [9000.0, 9000.0], workers=1)[-1].end == 18000.0
    assert rehearse(load(12), []) == ()


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


def test_hours_of_retries_are_run_to_their_end() -> None:
    attempts = rehearse_retries(load(13), {1: 999}, max_retry=300)
    assert (len(attempts), attempts[-1].outcome) == (300, "failed")
    assert attempts[-1].start > 3600
