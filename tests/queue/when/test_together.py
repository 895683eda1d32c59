"""Batches and chains: the complaint about chords is that they never fire, or fire twice. These fire once."""

import itertools
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from goqueue import (
    DuplicateKey,
    Event,
    Job,
    JobContext,
    MemoryStorage,
    PayloadError,
    Progress,
    Queue,
    Retention,
    Retry,
    SQLiteStorage,
    Status,
)
from goqueue.job import COMPLETED
from goqueue.running.worker import Worker
from goqueue.storage import Query
from goqueue.storage.sqlite import check
from goqueue.testing import InlineQueue, RecordingQueue, virtual_time

from ..files import write
from ..parts import Clock, ctx


@pytest.fixture(params=["memory", "file"])
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Queue]:
    """A queue in virtual time."""
    with virtual_time():
        queue = Queue(workers=2, storage=MemoryStorage() if request.param == "memory" else tmp_path / "jobs.db")
        handlers(queue)
        yield queue
        queue.close()


def handlers(queue: Queue) -> list[Any]:
    """Register handlers, and return where "sum" notes what it was given."""
    given: list[Any] = []

    def count(ctx: JobContext, payload: Any) -> Any:
        if payload == "down":
            raise ConnectionError("503")
        return 10 * payload

    def total(ctx: JobContext, payload: Any) -> Any:
        given.append((payload, ctx.before))
        return sum(each or 0 for each in payload)

    queue.register_handler("count", count)
    queue.register_handler("sum", total)
    queue.register_handler("more", lambda ctx, payload: payload + 1)
    queue.register_handler("values", lambda ctx, payload: [ctx.value("trace"), payload])
    return given


def counts(*payloads: Any) -> list[tuple[str, Any]]:
    return [("count", payload) for payload in payloads]


def test_the_last_of_a_batch_gets_all_results_in_order(queue: Queue) -> None:
    with queue:
        job = queue.submit_batch(ctx, counts(*range(20)), "sum")
        assert (job.status, job.type, job.before) == (Status.PENDING, "sum", ())
        ended = queue.wait(ctx, job)
    assert (ended.id, ended.result, ended.attempts) == (job.id, 10 * sum(range(20)), 1)
    assert len(queue.list_jobs(ctx)) == 21


def test_each_step_of_a_chain_gets_the_result_of_the_one_before(queue: Queue) -> None:
    with queue:
        job = queue.wait(ctx, queue.submit_chain(ctx, [("count", 1), "more", "more", ("more", 40), "more"]))
    assert job.result == 42  # a payload of its own goes before a result


def test_a_chain_may_be_part_of_a_batch(queue: Queue) -> None:
    with queue:
        job = queue.wait(ctx, queue.submit_batch(ctx, [[("count", 1), "more"], ("count", 2)], "sum"))
    assert job.result == 31


def test_what_is_known_is_seen_while_it_waits(queue: Queue) -> None:
    queue.register_handler("slow", lambda ctx, payload: ctx.wait(payload))
    with queue:
        job = queue.submit_batch(ctx, [("count", 1), ("slow", 60.0)], "values")
        time.sleep(30.0)
        now = queue.get_job(ctx, job)
        assert (now.status, now.attempts, now.progress, now.result) == (
            Status.PENDING,
            0,
            Progress(1, 2, "jobs"),
            None,
        )
        before = [queue.get_job(ctx, each) for each in now.before]
        assert [(each.type, each.key) for each in before] == [("count", f"{job.id}/0"), ("slow", f"{job.id}/1")]
        begun = time.monotonic()
        queue.wait(ctx, job)
        assert time.monotonic() - begun < 36.0  # a look comes at least each five seconds


def test_values_and_priority_travel_and_the_rest_is_the_last_ones(queue: Queue) -> None:
    with queue:
        job = queue.submit_chain(ctx.with_value("trace", "a1"), ["values", "values"], priority=3, key="mail-17")
        (before,) = [queue.get_job(ctx, each) for each in wait_for_looks(queue, job).before]
        assert queue.wait(ctx, job).result == ["a1", ["a1", None]]
    assert (before.priority, job.key) == (3, "mail-17")


