"""The inline queue tells no lies: in each scene a job ends as it does in a real queue, on real threads."""

import asyncio
import datetime as dt
import math
import queue as of_python
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from goqueue import JobContext, PayloadError, Queue, QueueStopped, Retry, Status
from goqueue.storage import SQLiteStorage
from goqueue.testing import InlineQueue, virtual_time

from .files import DURABILITIES
from .parts import ctx, fail, listen

ROOT = Path(__file__).parents[2]
time_of_the_process = time.process_time

Scene = Callable[[Queue], None]
Handler = Callable[[JobContext, Any], Any]
SCENES: dict[str, tuple[Scene, list[tuple[str, int]]]] = {}


def scene(*expected: tuple[str, int]) -> Callable[[Scene], Scene]:
    """Add a scene: what is done with a queue, and the status and attempts of each of its jobs in the end."""

    def add(play: Scene) -> Scene:
        SCENES[play.__name__] = (play, list(expected))
        return play

    return add


def handled(
    *expected: tuple[str, int], payload: Any = None, options: Any = None, **registered: Any
) -> Callable[[Handler], Handler]:
    """Add a scene that is a handler: it is registered, and a job is submitted for it."""

    def add(handler: Handler) -> Handler:
        def play(queue: Queue) -> None:
            queue.register_handler("webhook", handler, **registered)
            submit(queue, payload, **(options or {}))

        SCENES[handler.__name__] = (play, list(expected))
        return handler

    return add


def submit(queue: Queue, payload: Any = None, **options: Any) -> None:
    queue.submit_job(ctx.with_value("order", 17), "webhook", payload, **options)


@handled(("completed", 1), payload={"nested": [{"a": None}], 17: "a number as a key"})
def a_result_is_json(ctx: JobContext, payload: Any) -> Any:
    return {"orders": (1, 2), "of": payload}


@handled(("failed", 1), retry=Retry(attempts=3))
def a_result_that_is_no_json_is_an_error(ctx: JobContext, payload: Any) -> Any:
    return {1, 2}


@handled(("completed", 3), retry=Retry(attempts=5, base=600.0, cap=6000.0))
def it_fails_twice_and_then_works(ctx: JobContext, payload: Any) -> int:
    if ctx.attempt < 3:
        raise ConnectionError(f"attempt {ctx.attempt}")
    return ctx.attempt


@handled(("failed", 2), retry=Retry(attempts=9, give_up_on=(ValueError,)))
def it_gives_up(ctx: JobContext, payload: Any) -> None:
    raise ValueError("no such partner") if ctx.attempt == 2 else ConnectionError("down")


@handled(("failed", 2), options={"timeout": 0.01, "max_retry": 2})
def its_time_is_up(ctx: JobContext, payload: Any) -> None:
    listen(ctx, 60.0)


@handled(("completed", 1))
def values_travel(ctx: JobContext, payload: Any) -> Any:
    return ctx.value("order")


@handled(("completed", 3), payload={"order": 17}, retry=Retry(attempts=3))
def a_handler_edits_its_payload(ctx: JobContext, payload: Any) -> Any:
    payload["seen"] = payload.get("seen", 0) + 1
    if ctx.attempt < 3:
        raise ConnectionError("down")
    return payload


@handled(("failed", 2), retry=Retry(attempts=3))
def they_exit(ctx: JobContext, payload: Any) -> None:
    raise (SystemExit, KeyboardInterrupt, GeneratorExit)[ctx.attempt - 1](ctx.attempt)


@scene(("failed", 1))
def nobody_handles_it(queue: Queue) -> None:
    submit(queue)


@scene(*[("completed", 1)] * 4)
def a_handler_submits(queue: Queue) -> None:
    @queue.handler("webhook")
    def order(ctx: JobContext, payload: Any) -> None:
        for number in range(3):
            queue.submit_job(ctx, "mail", {"number": number})

    queue.register_handler("mail", lambda ctx, payload: [payload["number"], ctx.value("order")])
    submit(queue)


@scene(("completed", 1))
def a_payload_that_is_no_json_is_refused(queue: Queue) -> None:
    queue.register_handler("webhook", lambda ctx, payload: payload)
    with pytest.raises(PayloadError):
        submit(queue, {1, 2})
    submit(queue, "the next one")


@scene(("cancelled", 1))
def it_is_cancelled_while_it_runs(queue: Queue) -> None:
    @queue.handler("webhook", retry=Retry(attempts=3))
    def deliver(ctx: JobContext, payload: Any) -> None:
        queue.cancel(ctx, ctx.job_id)
        ctx.raise_if_done()

    submit(queue)


@scene(("completed", 1), ("cancelled", 0))
def it_is_cancelled_before_it_runs(queue: Queue) -> None:
    @queue.handler("webhook")
    def order(ctx: JobContext, payload: Any) -> None:
        queue.cancel(ctx, queue.submit_job(ctx, "mail"))

    queue.register_handler("mail", lambda ctx, payload: 17)
    submit(queue)


