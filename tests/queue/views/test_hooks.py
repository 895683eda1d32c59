"""Listeners hear what is stored, once each; middlewares are part of the work; neither harms the queue."""

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from goqueue import Context, Event, Job, JobContext, Queue, Retry, Status
from goqueue.hooks import EVENTS
from goqueue.job import CANCELLED, DONE, HANDED_BACK, PENDING, Outcome, Record
from goqueue.storage import Storage
from goqueue.testing import InlineQueue

from ..listening import Complaints
from ..parts import TYPES, ctx, fail, listen, run, submit

AGAIN = Outcome(PENDING, error="OSError: down")


@pytest.fixture
def heard(storage: Storage, complaints: Complaints) -> tuple[Queue, list[Event]]:
    """A queue with one worker, and what its listeners have heard, under no lock."""
    queue, events = Queue(workers=1, storage=storage), list[Event]()
    for name in EVENTS:

        @queue.on(name)
        def note(event: Event) -> None:
            complaints.look(f"a listener of {event.name}")
            events.append(event)

    return queue, events


def names(events: list[Event]) -> list[str]:
    return [event.name for event in events]


def test_a_job_that_fails_and_then_works_is_told_of_in_order(heard: tuple[Queue, list[Event]]) -> None:
    queue, events = heard

    @queue.handler("webhook", retry=Retry(attempts=3, base=5.0, jitter=False))
    def second(ctx: JobContext, payload: Any) -> int:
        if ctx.attempt == 1:
            ctx.wait(2.0)
            fail(ctx, payload)
        return 17

    run(queue)
    assert names(events) == ["submit", "start", "failure", "retry", "start", "success"]
    assert [event.job.status.value for event in events] == [
        "pending",
        "running",
        *["pending"] * 2,
        "running",
        "completed",
    ]
    assert events[2].job.error == "ConnectionError: attempt 1"
    assert events[2].seconds == pytest.approx(2.0, abs=0.1)
    assert events[4].seconds == pytest.approx(7.0, abs=0.2)  # since the submission
    assert events[5].job.result == 17


def test_a_job_that_fails_for_good_is_dead(heard: tuple[Queue, list[Event]]) -> None:
    queue, events = heard
    queue.register_handler("webhook", fail)
    run(queue)
    assert names(events) == ["submit", "start", "failure", "dead"]
    assert "ConnectionError: attempt 1" in events[-1].job.traceback


def test_a_job_without_a_handler_is_dead_and_never_started() -> None:
    queue, events = InlineQueue(), list[Event]()
    for name in EVENTS:
        queue.on(name)(events.append)
    submit(queue)
    assert names(events) == ["failure", "dead", "submit"]  # it runs before it is submitted


def test_cancelled_jobs_are_told_of_when_they_have_ended(heard: tuple[Queue, list[Event]]) -> None:
    queue, events = heard
    queue.register_handler("webhook", listen)
    pending = queue.cancel(ctx, submit(queue, 60.0))
    queue.cancel(ctx, pending)  # changes nothing, and says nothing
    assert names(events) == ["submit", "cancel"]
    begun = threading.Event()
    queue.on("start")(lambda event: begun.set())
    with queue:
        running = submit(queue, 60.0)
        begun.wait()
        queue.cancel(ctx, running)
        queue.wait(ctx, running)
    assert names(events) == ["submit", "cancel", "submit", "start", "cancel"]
    assert events[-1].job.status is CANCELLED


def test_a_stop_hands_back_and_says_so(heard: tuple[Queue, list[Event]]) -> None:
    queue, events = heard
    queue.register_handler("webhook", listen)
    begun = threading.Event()
    queue.on("start")(lambda event: begun.set())
    with queue:
        submit(queue, 3600.0)
        begun.wait()
        queue.stop(grace=0.0)
    assert names(events) == ["submit", "start", "hand_back"]
    assert (events[-1].job.status, events[-1].job.attempts) == (PENDING, 0)


def test_what_a_listener_raises_is_logged_and_harms_nothing(storage: Storage, caplog: pytest.LogCaptureFixture) -> None:
    queue, after = Queue(workers=1, storage=storage), list[Event]()
    queue.register_handler("webhook", lambda ctx, payload: payload)
    for name in EVENTS:
        queue.on(name)(lambda event: 1 / 0)
    queue.on("success")(after.append)
    caplog.set_level(logging.ERROR)
    assert run(queue, 17).result == 17
    assert [event.job.result for event in after] == [17]
    said = [record for record in caplog.records if "A listener of" in record.getMessage()]
    assert [record.getMessage().split("'")[1] for record in said] == ["submit", "start", "success"]
    assert {(record.job_id, record.job_type) for record in said} == {(after[0].job.id, "webhook")}  # type: ignore[attr-defined]