def wait_for_looks(queue: Queue, job: Job) -> Job:
    while not (now := queue.get_job(ctx, job)).before and not now.final:
        time.sleep(0.01)
    return now


def test_a_key_makes_a_batch_idempotent(queue: Queue) -> None:
    first = queue.submit_batch(ctx, counts(1), "sum", key="report-11")
    assert queue.submit_batch(ctx, counts(1), "sum", key="report-11").id == first.id
    with pytest.raises(DuplicateKey):
        queue.submit_batch(ctx, counts(1), "sum", key="report-11", on_duplicate="raise")
    assert len(queue.list_jobs(ctx)) == 1


@pytest.mark.parametrize(
    ("if_failed", "status", "result"),
    [("fail", Status.FAILED, None), ("cancel", Status.CANCELLED, None), ("run", Status.COMPLETED, 30)],
)
def test_what_a_failure_means_is_the_callers_choice(queue: Queue, if_failed: Any, status: Status, result: Any) -> None:
    with queue:
        job = queue.wait(ctx, queue.submit_batch(ctx, counts(1, "down", 2), "sum", if_failed=if_failed))
    assert (job.status, job.result) == (status, result)
    if if_failed != "run":
        assert job.error == (
            f"BatchFailed: 1 of 3 jobs before it have not completed: {job.before[1]} failed: ConnectionError: 503"
        )


def test_what_runs_nevertheless_is_told_of_each_end(queue: Queue) -> None:
    given: list[Any] = []
    queue.register_handler("look", lambda ctx, payload: given.extend(ctx.before))
    with queue:
        queue.wait(ctx, queue.submit_batch(ctx, counts(1, "down"), "look", if_failed="run"))
    assert [(each.status, each.result, each.error) for each in given] == [
        (Status.COMPLETED, 10, ""),
        (Status.FAILED, None, "ConnectionError: 503"),
    ]


def test_each_step_after_one_that_failed_fails(queue: Queue) -> None:
    with queue:
        job = queue.wait(ctx, queue.submit_chain(ctx, [("count", "down"), "more", "more"]))
    assert job.status is Status.FAILED
    assert job.error.count("BatchFailed") == 2
    assert "ConnectionError: 503" in job.error


@pytest.mark.parametrize("how", ["cancel", "delete"])
def test_a_job_that_somebody_ends_ends_the_wait(queue: Queue, how: str) -> None:
    queue.pause(ctx, "count")
    with queue:
        job = queue.submit_batch(ctx, counts(1, 2), "sum")
        first, _ = wait_for_looks(queue, job).before
        getattr(queue, how)(ctx, first)
        queue.resume(ctx, "count")
        ended = queue.wait(ctx, job)
    assert ended.status is Status.FAILED
    assert f"{first} {'cancelled' if how == 'cancel' else 'forgotten'}" in ended.error


def test_cancelling_the_last_leaves_the_others_alone(queue: Queue) -> None:
    queue.pause(ctx, "count")
    with queue:
        job = queue.submit_batch(ctx, counts(1, 2), "sum")
        before = wait_for_looks(queue, job).before
        assert queue.cancel(ctx, job).status is Status.CANCELLED
        queue.resume(ctx, "count")
        assert [each.status for each in queue.wait_many(ctx, before)] == [Status.COMPLETED] * 2
    assert queue.get_job(ctx, job).attempts == 0


def test_an_attempt_that_fails_keeps_the_results(queue: Queue) -> None:
    ran = []

    @queue.handler("flaky", retry=Retry(attempts=3, base=60.0))
    def flaky(ctx: JobContext, payload: Any) -> Any:
        ran.append(payload)
        if ctx.attempt < 3:
            raise ConnectionError(f"attempt {ctx.attempt}")
        return payload

    with queue:
        job = queue.wait(ctx, queue.submit_batch(ctx, counts(1, 2), "flaky"))
    assert (job.result, job.attempts, ran) == ([10, 20], 3, [[10, 20]] * 3)
    assert len(queue.list_jobs(ctx)) == 3


