"""Whatever comes, the queue goes on: threads that fail, handlers that never return, listeners that raise, silence."""

import ctypes
import gc
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goqueue import (
    Context,
    JobContext,
    JobForgotten,
    MemoryStorage,
    Queue,
    Retention,
    Retry,
    SQLiteStorage,
    Status,
)
from goqueue.job import Record
from goqueue.storage import Settled

from ..parts import PATIENCE, ctx, nap, queue_of, submit


class Failing(logging.Handler):
    """A log handler that raises."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def emit(self, record: logging.LogRecord) -> None:
        raise self.error


@pytest.fixture(params=[RuntimeError("the log is full"), SystemExit(3), GeneratorExit()], ids=repr)
def failing_log(request: pytest.FixtureRequest) -> Iterator[None]:
    log, handler = logging.getLogger("goqueue"), Failing(request.param)
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield
    log.removeHandler(handler)
    log.setLevel(logging.NOTSET)


def at_work(queue: Queue) -> int:
    """Return how many workers are alive."""
    return sum(worker.thread.is_alive() for worker in queue.pool.crew.workers)


@pytest.mark.usefixtures("failing_log")
def test_a_log_handler_that_raises_costs_no_thread(clock: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def fails(ctx: JobContext, payload: Any) -> Any:
        return {1, 2} if payload == "no JSON" else 17

    with queue_of(fails, workers=2) as queue:
        bad, good = queue.wait_many(ctx, queue.submit_many(ctx, "webhook", ["no JSON", "good"]))
        assert (bad.status, good.status) == (Status.FAILED, Status.COMPLETED)
        assert at_work(queue) == 2
    assert "a log handler failed" in capsys.readouterr().err


class Fragile(MemoryStorage):
    """Raises what is no Exception when told to, in the thread that claims or maintains."""

    claims = maintains = 0

    def settle_and_claim(self, settled: Settled, limit: int, types: Any = ()) -> list[Record]:
        if self.claims:
            self.claims -= 1
            raise SystemExit("an exception that was thrown into the thread")
        return super().settle_and_claim(settled, limit, types)

    def next_due(self) -> float | None:
        if self.maintains:
            self.maintains -= 1
            raise SystemExit("an exception that was thrown into the thread")
        return super().next_due()


def fragile(workers: int = 2) -> tuple[Queue, Fragile]:
    storage = Fragile()
    queue = Queue(workers=workers, storage=storage)
    queue.register_handler("webhook", nap)
    return queue, storage


def test_a_worker_that_fails_outside_of_a_handler_goes_on_and_loses_no_job(
    clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    queue, storage = fragile(workers=1)
    with queue:
        job = submit(queue, 1.0)
        time.sleep(0.5)
        storage.claims = 3  # as it settles what it has run
        assert queue.wait(ctx, job).status is Status.COMPLETED
        assert queue.wait(ctx, submit(queue, 0.0)).status is Status.COMPLETED
    assert [record.levelname for record in caplog.records] == ["CRITICAL"] * 3
    assert "worker-1 failed outside of a handler, and goes on" in caplog.text


def test_maintenance_that_fails_goes_on(clock: Any, caplog: pytest.LogCaptureFixture) -> None:
    queue, storage = fragile()
    with queue:
        time.sleep(0.5)
        storage.maintains = 2
        job = submit(queue, 0.0, delay=10.0)
        assert queue.wait(ctx, job).status is Status.COMPLETED
        assert time.monotonic() < 15.0
    assert "The maintenance thread failed, and goes on" in caplog.text


def test_a_thread_that_died_is_replaced(clock: Any) -> None:
    queue = queue_of(nap, workers=2)
    with queue:
        time.sleep(0.5)
        dead = queue.pool.crew.workers[0]
        dead.thread = threading.Thread(target=int)  # as if it had ended without a word
        dead.thread.start()
        queue.pool.floor.alarm.wake()
        time.sleep(5.0)
        assert at_work(queue) == 2
        assert dead not in queue.pool.crew.workers


def thrown_into(thread: threading.Thread) -> None:
    """Throw an exception into a thread. It is raised when the thread runs Python code again."""
    number = ctypes.c_ulong(thread.ident or 0)
    assert ctypes.pythonapi.PyThreadState_SetAsyncExc(number, ctypes.py_object(SystemExit)) == 1


def test_an_exception_that_is_thrown_into_a_sleeping_thread_ends_none(caplog: pytest.LogCaptureFixture) -> None:
    """On real threads: the lab's threads never sleep for real."""
    with queue_of(lambda ctx, payload: payload, workers=2) as queue:
        threads = [queue.pool.maintenance.thread, *(worker.thread for worker in queue.pool.crew.workers)]
        for thread in threads:
            thrown_into(thread)
        queue.pool.floor.alarm.wake()
        assert [job.result for job in queue.wait_many(ctx, queue.submit_many(ctx, "webhook", range(8)))] == [*range(8)]
        assert [thread.is_alive() for thread in threads] == [True] * 3
    assert {record.levelname for record in caplog.records} <= {"CRITICAL"}


