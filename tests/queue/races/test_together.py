"""The last job of a batch, while the others end: it begins once, in each order."""

import time
from typing import Any

import pytest

from goqueue import Event, Queue
from goqueue.job import Status
from goqueue.running.worker import Worker

from ..parts import ctx
from .parts import bench
from .proving import counterexample, proof, together, without_failure


def run_one(queue: Queue, worker: Worker) -> bool:
    """Let a worker claim a job and run it, if there is one."""
    claimed = queue.pool.dispatch.settle_and_claim((), 1)
    for record in claimed or ():
        worker.run_job(record)
    return bool(claimed)


def two_workers() -> tuple[Queue, list[Worker], list[Any]]:
    """A queue with two workers, and what the last job was given each time it began."""
    queue, workers = bench(Worker, Worker)
    begun: list[Any] = []
    queue.register_handler("count", lambda ctx, payload: payload)
    queue.register_handler("sum", lambda ctx, payload: begun.append(payload))
    return queue, workers, begun


def it_looks_while_the_other_ends() -> None:
    """One worker ends the job before it, and another looks at that moment."""
    queue, (one, other), begun = two_workers()
    last = queue.submit_batch(ctx, [("count", 17)], "sum")
    run_one(queue, one)  # it submits the other, and is put back
    time.sleep(0.05)
    together(one=lambda: run_one(queue, one), other=lambda: run_one(queue, other))
    time.sleep(1.0)
    while run_one(queue, one):
        time.sleep(1.0)
    assert queue.get_job(ctx, last).status is Status.COMPLETED
    assert begun == [[17]]
    assert len(queue.list_jobs(ctx)) == 2


def test_the_last_job_begins_once() -> None:
    without_failure(it_looks_while_the_other_ends, 8)


@pytest.mark.slow
@proof
def test_the_last_job_begins_once_in_every_order() -> None:
    it_looks_while_the_other_ends()


@counterexample("failed assertion")
def test_a_last_job_that_whoever_ends_last_submits_may_be_submitted_twice() -> None:
    """The way of other queues: who finds that all have ended submits the last job. Two may find it."""
    queue, (one, other), begun = two_workers()
    jobs = queue.submit_many(ctx, "count", [17, 18])

    @queue.on("success")
    def submit_last(event: Event) -> None:
        if event.job.type == "count" and all(queue.get_job(ctx, job).final for job in jobs):
            queue.submit_job(ctx, "sum", [17, 18])

    together(one=lambda: run_one(queue, one), other=lambda: run_one(queue, other))
    while run_one(queue, one):
        pass
    assert begun == [[17, 18]]
