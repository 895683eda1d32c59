"""The keeper dozes while a job is parked: it wakes when that job is due, and not at its next tour, a day later."""

import functools
import math
import time

import pytest

from goqueue import Context, Queue
from goqueue.job import Outcome, Status
from goqueue.keeper import Keeper
from goqueue.worker import Worker

from .parts import DAY, bench
from .proving import counterexample, on_time, proof, together


class LooksFirst(Keeper):
    """Looks at what is due, and then says when it will wake."""

    def _doze(self, tend_at: float) -> None:
        pool = self._pool
        with pool.lock:
            due = pool.storage.next_due()
            seconds = min(tend_at - time.monotonic(), math.inf if due is None else due)
            self._wakes = time.monotonic() + seconds
            if seconds > 0.0:
                self._alarm.wait(seconds)


def dozes(queue: Queue, desk: Worker, kind: type[Keeper]) -> None:
    """Doze until a job is due, as Keeper.run does for a worker that sleeps."""
    keeper = queue.pool.keeper
    keeper.__class__ = kind
    queue.pool.idle.append(desk)
    while not queue.storage.settle_and_claim((), 1, ()):
        keeper._doze(DAY)


def parks(kind: type[Keeper] = Keeper, jobs: int = 1) -> None:
    """Jobs are submitted with a delay of a second each, while the keeper begins to doze."""
    queue, (desk,) = bench(Worker)
    shops = {f"shop-{n}": lambda: queue.submit_job(Context(), "webhook", delay=1.0) for n in range(jobs)}
    together(keeper=lambda: dozes(queue, desk, kind), **shops)
    on_time(1.0)


@pytest.mark.parametrize("jobs", [1, 2])
@proof
def test_no_alarm_is_missed(jobs: int) -> None:
    """One keeper, and producers of a delayed job each."""
    parks(jobs=jobs)


@counterexample("failed assertion")
def test_a_keeper_that_looks_before_it_says_when_it_wakes_is_found() -> None:
    """The proof can fail: the job may be parked before it says so."""
    parks(kind=LooksFirst)


@proof
def test_a_retry_is_run_when_it_is_due() -> None:
    """A worker settles an attempt that failed, with a wait of a second, while the keeper begins to doze."""
    queue, (desk,) = bench(Worker)
    queue.submit_job(Context(), "webhook", max_retry=2)
    (record,) = queue.storage.settle_and_claim((), 1, ())
    retry = Outcome(Status.PENDING, error="503", delay=1.0)
    together(keeper=lambda: dozes(queue, desk, Keeper), worker=lambda: queue.pool.turn([(record, retry)], 0))
    on_time(1.0)
    assert record.attempts == 2, record.attempts


@proof
def test_an_earlier_alarm_comes_first() -> None:
    """The keeper dozes for a job that is due in a minute, while one is parked for a second."""
    queue, (desk,) = bench(Worker)
    queue.submit_job(Context(), "webhook", delay=60.0)
    shop = functools.partial(queue.submit_job, Context(), "webhook", delay=1.0)
    together(keeper=lambda: dozes(queue, desk, Keeper), shop=shop)
    on_time(1.0)
