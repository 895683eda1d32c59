"""What goes wrong in the plan's own Go code (a row each), and cannot in the finished queue.

Time is virtual, the threads are real. Where a row is about the order of threads, `tests/queue/races` tries every order:
of polling in test_storage.py, of stopping in test_stopping.py, of submitting into a full buffer in test_room.py, of all
of it together in test_whole.py. There the pool is started and polled, which the plan's own tests did not do. Rows about
ids, payloads, retries and deadlines are proved in test_queue.py, test_payload.py, test_retry.py and test_contexts.py.
"""

import time
from typing import Any

import pytest

from goqueue import JobContext, Queue, Retry, Status

from ..parts import ctx, fail, listen, queue_of, submit


def test_a_hot_poller_reads_only_what_a_job_can_be(clock: Any) -> None:
    def halt(ctx: JobContext, payload: Any) -> None:
        time.sleep(0.01)
        raise ConnectionError("down")

    seen: set[str] = set()
    with queue_of(halt, retry=Retry(attempts=2, base=0.01, jitter=False)) as queue:
        job = submit(queue)
        while not job.final:
            time.sleep(0.0001)
            job = queue.get_job(ctx, job)
            seen.add(f"{job.status} {job.attempts} {job.error}")
    error = "ConnectionError: down"
    assert seen == {"running 1 ", f"pending 1 {error}", f"running 2 {error}", f"failed 2 {error}"}


def test_a_thousand_jobs_in_backoff_at_stop_are_pending_run_in_the_next_queue_and_leave_no_thread(clock: Any) -> None:
    with queue_of(fail, retry=Retry(attempts=3, base=60.0, jitter=False)) as first:
        jobs = first.submit_many(ctx, "webhook", range(1000))
        time.sleep(1.0)
    assert first.count(ctx)[Status.PENDING] == 1000
    assert not first.pool.crew.alive()
    assert not first.pool.maintenance.thread.is_alive()
    second = Queue(storage=first.storage)
    second.register_handler("webhook", lambda ctx, payload: ctx.attempt)
    with second:
        ended = second.wait_many(ctx, jobs)
    assert {(job.status, job.result) for job in ended} == {(Status.COMPLETED, 2)}
    assert time.monotonic() == 60.0


def test_what_waits_in_the_buffer_at_stop_is_not_lost(clock: Any) -> None:
    first = queue_of(listen, workers=5)
    with first:
        first.submit_many(ctx, "webhook", [1.0] * 1000)
        time.sleep(2.5)
        report = first.stop()
    assert (report.completed, first.count(ctx)[Status.PENDING]) == (15, 985)
    second = Queue(workers=100, storage=first.storage)
    second.register_handler("webhook", listen)
    with second:
        time.sleep(20.0)
    assert second.count(ctx)[Status.COMPLETED] == 1000


def test_a_handler_submits_children_into_a_full_buffer(clock: Any) -> None:
    def order(ctx: JobContext, payload: Any) -> None:
        for number in range(30):
            queue.submit_job(ctx, "mail", {"number": number})

    queue = queue_of(order, workers=2, buffer_size=1)
    queue.register_handler("mail", lambda ctx, payload: None)
    with queue:
        for number in range(5):
            submit(queue, number)
        time.sleep(10.0)
    assert queue.count(ctx)[Status.COMPLETED] == 5 + 150


def test_the_submitters_context_ends_and_its_job_still_runs(clock: Any) -> None:
    with queue_of(listen) as queue, ctx.with_cancel() as request:
        job = queue.submit_job(request, "webhook", 1.0)
        time.sleep(0.1)
        request.cancel("the request was answered")
        assert queue.wait(ctx, job.id).status is Status.COMPLETED


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), RecursionError("deep")])
def test_a_handler_that_raises_anything_costs_no_worker(clock: Any, error: BaseException) -> None:
    def burst(ctx: JobContext, payload: Any) -> None:
        if payload == "bad":
            raise error

    with queue_of(burst, workers=1) as queue:
        bad, good = queue.wait_many(ctx, queue.submit_many(ctx, "webhook", ["bad", "good"]))
    assert (bad.status, good.status) == (Status.FAILED, Status.COMPLETED)
    assert bad.error.startswith(type(error).__name__)


def test_backoff_has_a_cap_and_many_jobs_do_not_come_back_in_one_instant(clock: Any) -> None:
    moments: list[float] = []

    def down(ctx: JobContext, payload: Any) -> None:
        if ctx.attempt == 10:
            moments.append(time.monotonic())
        raise ConnectionError("down")

    with queue_of(down, retry=Retry(attempts=10, base=1.0, factor=2.0, cap=60.0)) as queue:
        queue.submit_many(ctx, "webhook", range(200))
        while queue.count(ctx)[Status.PENDING]:
            time.sleep(60.0)
    assert len(moments) == 200
    assert max(moments) < 9 * 60.0
    busiest = max(sum(now <= other < now + 1.0 for other in moments) for now in moments)
    assert busiest < 20
