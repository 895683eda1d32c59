"""Tasks: typed functions as jobs, on each storage, in other threads, processes and event loops."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from goqueue import (
    Context,
    DeadlineExceeded,
    JobContext,
    MemoryStorage,
    NoResult,
    PayloadError,
    Queue,
    Retry,
    SQLiteStorage,
    Status,
)
from goqueue.tasks import TaskJob, current_context

PATIENCE = 60.0  # seconds that a wait may take on a busy machine


@dataclass(frozen=True)
class Receipt:
    order: int
    total: Decimal
    at: datetime


NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture(params=["memory", "file"])
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Queue]:
    storage = MemoryStorage() if request.param == "memory" else SQLiteStorage(tmp_path / "jobs.db")
    queue = Queue(workers=2, storage=storage)
    yield queue
    queue.close()


def test_arguments_and_result_keep_their_types(queue: Queue) -> None:
    seen: list[Any] = []

    @queue.task()
    def send(order: int, *lines: Decimal, at: datetime, **notes: Decimal) -> Receipt:
        seen.append((order, lines, at, notes))
        return Receipt(order, sum(lines, Decimal()), at)

    with queue:
        job = send.submit(17, Decimal("1.10"), Decimal("2.20"), at=NOON, tip=Decimal("0.50"))
        assert job.wait(PATIENCE).result == Receipt(17, Decimal("3.30"), NOON)
    assert seen == [(17, (Decimal("1.10"), Decimal("2.20")), NOON, {"tip": Decimal("0.50")})]
    assert job.job.type == "send"
    assert job.job.payload == {
        "order": 17,
        "lines": ["1.10", "2.20"],
        "at": "2026-11-29T12:00:00+00:00",
        "notes": {"tip": "0.50"},
    }


def test_defaults_are_those_of_the_worker_and_are_not_stored(queue: Queue) -> None:
    @queue.task("mail.send")
    def send(order: int, to: str = "a@example.org") -> str:
        return f"{order} to {to}"

    with queue:
        job = send.submit(17)
        assert (job.wait(PATIENCE).result, job.job.type, job.job.payload) == (
            "17 to a@example.org",
            "mail.send",
            {"order": 17},
        )
        again = send.job(job.id)
        assert again.result == job.result
    with pytest.raises(ValueError, match="it is no job of task"):
        queue.task()(print_twice).job(job.id)


def print_twice(text: str) -> str:
    return text * 2


def test_a_call_that_the_function_could_not_take_is_refused_at_the_submission(queue: Queue) -> None:
    @queue.task()
    def send(order: int, *, to: str) -> None: ...

    unchecked: Any = send  # a type checker would refuse each line below
    calls: list[tuple[Callable[[], object], str]] = [
        (lambda: unchecked.submit(17), r"send\(\) missing a required argument: 'to'"),
        (lambda: unchecked.submit(17, 18, to="x"), r"send\(\) too many positional arguments"),
        (lambda: unchecked.submit(17, too="x", to="y"), r"send\(\) got an unexpected keyword argument 'too'"),
    ]
    for call, told in calls:
        with pytest.raises(TypeError, match=told):
            call()
    with pytest.raises(PayloadError, match=r"order of send\(\) is '17': it must be int"):
        unchecked.submit("17", to="x")
    assert queue.count(Context())[Status.PENDING] == 0


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        ({"number": 17}, r"payload of send\(\) is .'number': 17.: it must have arguments of \(order: int\)"),
        ([17], r"must have arguments of"),
        ({"order": "x"}, r"order of send\(\) is 'x': it must be int"),
        ({}, "missing 1 required positional argument: 'order'"),
    ],
    ids=str,
)
def test_a_job_of_another_version_fails_by_name_and_is_not_tried_again(payload: Any, told: str) -> None:
    queue = Queue(workers=1)

    @queue.task(retry=Retry(attempts=3, base=0.0, give_up_on=(TypeError,)))
    def send(order: int) -> None: ...

    with queue:
        job = queue.wait(Context(), queue.submit_job(Context(), "send", payload))
    assert (job.status, job.attempts) == (Status.FAILED, 1)
    assert re.search(told, job.error), job.error


def test_a_result_that_does_not_fit_its_annotation_fails_the_job(queue: Queue) -> None:
    @queue.task()
    def count() -> int:
        return "many"  # type: ignore[return-value]

    with queue:
        job = count.submit().wait(PATIENCE)
        assert job.status is Status.FAILED
        with pytest.raises(NoResult, match=r"\(count\) has no result: it failed: .*result of count\(\) is 'many'"):
            _ = job.result


def test_a_job_that_has_not_ended_has_no_result() -> None:
    queue = Queue()

    @queue.task()
    def send() -> int:
        return 1

    job = send.submit()
    with pytest.raises(NoResult, match=r"it was pending when it was last looked at; call wait\(\) first"):
        _ = job.result
    assert job.cancel().status is Status.CANCELLED
    with pytest.raises(NoResult, match="it was cancelled"):
        _ = job.refresh().result


def test_a_function_that_wants_the_context_gets_it_and_its_callers_do_not(queue: Queue) -> None:
    @queue.task()
    def send(ctx: JobContext, order: int) -> str:
        return f"{ctx.job_id} {order} {ctx.attempt}"

    with queue:
        job = send.submit(17).wait(PATIENCE)
        assert job.result == f"{job.id} 17 1"
    assert send(17).endswith(" 17 1"), "called directly, it gets the context of a test"


def test_a_task_that_submits_passes_its_context_on(queue: Queue) -> None:
    @queue.task()
    def child() -> str:
        return str(current_context().value("trace"))

    @queue.task()
    def parent() -> str:
        return child.submit().id

    with queue:
        first = queue.submit_job(Context().with_value("trace", "t-17"), "parent", {})
        name = queue.wait(Context(), first).result
        assert child.job(name).wait(PATIENCE).result == "t-17"
    assert current_context().value("trace") is None


def test_a_wait_that_takes_too_long_is_a_timeout() -> None:
    queue = Queue()

    @queue.task()
    def send() -> None: ...

    job = send.submit()
    with pytest.raises(DeadlineExceeded):
        job.wait(timeout=0.0)
    with pytest.raises(TimeoutError):
        job.wait(timeout=0.0)


def test_options_hold_for_the_calls_that_are_submitted_through_them() -> None:
    queue = Queue()

    @queue.task()
    def send(order: int) -> None: ...

    later = send.options(at=datetime.now(UTC) + timedelta(days=1), timeout=3.0, retry=Retry(attempts=7))
    assert [later.submit(order).job.max_retry for order in (1, 2)] == [7, 7]
    assert queue.storage.backlog() == 0, "nothing is due"
    send.options(at=NOON - timedelta(days=365)).submit(3)
    send.options(delay=timedelta(0)).submit(4)
    assert queue.storage.backlog() == 2


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"at": datetime(2026, 1, 1)}, "must be a datetime with a time zone"),
        ({"at": "tomorrow"}, "at is 'tomorrow': it must be a datetime"),
        ({"at": NOON, "delay": 5}, "give one of them"),
        ({"delay": -1}, "delay is -1"),
        ({"delay": timedelta(seconds=-1)}, "delay is -1.0"),
        ({"delay": "5"}, "delay is '5': it must be a number"),
    ],
    ids=str,
)
def test_options_that_make_no_sense_are_refused_before_a_submission(options: Any, told: str) -> None:
    task = Queue().task()(print_twice)
    with pytest.raises((TypeError, ValueError), match=told):
        task.options(**options)


class Callee:
    def __call__(self) -> None: ...


async def paged() -> Any:
    yield 1


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda queue: queue.task(print_twice), r"write @queue.task\(\), with brackets"),
        (lambda queue: queue.task(""), "job type is ''"),
        (lambda queue: queue.task()(17), "task is 17: it must be a function"),
        (lambda queue: queue.task()(Receipt), "must be a function"),
        (lambda queue: queue.task()(Callee()), "must be a function"),
        (lambda queue: queue.task()(paged), "contains yield"),
        (lambda queue: queue.task()(lambda order, ctx: None), "takes ctx after other parameters: make it the first"),
        (lambda queue: queue.task()(lambda order, /: None), "takes order by position only"),
        (lambda queue: (queue.task("x")(print_twice), queue.task("x")(lambda: None)), "has a handler already"),
    ],
)
def test_what_cannot_be_a_task_is_refused_where_it_is_written(make: Any, told: str) -> None:
    with pytest.raises((TypeError, ValueError), match=told):
        make(Queue())


def test_a_cell_that_runs_twice_replaces_its_task() -> None:
    queue = Queue(workers=1)
    cell = "def send(order: int) -> str:\n    return f'{word} {order}'\nsend = queue.task()(send)"
    names: dict[str, Any] = {"queue": queue, "__name__": "__main__"}
    for word in ("old", "new"):
        exec(cell, names | {"word": word}, names)
    names["word"] = "new"
    with queue:
        assert names["send"].submit(17).wait(PATIENCE).result == "new 17"


# -- async ------------------------------------------------------------------------------------------


def test_a_coroutine_is_a_task(queue: Queue) -> None:
    @queue.task()
    async def send(ctx: JobContext, order: int) -> Receipt:
        await asyncio.sleep(0)
        return Receipt(order, Decimal(ctx.attempt), NOON)

    with queue:
        assert send.submit(17).wait(PATIENCE).result == Receipt(17, Decimal(1), NOON)
    assert asyncio.run(send(17)) == Receipt(17, Decimal(1), NOON)


def test_a_coroutine_hears_of_a_cancel_and_of_its_timeout() -> None:
    queue = Queue(workers=1)
    begun, heard = threading.Event(), []

    @queue.task()
    async def hang() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            heard.append("cancelled")
            raise

    with queue:
        job = hang.submit()
        assert begun.wait(PATIENCE)
        assert job.cancel().wait(PATIENCE).status is Status.CANCELLED
        late = hang.options(timeout=0.01).submit().wait(PATIENCE)
        assert late.status is Status.FAILED
        assert "DeadlineExceeded" in late.job.error
    assert heard == ["cancelled", "cancelled"]


def test_waiting_and_submitting_block_no_event_loop() -> None:
    queue = Queue(workers=1, buffer_size=1)
    go = threading.Event()

    @queue.task()
    def send(order: int) -> int:
        assert go.wait(PATIENCE)
        return order

    async def shop() -> list[int]:
        jobs: list[TaskJob[int]] = [await send.submit_async(1)]
        waiting = [asyncio.create_task(send.submit_async(order)) for order in (2, 3)]
        ended = asyncio.create_task(jobs[0].wait_async(PATIENCE))
        await asyncio.sleep(0)  # the loop goes on, though one waits and another has no room
        go.set()
        jobs += [await each for each in waiting]
        await ended
        return sorted([(await job.wait_async(PATIENCE)).result for job in jobs])

    with queue:
        assert asyncio.run(shop()) == [1, 2, 3]


def test_a_wait_that_nobody_awaits_any_more_ends() -> None:
    queue = Queue()

    @queue.task()
    def send() -> None: ...

    async def shop() -> None:
        await asyncio.wait_for(send.submit().wait_async(), 0.01)

    with pytest.raises(TimeoutError):
        asyncio.run(shop())  # would not return while a thread of its executor waited


def test_a_test_runs_a_task_in_a_context_of_its_own(queue: Queue) -> None:
    @queue.task()
    def send(ctx: JobContext, order: int, *, to: str = "Ada") -> tuple[int, int, str, Any]:
        return ctx.attempt, order, to, current_context().value("trace")

    @queue.task()
    async def later(ctx: JobContext, order: int) -> tuple[int, int]:
        return ctx.attempt, order

    ctx = JobContext.for_test(attempt=3, values={"trace": "a1"})
    assert send.with_context(ctx)(17, to="Bob") == (3, 17, "Bob", "a1")
    assert send(17) == (1, 17, "Ada", None), "and in no other call"
    assert asyncio.run(later.with_context(ctx)(17)) == (3, 17)
    wrong: Any
    task: Any
    for wrong in (Context(), None):
        for task in (send, later):
            with pytest.raises(TypeError, match=r"ctx is .*: it must be a JobContext, such as JobContext.for_test"):
                task.with_context(wrong)
    with pytest.raises(TypeError, match=r"send\(\) gets its context by itself: leave it out, or say send.with_context"):
        task = send
        task(ctx, 17)