def test_a_listener_may_submit_a_job_and_wait_for_nobody(heard: tuple[Queue, list[Event]]) -> None:
    queue, events = heard
    queue.register_handler("webhook", lambda ctx, payload: payload)
    done = threading.Event()

    @queue.on("success")
    def next_one(event: Event) -> None:
        if event.job.payload < 3:
            submit(queue, event.job.payload + 1)
        else:
            done.set()

    with queue:
        submit(queue, 1)
        done.wait()
    assert names(events) == ["submit", "start", "success"] * 3


def test_no_claimed_job_waits_for_a_slow_listener(storage: Storage) -> None:
    """The complaint of other queues: a hook that hangs takes the next job with it."""
    queue = Queue(workers=2, storage=storage)
    queue.register_handler("webhook", lambda ctx, payload: payload)
    goes_on, hangs = threading.Event(), threading.Event()

    @queue.on("success")
    def hang(event: Event) -> None:
        if event.job.payload == 0:
            hangs.set()
            goes_on.wait()

    with queue:
        submit(queue, 0)
        hangs.wait()
        assert len(queue.wait_many(ctx.with_timeout(60), queue.submit_many(ctx, "webhook", [1, 2, 3]))) == 3
        goes_on.set()


@pytest.mark.parametrize(
    ("outcome", "change", "told"),
    [
        (DONE, "", ["success"]),
        (AGAIN, "", ["failure", "retry"]),
        (AGAIN, "cancelling = 1", ["cancel"]),  # asked to end meanwhile: it will not be tried again
        (DONE, "worker = worker + 1", []),  # taken for dead: its outcome is dropped
    ],
)
def test_listeners_hear_what_the_file_says(path: Path, outcome: Outcome, change: str, told: list[str]) -> None:
    """The complaint of other queues: a hook says success, and the job runs again."""
    queue, events = Queue(storage=path), list[Event]()
    for name in EVENTS:
        queue.on(name)(events.append)
    queue._hooks._listeners["submit"] = ()
    submit(queue)
    (record,) = queue.storage.settle_and_claim((), 1, TYPES)
    if change:
        with sqlite3.connect(path) as other:
            other.execute(f"UPDATE jobs SET {change}")
    queue.storage.settle_and_claim(((record, outcome),), 0, TYPES)
    queue._hooks.tell_end(queue.storage, record, 1, outcome, 0.0)
    queue.close()
    assert names(events) == told


@pytest.mark.parametrize(
    ("outcome", "told"), [(AGAIN, ["failure", "retry"]), (DONE, ["success"]), (HANDED_BACK, ["hand_back"])]
)
def test_an_end_is_told_of_though_the_job_has_gone_on(storage: Storage, outcome: Outcome, told: list[str]) -> None:
    queue, events = Queue(storage=storage), list[Event]()
    for name in EVENTS:
        queue.on(name)(events.append)
    job = submit(queue)
    (record,) = storage.settle_and_claim((), 1, TYPES)
    storage.settle_and_claim(((record, outcome),), 0, TYPES)
    if outcome is AGAIN:
        storage.settle_and_claim((), 1, TYPES)  # another worker has it
    else:
        queue.delete(ctx, job)
    queue._hooks.tell_end(storage, record, 1, outcome, 0.0)
    assert names(events) == ["submit", *told]


def test_middlewares_stand_round_the_attempt_the_first_outermost(storage: Storage) -> None:
    queue, seen = Queue(workers=1, storage=storage), list[str]()
    queue.register_handler("webhook", lambda ctx, payload: payload)

    def named(name: str) -> Callable[..., Any]:
        def middleware(ctx: JobContext, job: Job, call: Callable[[], Any]) -> Any:
            seen.append(f"{name} {job.status} {ctx.attempt}")
            result = call()
            seen.append(f"{name} {result}")
            return None if name == "inner" else result + 1  # None leaves the result

        return middleware

    for name in ("outer", "inner"):
        queue.middleware(named(name))
    assert run(queue, 17).result == 18
    assert seen == ["outer running 1", "inner running 1", "inner 17", "outer 17"]


