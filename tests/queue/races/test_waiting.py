"""Waiting for the end of a job: no order of the waiter and the worker misses the wake-up.

A wait here may take an hour, and the worker is done at once: who misses the wake-up comes an hour late.
"""

import time
from collections.abc import Callable

from goqueue import Context, Queue
from goqueue.job import DONE, Record
from goqueue.storage import MemoryStorage
from goqueue.waiting import Waiting

from .proving import HOUR, found, proved, together


def running(storage: MemoryStorage) -> Record:
    """Return a job that runs."""
    storage.add([Record("webhook", None)])
    (record,) = storage.turn((), 1)
    return record


def settles(storage: MemoryStorage, waiting: Waiting, record: Record) -> None:
    """End a job, as a worker does."""
    storage.turn([(record, DONE)], 0)
    if waiting.by_key:
        waiting.ended(record.key)


def waits(storage: MemoryStorage, waiting: Waiting, *keys: int) -> None:
    """Wait for all of them, as a caller does."""
    waiter = waiting.waiter(Context(), list(keys))
    waiting.add(waiter)
    while not all((job := storage.get(key)) is not None and job.final for key in keys):
        waiter.sleep(HOUR)
    waiting.remove(waiter)


def looks_first(storage: MemoryStorage, waiting: Waiting, key: int) -> None:
    """Wait, in the wrong order: look at the storage, and register then."""
    job = storage.get(key)
    waiter = waiting.waiter(Context(), [key])
    waiting.add(waiter)
    while job is not None and not job.final:
        waiter.sleep(HOUR)
        job = storage.get(key)


def tells_first(storage: MemoryStorage, waiting: Waiting, record: Record) -> None:
    """End a job, in the wrong order: wake those who wait, and settle then."""
    if waiting.by_key:
        waiting.ended(record.key)
    storage.turn([(record, DONE)], 0)


def one_job(
    wait: Callable[[MemoryStorage, Waiting, int], None] = waits,
    settle: Callable[[MemoryStorage, Waiting, Record], None] = settles,
) -> Callable[[], None]:
    """Return a model: one waits for a job while a worker ends it."""

    def model() -> None:
        storage, waiting = MemoryStorage(), Waiting()
        record = running(storage)
        together(
            waiter=lambda: wait(storage, waiting, record.key),
            worker=lambda: settle(storage, waiting, record),
        )
        assert time.monotonic() == 0.0, f"{time.monotonic():g} s"

    return model


def test_no_wake_up_is_missed() -> None:
    """One waiter, one worker, one job. 16 schedules."""
    proved(one_job())


def test_a_look_before_the_waiter_is_entered_is_found() -> None:
    """The proof can fail: the job may end between the look and the registration."""
    assert found(one_job(wait=looks_first)) == "failed assertion"


def test_a_wake_up_before_the_job_has_ended_is_found() -> None:
    """The proof can fail: the waiter wakes, sees a job that runs, and sleeps on."""
    assert found(one_job(settle=tells_first)) == "failed assertion"


def test_two_wait_for_one_job() -> None:
    """Two waiters, one worker, one job: both are woken, and nothing is left behind. 332 schedules."""

    def model() -> None:
        storage, waiting = MemoryStorage(), Waiting()
        record = running(storage)
        together(
            first=lambda: waits(storage, waiting, record.key),
            second=lambda: waits(storage, waiting, record.key),
            worker=lambda: settles(storage, waiting, record),
        )
        assert time.monotonic() == 0.0, f"{time.monotonic():g} s"
        assert waiting.by_key == {}, waiting.by_key

    proved(model)


def test_one_waits_for_two_jobs_of_two_workers() -> None:
    """One waiter, two workers, a job each: it wakes until both have ended. 426 schedules."""

    def model() -> None:
        storage, waiting = MemoryStorage(), Waiting()
        records = [running(storage), running(storage)]
        together(
            waiter=lambda: waits(storage, waiting, *(record.key for record in records)),
            worker_1=lambda: settles(storage, waiting, records[0]),
            worker_2=lambda: settles(storage, waiting, records[1]),
        )
        assert time.monotonic() == 0.0, f"{time.monotonic():g} s"

    proved(model)


def test_a_wake_up_is_kept_until_the_next_sleep() -> None:
    """Two wake a waiter that sleeps, or is about to: it wakes at once, and a second time only for a new wake-up.

    9 schedules.
    """

    def model() -> None:
        waiter = Waiting().waiter(Context(), [1])
        together(sleeper=lambda: waiter.sleep(HOUR), first=waiter.wake, second=waiter.wake)
        assert time.monotonic() == 0.0, f"{time.monotonic():g} s"
        waiter.wake()
        waiter.sleep(HOUR)
        assert time.monotonic() == 0.0, f"{time.monotonic():g} s"

    proved(model)


def ends_by(how: Callable[[Queue, str], object]) -> Callable[[], None]:
    """Return a model: a caller waits for a pending job of a queue without threads, while it ends otherwise."""

    def model() -> None:
        queue = Queue()
        job = queue.submit_job(Context(), "webhook")
        missing = []

        def caller() -> None:
            try:
                queue.wait_many(Context().with_timeout(HOUR), [job.id])
            except LookupError as err:
                missing.append(err)

        together(caller=caller, other=lambda: how(queue, job.id))
        assert time.monotonic() == 0.0, f"{time.monotonic():g} s"

    return model


def test_a_cancelled_job_wakes_who_waits_for_it() -> None:
    """wait_many against queue.cancel of a pending job. 10 schedules."""
    proved(ends_by(lambda queue, job_id: queue.cancel(Context(), job_id)))


def test_a_deleted_job_wakes_who_waits_for_it() -> None:
    """wait_many against queue.delete of a pending job: JobNotFound, at once. 10 schedules."""
    proved(ends_by(lambda queue, job_id: queue.delete(Context(), job_id)))


def test_the_end_of_a_context_wakes_who_waits_in_it() -> None:
    """wait_many against the cancelling of the context it waits in. 40 schedules."""

    def model() -> None:
        queue, ctx = Queue(), Context()
        job = queue.submit_job(Context(), "webhook")
        given_up = []

        def caller() -> None:
            try:
                queue.wait_many(ctx.with_timeout(HOUR), [job.id])
            except Exception as err:
                given_up.append(type(err).__name__)

        together(caller=caller, other=ctx.cancel)
        assert (given_up, time.monotonic()) == (["Cancelled"], 0.0), (given_up, time.monotonic())

    proved(model)
