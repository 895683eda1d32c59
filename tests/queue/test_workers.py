"""The workers of a pool: as many jobs at once as there are workers, at once when due, and none lost to a handler."""

import time
from typing import Any

import pytest

from goqueue import JobContext, Queue, Status

from .parts import ctx, nap, queue_of, submit


def noting(began: list[float]) -> Any:
    """Return a handler that notes when it begins, and sleeps for a second."""

    def note(ctx: JobContext, payload: Any) -> None:
        began.append(time.monotonic())
        time.sleep(1.0)

    return note


def threads(queue: Queue) -> int:
    """Return how many threads a pool has now, without maintenance."""
    return sum(worker.thread.is_alive() for worker in queue.pool.crew.workers)


@pytest.mark.parametrize(
    ("delays", "expected"),
    [
        ([0.0] * 10, [0.0] * 4 + [1.0] * 4 + [2.0] * 2),
        ([0.25] * 10, [0.25] * 4 + [1.25] * 4 + [2.25] * 2),
        ([0.75, 0.5, 0.25], [0.25, 0.5, 0.75]),  # each is due earlier than the one before
    ],
    ids=["at once", "delayed", "earlier and earlier"],
)
def test_four_workers_run_four_jobs_at_once_and_each_when_it_is_due(
    clock: Any, delays: list[float], expected: list[float]
) -> None:
    began: list[float] = []
    with queue_of(noting(began), workers=4) as queue:
        time.sleep(0.5)  # all of them are asleep
        for delay in delays:
            submit(queue, delay=delay)
        time.sleep(10.0)
    assert began == pytest.approx([0.5 + due for due in expected])


def test_each_of_many_delayed_jobs_comes_when_it_is_due_though_all_workers_sleep(clock: Any) -> None:
    late: list[float] = []
    with queue_of(lambda ctx, due: late.append(time.monotonic() - due)) as queue:
        for number in range(1, 100):
            submit(queue, number * 0.003, delay=number * 0.003)
        time.sleep(10.0)
    assert late == pytest.approx([0.0] * 99, abs=1e-6)


def test_jobs_submitted_before_the_start_run_as_well(clock: Any) -> None:
    began: list[float] = []
    queue = queue_of(noting(began), workers=2)
    queue.submit_many(ctx, "webhook", range(3))
    submit(queue, delay=2.5)
    with queue:
        time.sleep(10.0)
    assert began == [0.0, 0.0, 1.0, 2.5]


@pytest.mark.parametrize(
    ("seconds", "most"),
    [(5.5, 2), (60.0, 3)],
    ids=["a little late: not replaced", "overruns: replaced, and its thread ends when it returns"],
)
def test_a_handler_that_overruns_is_replaced(clock: Any, seconds: float, most: int) -> None:
    with queue_of(nap, workers=2, timeout=5.0) as queue:
        job = submit(queue, seconds)
        time.sleep(seconds - 0.1)
        assert threads(queue) == most
        assert queue.wait(ctx, job).status is Status.COMPLETED  # it has done its work
        time.sleep(1.0)
        assert threads(queue) == 2
    assert threads(queue) == 0


def test_those_that_overrun_are_replaced_by_as_many_as_there_are_workers_at_most(clock: Any) -> None:
    with queue_of(nap, workers=2, timeout=1.0) as queue:
        jobs = queue.submit_many(ctx, "webhook", [3600] * 10)
        time.sleep(60.0)
        assert threads(queue) == 4
        assert queue.count(ctx)[Status.RUNNING] == 4
        report = queue.stop(grace=0.0)
        assert time.monotonic() == pytest.approx(61.0)
    assert report.still_running == tuple(job.id for job in jobs[:4])
    assert queue.count(ctx)[Status.PENDING] == 6


def test_a_queue_that_was_never_started_stops_too_and_then_cannot_start(clock: Any) -> None:
    queue = Queue()
    job = submit(queue)
    report = queue.stop()
    assert (report, queue.stop()) == ((0, (), ()), report)
    assert queue.get_job(ctx, job).status is Status.PENDING
    with pytest.raises(RuntimeError, match="make a new one"):
        queue.start(ctx)