def test_what_a_middleware_raises_the_attempt_has_raised(storage: Storage) -> None:
    queue = Queue(workers=1, storage=storage)
    queue.register_handler("webhook", fail, retry=Retry(attempts=3, base=0.0))

    @queue.middleware
    def translate(ctx: JobContext, job: Job, call: Callable[[], Any]) -> Any:
        if ctx.attempt == 3:
            return "without the handler"
        try:
            return call()
        except ConnectionError as err:
            raise LookupError(f"instead of {err}") from err

    job = run(queue)
    assert (job.result, job.history) == (
        "without the handler",
        tuple(f"LookupError: instead of attempt {n}" for n in (1, 2)),
    )


def test_tracebacks_show_middlewares_and_no_frame_of_the_queue(storage: Storage) -> None:
    queue = Queue(workers=1, storage=storage)
    queue.register_handler("webhook", fail)
    queue.middleware(lambda ctx, job, call: call())
    shown = run(queue).traceback
    assert "test_hooks.py" in shown
    assert "in fail" in shown
    assert "middlewares.py" not in shown
    assert "attempt.py" not in shown


def test_a_submit_middleware_adds_values_that_the_handler_sees(storage: Storage) -> None:
    queue = Queue(workers=1, storage=storage)
    queue.register_handler("webhook", lambda ctx, payload: ctx.values)

    @queue.submit_middleware
    def trace(ctx: Context, job_type: str, call: Callable[[Context], Sequence[Job]]) -> None:
        call(ctx.with_value("trace", f"of {job_type}"))

    with queue:
        jobs = [submit(queue, timeout=5.0), *queue.submit_many(ctx.with_value("a", 1), "webhook", [1, 2])]
        found = [job.result for job in queue.wait_many(ctx, jobs)]
    assert found == [{"trace": "of webhook"}, *[{"a": 1, "trace": "of webhook"}] * 2]


def test_a_submit_middleware_that_does_not_submit_once_is_an_error() -> None:
    queue = Queue()
    queue.submit_middleware(lambda ctx, job_type, call: None)
    with pytest.raises(RuntimeError, match=r"has not submitted the job: let it call call\(ctx\), or raise"):
        submit(queue)
    queue = Queue()
    queue.submit_middleware(lambda ctx, job_type, call: [call(ctx), call(ctx)])
    with pytest.raises(RuntimeError, match="submits a second time"):
        submit(queue)
    assert queue.count(ctx)[Status.PENDING] == 1


def test_a_refused_submission_is_told_to_nobody() -> None:
    queue, events = Queue(buffer_size=1), list[Event]()
    queue.on("submit")(events.append)
    submit(queue)
    with pytest.raises(TimeoutError):
        queue.submit_job(ctx.with_timeout(0.0), "webhook")
    assert names(events) == ["submit"]


def test_wrong_hooks_are_refused() -> None:
    queue = Queue()
    with pytest.raises(ValueError, match="event is 'failed': it must be one of submit, start, success"):
        queue.on("failed")(print)
    with pytest.raises(TypeError, match=r"listener is .*: it must take \(event\); too many positional arguments"):
        queue.on("dead")(lambda: None)  # type: ignore[type-var]

    async def nobody_awaits(event: Event) -> None: ...

    with pytest.raises(TypeError, match="nobody would await"):
        queue.on("dead")(nobody_awaits)
    with pytest.raises(TypeError, match=r"must take \(ctx, job, call\)"):
        queue.middleware(lambda ctx: None)  # type: ignore[type-var]
    with pytest.raises(TypeError, match="must be a function"):
        queue.submit_middleware(17)  # type: ignore[type-var]
    with pytest.raises(TypeError, match=r"write @queue.on\('failure'\)"):
        queue.on(print)  # type: ignore[arg-type]


def test_an_attempt_without_hooks_is_settled_together_with_the_next_claim(storage: Storage) -> None:
    """What hooks cost where there is none: no call of the storage more."""
    calls: list[tuple[int, int]] = []
    real = storage.settle_and_claim

    def counted(settled: Any, limit: int, types: Any) -> list[Record]:
        calls.append((len(settled), limit))
        return real(settled, limit, types)

    storage.settle_and_claim = counted  # type: ignore[method-assign]
    queue = Queue(workers=1, storage=storage)
    queue.register_handler("webhook", lambda ctx, payload: ctx.wait(1.0))
    with queue:
        queue.wait_many(ctx, queue.submit_many(ctx, "webhook", [1, 2]))
    assert all(limit for settled, limit in calls if settled)