@scene(("failed", 3))
def its_deadline_passes_in_a_backoff(queue: Queue) -> None:
    @queue.handler("webhook", retry=Retry(attempts=9, base=600.0, cap=600.0, jitter=False))
    def deliver(ctx: JobContext, payload: Any) -> None:
        raise ConnectionError(f"down, done: {ctx.done}")

    submit(queue, deadline=datetime.now(UTC) + timedelta(minutes=15))


@scene(("completed", 1), ("pending", 0))
def a_handler_stops_the_queue(queue: Queue) -> None:
    @queue.handler("webhook")
    def deliver(ctx: JobContext, payload: Any) -> str:
        queue.submit_job(ctx, "webhook")
        queue.stop(grace=0.0)
        return "the last one"

    submit(queue)


def endings(queue: Queue) -> list[tuple[Any, ...]]:
    jobs = queue.list_jobs(ctx)
    return [(job.type, job.payload, job.status, job.attempts, job.error, job.result) for job in jobs]


@pytest.mark.parametrize(("play", "expected"), SCENES.values(), ids=SCENES)
def test_a_job_ends_inline_as_in_real_life(play: Scene, expected: list[tuple[str, int]]) -> None:
    with virtual_time():
        with Queue(workers=1) as real:
            play(real)
            ctx.wait(3000.0)  # by then, all has happened that is ever going to
        ended = endings(real)
    inline = InlineQueue()
    play(inline)
    assert endings(inline) == ended
    assert [(status.value, attempts) for _, _, status, attempts, *_ in ended] == expected


def test_waits_are_jumped_over_and_counted() -> None:
    queue = InlineQueue()
    queue.register_handler("webhook", fail, retry=Retry(attempts=3, base=600.0, jitter=False, cap=9e9))
    submit(queue)
    assert queue.waits == [600.0, 1200.0]
    assert queue.skipped == 1800.0
    assert [job.error for job in queue.failed()] == ["ConnectionError: attempt 3"]


def test_a_handler_may_wait_for_the_job_that_it_has_submitted_but_not_for_itself() -> None:
    def order(ctx: JobContext, payload: Any) -> Any:
        return queue.wait(ctx, ctx.job_id if payload == "itself" else queue.submit_job(ctx, "mail")).result

    queue = InlineQueue()
    queue.register_handler("order", order)
    queue.register_handler("mail", lambda ctx, payload: 17, retry=Retry(attempts=2))
    job = queue.submit_job(ctx, "order")
    assert job.status is Status.PENDING  # as from any queue, though it has run
    assert queue.wait(ctx, job).result == 17
    queue.submit_job(ctx, "order", "itself")
    assert "it cannot end while it is waited for" in queue.failed()[0].error


def test_many_jobs_that_submit_the_next_do_not_nest_and_a_stop_is_a_stop() -> None:
    def count(ctx: JobContext, payload: int) -> None:
        if payload:
            queue.submit_job(ctx, "count", payload - 1)

    with InlineQueue() as queue:
        queue.register_handler("count", count)
        queue.submit_job(ctx, "count", 3000)
    with pytest.raises(QueueStopped):
        submit(queue)
    assert sum(queue.count(ctx).values()) == queue.count(ctx)[Status.COMPLETED] == queue.stop().completed == 3001


def timeline() -> list[float]:
    """Return when each attempt began, with random backoffs, in a queue of four workers."""
    seen: list[float] = []
    with virtual_time() as clock, Queue() as queue:

        @queue.handler("webhook", retry=Retry(attempts=5, base=600.0, cap=6000.0))
        def deliver(ctx: JobContext, payload: Any) -> None:
            seen.append(clock.now)
            ctx.wait(payload)
            raise ConnectionError("down")

        queue.wait_many(ctx, queue.submit_many(ctx, "webhook", [0.25, 1.0, 30.0]))
    return seen


def test_virtual_time_has_the_same_timeline_in_each_run() -> None:
    first = timeline()
    assert len(first) == 15
    assert first == timeline()


def test_all_clocks_of_virtual_time_agree() -> None:
    with virtual_time() as clock, Queue() as queue:
        queue.register_handler("webhook", lambda ctx, payload: ctx.wait(50.0))
        begun = time.time()
        submitted = queue.submit_job(ctx, "webhook", delay=600.0)
        job = queue.wait(ctx, submitted)
        assert (clock.now, time.monotonic(), time.time() - begun) == (650.0, 650.0, 650.0)
        assert datetime.now(UTC) - job.created_at == timedelta(seconds=650)  # this module's datetime is virtual too
        assert job.updated_at - job.created_at == timedelta(seconds=650)
        assert [queue.list_jobs(ctx, older_than=seconds) for seconds in (600.0, 700.0)] == [[job], []]