def test_a_retry_runs_only_what_has_not_completed(queue: Queue) -> None:
    down, ran = ["503"], []

    @queue.handler("flaky")
    def flaky(ctx: JobContext, payload: Any) -> Any:
        ran.append(payload)
        if payload == 2 and down:
            raise ConnectionError(down.pop())
        return payload

    with queue:
        job = queue.wait(ctx, queue.submit_batch(ctx, [("flaky", 1), ("flaky", 2)], "sum"))
        assert job.status is Status.FAILED
        again = queue.wait(ctx, queue.retry(ctx, job))
    assert (again.result, sorted(ran)) == (3, [1, 2, 2])


def test_a_retry_waits_for_what_still_runs(queue: Queue) -> None:
    """A deadline may end the last job before the others have ended."""
    ran = []

    def slow(ctx: JobContext, payload: Any) -> Any:
        ran.append(payload)
        time.sleep(60.0)
        return payload

    queue.register_handler("slow", slow)
    deadline = datetime.now(UTC) + timedelta(seconds=30)
    with queue:
        job = queue.wait(ctx, queue.submit_batch(ctx, [("slow", 17)], "sum", deadline=deadline))
        again = queue.wait(ctx, queue.retry(ctx, job))
    assert (job.status, again.result, ran) == (Status.FAILED, 17, [17])


def test_what_is_forgotten_early_is_no_result(tmp_path: Path) -> None:
    """But what was seen once is kept with the last job, however long it waits."""
    with virtual_time():
        for storage in (MemoryStorage(Retention(7.0)), SQLiteStorage(tmp_path / "a.db", retention=Retention(7.0))):
            queue = Queue(workers=2, storage=storage)
            handlers(queue)
            queue.register_handler("slow", lambda ctx, payload: ctx.wait(payload))
            with queue:
                job = queue.submit_batch(ctx, [*counts(1), ("slow", 30.0)], "values")
                assert queue.wait(ctx, job).result == [None, [10, False]]
            queue.close()


def test_a_deadline_ends_the_wait(queue: Queue) -> None:
    queue.register_handler("slow", lambda ctx, payload: ctx.wait(payload))
    deadline = datetime.now(UTC) + timedelta(seconds=60)
    with queue:
        job = queue.wait(ctx, queue.submit_batch(ctx, [("slow", 600.0)], "sum", deadline=deadline))
    assert (job.status, job.error) == (Status.FAILED, "DeadlineExceeded: the time was up")


def test_hooks_hear_of_jobs_and_not_of_looks(queue: Queue) -> None:
    heard: list[tuple[str, str]] = []
    for event in ("submit", "start", "success", "hand_back"):

        @queue.on(event)
        def note(event: Event) -> None:
            heard.append((event.name, event.job.type))

    with queue:
        queue.wait(ctx, queue.submit_chain(ctx, [("count", 1), "more"]))
    kinds, names = ("count", "more"), ("start", "submit", "success")
    assert sorted(heard) == sorted((name, kind) for name in names for kind in kinds)


def test_results_that_are_too_large_fail_it_by_name(queue: Queue) -> None:
    queue.register_handler("large", lambda ctx, payload: "x" * 200_000)
    with queue:
        job = queue.wait(ctx, queue.submit_batch(ctx, ["large", "large"], "values"))
    assert job.status is Status.FAILED
    assert job.error.startswith("PayloadError: what came of the 2 jobs before it is 400,")


def test_tasks_get_results_as_their_first_argument(queue: Queue) -> None:
    @queue.task()
    def price(order: int, factor: int = 100) -> int:
        return factor * order

    @queue.task()
    def total(ctx: JobContext, prices: list[int], *, currency: str = "EUR") -> str:
        return f"{sum(prices)} {currency} of {len(ctx.before)}"

    @queue.task()
    def shout(text: str = "", mark: str = "!") -> str:
        return text + mark

    with queue:
        last = queue.submit_batch(ctx, [price.call(17), price.call(18, factor=10)], total.call(currency="USD"))
        assert total.job(last.id).wait(60).result == "1880 USD of 2"
        steps: list[Any] = [price.call(17), price.call(factor=2), "more", shout.call("a", mark="?")]
        chain = queue.submit_chain(ctx, steps)
        assert shout.job(chain.id).wait(60).result == "a?"


