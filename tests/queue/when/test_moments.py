"""`at`, `delay` and Snooze: due then and not before, whatever the time zone; and a snooze costs nothing."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from goqueue import Context, JobContext, Queue, Retry, Snooze, SQLiteStorage, Status
from goqueue.testing import RecordingQueue

ctx = Context()
BERLIN = ZoneInfo("Europe/Berlin")


def began(queue: Queue, *jobs: Any) -> list[float]:
    """Run jobs, and return after how many seconds each began."""
    moments = []
    queue.register_handler("webhook", lambda ctx, payload: moments.append(datetime.now(UTC)))
    now = datetime.now(UTC)
    with queue:
        queue.wait_many(ctx, jobs)
    return [round((each - now).total_seconds(), 1) for each in moments]


def test_a_job_is_due_at_its_moment_in_any_time_zone(queue: Queue) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=2)
    jobs = [
        queue.submit_job(ctx, "webhook", at=soon.astimezone(BERLIN)),
        *queue.submit_many(ctx, "webhook", [1, 2], at=soon + timedelta(seconds=1)),
        queue.submit_job(ctx, "webhook", delay=timedelta(seconds=4)),
        queue.submit_job(ctx, "webhook", at=soon - timedelta(days=1)),
    ]
    assert began(queue, *jobs) == [0.0, 2.0, 3.0, 3.0, 4.0]


@pytest.mark.parametrize(
    ("options", "kind", "match"),
    [
        ({"at": datetime(2026, 11, 29, 12)}, ValueError, "at is .*: it must be a datetime with a time zone"),
        ({"at": "tomorrow"}, TypeError, "at is 'tomorrow': it must be a datetime"),
        ({"at": 1_800_000_000.0}, TypeError, "it must be a datetime with a time zone, such as datetime.now"),
        ({"at": date(2026, 11, 29)}, TypeError, "it must be a datetime"),
        ({"at": datetime.now(UTC), "delay": 5.0}, ValueError, "at is .* and delay is 5.0: give one of them"),
        ({"delay": timedelta(seconds=-1)}, ValueError, "delay is -1.0"),
        ({"delay": float("nan")}, ValueError, "delay is nan"),
        ({"delay": "soon"}, TypeError, "delay is 'soon'"),
    ],
)
def test_what_is_no_moment_is_refused(options: dict[str, Any], kind: type[Exception], match: str) -> None:
    queue = RecordingQueue()
    send = queue.task()(lambda: None)
    for submit in (
        lambda: queue.submit_job(ctx, "webhook", **options),
        lambda: queue.submit_job(ctx, "webhook", **options, key="a"),
        lambda: queue.submit_many(ctx, "webhook", [1], **options),
        lambda: send.options(**options),
    ):
        with pytest.raises(kind, match=match):
            submit()
    assert queue.submitted == []


@pytest.mark.parametrize(
    "when",
    [lambda: 2, lambda: timedelta(seconds=2), lambda: datetime.now(BERLIN) + timedelta(seconds=2)],
    ids=["seconds", "timedelta", "datetime"],
)
def test_a_snooze_spends_no_attempt(when: Callable[[], Any], queue: Queue) -> None:
    """The complaint: rescheduling by hand uses up the retries, or makes another job with another id."""
    attempts = []

    @queue.handler("webhook", retry=Retry(attempts=2, base=0.0))
    def handler(ctx: JobContext, payload: Any) -> None:
        attempts.append(ctx.attempt)
        if len(attempts) in (1, 2, 4):
            raise Snooze(when())
        if len(attempts) == 3:
            raise ConnectionError("503")

    begun = datetime.now(UTC)
    with queue:
        job = queue.wait(ctx, queue.submit_job(ctx, "webhook"))
    assert attempts == [1, 1, 1, 2, 2]
    assert (job.status, job.attempts) == (Status.COMPLETED, 2)
    assert job.history == ("ConnectionError: 503",)
    assert round((datetime.now(UTC) - begun).total_seconds()) == 6


def test_a_task_that_is_a_coroutine_may_snooze(tmp_path: Path) -> None:
    queue, asked = Queue(workers=1, storage=SQLiteStorage(tmp_path / "jobs.db")), []

    @queue.task()
    async def send() -> int:
        asked.append(1)
        if len(asked) < 2:
            raise Snooze(0.01)
        return 17

    with queue:
        job = send.submit().wait(60.0)
    assert (job.result, job.job.attempts) == (17, 1)
    queue.close()


def test_a_snooze_obeys_a_cancel_and_a_deadline(queue: Queue) -> None:
    @queue.handler("webhook")
    def handler(ctx: JobContext, payload: Any) -> None:
        if payload == "cancelled":
            queue.cancel(ctx, ctx.job_id)
        raise Snooze(2.0)

    until = datetime.now(UTC) + timedelta(seconds=7)
    with queue:
        cancelled = queue.wait(ctx, queue.submit_job(ctx, "webhook", "cancelled"))
        late = queue.wait(ctx, queue.submit_job(ctx, "webhook", deadline=until))
    assert cancelled.status is Status.CANCELLED
    assert late.status is Status.FAILED
    assert "DeadlineExceeded" in late.error


@pytest.mark.parametrize("when", [None, "soon", -1, float("inf"), timedelta(days=-1), datetime(2026, 11, 29), True])
def test_what_is_no_time_to_snooze_is_refused(when: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="when is "):
        raise Snooze(when)
