"""Dead letters: looked at, run again or discarded, and never twice; and waiting until all is done."""

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from goqueue import Context, Job, JobContext, JobForgotten, JobNotFound, MemoryStorage, Queue, Retry, Status
from goqueue.job import FAILED, Outcome, Record
from goqueue.races import explore
from goqueue.storage import Query, holders, lines, memory
from goqueue.testing import InlineQueue, virtual_time

from ..races.proving import proof, together

ctx = Context()


def fails(queue: Queue, down: list[str], kind: str = "webhook") -> None:
    def handler(ctx: JobContext, payload: Any) -> Any:
        if down:
            raise ConnectionError(down[0])
        return [payload, ctx.attempt, ctx.value("trace")]

    queue.register_handler(kind, handler, retry=Retry(attempts=2, base=0.0))


def test_a_dead_letter_runs_again_as_it_was_submitted(queue: Queue) -> None:
    down = ["503"]
    fails(queue, down)
    until = datetime.now(UTC) + timedelta(seconds=3)
    with queue:
        old = queue.submit_job(ctx.with_value("trace", "a1"), "webhook", 17, deadline=until, priority=3, key="mail-17")
        assert queue.wait(ctx, old).error == "ConnectionError: 503"
        (letter,) = queue.list_jobs(ctx, status="failed")
        down.clear()
        new = queue.retry(ctx, letter)
        ended = queue.wait(ctx, new)
    assert (ended.result, ended.priority, ended.key, ended.history) == ([17, 1, "a1"], 3, "mail-17", ())
    assert new.id != old.id
    with pytest.raises(JobForgotten):
        queue.get_job(ctx, old)


def test_a_retry_is_a_submission_for_those_who_listen(queue: Queue) -> None:
    down, heard = ["503"], []
    fails(queue, down)
    queue.on("submit")(lambda event: heard.append(event.job.id))
    with queue:
        old = [queue.wait(ctx, queue.submit_job(ctx, "webhook", number)) for number in (1, 2, 3)]
        one, others = queue.retry(ctx, old[0]), queue.retry_all(ctx)
        queue.drain(ctx)
    assert heard == [job.id for job in (*old, one, *others)]
    assert len(heard) >= 6


def test_all_of_a_type_run_again_or_are_discarded(queue: Queue) -> None:
    down = ["503"]
    for kind in ("webhook", "mail"):
        fails(queue, down, kind)
    with queue:
        jobs = [*queue.submit_many(ctx, "webhook", [1, 2, 3]), *queue.submit_many(ctx, "mail", [4, 5])]
        queue.wait_many(ctx, jobs)
        down.clear()
        again = queue.retry_all(ctx, "webhook")
        assert [job.result[0] for job in queue.wait_many(ctx, again)] == [1, 2, 3]
        assert queue.count(ctx)[Status.FAILED] == 2
        assert queue.discard_all(ctx, "mail") == 2
        assert queue.retry_all(ctx) == []
        assert queue.discard_all(ctx) == 0
    assert queue.count(ctx) == {**dict.fromkeys(Status, 0), Status.COMPLETED: 3}


def test_what_has_not_ended_does_not_run_again(queue: Queue) -> None:
    job = queue.submit_job(ctx, "webhook")
    with pytest.raises(ValueError, match=f"job {job.id} is pending: only a job that has ended can run again"):
        queue.retry(ctx, job)
    with pytest.raises(JobNotFound):
        queue.retry(ctx, "job-1")
    with pytest.raises(TypeError, match="job type is 17"):
        queue.retry_all(ctx, 17)  # type: ignore[arg-type]
    assert queue.count(ctx)[Status.PENDING] == 1


def test_a_letter_whose_key_is_taken_is_left(queue: Queue) -> None:
    down = ["503"]
    fails(queue, down)
    with queue:
        old = queue.wait(ctx, queue.submit_job(ctx, "webhook", key="mail-17"))
        queue.submit_job(ctx, "webhook", key="mail-17", delay=3600.0)
        with pytest.raises(ValueError, match="another job has its unique key 'mail-17'"):
            queue.retry(ctx, old)
        assert queue.retry_all(ctx) == []
        assert queue.get_job(ctx, old).status is Status.FAILED


def test_drain_waits_for_all_also_for_what_handlers_submit(queue: Queue) -> None:
    ran = []

    @queue.handler("webhook")
    def handler(ctx: JobContext, payload: int) -> None:
        ran.append(payload)
        if payload:
            queue.submit_job(ctx, "webhook", payload - 1, delay=0.5)

    with queue:
        queue.drain(ctx)
        queue.submit_many(ctx, "webhook", [2, 1])
        queue.drain(ctx)
        assert sorted(ran) == [0, 0, 1, 1, 2]
        queue.submit_job(ctx, "webhook", 0, delay=3600.0)
        with pytest.raises(TimeoutError):
            queue.drain(ctx.with_timeout(0.5))


class Between(MemoryStorage):
    """A job goes from one status to another between two looks, so that no list has it at first."""

    looks = 0

    def list_jobs(self, query: Query) -> list[Job]:
        self.looks += 1
        return [] if self.looks <= 2 else super().list_jobs(query)


def test_drain_overlooks_no_job_that_moves_meanwhile() -> None:
    with virtual_time() as clock:
        queue = Queue(workers=1, storage=Between())
        queue.register_handler("webhook", lambda ctx, payload: ctx.wait(1.0))
        with queue:
            queue.submit_job(ctx, "webhook")
            queue.drain(ctx)
            assert clock.now >= 1.0


def test_a_handler_does_not_drain() -> None:
    queue = Queue(workers=1)
    queue.register_handler("webhook", lambda ctx, payload: queue.drain(ctx))
    with queue:
        job = queue.wait(ctx, queue.submit_job(ctx, "webhook"))
    assert job.error.startswith("RuntimeError: drain() waits for all jobs, and this handler's is one of them")


def test_an_inline_queue_retries_and_drains() -> None:
    queue, down = InlineQueue(), ["503"]
    fails(queue, down)
    old = queue.submit_job(ctx, "webhook", 17)
    down.clear()
    new = queue.retry(ctx, old)
    queue.drain(ctx)
    assert queue.get_job(ctx, new).result == [17, 1, None]


def failed() -> tuple[MemoryStorage, Record]:
    storage, record = MemoryStorage(), Record("webhook", None)
    storage.add([record])
    storage.settle_and_claim([(storage.settle_and_claim((), 1)[0], Outcome(FAILED, error="no"))], 0)
    return storage, record


@proof
def test_two_operators_retry_a_letter_once() -> None:
    (storage, old), done = failed(), list[bool]()
    together(
        first=lambda: done.append(storage.renew(old.key, Record("webhook", None))),
        second=lambda: done.append(storage.renew(old.key, Record("webhook", None))),
    )
    assert sorted(done) == [False, True]
    assert storage.backlog() == sum(storage.count().values()) == 1


def test_an_interrupted_retry_leaves_one_of_the_two() -> None:
    """Ctrl-C at each step, by the race lab: never both, unless it comes between the last two steps; never none."""

    def model() -> None:
        storage, old = failed()
        with contextlib.suppress(KeyboardInterrupt):
            storage.renew(old.key, Record("webhook", None))
        assert storage.get(old.key) is not None or storage.backlog() == 1

    result = explore(model, modules=[memory, lines, holders], interrupts=1)
    assert result.verdict == "exhausted", result