def test_a_call_that_cannot_be_is_refused_where_it_is_made() -> None:
    queue = Queue()

    @queue.task()
    def send(order: int, *, to: str) -> None: ...

    with pytest.raises(TypeError, match=r"send\(\) missing a required argument: 'to'"):
        send.call(17)
    with pytest.raises(TypeError, match=r"send\(\) missing a required argument: 'to'"):
        send.call()
    with pytest.raises(PayloadError, match=r"order of send\(\) is '17': it must be int"):
        send.call("17", to="a")
    with pytest.raises(ValueError, match=r"send has options \(priority\): give them to submit_batch"):
        send.options(priority=3).call(17, to="a")
    with pytest.raises(TypeError, match=r"send\(\) lacks 'order', and no job comes before it"):
        queue.submit_chain(ctx, [send.call(to="a"), send.call(to="b")])


@pytest.mark.parametrize(
    ("jobs", "then", "error", "match"),
    [
        ([], "sum", ValueError, "jobs is empty: a batch needs one job or more"),
        ("count", "sum", TypeError, "jobs is 'count': it must be a list"),
        ([17], "sum", TypeError, "job is 17: it must be a type, a pair"),
        ([("count", 1, 2)], "sum", TypeError, "job is .* it must be a type, a pair"),
        (["count"], None, TypeError, "job is None: it must be a type"),
        (["count"], "", ValueError, "job type is ''"),
        ([("count", {17})], "sum", PayloadError, "payload cannot be JSON"),
        ([("count", "x" * 200_000)] * 2, "sum", PayloadError, "the batch is 400,.* bytes of JSON"),
        ([[]], "sum", ValueError, "a chain of 0 steps: it must have 1 to 100"),
        ([["count"] * 101], "sum", ValueError, "a chain of 101 steps"),
    ],
)
def test_what_is_no_batch_is_refused_and_nothing_is_kept(jobs: Any, then: Any, error: Any, match: str) -> None:
    queue = RecordingQueue()
    with pytest.raises(error, match=match):
        queue.submit_batch(ctx, jobs, then)
    assert queue.submitted == []


def test_what_is_no_choice_or_no_chain_is_refused() -> None:
    queue: Any = RecordingQueue()
    with pytest.raises(ValueError, match="if_failed is 'ignore': it must be one of 'fail', 'run', 'cancel'"):
        queue.submit_batch(ctx, ["count"], "sum", if_failed="ignore")
    with pytest.raises(ValueError, match="a chain needs two or more"):
        queue.submit_chain(ctx, ["count"])
    with pytest.raises(TypeError, match="steps is 'count'"):
        queue.submit_chain(ctx, "count")
    with pytest.raises(TypeError, match="ctx is None"):
        queue.submit_chain(None, ["count", "more"])
    with pytest.raises(ValueError, match="priority is 1000"):
        queue.submit_chain(ctx, ["count", "more"], priority=1000)
    assert queue.submitted == []


@pytest.mark.parametrize("steps", [101, 150])
def test_a_chain_that_is_too_long_is_refused_with_the_number_of_steps_that_were_given(steps: int) -> None:
    queue = RecordingQueue()
    with pytest.raises(ValueError, match=f"a chain of {steps} steps: it must have 2 to 100; let a step submit the"):
        queue.submit_chain(ctx, ["count"] * steps)
    assert queue.submitted == []
    queue.submit_chain(ctx, ["count"] * 100)
    assert len(queue.submitted) == 1


def test_a_storage_that_has_no_unique_keys_says_so() -> None:
    class Plain(MemoryStorage):
        add_unique: Any = property()

    with pytest.raises(TypeError, match="it has no add_unique"):
        Queue(storage=Plain()).submit_chain(ctx, ["count", "more"])


