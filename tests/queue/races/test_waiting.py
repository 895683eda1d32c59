"""Waiting for the end of a job: no order of the waiter and the worker misses the wake-up.

A wait here may take an hour, and the worker is done at once: a waiter that misses the wake-up comes an hour late.
"""

from collections.abc import Callable

import pytest

from goqueue import Cancelled, Context, JobNotFound, Queue
from goqueue.job import DONE, Record
from goqueue.running.waiting import Waiter, Waiting
from goqueue.storage import MemoryStorage

from .proving import HOUR, counterexample, on_time, proof, together


class Shop:
    """A storage with jobs that run, and those who wait for them."""

    def __init__(self, jobs: int = 1) -> None:
        self.storage, self.waiting = MemoryStorage(), Waiting()
        self.storage.add([Record("webhook", None) for _ in range(jobs)])
        self.records = self.storage.settle_and_claim((), jobs)

    def settles(self, number: int = 0) -> None:
        """End a job, as a worker does."""
        self.storage.settle_and_claim([(self.records[number], DONE)], 0)
        if self.waiting.by_key:
            self.waiting.ended(self.records[number].key, self.storage.get(self.records[number].key))

    def waits(self) -> None:
        """Wait for all of them, as a caller does."""
        keys = [record.key for record in self.records]
        waiter = Waiter(keys)
        self.waiting.add(waiter)
        while not all((job := self.storage.get(key)) is not None and job.final for key in keys):
            waiter.sleep(HOUR)
        self.waiting.remove(waiter)


class LooksFirst(Shop):
    """Waits in the wrong order: looks at the storage, and registers then."""

    def waits(self) -> None:
        key = self.records[0].key
        job = self.storage.get(key)
        waiter = Waiter([key])
        self.waiting.add(waiter)
        while job is not None and not job.final:
            waiter.sleep(HOUR)
            job = self.storage.get(key)


class TellsFirst(Shop):
    """Ends a job in the wrong order: wakes those who wait, and settles then."""

    def settles(self, number: int = 0) -> None:
        if self.waiting.by_key:
            self.waiting.ended(self.records[number].key)
        self.storage.settle_and_claim([(self.records[number], DONE)], 0)


def one_job(kind: type[Shop] = Shop) -> None:
    """One waits for a job while a worker ends it."""
    shop = kind()
    together(waiter=shop.waits, worker=shop.settles)
    on_time()


@proof
def test_no_wake_up_is_missed() -> None:
    """One waiter, one worker, one job."""
    one_job()


@pytest.mark.parametrize("kind", [LooksFirst, TellsFirst])
@counterexample("failed assertion")
def test_a_wrong_order_is_found(kind: type[Shop]) -> None:
    """The proof can fail: the job may end between look and registration, or the waiter sees it run, and sleeps on."""
    one_job(kind)


@proof
def test_two_wait_for_one_job() -> None:
    """Two waiters, one worker, one job: both are woken, and nothing is left behind."""
    shop = Shop()
    together(first=shop.waits, second=shop.waits, worker=shop.settles)
    on_time()
    assert shop.waiting.by_key == {}, shop.waiting.by_key


@proof
def test_one_waits_for_two_jobs_of_two_workers() -> None:
    """One waiter, two workers, a job each: it wakes until both have ended."""
    shop = Shop(jobs=2)
    together(waiter=shop.waits, worker_1=lambda: shop.settles(0), worker_2=lambda: shop.settles(1))
    on_time()


@proof
def test_a_wake_up_is_kept_until_the_next_sleep() -> None:
    """Two wake a waiter that sleeps, or is about to: it wakes at once, and a second time only for a new wake-up."""
    waiter = Waiter([1])
    together(sleeper=lambda: waiter.sleep(HOUR), first=waiter.wake, second=waiter.wake)
    on_time()
    waiter.wake()
    waiter.sleep(HOUR)
    on_time()


ENDS: dict[str, Callable[[Queue, Context, str], object]] = {
    "cancelled": lambda queue, ctx, job_id: queue.cancel(Context(), job_id),
    "JobForgotten": lambda queue, ctx, job_id: queue.delete(Context(), job_id),
    "Cancelled": lambda queue, ctx, job_id: ctx.cancel(),
}


@pytest.mark.parametrize("expected", ENDS)
@proof
def test_a_job_cancelled_or_deleted_and_the_end_of_a_context_wake_who_waits(expected: str) -> None:
    """wait_many for a pending job, against cancel and delete of the job, and the cancelling of the caller's context."""
    queue, ctx = Queue(), Context()
    job = queue.submit_job(Context(), "webhook")
    heard: list[str] = []

    def caller() -> None:
        try:
            heard.extend(str(ended.status) for ended in queue.wait_many(ctx.with_timeout(HOUR), [job.id]))
        except (JobNotFound, Cancelled) as err:
            heard.append(type(err).__name__)

    together(caller=caller, other=lambda: ENDS[expected](queue, ctx, job.id))
    assert heard == [expected], heard
    on_time()
