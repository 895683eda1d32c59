"""The workers of a pool: as many jobs at once as there are workers, at once when due, and none lost to a handler."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from goqueue import Context, JobContext, Queue, Retry, Status
from goqueue.testing import virtual_time

ctx = Context()


@pytest.fixture
def clock() -> Iterator[Any]:
    with virtual_time() as now:
        yield now


def nap(ctx: JobContext, payload: Any) -> None:
    """Sleep for as long as the payload says, and listen to nobody."""
    time.sleep(payload)


def noting(began: list[float]) -> Any:
    """Return a handler that notes when it begins, and sleeps for a second."""

    def note(ctx: JobContext, payload: Any) -> None:
        began.append(time.monotonic())
        time.sleep(1.0)

    return note


def threads() -> int:
    """Return how many threads pools have now, keepers not counted."""
    return sum(thread.name.startswith("worker-") for thread in threading.enumerate())


@pytest.mark.parametrize("delay", [0.0, 0.25])
def test_four_workers_run_four_jobs_at_once(clock: Any, delay: float) -> None:
    began: list[float] = []
    queue = Queue(workers=4)
    queue.register_handler("webhook", noting(began))
    with queue:
        time.sleep(0.5)  # all of them are asleep
        queue.submit_many(ctx, "webhook", range(10), delay=delay)
        time.sleep(10.0)
    due = 0.5 + delay
    assert began == pytest.approx([due] * 4 + [due + 1.0] * 4 + [due + 2.0] * 2)


def test_jobs_submitted_before_the_start_run_as_well(clock: Any) -> None:
    began: list[float] = []
    queue = Queue(workers=2)
    queue.register_handler("webhook", noting(began))
    queue.submit_many(ctx, "webhook", range(3))
    queue.submit_job(ctx, "webhook", delay=2.5)
    with queue:
        time.sleep(10.0)
    assert began == [0.0, 0.0, 1.0, 2.5]


def test_a_short_back_off_is_not_stretched_to_the_keepers_next_round(clock: Any) -> None:
    ran: list[float] = []

    def fail(ctx: JobContext, payload: Any) -> None:
        ran.append(time.monotonic())
        raise ConnectionError("down")

    queue = Queue()
    queue.register_handler("webhook", fail, retry=Retry(attempts=4, base=0.125, factor=1.0, jitter=False))
    with queue:
        queue.wait(ctx, queue.submit_job(ctx, "webhook"))
    assert ran == [0.0, 0.125, 0.25, 0.375]


def test_a_delay_that_is_shorter_than_the_one_before_goes_first(clock: Any) -> None:
    began: list[float] = []
    queue = Queue(workers=4)
    queue.register_handler("webhook", noting(began))
    with queue:
        for delay in (0.75, 0.5, 0.25):
            queue.submit_job(ctx, "webhook", delay=delay)
        time.sleep(10.0)
    assert began == [0.25, 0.5, 0.75]


def test_a_handler_that_is_a_little_late_is_not_replaced(clock: Any) -> None:
    queue = Queue(workers=2)
    queue.register_handler("nap", nap, timeout=5.0)
    with queue:
        job = queue.submit_job(ctx, "nap", 5.5)
        time.sleep(5.4)
        assert threads() == 2
        assert queue.wait(ctx, job).status is Status.COMPLETED


def test_a_handler_that_overruns_is_replaced_and_its_thread_ends_when_it_returns(clock: Any) -> None:
    queue = Queue(workers=2)
    queue.register_handler("nap", nap, timeout=5.0)
    with queue:
        job = queue.submit_job(ctx, "nap", 60)
        time.sleep(10.0)
        assert threads() == 3
        assert queue.wait(ctx, job).status is Status.COMPLETED  # it has done its work
        time.sleep(1.0)
        assert threads() == 2
    assert threads() == 0


def test_those_that_overrun_are_replaced_by_as_many_as_there_are_workers_at_most(clock: Any) -> None:
    queue = Queue(workers=2)
    queue.register_handler("nap", nap, timeout=1.0)
    with queue:
        jobs = queue.submit_many(ctx, "nap", [3600] * 10)
        time.sleep(60.0)
        assert threads() == 4
        assert queue.count(ctx)[Status.RUNNING] == 4
        report = queue.stop(grace=0.0)
        assert time.monotonic() == pytest.approx(61.0)
    assert report.still_running == tuple(job.id for job in jobs[:4])
    assert queue.count(ctx)[Status.PENDING] == 6


def test_no_thread_is_left_when_a_queue_has_stopped(clock: Any) -> None:
    before = threading.active_count()
    for _ in range(3):
        with Queue(workers=3) as queue:
            queue.submit_job(ctx, "nobody handles it")
            time.sleep(1.0)
        assert threading.active_count() == before


def test_a_queue_that_was_never_started_stops_too_and_then_cannot_start(clock: Any) -> None:
    queue = Queue()
    job = queue.submit_job(ctx, "webhook")
    report = queue.stop()
    assert (report, queue.stop()) == ((0, (), ()), report)
    assert queue.get_job(ctx, job).status is Status.PENDING
    with pytest.raises(RuntimeError, match="make a new one"):
        queue.start(ctx)
