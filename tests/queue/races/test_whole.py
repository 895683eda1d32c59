"""A whole queue of one worker: a job on its way from submit to its end, with whoever may meet it there."""

import time
from collections.abc import Callable
from typing import Any

from goqueue import Context, Queue
from goqueue.job import Job, Status
from goqueue.retry import Retry

from .parts import maintained, whole, workers_only
from .proving import HOUR, on_time, proof, search, together
from .test_cancelling import listens


@proof
def test_a_submitted_job_is_run_and_waited_for() -> None:
    """Submit, run, wait: one worker, one job, one caller."""
    queue = workers_only(whole())
    job = queue.submit_job(Context(), "webhook")
    (ended,) = queue.wait_many(Context().with_timeout(HOUR), [job.id])
    assert ended.status is Status.COMPLETED, ended
    on_time()


@search
def test_a_job_is_cancelled_on_its_way() -> None:
    """Submit, run, cancel, wait: one worker, one job that listens, one canceller who waits."""
    queue = workers_only(whole(listens))
    job = queue.submit_job(Context(), "webhook")
    queue.cancel(Context(), job.id)
    (ended,) = queue.wait_many(Context().with_timeout(HOUR), [job.id])
    assert ended.status is Status.CANCELLED, ended
    on_time()


def interrupted(other: Callable[[Queue, Job], object], *ends: Status) -> None:
    """A queue is stopped without grace, its one job listens, and somebody does another thing."""
    queue = workers_only(whole(listens))
    job = queue.submit_job(Context(), "webhook")
    reports = []
    together(owner=lambda: reports.append(queue.stop(grace=0.0)), other=lambda: other(queue, job))
    now = queue.get_job(Context(), job.id)
    assert now.status in ends, now
    assert now.status is not Status.PENDING or now.attempts == 0, "an attempt that a stop cut short was counted"
    assert reports[0].handed_back in ((), (job.id,)), reports
    assert reports[0].still_running == (), reports
    on_time()


@proof
def test_a_job_that_is_cut_short_is_pending() -> None:
    """Submit, run, stop: one worker, one job that listens, a stop without grace, and somebody who looks."""
    interrupted(lambda queue, job: queue.get_job(Context(), job.id), Status.PENDING)


@proof
def test_a_retry_waits_in_the_storage_while_its_queue_stops() -> None:
    """Submit, run, fail, stop: one worker, one job with two attempts, one stop."""
    attempts: list[int] = []

    def fails(ctx: Context, payload: Any) -> None:
        attempts.append(1)
        raise ConnectionError("503")

    queue = workers_only(whole(fails, retry=Retry(2, base=1.0, jitter=False)))
    job = queue.submit_job(Context(), "webhook")
    queue.stop()
    now = queue.get_job(Context(), job.id)
    assert (now.status, now.attempts) == (Status.PENDING, len(attempts)), (now, attempts)
    on_time()


@search
def test_a_job_is_cancelled_while_its_queue_stops() -> None:
    """Submit, run, cancel, stop: cancelled, or pending if the stop was first."""
    interrupted(lambda queue, job: queue.cancel(Context(), job.id), Status.CANCELLED, Status.PENDING)


@search
def test_a_failed_job_is_tried_again_when_it_is_due() -> None:
    """Submit, run, fail, wait a second, run: one worker, one job, maintenance, one caller."""
    attempts: list[float] = []

    def fails_once(ctx: Context, payload: Any) -> None:
        attempts.append(time.monotonic())
        if len(attempts) == 1:
            raise ConnectionError("503")

    queue = maintained(whole(fails_once, retry=Retry(2, base=1.0, jitter=False)))
    job = queue.submit_job(Context(), "webhook")
    (ended,) = queue.wait_many(Context().with_timeout(HOUR), [job.id])
    assert (ended.status, ended.attempts, attempts) == (Status.COMPLETED, 2, [0.0, 1.0]), (ended, attempts)
    on_time(1.0)


@search
def test_two_workers_share_two_jobs() -> None:
    """Submit twice, run, wait: two workers, two jobs, one caller."""
    queue = workers_only(whole(workers=2))
    jobs = queue.submit_many(Context(), "webhook", [None, None])
    ended = queue.wait_many(Context().with_timeout(HOUR), [job.id for job in jobs])
    assert [(job.status, job.attempts) for job in ended] == [(Status.COMPLETED, 1)] * 2, ended
    on_time()
