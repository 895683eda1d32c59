"""The inline queue tells no lies: in each scene a job ends as it does in a real queue, on real threads."""

from collections.abc import Callable
from typing import Any

import pytest

from goqueue import Context, JobContext, PayloadError, Queue, QueueStopped, Retry, Status
from goqueue.testing import InlineQueue, virtual_time

Scene = Callable[[Queue], None]
SCENES: list[Scene] = []


def scene(play: Scene) -> Scene:
    SCENES.append(play)
    return play


def submit(queue: Queue, payload: Any = None, **options: Any) -> None:
    queue.submit_job(Context().with_value("order", 17), "webhook", payload, **options)


@scene
def a_result_is_json(queue: Queue) -> None:
    queue.register_handler("webhook", lambda ctx, payload: {"orders": (1, 2), "of": payload})
    submit(queue, {"nested": [{"a": None}], 17: "a number as a key"})


@scene
def a_result_that_is_no_json_is_an_error(queue: Queue) -> None:
    queue.register_handler("webhook", lambda ctx, payload: {1, 2}, retry=Retry(attempts=3))
    submit(queue)


@scene
def it_fails_twice_and_then_works(queue: Queue) -> None:
    def deliver(ctx: JobContext, payload: Any) -> int:
        if ctx.attempt < 3:
            raise ConnectionError(f"attempt {ctx.attempt}")
        return ctx.attempt

    queue.register_handler("webhook", deliver, retry=Retry(attempts=5, base=600.0, cap=6000.0))
    submit(queue)


@scene
def it_gives_up(queue: Queue) -> None:
    def deliver(ctx: JobContext, payload: Any) -> None:
        raise ValueError("no such partner") if ctx.attempt == 2 else ConnectionError("down")

    queue.register_handler("webhook", deliver, retry=Retry(attempts=9, give_up_on=(ValueError,)))
    submit(queue)


@scene
def nobody_handles_it(queue: Queue) -> None:
    submit(queue)


@scene
def its_time_is_up(queue: Queue) -> None:
    def deliver(ctx: JobContext, payload: Any) -> None:
        ctx.wait(0.02)
        ctx.raise_if_done()

    queue.register_handler("webhook", deliver)
    submit(queue, timeout=0.01, max_retry=2)


@scene
def values_travel(queue: Queue) -> None:
    queue.register_handler("webhook", lambda ctx, payload: ctx.value("order"))
    submit(queue)


@scene
def a_handler_edits_its_payload(queue: Queue) -> None:
    def deliver(ctx: JobContext, payload: Any) -> Any:
        payload["seen"] = payload.get("seen", 0) + 1
        if ctx.attempt < 3:
            raise ConnectionError("down")
        return payload

    queue.register_handler("webhook", deliver, retry=Retry(attempts=3))
    submit(queue, {"order": 17})


@scene
def a_handler_submits(queue: Queue) -> None:
    def order(ctx: JobContext, payload: Any) -> None:
        for number in range(3):
            queue.submit_job(ctx, "mail", {"number": number})

    queue.register_handler("webhook", order)
    queue.register_handler("mail", lambda ctx, payload: [payload["number"], ctx.value("order")])
    submit(queue)


@scene
def they_exit(queue: Queue) -> None:
    def leave(ctx: JobContext, payload: Any) -> None:
        raise (SystemExit, KeyboardInterrupt, GeneratorExit)[ctx.attempt - 1](ctx.attempt)

    queue.register_handler("webhook", leave, retry=Retry(attempts=3))
    submit(queue)


def endings(queue: Queue) -> list[tuple[Any, ...]]:
    jobs = queue.list_jobs(Context())
    return [(job.type, job.payload, job.status, job.attempts, job.error, job.result) for job in jobs]


def in_real_life(play: Scene) -> list[tuple[Any, ...]]:
    with virtual_time():
        queue = Queue(workers=1)
        with queue:
            play(queue)
            while not all(job.final for job in queue.list_jobs(Context())):
                Context().wait(60.0)
        return endings(queue)


def inline(play: Scene) -> list[tuple[Any, ...]]:
    queue = InlineQueue()
    play(queue)
    return endings(queue)


@pytest.mark.parametrize("play", SCENES, ids=lambda play: play.__name__)
def test_a_job_ends_inline_as_in_real_life(play: Scene) -> None:
    assert inline(play) == in_real_life(play)


def test_the_scenes_show_what_they_are_called_after() -> None:
    told = {play.__name__: [(job[2].value, job[3]) for job in inline(play)] for play in SCENES}
    assert told == {
        "a_result_is_json": [("completed", 1)],
        "a_result_that_is_no_json_is_an_error": [("failed", 1)],
        "it_fails_twice_and_then_works": [("completed", 3)],
        "it_gives_up": [("failed", 2)],
        "nobody_handles_it": [("failed", 1)],
        "its_time_is_up": [("failed", 2)],
        "values_travel": [("completed", 1)],
        "a_handler_edits_its_payload": [("completed", 3)],
        "a_handler_submits": [("completed", 1)] * 4,
        "they_exit": [("failed", 2)],
    }


def test_waits_are_jumped_over_and_counted() -> None:
    queue = InlineQueue()
    queue.register_handler(
        "webhook", lambda ctx, payload: 1 / 0, retry=Retry(attempts=3, base=600.0, jitter=False, cap=9e9)
    )
    submit(queue)
    assert queue.skipped == pytest.approx(600.0 + 1200.0, abs=1.0)
    assert [job.error for job in queue.failed()] == ["ZeroDivisionError: division by zero"]


def test_what_is_no_json_is_refused_and_a_stop_is_a_stop() -> None:
    queue = InlineQueue()
    with pytest.raises(PayloadError):
        submit(queue, {1, 2})
    with queue:
        pass
    with pytest.raises(QueueStopped):
        submit(queue)
    assert queue.count(Context())[Status.PENDING] == 0