def test_an_inline_queue_runs_them_too() -> None:
    queue = InlineQueue()
    given = handlers(queue)
    assert queue.wait(ctx, queue.submit_batch(ctx, counts(1, 2), "sum")).result == 30
    assert [payload for payload, _ in given] == [[10, 20]]
    assert queue.wait(ctx, queue.submit_chain(ctx, [("count", 1), "more", "more"])).result == 12


@pytest.mark.parametrize("text", ["[", "[1]", '{"order": 17}', '[1, ["x"]]', '["x", "y"]'])
def test_what_is_damaged_fails_it_by_name(path: Path, text: str) -> None:
    with virtual_time():
        storage = SQLiteStorage(path)
        queue = Queue(workers=1, storage=storage)
        handlers(queue)
        job = queue.submit_batch(ctx, counts(1, 2), "sum")
        write(storage, f"UPDATE jobs SET result = '{text}'")
        with queue:
            ended = queue.wait(ctx, job)
            again = queue.wait(ctx, queue.retry(ctx, job))
        assert ended.error.startswith("PayloadError: what is kept of the jobs before it is damaged")
        assert again.result == 30
        storage.close()


class Killed(BaseException):
    """The process is killed here."""


class Mortal(SQLiteStorage):
    """A storage whose process is killed at its nth commit, right before it or right after it."""

    lives = -1

    def _write(self, op: Any, single: bool = False) -> Any:
        self.lives -= 1
        if self.lives == 0:
            raise Killed
        found = super()._write(op, single)
        self.lives -= 1
        if self.lives == 0:
            raise Killed
        return found


def process(path: Path, set_clock: Clock, lives: int) -> bool:
    """Run all jobs of a file, in this thread. Return whether the process was killed at one of its commits."""
    storage = Mortal(path, lease=1.0, max_lost=100)
    queue = Queue(storage=storage)
    given = handlers(queue)
    pool = queue.pool
    storage.lives = lives
    try:
        for _ in range(200):
            if claimed := pool.dispatch.settle_and_claim((), 1):
                Worker(pool.floor, pool.dispatch, pool.attempts, "worker").run_job(claimed[0])
            elif all(job.final for job in storage.list_jobs(Query())):
                return False
            else:
                set_clock.go_on(0.4)
                storage.maintain(())
        raise AssertionError(f"it never ends: {storage.list_jobs(Query())}, {given}")
    except Killed:
        return True
    finally:
        storage.lives = -1
        storage._leases.presence.leave(storage._leases.worker)  # as the kernel does


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ["batch", "chain"])
def test_a_kill_at_any_commit_leaves_one_follow_up(kind: str, step: int, tmp_path: Path, set_clock: Clock) -> None:
    """The next process goes on where the killed one was: each job is there once, and the last one ran."""
    for lives in itertools.count(1, step):
        path = tmp_path / f"{lives}.db"
        queue = Queue(storage=path)
        if kind == "batch":
            last, expected = queue.submit_batch(ctx, counts(1, 2), "sum"), 30
        else:
            last, expected = queue.submit_chain(ctx, [("count", 1), "more", "more"]), 12
        killed = process(path, set_clock, lives)
        assert not process(path, set_clock, -1)
        jobs = queue.list_jobs(ctx)
        assert [job.status for job in jobs] == [COMPLETED] * 3, (lives, jobs)
        assert queue.get_job(ctx, last).result == expected
        queue.close()
        assert check(str(path)) == []
        if not killed:
            break
    assert lives > 10


def test_a_storage_that_fails_is_looked_at_again(queue: Queue, caplog: pytest.LogCaptureFixture) -> None:
    storage: Any = queue.storage
    add_unique, fails = storage.add_unique, [OSError("disk"), OSError("disk")]

    def flaky(*args: Any, **kwargs: Any) -> Any:
        if fails:
            raise fails.pop()
        return add_unique(*args, **kwargs)

    storage.add_unique = flaky
    with caplog.at_level(logging.ERROR), queue:
        assert queue.wait(ctx.with_timeout(60), queue.submit_batch(ctx, counts(1, 2), "sum")).result == 30
    assert "cannot look at the jobs before it yet" in caplog.text
