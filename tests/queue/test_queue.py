"""What the queue does for its callers, in virtual time on real threads."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from goqueue import (
    Cancelled,
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
from goqueue.testing import virtual_time

ctx = Context()


@pytest.fixture
def clock() -> Iterator[Any]:
    with virtual_time() as now:
        yield now


def nap(ctx: JobContext, payload: Any) -> Any:
    """Sleep for as long as the payload says, and listen to nobody."""
    time.sleep(payload)
    return payload


def listen(ctx: JobContext, payload: Any) -> None:
    """Wait for as long as the payload says, and give up when told to."""
    ctx.wait(payload)
    ctx.raise_if_done()


def queue_of(**handlers: Any) -> Queue:
    queue = Queue(workers=2)
    for name, handler in handlers.items():
        queue.register_handler(name, handler)
    return queue


# -- waiting --------------------------------------------------------------------------------------------


def test_wait_returns_the_job_when_it_has_ended(clock: Any) -> None:
    with queue_of(nap=nap) as queue:
        job = queue.wait(ctx, queue.submit_job(ctx, "nap", 2.5).id)
        assert (job.status, job.result, time.monotonic()) == (Status.COMPLETED, 2.5, 2.5)
        assert queue.wait(ctx, job.id) == job  # it has ended: at once


def test_wait_many_keeps_the_order_asked_for_and_as_completed_does_not(clock: Any) -> None:
    with queue_of(nap=nap) as queue:
        slow, fast = (job.id for job in queue.submit_many(ctx, "nap", [3, 1]))
        assert [job.id for job in queue.as_completed(ctx, [slow, fast])] == [fast, slow]
        assert [job.id for job in queue.wait_many(ctx, [slow, fast, slow])] == [slow, fast, slow]
        assert list(queue.as_completed(ctx, [])) == []
        again = [job.id for job in queue.as_completed(ctx, [fast, slow, fast])]
        assert again == [slow, fast]  # each once; of those that have ended the oldest first


def test_a_wait_ends_with_its_context(clock: Any) -> None:
    with queue_of(nap=nap) as queue:
        job = queue.submit_job(ctx, "nap", 60)
        with pytest.raises(DeadlineExceeded):
            queue.wait(ctx.with_timeout(5), job.id)
        assert time.monotonic() == 5.0
        mine = ctx.with_cancel()
        timer = threading.Timer(3.0, mine.cancel)
        timer.start()
        with pytest.raises(Cancelled):
            queue.wait(mine, job.id)
        assert time.monotonic() == 8.0


def test_an_unknown_id_is_an_error_and_never_pending(clock: Any) -> None:
    queue = Queue()
    for job_id in ("job-1", "", "0" * 16 + "-" + "0" * 12, None, 17):
        for ask in (queue.get_job, queue.wait, queue.cancel, queue.delete):
            with pytest.raises(JobNotFound, match="no job"):
                ask(ctx, job_id)  # type: ignore[arg-type]


def test_waiting_for_a_job_that_is_deleted_is_an_error(clock: Any) -> None:
    queue = Queue()
    job = queue.submit_job(ctx, "webhook", {})
    threading.Timer(1.0, queue.delete, (ctx, job.id)).start()
    with pytest.raises(JobNotFound):
        queue.wait(ctx, job.id)
    assert time.monotonic() == 1.0


def test_a_job_of_another_queue_is_unknown_though_it_has_the_same_moment(clock: Any) -> None:
    mine, other = Queue(), Queue()
    job, theirs = mine.submit_job(ctx, "webhook"), other.submit_job(ctx, "webhook")
    assert job.id[:16] == theirs.id[:16]
    for unknown in (theirs, theirs.id):
        for ask in (mine.get_job, mine.wait, mine.cancel, mine.delete):
            with pytest.raises(JobNotFound, match=theirs.id):
                ask(ctx, unknown)
        with pytest.raises(JobNotFound, match=theirs.id):
            mine.list_jobs(ctx, after=unknown)
    assert mine.list_jobs(ctx) == [job]


def test_who_waits_for_a_pending_job_hears_that_it_was_cancelled(clock: Any) -> None:
    queue = Queue()
    job = queue.submit_job(ctx, "webhook")
    threading.Timer(1.0, queue.cancel, (ctx, job)).start()
    assert queue.wait(ctx, job).status is Status.CANCELLED
    assert time.monotonic() == 1.0


# -- cancelling, timeouts, deadlines -------------------------------------------------------------------


def test_a_pending_job_is_cancelled_at_once_and_never_runs(clock: Any) -> None:
    queue = queue_of(nap=nap)
    job = queue.submit_job(ctx, "nap", 1)
    assert queue.cancel(ctx, job.id).status is Status.CANCELLED
    with queue:
        time.sleep(5)
    assert (queue.get_job(ctx, job.id).status, queue.get_job(ctx, job.id).attempts) == (Status.CANCELLED, 0)


def test_a_running_job_is_cancelled_when_its_handler_has_stopped(clock: Any) -> None:
    with queue_of(listen=listen) as queue:
        job = queue.submit_job(ctx, "listen", 60, max_retry=5)
        time.sleep(1)
        assert queue.cancel(ctx, job.id).status is Status.RUNNING
        ended = queue.wait(ctx, job.id)
        assert (ended.status, ended.attempts, time.monotonic()) == (Status.CANCELLED, 1, 1.0)
        assert ended.error == "Cancelled: the job was cancelled"


def test_a_handler_that_does_not_listen_completes_though_it_was_cancelled(clock: Any) -> None:
    with queue_of(nap=nap) as queue:
        job = queue.submit_job(ctx, "nap", 5)
        time.sleep(1)
        queue.cancel(ctx, job.id)
        time.sleep(1)
        assert queue.get_job(ctx, job.id).status is Status.RUNNING
        assert queue.wait(ctx, job.id).status is Status.COMPLETED
        assert queue.cancel(ctx, job.id).status is Status.COMPLETED  # too late: it stays as it is


def test_a_cancelled_retry_does_not_come_back(clock: Any) -> None:
    queue = Queue()
    queue.register_handler("webhook", lambda ctx, payload: 1 / 0, retry=Retry(attempts=3, base=60.0, jitter=False))
    with queue:
        job = queue.submit_job(ctx, "webhook", {})
        time.sleep(1)
        assert queue.cancel(ctx, job.id).status is Status.CANCELLED
        time.sleep(600)
    assert queue.get_job(ctx, job.id).attempts == 1


def test_a_time_out_ends_each_attempt(clock: Any) -> None:
    queue = Queue()
    queue.register_handler("listen", listen, timeout=2.0, retry=Retry(attempts=2, base=10.0, jitter=False))
    with queue:
        job = queue.wait(ctx, queue.submit_job(ctx, "listen", 60).id)
        assert (job.status, job.attempts, time.monotonic()) == (Status.FAILED, 2, 2 + 10 + 2)
        assert job.error == "DeadlineExceeded: the time was up"
        own = queue.wait(ctx, queue.submit_job(ctx, "listen", 60, 1, timeout=1.0).id)
        assert (own.status, time.monotonic()) == (Status.FAILED, 15.0)


def test_nothing_of_a_job_runs_after_its_deadline(clock: Any) -> None:
    queue = Queue()
    queue.register_handler("listen", listen, retry=Retry(attempts=5, base=0.0))
    deadline = datetime.fromtimestamp(time.time(), UTC) + timedelta(seconds=3)
    with queue:
        job = queue.wait(ctx, queue.submit_job(ctx, "listen", 60, deadline=deadline).id)
        late = queue.wait(ctx, queue.submit_job(ctx, "listen", 60, deadline=deadline).id)
    assert (job.status, job.attempts, time.monotonic()) == (Status.FAILED, 1, 3.0)
    assert (late.status, late.error) == (Status.FAILED, "DeadlineExceeded: the time was up")


def test_a_handler_that_overruns_costs_no_worker(clock: Any) -> None:
    queue = Queue(workers=1)
    queue.register_handler("nap", nap, timeout=1.0)
    with queue:
        stuck = queue.submit_job(ctx, "nap", 3600)
        quick = queue.wait(ctx, queue.submit_job(ctx, "nap", 0.5).id)
        assert quick.status is Status.COMPLETED
        assert time.monotonic() < 5.0
        assert queue.get_job(ctx, stuck.id).status is Status.RUNNING  # which is the truth
        report = queue.stop(grace=0.0)
    assert report.still_running == (stuck.id,)


# -- retries --------------------------------------------------------------------------------------------


def test_only_some_errors_are_tried_again(clock: Any) -> None:
    def deliver(ctx: JobContext, kind: str) -> None:
        raise {"down": ConnectionError, "reset": ConnectionResetError, "gone": LookupError}[kind](kind)

    queue = Queue()
    policy = Retry(attempts=4, base=0.0, retry_on=(OSError,), give_up_on=(ConnectionResetError,))
    queue.register_handler("webhook", deliver, retry=policy)
    with queue:
        jobs = queue.submit_many(ctx, "webhook", ["down", "reset", "gone"])
        assert [job.attempts for job in queue.wait_many(ctx, [job.id for job in jobs])] == [4, 1, 1]


def test_the_errors_of_a_jobs_own_policy_count_for_it(clock: Any) -> None:
    def deliver(ctx: JobContext, kind: str) -> None:
        raise {"down": ConnectionError, "reset": ConnectionResetError, "gone": LookupError}[kind](kind)

    queue = queue_of(webhook=deliver)
    own = Retry(attempts=4, base=0.0, retry_on=(OSError,), give_up_on=(ConnectionResetError,))
    with queue:
        jobs = queue.submit_many(ctx, "webhook", ["down", "reset", "gone"], retry=own)
        assert [job.attempts for job in queue.wait_many(ctx, jobs)] == [4, 1, 1]


def test_a_job_may_have_a_policy_of_its_own(clock: Any) -> None:
    queue = queue_of(webhook=lambda ctx, payload: 1 / 0)
    with queue:
        job = queue.submit_job(
            ctx, "webhook", {}, retry=Retry(attempts=3, base=100.0, factor=3.0, cap=1e6, jitter=False)
        )
        assert queue.wait(ctx, job.id).attempts == 3
        assert time.monotonic() == 400.0


def test_a_delayed_job_comes_when_it_is_due_and_holds_nobody_back(clock: Any) -> None:
    with queue_of(nap=nap) as queue:
        late = queue.submit_job(ctx, "nap", 0, delay=90.0)
        soon = queue.submit_job(ctx, "nap", 0, delay=30.0)
        queue.wait(ctx, queue.submit_job(ctx, "nap", 0).id)
        assert time.monotonic() == 0.0
        assert [job.id for job in queue.as_completed(ctx, [late.id, soon.id])] == [soon.id, late.id]
        assert time.monotonic() == 90.0


# -- stopping -------------------------------------------------------------------------------------------


def test_start_blocks_until_its_context_ends_and_returns_the_report(clock: Any) -> None:
    queue = queue_of(nap=nap)
    queue.submit_many(ctx, "nap", [1, 1, 1])
    report = queue.start(ctx.with_timeout(1.5))
    assert (report.completed, time.monotonic()) == (3, 2.0)
    assert queue.stop() is report
    with pytest.raises(RuntimeError, match="started before"):
        queue.start(ctx)


def test_stop_waits_for_the_grace_then_tells_then_names(clock: Any) -> None:
    with queue_of(listen=listen, nap=nap) as queue:
        listens = queue.submit_job(ctx, "listen", 3600)
        deaf = queue.submit_job(ctx, "nap", 3600)
        time.sleep(1)
        report = queue.stop(grace=5.0)
        assert 6.0 <= time.monotonic() <= 7.0
    assert (report.handed_back, report.still_running) == ((listens.id,), (deaf.id,))


def test_a_wait_for_a_job_that_will_not_end_is_an_error(clock: Any) -> None:
    queue = queue_of(nap=nap)
    jobs = queue.submit_many(ctx, "nap", [10, 10, 10])
    threading.Timer(1.0, queue.stop).start()
    with queue, pytest.raises(QueueStopped, match="has not ended: it is kept"):
        queue.wait(ctx, jobs[2].id)
    assert time.monotonic() == 10.0
    assert queue.wait(ctx, jobs[0].id).status is Status.COMPLETED


def test_a_job_cancelled_as_it_is_cut_short_was_not_handed_back(clock: Any) -> None:
    with queue_of(listen=listen) as queue:
        job = queue.submit_job(ctx, "listen", 60)
        time.sleep(1)
        queue.storage.cancel(int(job.id[:16], 16))  # marked, and its context not told yet
        report = queue.stop(grace=0.0)
    assert queue.get_job(ctx, job.id).status is Status.CANCELLED
    assert report.handed_back == ()


def test_two_stops_at_once_return_the_same(clock: Any) -> None:
    reports = []
    with queue_of(nap=nap) as queue:
        queue.submit_job(ctx, "nap", 5)
        time.sleep(1)
        threads = [threading.Thread(target=lambda: reports.append(queue.stop())) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(reports) == 3
    assert reports[0] is reports[1] is reports[2]


def test_a_handler_may_stop_the_queue(clock: Any) -> None:
    queue = Queue()
    queue.register_handler("last", lambda ctx, payload: queue.stop(grace=0.0)._asdict())
    with queue:
        job = queue.submit_job(ctx, "last", {})
        time.sleep(10)
    ended = queue.get_job(ctx, job)
    assert (ended.status, ended.error) == (Status.COMPLETED, "")
    assert ended.result == {"completed": 0, "handed_back": [], "still_running": [job.id]}  # the handler's own


def test_a_producer_that_waits_for_room_hears_of_the_stop(clock: Any) -> None:
    queue = Queue(workers=1, buffer_size=1)
    queue.register_handler("nap", nap)
    said: list[tuple[str, float]] = []

    def produce() -> None:
        try:
            for _ in range(10):
                queue.submit_job(ctx, "nap", 100)
        except QueueStopped as err:
            said.append((str(err), time.monotonic()))

    with queue:
        producer = threading.Thread(target=produce)
        producer.start()
        time.sleep(1)
        queue.stop(grace=0.0)
        producer.join()
    assert said == [("the queue has stopped and takes no more jobs: submit to one that runs", 1.0)]


@pytest.mark.parametrize("end", [Queue.cancel, Queue.delete])
def test_a_pending_job_that_is_ended_makes_room(clock: Any, end: Any) -> None:
    queue = Queue(buffer_size=1)
    job = queue.submit_job(ctx, "webhook", {})
    threading.Timer(1.0, end, (queue, ctx, job)).start()
    queue.submit_job(ctx.with_timeout(60.0), "webhook", {})
    assert time.monotonic() == 1.0


# -- looking, and forgetting ----------------------------------------------------------------------------


def test_listing_by_page_status_type_and_age(clock: Any) -> None:
    queue = queue_of(nap=nap)
    jobs = queue.submit_many(ctx, "nap", [0] * 25)
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


def test_delete_forgets_a_job_unless_it_runs(clock: Any) -> None:
    with queue_of(nap=nap) as queue:
        job = queue.submit_job(ctx, "nap", 5)
        time.sleep(1)
        with pytest.raises(ValueError, match="is running: cancel it"):
            queue.delete(ctx, job.id)
        queue.wait(ctx, job.id)
        queue.delete(ctx, job.id)
        with pytest.raises(JobNotFound):
            queue.get_job(ctx, job.id)


def test_retention_forgets_the_old_and_keeps_failures_longer(clock: Any) -> None:
    queue = Queue(storage=MemoryStorage(Retention(completed=60.0, failed=600.0)))
    queue.register_handler("nap", nap)
    queue.register_handler("bad", lambda ctx, payload: 1 / 0)
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
    with queue_of(nap=nap) as queue:
        job = queue.submit_job(ctx, "nap", 2, 3)
        ended = queue.wait(ctx, job.id)
    assert repr(job) == f"<Job {job.id} 'nap' pending, attempts=0>"
    assert (ended.type, ended.max_retry, ended.payload, ended.final, job.final) == ("nap", 3, 2, True, False)
    assert (ended.updated_at - ended.created_at).total_seconds() == pytest.approx(2.0, abs=0.001)
    with pytest.raises(AttributeError):
        job.payload = 3  # type: ignore[misc]


def test_each_attempt_is_logged_for_who_listens(clock: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "goqueue")
    queue = Queue(workers=1)
    queue.register_handler("webhook", lambda ctx, payload: 1 / 0, retry=Retry(attempts=2, base=0.0))
    with queue:
        job = queue.wait(ctx, queue.submit_job(ctx, "webhook", {}))
    assert caplog.messages == [
        f"[WORKER-1] Processing job {job.id} (attempt 1/2)",
        f"[WORKER-1] Job {job.id}: ZeroDivisionError: division by zero; pending",
        f"[WORKER-1] Processing job {job.id} (attempt 2/2)",
        f"[WORKER-1] Job {job.id}: ZeroDivisionError: division by zero; failed",
    ]


def test_each_of_many_delayed_jobs_comes_when_it_is_due_though_all_workers_sleep(clock: Any) -> None:
    late: list[float] = []
    queue = Queue(workers=4)
    queue.register_handler("webhook", lambda ctx, due: late.append(time.monotonic() - due))
    with queue:
        for number in range(1, 100):
            queue.submit_job(ctx, "webhook", number * 0.003, delay=number * 0.003)
        time.sleep(10.0)
    assert late == pytest.approx([0.0] * 99, abs=1e-6)


# -- bad input ------------------------------------------------------------------------------------------

BAD: list[tuple[type[Exception], str, Any]] = [
    (ValueError, "workers is 0", lambda: Queue(workers=0)),
    (TypeError, "workers is 'four'", lambda: Queue(workers="four")),  # type: ignore[arg-type]
    (ValueError, "buffer_size is 0", lambda: Queue(buffer_size=0)),
    (TypeError, "buffer_size is 1.5", lambda: Queue(buffer_size=1.5)),  # type: ignore[arg-type]
    (TypeError, "job type is 17", lambda: Queue().submit_job(ctx, 17)),  # type: ignore[arg-type]
    (TypeError, r"job type is \[\]", lambda: Queue().submit_job(ctx, [])),  # type: ignore[arg-type]
    (ValueError, "job type is ''", lambda: Queue().submit_job(ctx, "")),
    (TypeError, "max_retry is '3'", lambda: Queue().submit_job(ctx, "a", {}, "3")),  # type: ignore[arg-type]
    (ValueError, "max_retry is -1", lambda: Queue().submit_job(ctx, "a", {}, -1)),
    (ValueError, "delay is -1", lambda: Queue().submit_job(ctx, "a", delay=-1)),
    (ValueError, "timeout is nan", lambda: Queue().submit_job(ctx, "a", timeout=float("nan"))),
    (ValueError, "deadline is", lambda: Queue().submit_job(ctx, "a", deadline=datetime(2026, 1, 1))),
    (ValueError, "deadline is 17: it must be", lambda: Queue().submit_job(ctx, "a", deadline=17)),  # type: ignore[arg-type]
    (TypeError, "delay is '5'", lambda: Queue().submit_job(ctx, "a", delay="5")),  # type: ignore[arg-type]
    (ValueError, "delay is inf", lambda: Queue().submit_job(ctx, "a", delay=float("inf"))),
    (TypeError, "max_retry is True", lambda: Queue().submit_many(ctx, "a", [1], True)),
    (TypeError, "retry is 3", lambda: Queue().submit_job(ctx, "a", retry=3)),  # type: ignore[arg-type]
    (ValueError, "context values cannot be JSON", lambda: Queue().submit_job(ctx.with_value("a", float("inf")), "a")),
    (ValueError, "payload cannot be JSON: it contains itself", lambda: Queue().submit_job(ctx, "a", loop())),
    (TypeError, "handler for 'a' is None", lambda: Queue().register_handler("a", None)),  # type: ignore[arg-type]
    (TypeError, "retry is 3", lambda: Queue().register_handler("a", nap, retry=3)),  # type: ignore[arg-type]
    (ValueError, "cap is inf", lambda: Retry(cap=float("inf"))),
    (ValueError, "factor is 0.5", lambda: Retry(factor=0.5)),
    (TypeError, "retry_on holds 'OSError'", lambda: Retry(retry_on="OSError")),  # type: ignore[arg-type]
    (ValueError, "grace is -1", lambda: Queue().stop(grace=-1)),
    (TypeError, "grace is None", lambda: Queue().stop(grace=None)),  # type: ignore[arg-type]
    (TypeError, "older_than is '5'", lambda: Queue().list_jobs(ctx, older_than="5")),  # type: ignore[arg-type]
    (JobNotFound, "no job 'job-1'", lambda: Queue().list_jobs(ctx, after="job-1")),
    (ValueError, "limit is 0", lambda: Queue().list_jobs(ctx, limit=0)),
    (ValueError, "'done' is not a valid Status", lambda: Queue().list_jobs(ctx, status="done")),
    (ValueError, "most is -1", lambda: Retention(most=-1)),
    (HandlerNotFound, "no handler for job type 'a'", lambda: Queue().registry.get_handler("a")),
]


def loop() -> list[Any]:
    itself: list[Any] = []
    itself.append(itself)
    return itself


@pytest.mark.parametrize(("kind", "says", "do"), BAD, ids=lambda part: part if isinstance(part, str) else "")
def test_bad_input_is_named_and_leaves_nothing_behind(kind: type[Exception], says: str, do: Any) -> None:
    with pytest.raises(kind, match=says):
        do()


def test_the_decorator_registers_as_the_method_does_and_leaves_the_function(clock: Any) -> None:
    queue = Queue()

    @queue.handler("webhook", retry=Retry(attempts=2, base=0.0), timeout=60.0)
    def deliver(ctx: JobContext, payload: Any) -> None:
        raise ConnectionError(f"{ctx.remaining()} s left")

    assert queue.registry.get_handler("webhook") is deliver
    with queue:
        job = queue.wait(ctx, queue.submit_job(ctx, "webhook"))
    assert (job.attempts, job.error) == (2, "ConnectionError: 60.0 s left")


def test_a_type_has_one_handler() -> None:
    queue = queue_of(nap=nap)
    with pytest.raises(ValueError, match="has a handler already"):
        queue.handler("nap")(listen)
    assert queue.registry.get_handler("nap") is nap
