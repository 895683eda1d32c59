"""The fixtures for users' tests, in a project of a user: alone, under xdist, in an event loop, in frozen time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time

from goqueue import Context, JobContext, Retry, Status
from goqueue.testing import InlineQueue, RecordingQueue

pytest_plugins = ["pytester"]

SHOP = """
from goqueue import Queue, Retry

queue = Queue()

@queue.task(retry=Retry(attempts=2, base=7 * 86400.0, cap=7 * 86400.0, jitter=False))
def send(order: int, *, to: str) -> str:
    return f"{order} to {to}"

def buy(order: int) -> str:
    return send.submit(order, to="a@example.org").id
"""

CONFTEST = """
pytest_plugins = ["goqueue.testing.fixtures"]
"""

TESTS = """
import asyncio
import time
from datetime import datetime

import pytest
import shop
from goqueue import Context, Queue, Retry
from goqueue.testing import inline, recording


def test_handlers_run_at_once(queue):
    queue.register_handler("webhook", lambda ctx, payload: payload["order"])
    job = queue.submit_job(Context(), "webhook", {"order": 17})
    assert queue.get_job(Context(), job).result == 17


def test_submissions_are_noted(recorded):
    recorded.submit_job(Context(), "webhook", {"order": 17})
    recorded.assert_submitted("webhook", {"order": 17}, times=1)
    with pytest.raises(AssertionError, match="was submitted 1 times, not 2"):
        recorded.assert_submitted("webhook", times=2)


def test_a_programs_own_queue_can_be_recorded():
    with recording(shop.queue) as recorded:
        shop.buy(17)
    recorded.assert_submitted(shop.send, {"order": 17, "to": "a@example.org"})
    assert shop.queue.storage.backlog() == 0


def test_a_programs_own_queue_can_run_inline():
    with inline(shop.queue):
        assert shop.send.job(shop.buy(17)).result == "17 to a@example.org"


def test_a_programs_own_queue_can_run_inline_in_an_event_loop():
    async def visit():
        job = await shop.send.submit_async(17, to="x")
        return (await job.wait_async()).result

    with inline(shop.queue):
        assert asyncio.run(visit()) == "17 to x"


def test_a_week_of_backoff(clock):
    tried = []

    def send(ctx, payload):
        tried.append(clock.now)
        if ctx.attempt == 1:
            raise ConnectionError("down")

    week = 7 * 86400.0
    with Queue(workers=1) as queue:
        queue.register_handler("webhook", send, retry=Retry(attempts=2, base=week, cap=week, jitter=False))
        assert queue.wait(Context(), queue.submit_job(Context(), "webhook")).attempts == 2
    assert tried == [0.0, week]
    assert datetime.now().year == 2026


def test_time_is_real_again():
    assert time.time() > 1.79e9
"""


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_users_project(pytester: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(shop=SHOP, test_shop=TESTS)
    found = pytester.runpytest_subprocess(*arguments, "-p", "no:cacheprovider", timeout=300)
    found.assert_outcomes(passed=7)


NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@freeze_time(NOON)
def test_frozen_time_makes_delays_exact() -> None:
    queue = RecordingQueue()
    job = queue.submit_job(Context(), "webhook", at=NOON + timedelta(days=1))
    queue.submit_job(Context(), "webhook", delay=timedelta(hours=1))
    assert (queue.delays, job.created_at.replace(microsecond=0)) == ([86400.0, 3600.0], NOON)


@freeze_time(NOON)
def test_an_inline_queue_runs_in_frozen_time() -> None:
    """Its own clock jumps over delays and backoffs; a deadline is a moment of the frozen clock, and moves with it."""
    queue, seen = InlineQueue(), []

    def send(ctx: JobContext, payload: Any) -> None:
        seen.append(datetime.now(UTC))
        if ctx.attempt == 1:
            raise ConnectionError("503")

    queue.register_handler("webhook", send, retry=Retry(attempts=2, base=600.0, cap=600.0, jitter=False))
    job = queue.submit_job(Context(), "webhook", delay=3600.0, timeout=30, deadline=NOON + timedelta(hours=2))
    assert queue.get_job(Context(), job).status is Status.COMPLETED
    assert (queue.waits, seen) == ([3600.0, 600.0], [NOON, NOON])
    late = queue.submit_job(Context(), "webhook", delay=3600.0, deadline=NOON + timedelta(minutes=30))
    assert queue.get_job(Context(), late).error.startswith("DeadlineExceeded")


def test_two_blocks_at_once_are_refused() -> None:
    from goqueue import Queue
    from goqueue.testing import inline, recording

    queue = Queue()
    with recording(queue), pytest.raises(RuntimeError, match="end that block first"), inline(queue):
        pass
    assert not any(name in vars(queue) for name in ("submit_job", "wait"))


def test_nobody_gets_the_fixtures_unasked() -> None:
    text = (Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8")
    assert "goqueue.testing.fixtures" not in text.partition("[project.entry-points.pytest11]")[2].partition("[tool")[0]
