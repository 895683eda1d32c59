"""A job is cancelled while a worker claims it, runs it and settles it.

The handler listens for an hour. Who cancels marks the job first, and looks then who runs it; the worker says what it
runs first, and looks for the mark then. So a job that runs is told at once, in every order.
"""

import time
from typing import Any

from goqueue import Context, Queue
from goqueue.job import Job, Outcome, Record, Status
from goqueue.job_context import JobContext
from goqueue.processor import run_attempt
from goqueue.worker import Worker

from .parts import bench
from .proving import HOUR, Model, found, proved, together, tried


def listens(ctx: Context, payload: Any) -> None:
    """Wait for the end of the context, an hour at most."""
    ctx.wait(HOUR)
    ctx.raise_if_done()


def at_once(ctx: Context, payload: Any) -> None:
    """Return, without a look at the context."""


class ReadsFirst(Worker):
    """Looks whether the job was cancelled, and says what it runs then."""

    def _attempt(self, record: Record) -> Outcome:
        registration = self._pool.registry.find(record.type)
        assert registration is not None
        ctx = JobContext.of_attempt(self._pool.running, record, 0, None, {})
        if record.cancelling:
            ctx.cancel("cancelled")
        self.now = (record, ctx)
        outcome = run_attempt(ctx, record, registration)
        self.now = None
        return outcome


def looks_first(queue: Queue, job: Job) -> None:
    """Cancel in the wrong order: tell who runs it, and mark the job then."""
    queue.pool.cancel(job._record.key)
    queue.storage.cancel(job._record.key)


def properly(queue: Queue, job: Job) -> None:
    """Cancel as a caller does. What is returned is cancelled before it ran, running, or completed."""
    told = queue.cancel(Context(), job.id)
    if told.status is Status.CANCELLED:
        assert queue.storage.get(told._record.key) == told


def one_attempt(handler: Any, desk: type[Worker] = Worker, cancel: Any = properly) -> Model:
    """Return a model: a worker claims a job, runs and settles it, while somebody cancels the job."""

    def model() -> None:
        queue, (worker,) = bench(desk)
        ended: list[bool] = []

        def runs(ctx: Context, payload: Any) -> None:
            try:
                handler(ctx, payload)
            finally:
                ended.append(queue.get_job(Context(), job.id).status is Status.RUNNING)

        queue.register_handler("webhook", runs)
        job = queue.submit_job(Context(), "webhook")

        def work() -> None:
            for record in queue.pool.turn((), 1):
                queue.pool.turn([(record, worker._attempt(record))], 0)

        together(worker=work, canceller=lambda: cancel(queue, job))
        now = queue.get_job(Context(), job.id)
        assert time.monotonic() == 0.0, f"told {time.monotonic():g} s late"
        assert all(ended), "it was cancelled while it still ran"
        expected = (Status.CANCELLED, Status.COMPLETED) if handler is at_once else (Status.CANCELLED,)
        assert now.status in expected, now
        assert bool(ended) == (now.attempts == 1), now

    return model


def test_a_job_that_runs_is_told_at_once() -> None:
    """One worker, one job whose handler listens, one canceller. 45 schedules."""
    proved(one_attempt(listens))


def test_a_job_that_does_not_listen_completes_or_never_ran() -> None:
    """One worker, one job whose handler returns at once, one canceller. 32 schedules."""
    proved(one_attempt(at_once))


def test_a_worker_that_looks_before_it_says_what_it_runs_is_found() -> None:
    """The proof can fail: the mark may come between the look and the word."""
    assert found(one_attempt(listens, desk=ReadsFirst)) == "failed assertion"


def test_a_canceller_that_looks_before_it_marks_is_found() -> None:
    """The proof can fail: the worker may begin between the look and the mark."""
    assert found(one_attempt(listens, cancel=looks_first)) == "failed assertion"


def test_two_cancel_one_job() -> None:
    """One worker, one job whose handler listens, two cancellers. 200 schedules of more."""

    def model() -> None:
        queue, (worker,) = bench(Worker)
        queue.register_handler("webhook", listens)
        job = queue.submit_job(Context(), "webhook")

        def work() -> None:
            for record in queue.pool.turn((), 1):
                queue.pool.turn([(record, worker._attempt(record))], 0)

        together(worker=work, first=lambda: properly(queue, job), second=lambda: properly(queue, job))
        assert queue.get_job(Context(), job.id).status is Status.CANCELLED
        assert time.monotonic() == 0.0, f"told {time.monotonic():g} s late"

    tried(model, 200)


def test_a_retry_is_not_begun_after_a_cancel() -> None:
    """One worker with two attempts at a job that fails, one canceller: cancelled, or failed after both.

    53 schedules.
    """

    def model() -> None:
        queue, (worker,) = bench(Worker)
        attempts: list[int] = []

        def fails(ctx: Context, payload: Any) -> None:
            attempts.append(1)
            raise ConnectionError("503")

        queue.register_handler("webhook", fails)
        job = queue.submit_job(Context(), "webhook", max_retry=2)

        def work() -> None:
            for _ in range(2):
                for record in queue.pool.turn((), 1):
                    outcome = worker._attempt(record)
                    outcome.delay = 0.0
                    queue.pool.turn([(record, outcome)], 0)

        together(worker=work, canceller=lambda: properly(queue, job))
        now = queue.get_job(Context(), job.id)
        assert now.status is Status.CANCELLED or (now.status is Status.FAILED and now.attempts == 2), now
        assert now.attempts == len(attempts), now

    proved(model)
