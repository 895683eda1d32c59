"""A full buffer: producers that wait for room, a worker that makes it, contexts that end, and a stop.

A producer without a deadline that misses its wake-up sleeps for 292 years, so each model looks at the clock.
"""

import contextlib
import time
from collections.abc import Callable
from typing import Any

import pytest

from goqueue import Context, Queue
from goqueue.context import ContextDone
from goqueue.errors import QueueStopped
from goqueue.job import Job, Record
from goqueue.running.pool import Pool
from goqueue.running.worker import Worker
from goqueue.wake_up import WakeUp

from .parts import bench
from .proving import counterexample, on_time, proof, search, together


def full(kind: type[Worker] = Worker) -> tuple[Queue, Worker]:
    """Return a queue with room for one job, which is there, and a worker."""
    queue, (worker,) = bench(kind, buffer_size=1)
    queue.submit_job(Context(), "webhook")
    return queue, worker


def submits(queue: Queue, ctx: Context, log: list[str]) -> Callable[[], None]:
    """Return the body of a producer that writes down how its submission went."""

    def producer() -> None:
        try:
            queue.submit_job(ctx, "webhook")
            log.append("kept")
        except (ContextDone, QueueStopped) as err:
            log.append(type(err).__name__)

    return producer


def produces(queue: Queue, *expected: str, ctx: Context | None = None, **others: Callable[[], object]) -> str:
    """Submit a job into a full buffer, while others do something. It goes as expected, and not late."""
    log: list[str] = []
    together(producer=submits(queue, ctx or Context(), log), **others)
    assert log in [[each] for each in expected], log
    on_time()
    return log[0]


def one_producer(kind: type[Pool] = Pool) -> None:
    """A producer waits for room, while a worker makes it."""
    queue, worker = full()
    queue.pool.__class__ = kind
    produces(queue, "kept", worker=lambda: worker._next())
    assert queue.storage.backlog() == 1


@proof
def test_a_producer_sees_the_room_or_is_seen() -> None:
    """One producer, one worker."""
    one_producer()


class LooksFirst(Pool):
    """A producer looks for room, and counts itself then."""

    def wait_for_room(self, ctx: Context, full: Callable[[], bool]) -> None:
        is_full, sleeper = full(), WakeUp()
        self.floor.enter_producer(sleeper)
        if is_full:
            sleeper.sleep()
        self.floor.leave_producer(sleeper)


@counterexample("deadlock", "lost wake-up")
def test_a_producer_that_looks_before_it_is_counted_is_found() -> None:
    """The proof can fail: the room may come between the look and the count."""
    one_producer(LooksFirst)


@pytest.mark.parametrize("room", [False, True], ids=["nobody makes room", "a worker makes room"])
@proof
def test_a_producer_whose_context_ends_gives_up_or_is_kept(room: bool) -> None:
    """One producer, the end of its context, and maybe a worker. The producer is kept only if there was room."""
    queue, worker = full()
    ctx, outcomes = Context(), ["Cancelled", "kept"][: 1 + room]
    went = produces(queue, *outcomes, ctx=ctx, worker=lambda: room and worker._next(), owner=ctx.cancel)
    assert queue.storage.backlog() == (went == "kept") + (not room), went
    assert queue.pool.floor.producers == []


@proof
def test_a_producer_hears_of_the_stop() -> None:
    """One producer, and a stop: QueueStopped, and nothing is kept."""
    queue, _ = full()

    produces(queue, "QueueStopped", stop=queue.pool.floor.stop)
    assert queue.storage.backlog() == 1


@proof
def test_a_producer_whose_deadline_comes_gives_up_then() -> None:
    """One producer that waits for a second at most, and somebody who ends its context in the same instant."""
    queue, _ = full()
    ctx, log = Context(), list[str]()

    def late() -> None:
        time.sleep(1.0)
        ctx.cancel()

    together(producer=submits(queue, ctx.with_timeout(1.0), log), owner=late)
    assert log in (["DeadlineExceeded"], ["Cancelled"]), log
    assert queue.storage.backlog() == 1
    on_time(1.0)


class LooksInside(Pool):
    """Looks at the producer's context under the lock that its end takes too."""

    def wait_for_room(self, ctx: Context, full: Callable[[], bool]) -> None:
        sleeper, floor = WakeUp(), self.floor
        stop_listening = ctx.after_done(lambda: floor.leave_producer(sleeper))
        while full():
            with floor.lock:
                if ctx.done:
                    break
                floor.producers.append(sleeper)
            sleeper.sleep(ctx.remaining())
        stop_listening()


@counterexample("deadlock")
def test_a_look_at_the_context_under_the_lock_is_found() -> None:
    """The proof can fail: who notices that the time of a context has come calls its listeners, which take the lock."""
    queue, _ = full()
    queue.pool.__class__ = LooksInside
    submits(queue, Context().with_timeout(1.0), [])()


@search
def test_two_producers_and_a_worker_that_takes_two() -> None:
    """Two producers, one worker that takes two jobs: both get room."""
    queue, worker = full()
    log: list[str] = []

    def work() -> None:
        for _ in range(2):
            assert worker._next() is not None

    produces(queue, "kept", other=submits(queue, Context(), log), worker=work)
    assert log == ["kept"]


def freeing(ends: Callable[[Queue, Context, Job], object], kind: type[Worker] = Worker) -> None:
    """A producer waits for room, while the job in its way is ended, or taken by a worker."""
    queue, worker = full(kind)
    (job,) = queue.list_jobs(Context())

    def owner() -> None:
        with contextlib.suppress(ValueError):  # it runs, so it cannot be deleted
            ends(queue, Context(), job)

    produces(queue, "kept", worker=lambda: worker._next(), owner=owner)


@pytest.mark.parametrize("ends", [Queue.cancel, Queue.delete])
@proof
def test_a_job_that_is_cancelled_or_deleted_makes_room(ends: Any) -> None:
    """One producer, one worker, and somebody who ends the only job that is due."""
    freeing(ends)


class SleepsAtOnce(Worker):
    """Goes to sleep and does not tell producers that the jobs it found were cancelled."""

    def _sleep(self) -> list[Record]:
        while True:
            self._floor.enter(self.wake_up)
            claimed = self._look()
            if claimed:
                self._floor.leave(self.wake_up)
                return claimed
            self.wake_up.sleep()


@counterexample("deadlock", "lost wake-up")
def test_a_worker_that_drops_cancelled_jobs_and_tells_nobody_is_found() -> None:
    """The proof can fail: the job is cancelled in the storage alone, so only the worker could tell the producer."""
    freeing(lambda queue, ctx, job: queue.storage.cancel(job._record.key), SleepsAtOnce)
