"""Values that cannot be used: each call refuses them, names the value and the rule, and keeps nothing."""

import io
import math
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from goqueue import Context, JobContext, MemoryStorage, Queue, Retry, Snooze, SQLiteStorage, Status
from goqueue.payload import DEEPEST
from goqueue.tasks import TaskJob

from .parts import PATIENCE, ctx, queue_of

HUGE = 10**400  # no float is so large
LONG = 10**5000  # and this one Python will not even write


def nested(levels: int) -> Any:
    value: Any = 17
    for _ in range(levels):
        value = [value]
    return value


def call(name: str, *given: Any, **options: Any) -> Callable[[Queue], object]:
    """Return a call of a method of a queue, with a context."""
    return lambda queue: getattr(queue, name)(ctx, *given, **options)


def submit_with(**options: Any) -> Callable[[Queue], object]:
    return call("submit_job", "webhook", **options)


# What is given, the error, and what that says.
REFUSED: list[tuple[Callable[[Queue], object], type[Exception], str]] = [
    # a number that is too large for a float
    (submit_with(delay=HUGE), ValueError, r"delay is 1000+…: it must be a finite number, 0 or more"),
    (submit_with(delay=LONG), ValueError, "delay is <int that cannot be shown>: it must be a finite number"),
    (submit_with(timeout=HUGE), ValueError, "timeout is 1000"),
    (call("list_jobs", older_than=HUGE), ValueError, "older_than is 1000"),
    (lambda queue: queue.stop(grace=HUGE), ValueError, "grace is 1000"),
    (lambda queue: Retry(3, base=HUGE), ValueError, "base is 1000"),
    (lambda queue: Snooze(HUGE), ValueError, "when is 1000"),
    (lambda queue: queue.limit("webhook", per_second=HUGE), ValueError, "per_second is 1000"),
    (lambda queue: JobContext.for_test().progress(HUGE), ValueError, "done is 1000"),
    # a wrong value that is false
    (submit_with(delay=""), TypeError, "delay is '': it must be a number"),
    (submit_with(delay=[]), TypeError, r"delay is \[\]"),
    (submit_with(delay=False), TypeError, "delay is False"),
    (submit_with(priority=False), TypeError, "priority is False: it must be a whole number"),
    (submit_with(priority=0.0), TypeError, "priority is 0.0: it must be a whole number"),
    # one thing where several are meant
    (call("submit_many", "webhook", "abc"), TypeError, "payloads is 'abc': it must be a list .* submit_job takes one"),
    (call("submit_many", "webhook", {"order": 17}), TypeError, r"payloads is \{'order': 17\}: it must be a list"),
    (call("submit_many", "webhook", b"abc"), TypeError, "payloads is b'abc'"),
    (call("submit_many", "webhook", None), TypeError, "payloads is None: it must be a list"),
    (call("submit_batch", {"count": 1}, "sum"), TypeError, r"jobs is \{'count': 1\}: it must be a list of jobs"),
    (call("submit_batch", 17, "sum"), TypeError, "jobs is 17: it must be a list of jobs"),
    (call("submit_chain", {"count": 1, "sum": 2}), TypeError, "steps is .*: it must be a list of jobs"),
    (call("wait_many", None), TypeError, "jobs is None: it must be a list of jobs or ids"),
    # an option that there is not
    (
        call("submit_batch", ["count"], "sum", dealy=5),
        TypeError,
        "dealy is no option .*: they are if_failed, max_retry",
    ),
    (call("submit_chain", ["count", "sum"], connection=5), TypeError, "connection is no option of a batch or a chain"),
    # a job type that not every storage can keep
    (call("submit_job", "x" * 256), ValueError, "job type has 256 characters, and at most 255 are allowed"),
    (call("submit_job", "half \ud800"), ValueError, "job type is .*: it holds a lone surrogate"),
    (call("submit_job", "a\0b"), ValueError, "job type is .*: it holds a NUL"),
    (call("pause", "half \ud800"), ValueError, "lone surrogate"),
    (call("list_jobs", job_type="half \ud800"), ValueError, "lone surrogate"),
    (call("list_jobs", job_type=17), TypeError, "job type is 17: it must be a string"),
    (lambda queue: queue.register_handler("a\0b", print), ValueError, "it holds a NUL"),
    # a payload that whoever reads it could not read
    (call("submit_job", "webhook", nested(DEEPEST + 1)), ValueError, "payload is nested too deep: 200 lists and dicts"),
    (call("submit_job", "webhook", nested(600)), ValueError, "payload is nested too deep"),
    # contexts
    (lambda queue: ctx.with_timeout("5"), TypeError, "seconds is '5': it must be a number"),  # type: ignore[arg-type]
    (lambda queue: ctx.with_timeout(timedelta(1)), TypeError, "seconds is .*timedelta"),  # type: ignore[arg-type]
    (lambda queue: ctx.with_timeout(math.nan), ValueError, "seconds is nan"),
    (lambda queue: ctx.with_deadline(None), TypeError, "deadline is None: it must be a time"),  # type: ignore[arg-type]
    (lambda queue: ctx.wait(math.nan), ValueError, "seconds is nan"),
    (lambda queue: ctx.with_value(17, "x"), TypeError, "key is 17: it must be a string"),  # type: ignore[arg-type]
    (lambda queue: ctx.with_values([1]), TypeError, r"values is \[1\]: it must be a dict"),  # type: ignore[arg-type]
    (lambda queue: ctx.after_done(None), TypeError, "fn is None: it must be a function"),  # type: ignore[arg-type]
    # what a queue is made of
    (lambda queue: Queue(registry="x"), TypeError, "registry is 'x': it must be a Registry"),  # type: ignore[arg-type]
    (lambda queue: MemoryStorage(5), TypeError, "retention is 5: it must be a Retention"),  # type: ignore[arg-type]
    (lambda queue: Retry(3, jitter="no"), TypeError, "jitter is 'no': it must be True"),  # type: ignore[arg-type]
    (lambda queue: queue.task(codec="x"), TypeError, "codec is 'x': it must have to_json"),  # type: ignore[arg-type]
    (call("list_jobs", status="nope"), ValueError, "'nope' is not a valid Status: status must be one of 'pending'"),
]


