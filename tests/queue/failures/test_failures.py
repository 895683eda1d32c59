"""What is kept and said of attempts that fail, whose policy counts, and what of an attempt ends with it."""

import contextvars
import decimal
import logging
import time
from pathlib import Path
from typing import Any

import pytest

from goqueue import HandlerNotFound, JobContext, MemoryStorage, Queue, Retry, SQLiteStorage, Status
from goqueue.failure import EARLIER, LINE, TRACE, history_after, packed, unpacked
from goqueue.storage import Storage

from ..parts import ctx, fail, queue_of, run, submit


def of_the_partner(payload: Any) -> None:
    raise OSError("503 from the partner")


def deliver(ctx: JobContext, payload: Any) -> None:
    try:
        of_the_partner(payload)
    except OSError as err:
        raise ConnectionError(f"attempt {ctx.attempt}") from err


@pytest.fixture(params=["memory", "file"])
def storage(clock: Any, request: pytest.FixtureRequest, path: Path) -> Any:
    storage: Storage = MemoryStorage() if request.param == "memory" else SQLiteStorage(path)
    yield storage
    storage.close()


def test_a_failed_job_has_its_traceback_with_causes_and_the_errors_before(storage: Storage) -> None:
    queue = Queue(storage=storage)
    queue.register_handler("webhook", deliver, retry=Retry(attempts=3, base=0.0))
    job = run(queue)
    assert job.error == "ConnectionError: attempt 3"
    assert job.history == ("ConnectionError: attempt 1", "ConnectionError: attempt 2")
    for part in ("of_the_partner", "OSError: 503 from the partner", "direct cause", "in deliver", "attempt 3"):
        assert part in job.traceback
    assert "run_attempt" not in job.traceback


def test_a_success_keeps_what_failed_before_it(storage: Storage) -> None:
    def second(ctx: JobContext, payload: Any) -> int:
        if ctx.attempt == 1:
            fail(ctx, payload)
        return ctx.attempt

    queue = Queue(storage=storage)
    queue.register_handler("webhook", second, retry=Retry(attempts=3, base=0.0))
    job = run(queue)
    assert (job.status, job.result, job.error, job.traceback) == (Status.COMPLETED, 2, "", "")
    assert job.history == ("ConnectionError: attempt 1",)


def test_texts_are_bounded(clock: Any) -> None:
    def shout(ctx: JobContext, payload: Any) -> None:
        raise ValueError("x" * 4_000_000 + "\x1fend")

    job = run(queue_of(shout, retry=Retry(attempts=EARLIER + 5, base=0.0)))
    assert len(job.error) == LINE
    assert job.error.endswith("end")
    assert len(job.traceback) <= TRACE
    assert len(job.history) == EARLIER
    assert len(packed(job.error, job.traceback, job.history)) < 15_000


