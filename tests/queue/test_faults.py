"""What goes wrong in the plan's own Go code (a row each), and cannot in the finished queue.

Time is virtual, the threads are real. Where a row is about the order of threads, `tests/queue/races` tries every order:
of polling in test_storage.py, of stopping in test_stopping.py, of submitting into a full buffer in test_room.py, of all
of it together in test_whole.py. There the pool is started and polled, which the plan's own tests did not do.
"""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from goqueue import Context, DeadlineExceeded, JobContext, MemoryStorage, Queue, QueueStopped, Retry, Status
from goqueue.testing import virtual_time

ctx = Context()


@pytest.fixture
def clock() -> Iterator[Any]:
    with virtual_time() as now:
        yield now


def slow(ctx: JobContext, payload: Any) -> None:
    """Take a second, and listen meanwhile."""
    ctx.wait(1.0)
    ctx.raise_if_done()


def fail(ctx: JobContext, payload: Any) -> None:
    raise ConnectionError("503 Service Unavailable")


def queue_of(handler: Any, *, workers: int = 5, buffer_size: int | None = 1024, **options: Any) -> Queue:
    queue = Queue(workers=workers, buffer_size=buffer_size)
    queue.register_handler("webhook", handler, **options)
    return queue


def orders(count: int) -> list[dict[str, int]]:
    return [{"order": order} for order in range(count)]


def test_a_global_map_two_queues_do_not_see_each_other() -> None:
    job = Queue().submit_job(ctx, "webhook", {})
    with pytest.raises(LookupError, match="never submitted here"):
        Queue().get_job(ctx, job.id)


def test_somebody_polls_while_it_runs_a_job_once_read_does_not_change(clock: Any) -> None:
    with queue_of(slow) as queue:
        job = queue.submit_job(ctx, "webhook", {})
        time.sleep(0.5)
        seen = queue.get_job(ctx, job.id)
        ended = queue.wait(ctx, job.id)
    assert [str(each.status) for each in (job, seen, ended)] == ["pending", "running", "completed"]


def test_a_hot_poller_reads_only_what_a_job_can_be(clock: Any) -> None:
    def halt(ctx: JobContext, payload: Any) -> None:
        time.sleep(0.01)
        raise ConnectionError("down")

    seen: set[str] = set()
    with queue_of(halt, retry=Retry(attempts=2, base=0.01, jitter=False)) as queue:
        job = queue.submit_job(ctx, "webhook", {})
        while not job.final:
            time.sleep(0.0001)
            job = queue.get_job(ctx, job)
            seen.add(f"{job.status} {job.attempts} {job.error}")
    error = "ConnectionError: down"
    assert seen == {"running 1 ", f"pending 1 {error}", f"running 2 {error}", f"failed 2 {error}"}


def test_the_caller_edits_its_payload_after_submit(clock: Any) -> None:
    got: list[Any] = []
    for payload in ({"order": 17}, {"orders": [17]}):
        queue = queue_of(lambda ctx, payload: got.append(payload))
        queue.submit_job(ctx, "webhook", payload)
        payload.clear()
        with queue:
            time.sleep(1.0)
    assert got == [{"order": 17}, {"orders": [17]}]


def test_graceful_stop_with_five_busy_workers(clock: Any) -> None:
    with queue_of(slow) as queue:
        jobs = queue.submit_many(ctx, "webhook", orders(5))
        time.sleep(0.5)
        report = queue.stop()
    assert (report.completed, report.handed_back, report.still_running) == (5, (), ())
    assert {queue.get_job(ctx, job.id).status for job in jobs} == {Status.COMPLETED}


def test_one_job_in_back_off_at_stop_is_pending_and_runs_in_the_next_queue(clock: Any) -> None:
    with queue_of(fail, retry=Retry(attempts=3, base=60.0, jitter=False)) as first:
        job = first.submit_job(ctx, "webhook", {})
        time.sleep(1.0)
    assert first.get_job(ctx, job).status is Status.PENDING
    second = Queue(storage=first.storage)
    second.register_handler("webhook", lambda ctx, payload: ctx.attempt)
    with second:
        ended = second.wait(ctx, job)
    assert (ended.status, ended.result, time.monotonic()) == (Status.COMPLETED, 2, 60.0)


def test_a_thousand_jobs_in_back_off_at_stop_are_pending_and_no_thread_is_left(clock: Any) -> None:
    before = threading.active_count()
    with queue_of(fail, retry=Retry(attempts=3, base=60.0)) as queue:
        queue.submit_many(ctx, "webhook", orders(1000))
        time.sleep(0.001)
    assert queue.count(ctx)[Status.PENDING] == 1000
    assert threading.active_count() == before