@pytest.mark.parametrize("kind", ["memory", "file"])
@pytest.mark.parametrize(("given", "error", "says"), REFUSED, ids=[says for *_, says in REFUSED])
def test_it_is_refused_and_nothing_is_kept(given: Any, error: Any, says: str, kind: str, path: Path) -> None:
    queue = Queue(storage=None if kind == "memory" else path)
    with pytest.raises(error, match=says) as caught:
        given(queue)
    assert len(str(caught.value)) < 300, "a value is shown, and not the whole of it"
    assert sum(queue.count(ctx).values()) == 0
    queue.close()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"retention": "1h"}, "retention is '1h': it must be a Retention"),
        ({"durability": []}, r"durability is \[\]: it must be one of"),
    ],
)
def test_a_file_is_not_made_for_options_that_cannot_be_used(options: Any, says: str, path: Path) -> None:
    with pytest.raises((TypeError, ValueError), match=says):
        SQLiteStorage(path, **options)
    assert not path.exists()


def test_two_schedules_of_one_function_are_refused_because_one_would_be_lost() -> None:
    queue = Queue()
    with pytest.raises(ValueError, match=r"'tidy' is periodic already, by '0 9 \* \* \*': a type has one schedule"):

        @queue.periodic("0 17 * * *")
        @queue.periodic("0 9 * * *")
        @queue.task()
        def tidy() -> None: ...

    for _ in range(2):  # a cell of a notebook that runs twice

        @queue.periodic("0 9 * * *")
        def report(ctx: JobContext, payload: Any) -> None: ...


def test_a_context_may_be_infinite() -> None:
    for seconds in (math.inf, HUGE):
        assert not ctx.with_timeout(seconds).done
    assert ctx.with_timeout(-HUGE).done
    assert not ctx.wait(-1.0)


def test_a_stop_that_would_last_for_ever_ends_once_all_handlers_have_returned(clock: Any) -> None:
    queue = queue_of(lambda ctx, payload: ctx.wait(5.0))
    with queue:
        queue.submit_job(ctx, "webhook")
        ctx.wait(1.0)
        assert queue.stop(grace=1e300).completed == 1


def test_a_job_of_a_task_is_a_job_too() -> None:
    queue = Queue(workers=1)

    @queue.task()
    def send(order: int) -> int:
        return order

    with queue:
        job = send.submit(17)
        assert isinstance(job, TaskJob)
        asked: Any = job  # mypy would rather see job.job
        assert queue.wait(ctx.with_timeout(PATIENCE), asked).result == 17
        assert queue.wait_many(ctx.with_timeout(PATIENCE), [asked])[0].status is Status.COMPLETED


def test_a_submit_middleware_passes_a_context_on() -> None:
    queue = Queue()

    @queue.submit_middleware
    def forgets(ctx: Context, job_type: str, call: Any) -> None:
        call(None)

    with pytest.raises(TypeError, match=r"ctx is None: submit middleware .*forgets.* must call call\(ctx\)"):
        queue.submit_job(ctx, "webhook")
    assert sum(queue.count(ctx).values()) == 0


def test_a_bar_nobody_can_see_harms_no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    with queue_of(lambda ctx, payload: 17) as queue:
        assert queue.wait(ctx.with_timeout(PATIENCE), queue.submit_job(ctx, "webhook"), show=True).result == 17