def test_a_replacement_that_cannot_start_comes_when_it_can(
    clock: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_thread_left(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with queue_of(nap, workers=1, timeout=1.0) as queue:
        submit(queue, 1e6)
        behind = submit(queue, 0.0)
        time.sleep(0.5)
        with monkeypatch.context() as full:
            full.setattr(threading.Thread, "start", no_thread_left)
            time.sleep(5.0)
            assert queue.get_job(ctx, behind).status is Status.PENDING
        assert queue.wait(ctx, behind).status is Status.COMPLETED
        queue.stop(grace=0.0)
    assert "can't start new thread" in caplog.text


def test_what_waits_behind_handlers_that_hang_is_taken_by_another_process(path: Path, clock: Any) -> None:
    """Two storages on one file stand for two processes. The first has claimed all; its hung jobs stay its own."""
    queues = [Queue(workers=1, storage=SQLiteStorage(path)) for _ in range(2)]
    for queue in queues:
        queue.register_handler("webhook", nap, timeout=1.0)
    first, second = queues
    with first:
        first.wait_many(ctx, first.submit_many(ctx, "webhook", [0.0] * 200))  # it claims ever more at a time
        *hung, one, two = first.submit_many(ctx, "webhook", [500.0, 500.0, 0.0, 0.0])
        time.sleep(10.0)
        with second:
            assert {job.status for job in second.wait_many(ctx, [one, two])} == {Status.COMPLETED}
            assert [second.get_job(ctx, job).status for job in hung] == [Status.RUNNING] * 2
        first.stop(grace=0.0)


def test_handlers_that_never_return_twice_over_are_said_loudly_and_nothing_leaks(
    clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with queue_of(nap, workers=2, timeout=1.0) as queue:
        submitted = queue.submit_many(ctx, "webhook", [1e6] * 4)
        time.sleep(60.0)
        assert (at_work(queue), len(queue.pool.crew.workers)) == (4, 4)
        said = [(record.levelname, record.getMessage()) for record in caplog.records]
        assert [level for level, _ in said] == ["ERROR", "ERROR", "CRITICAL", "CRITICAL"]
        for (_, message), job in zip(said, submitted, strict=True):
            assert f"still runs 'webhook' job {job.id} after its timeout" in message
        assert "it is not replaced" in said[2][1]
        queue.stop(grace=0.0)


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_handlers_that_never_return_and_have_no_timeout_are_said_once_and_only_if_jobs_wait(
    path: Path, clock: Any, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    queue = Queue(workers=2, storage=SQLiteStorage(path) if kind == "sqlite" else None)
    queue.register_handler("webhook", nap)
    with queue:
        hang = queue.submit_many(ctx, "webhook", [1e6] * 2)
        time.sleep(120.0)
        assert caplog.records == []
        submit(queue, 0.0)
        time.sleep(30.0)
        (record,) = caplog.records
        assert record.levelname == "WARNING"
        assert "All 2 workers have run the same jobs for a minute, such as " in record.getMessage()
        assert any(f"{job.id} (webhook) on worker-" in record.getMessage() for job in hang)
        assert "1 jobs wait: give a handler that may hang a timeout" in record.getMessage()
        time.sleep(600.0)
        assert len(caplog.records) == 1
        queue.stop(grace=0.0)


def test_workers_that_run_one_long_job_after_another_are_not_said_to_hang(
    clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with queue_of(nap, workers=2) as queue:
        queue.wait_many(ctx, queue.submit_many(ctx, "webhook", [50.0] * 12))
    assert caplog.records == []


def test_workers_that_were_replaced_and_have_returned_are_forgotten_but_counted(clock: Any) -> None:
    with queue_of(nap, workers=2, timeout=1.0) as queue:
        for _ in range(10):
            queue.wait_many(ctx, queue.submit_many(ctx, "webhook", [5.0, 5.0]))
        time.sleep(5.0)
        assert len(queue.pool.crew.workers) == 2
        assert queue.stop().completed == 20


# -- a queue that nobody stops ------------------------------------------------------------------------


def dropped(storage: Any = None) -> list[threading.Thread]:
    """Start a queue, drop it, and return its threads."""
    queue = Queue(workers=4, storage=storage)
    queue.register_handler("webhook", lambda ctx, payload: None)
    queue.__enter__()
    return [queue.pool.maintenance.thread, *(worker.thread for worker in queue.pool.crew.workers)]


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_queues_that_are_dropped_without_a_stop_end_their_threads(path: Path, kind: str) -> None:
    storage = SQLiteStorage(path) if kind == "file" else None
    threads = [thread for _ in range(5) for thread in dropped(storage)]
    gc.collect()
    for thread in threads:
        thread.join(PATIENCE)
    assert [thread.name for thread in threads if thread.is_alive()] == []
    if storage is not None:
        storage.close()


def test_a_dropped_queue_in_memory_runs_its_jobs_before_its_threads_end(clock: Any) -> None:
    ran: list[int] = []

    def deliver(ctx: JobContext, payload: int) -> None:
        ran.append(payload)
        if payload == 0:
            time.sleep(20.0)
        if payload == 1 and ctx.attempt == 1:
            raise ConnectionError("down")

    queue = queue_of(deliver, workers=2, retry=Retry(attempts=2, base=100.0, cap=100.0, jitter=False))
    queue.__enter__()
    queue.submit_many(ctx, "webhook", range(6))
    queue.submit_many(ctx, "webhook", range(6, 9), delay=50.0)
    threads = [queue.pool.maintenance.thread, *(worker.thread for worker in queue.pool.crew.workers)]
    del queue
    gc.collect()
    for thread in threads:
        thread.join(1000.0)
    assert sorted(ran) == [0, 1, 1, 2, 3, 4, 5, 6, 7, 8]
    assert not any(thread.is_alive() for thread in threads)
    assert 100.0 < time.monotonic() < 110.0


# -- silence ------------------------------------------------------------------------------------------


def test_a_wait_for_a_queue_that_was_not_started_is_said_once(clock: Any, caplog: pytest.LogCaptureFixture) -> None:
    queue = queue_of(nap)
    jobs = queue.submit_many(ctx, "webhook", [0, 0])
    for job in jobs:
        with pytest.raises(TimeoutError):
            queue.wait(ctx.with_timeout(1.0), job)
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert f"{jobs[0].id} is waited for, but no worker runs it before the queue is started" in record.getMessage()


@pytest.mark.parametrize("works", [False, True], ids=["nobody works", "another process does"])
def test_a_wait_for_a_minute_for_a_file_that_nobody_works_on_is_said_once(
    path: Path, clock: Any, caplog: pytest.LogCaptureFixture, works: bool
) -> None:
    storage, queue = SQLiteStorage(path), Queue(storage=SQLiteStorage(path))
    if works:
        storage.add([Record("other", None)])
        assert len(storage.settle_and_claim((), 1, ["other"])) == 1
    jobs = queue.submit_many(ctx, "webhook", [0, 0])
    for job in jobs:
        with pytest.raises(TimeoutError):
            queue.wait(ctx.with_timeout(50.0), job)
    assert caplog.records == []
    for _ in range(2):
        with pytest.raises(TimeoutError):
            queue.wait_many(ctx.with_timeout(70.0), jobs)
    said = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert len(said) == (0 if works else 1)
    assert all(
        level == "WARNING" and "no process runs jobs of this storage: start this queue" in message
        for level, message in said
    )
    queue.storage.close()
    storage.close()


def parents(workers: int, count: int, storage: Any = None) -> Queue:
    """Return a queue whose handlers wait for a job behind them, for an hour."""
    queue = Queue(workers=workers, storage=storage)

    def parent(ctx: JobContext, payload: Any) -> None:
        queue.wait(ctx, queue.submit_job(ctx, "child"))

    queue.register_handler("parent", parent, timeout=3600.0)
    queue.register_handler("child", lambda ctx, payload: ctx.wait(0.1))
    queue.submit_many(ctx, "parent", range(count))
    return queue


def test_workers_that_all_wait_for_jobs_behind_them_are_said_once(clock: Any, caplog: pytest.LogCaptureFixture) -> None:
    with parents(workers=2, count=4) as queue:
        time.sleep(10.0)
        queue.stop(grace=0.0)
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(said) == 1
    assert "All 2 workers run handlers that wait for other jobs" in said[0]


def test_workers_of_a_file_that_all_wait_for_jobs_behind_them_are_said_once_after_a_minute(
    path: Path, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Another process may run these jobs, so it is said only when nobody has for a minute."""
    with parents(workers=2, count=4, storage=SQLiteStorage(path)) as queue:
        time.sleep(40.0)
        assert caplog.records == []
        time.sleep(80.0)
        queue.stop(grace=0.0)
        queue.storage.close()
    (said,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert "All 2 workers have run the same jobs for a minute" in said


def test_workers_of_which_one_is_free_are_not(clock: Any, caplog: pytest.LogCaptureFixture) -> None:
    with parents(workers=3, count=2) as queue:
        time.sleep(10.0)
        assert queue.count(ctx)[Status.COMPLETED] == 4
    assert caplog.records == []


def test_a_type_that_nobody_handles_is_said_once_for_each(
    path: Path, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with Queue(storage=SQLiteStorage(path)) as queue:
        queue.register_handler("webhook", nap)
        queue.submit_many(ctx, "webook", [1, 2, 3])
        queue.submit_job(ctx, "mail")
        time.sleep(30.0)
        assert caplog.records == []
        time.sleep(200.0)
        queue.stop()
        queue.storage.close()
    said = sorted(record.getMessage() for record in caplog.records)
    assert len(said) == 2
    assert all("has waited for a minute" in each for each in said)
    assert ["'mail'" in said[1] or "'mail'" in said[0], "'webook'" in said[0] or "'webook'" in said[1]] == [True, True]


# -- what is waited for, and what is kept --------------------------------------------------------------


@pytest.mark.parametrize("most", [0, 1])
def test_what_is_waited_for_is_not_forgotten(clock: Any, most: int) -> None:
    queue = Queue(storage=MemoryStorage(Retention(completed=0.0, failed=0.0, most=most)))
    queue.register_handler("webhook", nap)
    with queue:
        one = queue.wait(ctx, submit(queue, 0.5))
        many = queue.wait_many(ctx, queue.submit_many(ctx, "webhook", [1.0] * 50))
        each = list(queue.as_completed(ctx, queue.submit_many(ctx, "webhook", [1.0] * 50)))
        time.sleep(5.0)
        for job in (one, *many, *each):
            assert (job.status, job.final) == (Status.COMPLETED, True)
            with pytest.raises(JobForgotten, match="has ended and is kept no longer"):
                queue.get_job(ctx, job)


def test_what_is_waited_for_in_a_file_is_not_forgotten(path: Path, clock: Any) -> None:
    """Another process, which keeps what it completes, works on it; this one waits, and forgets at once."""
    queue = Queue(workers=1, storage=SQLiteStorage(path, retention=Retention(completed=0.0)))
    other = Queue(workers=1, storage=SQLiteStorage(path, retention=Retention(completed=None)))
    other.register_handler("webhook", nap)
    with queue, other:
        jobs = queue.submit_many(ctx, "webhook", [0.17] * 60)
        assert [job.status for job in queue.wait_many(ctx, jobs)] == [Status.COMPLETED] * 60
        time.sleep(5.0)
        with pytest.raises(JobForgotten):
            queue.get_job(ctx, jobs[0])
    queue.close()
    other.close()


def test_a_deleted_job_is_forgotten_and_one_of_another_storage_was_never_here() -> None:
    queue = Queue()
    job = submit(queue)
    queue.delete(ctx, job)
    with pytest.raises(JobForgotten, match="or it was deleted"):
        queue.get_job(ctx, job.id)
    with pytest.raises(LookupError, match="never submitted here") as caught:
        queue.get_job(ctx, submit(Queue()).id)
    assert not isinstance(caught.value, JobForgotten)


def test_a_wait_for_many_looks_at_each_job_about_once(clock: Any) -> None:
    looks = 0

    class Counting(MemoryStorage):
        def get(self, key: int) -> Any:
            nonlocal looks
            looks += 1
            return super().get(key)

    queue = Queue(storage=Counting())
    queue.register_handler("webhook", lambda ctx, payload: ctx.wait(0.001))
    with queue:
        jobs = queue.submit_many(ctx, "webhook", range(1000))
        assert len(queue.wait_many(ctx, jobs)) == 1000
        assert looks < 3_000
        looks = 0
        jobs = queue.submit_many(ctx, "webhook", range(1000))
        assert len(list(queue.as_completed(ctx, jobs))) == 1000
        assert looks < 3_000


def test_a_queue_that_rests_wakes_rarely_and_still_does_what_is_due(clock: Any) -> None:
    rounds = 0

    class Counting(MemoryStorage):
        def next_due(self) -> float | None:
            nonlocal rounds
            rounds += 1
            return super().next_due()

    queue = Queue(storage=Counting(Retention(completed=60.0)))
    queue.register_handler("webhook", nap)
    with queue:
        late = submit(queue, 0.0, delay=86_000.0)
        early = submit(queue, 0.0)
        time.sleep(85_000.0)
        assert rounds < 500
        with pytest.raises(JobForgotten):
            queue.get_job(ctx, early)
        assert queue.wait(ctx, late).status is Status.COMPLETED
        assert time.monotonic() == 86_000.0
        job = queue.wait(ctx, submit(queue, 0.0))
        time.sleep(63.0)  # after the rest, it forgets as soon as ever
        with pytest.raises(JobForgotten):
            queue.get_job(ctx, job)


def test_an_attempt_whose_time_is_up_is_told_then_and_not_at_the_next_round(clock: Any) -> None:
    heard: list[float] = []

    def listens(ctx: JobContext, payload: Any) -> None:
        ctx.after_done(lambda: heard.append(time.monotonic()))
        time.sleep(10.0)

    with queue_of(listens, workers=1) as queue:
        time.sleep(10_000.0)
        submit(queue, timeout=0.25)
        time.sleep(20.0)
    assert heard == [10_000.25]
    assert Context().remaining() is None
