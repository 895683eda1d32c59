"""What the queue does for its callers, in virtual time on real threads."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from goqueue import (
    Context,
    DeadlineExceeded,
    HandlerNotFound,
    JobContext,
    JobNotFound,
    MemoryStorage,
    Queue,
    QueueStopped,
    Retention,
    Retry,
    Status,
)

from .parts import ctx, fail, listen, nap, queue_of, run, submit


def test_wait_returns_the_job_when_it_has_ended(clock: Any) -> None:
    with queue_of(nap) as queue:
        job = queue.wait(ctx, submit(queue, 2.5).id)
        assert (job.status, job.result, time.monotonic()) == (Status.COMPLETED, 2.5, 2.5)
        assert queue.wait(ctx, job.id) == job  # it has ended: at once


def test_wait_many_keeps_the_order_asked_for_and_as_completed_does_not(clock: Any) -> None:
    with queue_of(nap) as queue:
        slow, fast = (job.id for job in queue.submit_many(ctx, "webhook", [3, 1]))
        assert [job.id for job in queue.as_completed(ctx, [slow, fast])] == [fast, slow]
        assert [job.id for job in queue.wait_many(ctx, [slow, fast, slow])] == [slow, fast, slow]
        assert list(queue.as_completed(ctx, [])) == []
        again = [job.id for job in queue.as_completed(ctx, [fast, slow, fast])]
        assert again == [slow, fast]  # each once; of those that have ended the oldest first


def test_a_wait_ends_with_its_context(clock: Any) -> None:
    queue = Queue()
    with pytest.raises(DeadlineExceeded):
        queue.wait(ctx.with_timeout(5), submit(queue).id)
    assert time.monotonic() == 5.0


def test_an_unknown_id_is_an_error_and_never_pending(clock: Any) -> None:
    queue = Queue()
    for job_id in ("job-1", "", "0" * 16 + "-" + "0" * 12, None, 17):
        for ask in (queue.get_job, queue.wait, queue.cancel, queue.delete):
            with pytest.raises(JobNotFound, match="no job"):
                ask(ctx, job_id)  # type: ignore[arg-type]


def test_a_job_of_another_queue_is_unknown_though_it_has_the_same_moment(clock: Any) -> None:
    mine, other = Queue(), Queue()
    job, theirs = submit(mine), submit(other)
    assert job.id[:16] == theirs.id[:16]
    for unknown in (theirs, theirs.id):
        for ask in (mine.get_job, mine.wait, mine.cancel, mine.delete):
            with pytest.raises(JobNotFound, match=f"{theirs.id}.*never submitted here"):
                ask(ctx, unknown)
        with pytest.raises(JobNotFound, match=theirs.id):
            mine.list_jobs(ctx, after=unknown)
    assert mine.list_jobs(ctx) == [job]


def test_a_running_job_is_cancelled_when_its_handler_has_stopped_and_cannot_be_deleted(clock: Any) -> None:
    with queue_of(listen) as queue:
        job = submit(queue, 60, max_retry=5)
        time.sleep(1)
        with pytest.raises(ValueError, match="is running: cancel it"):
            queue.delete(ctx, job.id)
        assert queue.cancel(ctx, job.id).status is Status.RUNNING
        ended = queue.wait(ctx, job.id)
        assert (ended.status, ended.attempts, time.monotonic()) == (Status.CANCELLED, 1, 1.0)
        assert ended.error == "Cancelled: the job was cancelled"


def test_a_timeout_ends_each_attempt(clock: Any) -> None:
    with queue_of(listen, timeout=2.0, retry=Retry(attempts=2, base=10.0, jitter=False)) as queue:
        job = queue.wait(ctx, submit(queue, 60))
        assert (job.status, job.attempts, time.monotonic()) == (Status.FAILED, 2, 2 + 10 + 2)
        assert job.error == "DeadlineExceeded: the time was up"
        own = queue.wait(ctx, submit(queue, 60, max_retry=1, timeout=1.0))
        assert (own.status, time.monotonic()) == (Status.FAILED, 15.0)


def test_nothing_of_a_job_runs_after_its_deadline(clock: Any) -> None:
    deadline = datetime.fromtimestamp(time.time(), UTC) + timedelta(seconds=3)
    with queue_of(listen, retry=Retry(attempts=5, base=0.0)) as queue:
        job = queue.wait(ctx, submit(queue, 60, deadline=deadline))
        late = queue.wait(ctx, submit(queue, 60, deadline=deadline))
    assert (job.status, job.attempts, time.monotonic()) == (Status.FAILED, 1, 3.0)
    assert (late.status, late.error) == (Status.FAILED, "DeadlineExceeded: the time was up")


def test_start_blocks_until_its_context_ends_and_returns_the_report(clock: Any) -> None:
    queue = queue_of(nap, workers=2)
    queue.submit_many(ctx, "webhook", [1, 1, 1])
    report = queue.start(ctx.with_timeout(1.5))
    assert (report, time.monotonic()) == ((3, (), ()), 2.0)
    assert queue.count(ctx)[Status.COMPLETED] == 3
    assert queue.stop() is report
    with pytest.raises(RuntimeError, match="started before"):
        queue.start(ctx)


def test_stop_waits_for_the_grace_then_tells_then_names(clock: Any) -> None:
    with queue_of(listen) as queue:
        queue.register_handler("nap", nap)
        listens, deaf = submit(queue, 3600), queue.submit_job(ctx, "nap", 3600)
        time.sleep(1)
        report = queue.stop(grace=5.0)
        assert 6.0 <= time.monotonic() <= 7.0
    assert (report.handed_back, report.still_running) == ((listens.id,), (deaf.id,))


def test_a_wait_for_a_job_that_will_not_end_is_an_error(clock: Any) -> None:
    queue = queue_of(nap, workers=2)
    jobs = queue.submit_many(ctx, "webhook", [10, 10, 10])
    threading.Timer(1.0, queue.stop).start()
    with queue, pytest.raises(QueueStopped, match="has not ended: it is kept"):
        queue.wait(ctx, jobs[2].id)
    assert time.monotonic() == 10.0
    assert queue.wait(ctx, jobs[0].id).status is Status.COMPLETED


def test_a_job_cancelled_as_it_is_cut_short_was_not_handed_back(clock: Any) -> None:
    with queue_of(listen) as queue:
        job = submit(queue, 60)
        time.sleep(1)
        queue.storage.cancel(int(job.id[:16], 16))  # marked, and its context not told yet
        report = queue.stop(grace=0.0)
    assert queue.get_job(ctx, job.id).status is Status.CANCELLED
    assert report.handed_back == ()


def test_a_handler_may_stop_the_queue(clock: Any) -> None:
    queue = Queue()
    queue.register_handler("webhook", lambda ctx, payload: queue.stop(grace=0.0)._asdict())
    with queue:
        job = submit(queue)
        time.sleep(10)
    ended = queue.get_job(ctx, job)
    assert (ended.status, ended.error) == (Status.COMPLETED, "")
    assert ended.result == {"completed": 0, "handed_back": [], "still_running": [job.id]}  # the handler's own


def test_a_producer_that_waits_for_room_hears_of_the_stop_and_so_does_one_that_comes_later(clock: Any) -> None:
    queue = queue_of(nap, workers=1, buffer_size=1)
    heard: list[float] = []

    def produce() -> None:
        with pytest.raises(QueueStopped, match="has stopped and takes no more jobs: submit to one that runs"):
            for _ in range(10):
                submit(queue, 100)
        heard.append(time.monotonic())

    with queue:
        producer = threading.Thread(target=produce)
        producer.start()
        time.sleep(1)
        queue.stop(grace=0.0)
        producer.join()
    pending = queue.count(ctx)[Status.PENDING]
    produce()
    assert heard == [1.0, time.monotonic()]
    assert queue.count(ctx)[Status.PENDING] == pending


def test_listing_by_page_status_type_and_age(clock: Any) -> None:
    queue = Queue()
    jobs = queue.submit_many(ctx, "webhook", [0] * 25)
    time.sleep(100)
    other = queue.submit_job(ctx, "mail", {})
    pages, after = [], None
    while page := queue.list_jobs(ctx, after=after, limit=10):
        pages.append([job.id for job in page])
        after = page[-1].id
    assert [len(page) for page in pages] == [10, 10, 6]
    assert [job_id for page in pages for job_id in page] == [job.id for job in [*jobs, other]]
    assert queue.list_jobs(ctx, job_type="mail") == [other]
    assert len(queue.list_jobs(ctx, older_than=50)) == 25
    assert queue.list_jobs(ctx, status="completed") == []


def test_retention_forgets_the_old_and_keeps_failures_longer(clock: Any) -> None:
    queue = Queue(storage=MemoryStorage(Retention(completed=60.0, failed=600.0)))
    queue.register_handler("nap", nap)
    queue.register_handler("bad", fail)
    with queue:
        good, bad = queue.submit_job(ctx, "nap", 0), queue.submit_job(ctx, "bad", 0)
        time.sleep(59)
        assert queue.get_job(ctx, good.id).status is Status.COMPLETED
        time.sleep(3)
        with pytest.raises(JobNotFound, match="kept no longer"):
            queue.get_job(ctx, good.id)
        assert queue.get_job(ctx, bad.id).status is Status.FAILED
        time.sleep(600)
        with pytest.raises(JobNotFound):
            queue.get_job(ctx, bad.id)


def test_what_is_said_of_a_job(clock: Any) -> None:
    with queue_of(nap) as queue:
        job = submit(queue, 2, max_retry=3)
        ended = queue.wait(ctx, job.id)
    assert repr(job) == f"<Job {job.id} 'webhook' pending, attempts=0>"
    assert (ended.type, ended.max_retry, ended.payload, ended.final, job.final) == ("webhook", 3, 2, True, False)
    assert (ended.updated_at - ended.created_at).total_seconds() == pytest.approx(2.0, abs=0.001)
    with pytest.raises(AttributeError):
        job.payload = 3  # type: ignore[misc]


def test_each_attempt_is_logged(clock: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "goqueue")
    job = run(queue_of(fail, workers=1, retry=Retry(attempts=2, base=0.0)))
    assert caplog.messages == [
        f"[WORKER-1] Processing job {job.id} (attempt 1/2)",
        f"[WORKER-1] Job {job.id}: ConnectionError: attempt 1; pending",
        f"[WORKER-1] Processing job {job.id} (attempt 2/2)",
        f"Job {job.id} (webhook) failed at attempt 2: ConnectionError: attempt 2",
    ]
    last = caplog.records[-1]
    assert (last.levelname, last.exc_info and last.exc_info[0]) == ("ERROR", ConnectionError)


def test_the_decorator_registers_as_the_method_does_and_leaves_the_function(clock: Any) -> None:
    queue = Queue()

    @queue.handler("webhook", retry=Retry(attempts=2, base=0.0), timeout=60.0)
    def deliver(ctx: JobContext, payload: Any) -> None:
        raise ConnectionError(f"{ctx.remaining()} s left")

    assert queue.registry.get_handler("webhook") is deliver
    with pytest.raises(ValueError, match="has a handler already"):
        queue.handler("webhook")(listen)
    assert queue.registry.get_handler("webhook") is deliver
    job = run(queue)
    assert (job.attempts, job.error) == (2, "ConnectionError: 60.0 s left")


def submits(payload: Any = None, job_type: Any = "a", ctx: Context = ctx, **options: Any) -> Any:
    """Return what submits a job with these options to a new queue."""
    return lambda: Queue().submit_job(ctx, job_type, payload, **options)


BAD: list[tuple[type[Exception], str, Any]] = [
    (ValueError, "workers is 0", lambda: Queue(workers=0)),
    (TypeError, "workers is 'four'", lambda: Queue(workers="four")),  # type: ignore[arg-type]
    (ValueError, "buffer_size is 0", lambda: Queue(buffer_size=0)),
    (TypeError, "buffer_size is 1.5", lambda: Queue(buffer_size=1.5)),  # type: ignore[arg-type]
    (TypeError, "job type is 17", submits(job_type=17)),
    (TypeError, r"job type is \[\]", submits(job_type=[])),
    (ValueError, "job type is ''", submits(job_type="")),
    (TypeError, "max_retry is '3'", submits(max_retry="3")),
    (ValueError, "max_retry is -1", submits(max_retry=-1)),
    (TypeError, "max_retry is True", lambda: Queue().submit_many(ctx, "a", [1], True)),
    (ValueError, "delay is -1", submits(delay=-1)),
    (TypeError, "delay is '5'", submits(delay="5")),
    (ValueError, "delay is inf", submits(delay=float("inf"))),
    (ValueError, "timeout is nan", submits(timeout=float("nan"))),
    (ValueError, "deadline is", submits(deadline=datetime(2026, 1, 1))),
    (TypeError, "deadline is 17: it must be", submits(deadline=17)),
    (TypeError, "retry is 3", submits(retry=3)),
    (ValueError, "context values cannot be JSON", submits(ctx=ctx.with_value("a", float("inf")))),
    (TypeError, "handler for 'a' is None", lambda: Queue().register_handler("a", None)),  # type: ignore[arg-type]
    (TypeError, "retry is 3", lambda: Queue().register_handler("a", nap, retry=3)),  # type: ignore[arg-type]
    (ValueError, "grace is -1", lambda: Queue().stop(grace=-1)),
    (TypeError, "grace is None", lambda: Queue().stop(grace=None)),  # type: ignore[arg-type]
    (TypeError, "older_than is '5'", lambda: Queue().list_jobs(ctx, older_than="5")),  # type: ignore[arg-type]
    (JobNotFound, "no job 'job-1'", lambda: Queue().list_jobs(ctx, after="job-1")),
    (ValueError, "limit is 0", lambda: Queue().list_jobs(ctx, limit=0)),
    (ValueError, "'done' is not a valid Status", lambda: Queue().list_jobs(ctx, status="done")),
    (ValueError, "most is -1", lambda: Retention(most=-1)),
    (HandlerNotFound, "no handler for job type 'a'", lambda: Queue().registry.get_handler("a")),
]


@pytest.mark.parametrize(("kind", "says", "do"), BAD, ids=lambda part: part if isinstance(part, str) else "")
def test_bad_input_is_named(kind: type[Exception], says: str, do: Any) -> None:
    with pytest.raises(kind, match=says):
        do()
