"""A job is cancelled while a worker claims it, runs it and settles it.

The handler listens for an hour. A canceller marks the job first and then looks which worker runs it. The worker first
notes what it runs and then looks for the mark. So a job that runs is told at once, in every order.
"""

import functools
from collections.abc import Callable
from typing import Any

import pytest

from goqueue import Context, Queue
from goqueue.job import Job, Outcome, Record, Status
from goqueue.job_context import JobContext
from goqueue.running.attempt import run_attempt
from goqueue.running.worker import Worker

from .parts import bench
from .proving import HOUR, counterexample, on_time, proof, search, together


def listens(ctx: Context, payload: Any) -> None:
    """Wait for the end of the context, an hour at most."""
    ctx.wait(HOUR)
    ctx.raise_if_done()


def at_once(ctx: Context, payload: Any) -> None:
    """Return, without a look at the context."""


class ReadsFirst(Worker):
    """Looks whether the job was cancelled, and then notes what it runs."""

    def _attempt(self, record: Record) -> Outcome:
        registration = self._attempts.registry.find(record.type)
        assert registration is not None
        ctx = JobContext.of_attempt(self._attempts.parent, record, 0, None, {})
        if record.cancelling:
            ctx.cancel("cancelled")
        self.now = (record, ctx)
        outcome = run_attempt(self._floor, ctx, record, registration)
        self.now = None
        return outcome


def looks_first(queue: Queue, job: Job) -> None:
    """Cancel in the wrong order: tell the worker, and then mark the job."""
    queue.pool.crew.cancel(job._record.key)
    queue.storage.cancel(job._record.key)


def properly(queue: Queue, job: Job) -> None:
    """Cancel as a caller does. What is returned is cancelled before it ran, running, or completed."""
    told = queue.cancel(Context(), job.id)
    if told.status is Status.CANCELLED:
        assert queue.storage.get(told._record.key) == told


def works(queue: Queue, worker: Worker, turns: int = 1) -> Callable[[], None]:
    """Return the body of a worker that takes so many turns. A job that failed is due again at once."""

    def work() -> None:
        for _ in range(turns):
            for record in queue.pool.dispatch.settle_and_claim((), 1) or ():
                outcome = worker._attempt(record)
                outcome.delay = 0.0
                queue.pool.dispatch.settle_and_claim([(record, outcome)], 0)

    return work


def one_attempt(handler: Any = listens, kind: type[Worker] = Worker, cancel: Any = properly) -> None:
    """A worker claims a job, runs and settles it, while somebody cancels the job."""
    queue, (worker,) = bench(kind)
    ended: list[bool] = []

    def runs(ctx: Context, payload: Any) -> None:
        try:
            handler(ctx, payload)
        finally:
            ended.append(queue.get_job(Context(), job.id).status is Status.RUNNING)

    queue.register_handler("webhook", runs)
    job = queue.submit_job(Context(), "webhook")
    together(worker=works(queue, worker), canceller=lambda: cancel(queue, job))
    now = queue.get_job(Context(), job.id)
    on_time()
    assert all(ended), "it was cancelled while it still ran"
    expected = (Status.CANCELLED, Status.COMPLETED) if handler is at_once else (Status.CANCELLED,)
    assert now.status in expected, now
    assert bool(ended) == (now.attempts == 1), now


@pytest.mark.parametrize("handler", [listens, at_once])
@proof
def test_a_job_that_runs_is_told_at_once(handler: Any) -> None:
    """One worker, one job whose handler listens, or returns at once, one canceller."""
    one_attempt(handler)


@pytest.mark.parametrize("wrong", [{"kind": ReadsFirst}, {"cancel": looks_first}])
@counterexample("failed assertion")
def test_a_look_in_the_wrong_order_is_found(wrong: dict[str, Any]) -> None:
    """The proof can fail: the mark may come before the worker's note, or the worker begin before the mark."""
    one_attempt(**wrong)


@search
def test_two_cancel_one_job() -> None:
    """One worker, one job whose handler listens, two cancellers."""
    queue, (worker,) = bench(Worker)
    queue.register_handler("webhook", listens)
    job = queue.submit_job(Context(), "webhook")
    canceller = functools.partial(properly, queue, job)
    together(worker=works(queue, worker), first=canceller, second=canceller)
    assert queue.get_job(Context(), job.id).status is Status.CANCELLED
    on_time()


@proof
def test_a_retry_is_not_begun_after_a_cancel() -> None:
    """One worker with two attempts at a job that fails, one canceller: cancelled, or failed after both."""
    queue, (worker,) = bench(Worker)
    attempts: list[int] = []

    def fails(ctx: Context, payload: Any) -> None:
        attempts.append(1)
        raise ConnectionError("503")

    queue.register_handler("webhook", fails)
    job = queue.submit_job(Context(), "webhook", max_retry=2)
    together(worker=works(queue, worker, turns=2), canceller=lambda: properly(queue, job))
    now = queue.get_job(Context(), job.id)
    assert now.status is Status.CANCELLED or (now.status is Status.FAILED and now.attempts == 2), now
    assert now.attempts == len(attempts), now
