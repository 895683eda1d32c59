"""Maintenance dozes while a job is parked: it wakes when that job is due, and not at its next tour, a day later."""

import functools
import math
import time

import pytest

from goqueue import Context, Queue
from goqueue.job import Outcome, Status
from goqueue.running.maintenance import Maintenance
from goqueue.running.worker import Worker

from .parts import DAY, bench
from .proving import counterexample, on_time, proof, together


class LooksFirst(Maintenance):
    """Looks at what is due, and then says when it will wake."""

    def _doze(self) -> None:
        due = self._dispatch.storage.next_due()
        seconds = min(self._maintain_at - time.monotonic(), math.inf if due is None else due)
        self._floor.wakes_at = time.monotonic() + seconds
        if seconds > 0.0:
            self._floor.alarm.sleep(seconds)


def dozes(queue: Queue, worker: Worker, kind: type[Maintenance]) -> None:
    """Doze until a job is due, as Maintenance.run does for a worker that sleeps."""
    maintenance = queue.pool.maintenance
    maintenance.__class__, maintenance._maintain_at = kind, DAY
    queue.pool.floor.idle.append(worker.wake_up)
    while not queue.storage.settle_and_claim((), 1, ()):
        maintenance._doze()


def parks(kind: type[Maintenance] = Maintenance, jobs: int = 1) -> None:
    """Jobs are submitted with a delay of a second each, while maintenance begins to doze."""
    queue, (worker,) = bench(Worker)
    shops = {f"shop-{n}": lambda: queue.submit_job(Context(), "webhook", delay=1.0) for n in range(jobs)}
    together(maintenance=lambda: dozes(queue, worker, kind), **shops)
    on_time(1.0)


@pytest.mark.parametrize("jobs", [1, 2])
@proof
def test_no_alarm_is_missed(jobs: int) -> None:
    """Maintenance, and producers of a delayed job each."""
    parks(jobs=jobs)


@counterexample("failed assertion")
def test_maintenance_that_looks_before_it_says_when_it_wakes_is_found() -> None:
    """The proof can fail: the job may be parked before it says so."""
    parks(kind=LooksFirst)


@proof
def test_a_retry_is_run_when_it_is_due() -> None:
    """A worker settles an attempt that failed, with a wait of a second, while maintenance begins to doze."""
    queue, (worker,) = bench(Worker)
    queue.submit_job(Context(), "webhook", max_retry=2)
    (record,) = queue.storage.settle_and_claim((), 1, ())
    retry = Outcome(Status.PENDING, error="503", delay=1.0)
    together(
        maintenance=lambda: dozes(queue, worker, Maintenance),
        worker=lambda: queue.pool.dispatch.settle_and_claim([(record, retry)], 0),
    )
    on_time(1.0)
    assert record.attempts == 2, record.attempts


@proof
def test_an_earlier_alarm_comes_first() -> None:
    """Maintenance dozes for a job that is due in a minute, while one is parked for a second."""
    queue, (worker,) = bench(Worker)
    queue.submit_job(Context(), "webhook", delay=60.0)
    shop = functools.partial(queue.submit_job, Context(), "webhook", delay=1.0)
    together(maintenance=lambda: dozes(queue, worker, Maintenance), shop=shop)
    on_time(1.0)