def test_an_endless_recursion_and_an_error_without_a_text_have_tracebacks_too(clock: Any) -> None:
    class Silent(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    def endless(ctx: JobContext, payload: Any) -> None:
        if payload == "silent":
            raise Silent
        endless(ctx, payload)

    with queue_of(endless) as queue:
        deep, silent = queue.wait_many(ctx, [submit(queue), submit(queue, "silent")])
    assert "endless" in deep.traceback
    assert silent.error == "Silent: (its message cannot be read)"
    assert "in endless" in silent.traceback


def test_jobs_that_fail_alike_share_one_text(clock: Any) -> None:
    def down(ctx: JobContext, payload: Any) -> None:
        raise ConnectionError("503")

    with queue_of(down) as queue:
        jobs = queue.wait_many(ctx, queue.submit_many(ctx, "webhook", range(3)))
    assert len({id(job._error) for job in jobs}) == 1


def test_what_a_text_keeps_comes_back() -> None:
    assert unpacked("ValueError: a\nb") == ("ValueError: a\nb", "", ())
    assert history_after("") == []
    assert unpacked(packed("", "", ["a"])) == ("", "", ("a",))


def test_a_failure_for_good_is_one_record_at_error(clock: Any, caplog: pytest.LogCaptureFixture) -> None:
    with queue_of(deliver, retry=Retry(attempts=2, base=0.0)) as queue:
        job, other = queue.wait_many(ctx, [submit(queue), queue.submit_job(ctx, "nobody")])
    first, second = sorted(caplog.records, key=lambda record: "nobody" in record.getMessage())
    assert (first.levelno, second.levelno) == (logging.ERROR, logging.ERROR)
    assert first.getMessage() == f"Job {job.id} (webhook) failed at attempt 2: ConnectionError: attempt 2"
    assert f"{other.id} (nobody)" in second.getMessage()
    assert first.exc_info is not None
    assert first.exc_info[2] is not None
    assert second.exc_info is not None
    assert second.exc_info[0] is HandlerNotFound


def test_a_level_that_is_set_after_the_start_counts(clock: Any, caplog: pytest.LogCaptureFixture) -> None:
    with queue_of(lambda ctx, payload: None) as queue:
        queue.wait(ctx, submit(queue))
        assert caplog.messages == []
        caplog.set_level(logging.INFO, "goqueue")
        time.sleep(1.5)
        job = queue.wait(ctx, submit(queue))
    assert len(caplog.messages) == 1
    assert f"Processing job {job.id}" in caplog.messages[0]


precision: contextvars.ContextVar[int] = contextvars.ContextVar("precision", default=0)


def test_what_a_handler_sets_in_its_context_ends_with_its_attempt(clock: Any) -> None:
    def sets(ctx: JobContext, payload: Any) -> list[int]:
        seen = [precision.get(), decimal.getcontext().prec]
        precision.set(7)
        decimal.getcontext().prec = 7
        return seen

    with queue_of(sets, workers=1) as queue:
        jobs = queue.wait_many(ctx, queue.submit_many(ctx, "webhook", range(3)))
    assert [job.result for job in jobs] == [[0, 28]] * 3


@pytest.mark.parametrize(
    ("said", "attempts"),
    [({}, 3), ({"max_retry": 1}, 1), ({"max_retry": 2}, 2), ({"retry": Retry(attempts=4, base=0.0)}, 4)],
    ids=repr,
)
def test_the_handlers_policy_counts_if_the_submitter_says_nothing(
    storage: Storage, said: dict[str, Any], attempts: int
) -> None:
    web = Queue(storage=storage)  # registers no handlers
    job = web.submit_job(ctx, "webhook", **said)
    assert job.max_retry == (None if not said else attempts)
    many = web.submit_many(ctx, "webhook", [1], **said)
    worker = Queue(storage=storage)
    worker.register_handler("webhook", fail, retry=Retry(attempts=3, base=0.0))
    with worker:
        ended = worker.wait_many(ctx, [job, *many])
    assert [(each.status, each.attempts) for each in ended] == [(Status.FAILED, attempts)] * 2


@pytest.mark.parametrize(("said", "seconds"), [({}, 2.0), ({"timeout": 5.0}, 5.0)], ids=repr)
def test_the_handlers_timeout_counts_if_the_submitter_says_nothing(
    storage: Storage, said: dict[str, Any], seconds: float
) -> None:
    def listens(ctx: JobContext, payload: Any) -> None:
        begun = time.monotonic()
        ctx.wait(60.0)
        assert time.monotonic() - begun == pytest.approx(seconds, abs=0.1)
        ctx.raise_if_done()

    web = Queue(storage=storage)  # registers no handlers
    job = web.submit_job(ctx, "webhook", **said)
    worker = Queue(storage=storage)
    worker.register_handler("webhook", listens, timeout=2.0)
    with worker:
        assert worker.wait(ctx, job).error == "DeadlineExceeded: the time was up"