@pytest.mark.parametrize(
    "wait",
    [
        lambda seconds: threading.Event().wait(seconds),
        lambda seconds: threading.Lock().acquire(timeout=seconds),
        lambda seconds: of_python.Queue().get(timeout=seconds),
        time.sleep,
    ],
    ids=["event", "lock", "queue", "sleep"],
)
@pytest.mark.parametrize("seconds", [1e10, math.inf])
def test_a_wait_that_python_refuses_is_refused(wait: Callable[[float], Any], seconds: float) -> None:
    with virtual_time(), pytest.raises(OverflowError):
        wait(seconds)


def test_nobody_waits_for_a_flag_that_is_set_however_long_it_might_be() -> None:
    with virtual_time():
        flag = threading.Event()
        flag.set()
        assert flag.wait(math.inf)


def test_datetime_is_virtual_in_every_spelling() -> None:
    with virtual_time() as clock:
        time.sleep(86_400.0)
        now = dt.datetime.now(dt.UTC)
        assert now.isoformat() == "2026-01-02T00:00:00+00:00"
        assert (dt.date.today(), dt.datetime.today(), clock.now) == (now.date(), dt.datetime.now(), 86_400.0)
        assert isinstance(now, dt.datetime)
        assert issubclass(datetime, dt.datetime)
        assert dt.datetime.fromisoformat("2026-01-02T00:00:00+00:00") == now
    assert dt.datetime is type(now)


def test_asyncio_is_refused_at_once_and_works_again_afterwards() -> None:
    async def deliver() -> int:
        await asyncio.sleep(0)
        return 17

    loop = asyncio.new_event_loop()
    with virtual_time():
        for use in (asyncio.run, loop.run_until_complete):
            coroutine = deliver()
            with pytest.raises(RuntimeError, match=r"cannot run in virtual_time\(\).*JobContext\.for_test"):
                use(coroutine)
            coroutine.close()
    loop.close()
    assert asyncio.run(deliver()) == 17


def test_an_idle_day_costs_next_to_nothing() -> None:
    with virtual_time(), Queue() as queue:
        queue.register_handler("webhook", lambda ctx, payload: None)
        queue.wait(ctx, queue.submit_job(ctx, "webhook"))
        begun = time_of_the_process()
        time.sleep(86_400.0)
        assert time_of_the_process() - begun < 0.5  # 0.04 s on an idle machine; it was 14 s


@pytest.mark.parametrize("days", [1.5, 2, 7, 30])
def test_days_of_backoff_pass_at_once(days: float) -> None:
    """However the clock rounds: a sleep that seems to end early was once taken for a wake-up, and each second cost."""
    tried: list[float] = []

    def send(ctx: JobContext, payload: object) -> None:
        tried.append(clock.now)
        if ctx.attempt == 1:
            raise ConnectionError("down")

    later = Retry(attempts=2, base=days * 86_400.0, cap=days * 86_400.0, jitter=False)
    with virtual_time() as clock, Queue() as queue:
        queue.register_handler("webhook", send, retry=later)
        begun = time_of_the_process()
        queue.wait(ctx, queue.submit_job(ctx, "webhook"))
        assert time_of_the_process() - begun < 2.0  # 0.04 s on an idle machine
    assert tried == [0.0, days * 86_400.0]


INTERRUPTED = """
import sys, time
from goqueue import Context, Queue
from goqueue.testing import virtual_time

ctx = Context()
with virtual_time(), Queue() as queue:
    queue.register_handler("webhook", lambda ctx, payload: ctx.wait(payload))
    print("begun", flush=True)
    while True:
        {what}
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize(
    "what",
    [
        "time.sleep(0.001)",
        "queue.wait(ctx, queue.submit_job(ctx, 'webhook', 60.0))",
        "queue.submit_job(ctx, 'webhook')",
    ],
)
def test_ctrl_c_ends_virtual_time(what: str) -> None:
    command = [sys.executable, "-c", INTERRUPTED.format(what=what)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert errors.rstrip().endswith("KeyboardInterrupt"), errors


@pytest.mark.parametrize("durability", DURABILITIES)
def test_a_sqlite_storage_works_in_virtual_time(path: Path, durability: str) -> None:
    with virtual_time() as clock:
        storage = SQLiteStorage(path, durability=durability)
        with Queue(storage=storage) as queue:
            queue.register_handler(
                "webhook", it_fails_twice_and_then_works, retry=Retry(attempts=3, base=20.0, jitter=False)
            )
            job = queue.wait(ctx, queue.submit_job(ctx, "webhook"))
            assert (job.status, job.attempts, job.result, job.error) == (Status.COMPLETED, 3, 3, "")
            assert 59.0 < clock.now < 61.0
        storage.close()


def test_what_runs_at_the_end_of_virtual_time_ends_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    with virtual_time():
        queue = Queue(workers=2)
        queue.register_handler("webhook", lambda ctx, payload: time.sleep(1e6))
        queue.__enter__()
        queue.submit_many(ctx, "webhook", range(4))
        time.sleep(20.0)
    assert caplog.records == []