def test_what_waits_in_the_buffer_at_stop_is_not_lost(clock: Any) -> None:
    storage = MemoryStorage()
    first = Queue(workers=5, storage=storage)
    first.register_handler("webhook", slow)
    with first:
        first.submit_many(ctx, "webhook", orders(1000))
        time.sleep(2.5)
        report = first.stop()
    assert (report.completed, first.count(ctx)[Status.PENDING]) == (15, 985)
    second = Queue(workers=100, storage=storage)
    second.register_handler("webhook", slow)
    with second:
        time.sleep(20.0)
    assert second.count(ctx)[Status.COMPLETED] == 1000


def test_shutdown_spends_no_attempt(clock: Any) -> None:
    with queue_of(slow) as queue:
        job = queue.submit_job(ctx, "webhook", {}, max_retry=1)
        time.sleep(0.5)
        report = queue.stop(grace=0.0)
    assert report.handed_back == (job.id,)
    left = queue.get_job(ctx, job.id)
    assert (left.status, left.attempts, left.error) == (Status.PENDING, 0, "")


def test_handler_not_found_fails_at_once_and_says_so(clock: Any) -> None:
    with Queue() as queue:
        job = queue.wait(ctx, queue.submit_job(ctx, "mail", {}).id)
    assert job.status is Status.FAILED
    assert "no handler for job type 'mail'" in job.error


def test_a_handler_submits_children_into_a_full_buffer(clock: Any) -> None:
    def order(ctx: JobContext, payload: Any) -> None:
        for number in range(30):
            queue.submit_job(ctx, "mail", {"number": number})

    queue = queue_of(order, workers=2, buffer_size=1)
    queue.register_handler("mail", lambda ctx, payload: None)
    with queue:
        for payload in orders(5):
            queue.submit_job(ctx, "webhook", payload)
        time.sleep(10.0)
    assert queue.count(ctx)[Status.COMPLETED] == 5 + 150


def test_submit_before_start_honours_its_deadline(clock: Any) -> None:
    queue = queue_of(slow, buffer_size=2)
    for payload in orders(2):
        queue.submit_job(ctx, "webhook", payload)
    began = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        queue.submit_job(ctx.with_timeout(0.05), "webhook", {})
    assert time.monotonic() - began == pytest.approx(0.05)
    assert queue.count(ctx)[Status.PENDING] == 2


def test_the_submitters_context_ends_and_its_job_runs_all_the_same(clock: Any) -> None:
    with queue_of(slow) as queue, ctx.with_cancel() as request:
        job = queue.submit_job(request, "webhook", {})
        time.sleep(0.1)
        request.cancel("the request was answered")
        assert queue.wait(ctx, job.id).status is Status.COMPLETED


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), RecursionError("deep")])
def test_a_handler_that_raises_anything_costs_no_worker(clock: Any, error: BaseException) -> None:
    def burst(ctx: JobContext, payload: Any) -> None:
        raise error

    queue = queue_of(burst, workers=1)
    queue.register_handler("mail", lambda ctx, payload: None)
    with queue:
        bad = queue.wait(ctx, queue.submit_job(ctx, "webhook", {}).id)
        good = queue.wait(ctx, queue.submit_job(ctx, "mail", {}).id)
    assert (bad.status, good.status) == (Status.FAILED, Status.COMPLETED)
    assert bad.error.startswith(type(error).__name__)


def test_submit_after_stop_is_a_clear_error(clock: Any) -> None:
    with queue_of(slow) as queue:
        pass
    with pytest.raises(QueueStopped, match="takes no more jobs"):
        queue.submit_job(ctx, "webhook", {})
    assert queue.count(ctx)[Status.PENDING] == 0


def test_back_off_has_a_cap_and_a_thousand_do_not_come_back_in_one_instant(clock: Any) -> None:
    moments: list[float] = []

    def down(ctx: JobContext, payload: Any) -> None:
        if ctx.attempt == 10:
            moments.append(time.monotonic())
        raise ConnectionError("down")

    with queue_of(down, retry=Retry(attempts=10, base=1.0, factor=2.0, cap=60.0)) as queue:
        queue.submit_many(ctx, "webhook", orders(200))
        while queue.count(ctx)[Status.PENDING]:
            time.sleep(60.0)
    assert len(moments) == 200
    assert max(moments) < 9 * 60.0
    busiest = max(sum(now <= other < now + 1.0 for other in moments) for now in moments)
    assert busiest < 20


def test_ids_from_the_clock_do_not_collide() -> None:
    queue, found = Queue(buffer_size=None), set()

    def submit() -> None:
        ids = [queue.submit_job(ctx, "webhook", None).id for _ in range(5000)]
        found.update(ids)
        assert ids == sorted(ids)

    threads = [threading.Thread(target=submit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20_000


def test_max_retry_counts_attempts(clock: Any) -> None:
    with queue_of(fail) as queue:
        ended = [queue.wait(ctx, queue.submit_job(ctx, "webhook", {}, most).id) for most in (0, 1, 3)]
    assert [job.attempts for job in ended] == [1, 1, 3]
    assert {job.status for job in ended} == {Status.FAILED}
