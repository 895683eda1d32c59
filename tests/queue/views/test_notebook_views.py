"""What a notebook shows of a queue and of a job: HTML, and a text that says the same."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from goqueue import JobContext, Queue, Retry, Status
from goqueue.failure import history_after, packed
from goqueue.job import COMPLETED, FAILED, PENDING, Job, Outcome
from goqueue.notebook_views import timeline
from goqueue.testing import InlineQueue

from ..parts import TYPES, ctx, fail, submit

AGAIN = Outcome(PENDING, error="OSError: down")


def cells(html: str) -> list[str]:
    return [unescape(each) for each in re.findall("<t[dh]>(.*?)</t[dh]>", html)]


def ended(handler: Any, **options: Any) -> Job:
    queue = InlineQueue()
    queue.register_handler("webhook", handler, **options)
    return queue.get_job(ctx, submit(queue))


def test_a_queue_shows_its_counts(path: Path) -> None:
    for storage, name in ((None, "in memory"), (path, str(path))):
        queue = Queue(storage=storage)
        submit(queue)
        views = queue._repr_mimebundle_()
        text = f"Queue {name}, not started: 1 pending, 0 running, 0 completed, 0 failed, 0 cancelled"
        assert views["text/plain"] == text
        assert cells(views["text/html"]) == [*map(str, Status), "1", "0", "0", "0", "0"]
        queue.close()
    assert f"Queue {path}, stopped: " in queue._repr_mimebundle_()["text/plain"]  # and why it cannot be asked
    assert "<td>" not in queue._repr_mimebundle_()["text/html"]


def test_a_job_shows_its_timeline_and_runs_nothing_of_it() -> None:
    def evil(ctx: JobContext, payload: Any) -> None:
        raise ValueError("<script>17</script>")

    views = ended(evil, retry=Retry(attempts=2))._repr_mimebundle_()
    shown = ["attempt 1 failed: ValueError: <script>17</script>", "attempt 2 failed: ValueError: <script>17</script>"]
    assert [cell for cell in cells(views["text/html"]) if "attempt" in cell] == shown
    assert [line.strip() for line in views["text/plain"].splitlines() if "failed:" in line] == shown
    assert "<script>" not in views["text/html"]
    assert views["text/plain"].splitlines()[-1].endswith("failed for good")


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [
        ([], ["submitted", "waits"]),
        ([AGAIN], ["submitted", "attempt 1 failed", "waits for attempt 2"]),
        ([AGAIN, None], ["submitted", "attempt 1 failed", "attempt 2 runs"]),
        ([AGAIN, Outcome(COMPLETED)], ["submitted", "attempt 1 failed", "attempt 2 completed"]),
        (
            [AGAIN, Outcome(FAILED, error="OSError: up")],
            ["submitted", "attempt 1 failed", "attempt 2 failed", "failed for good"],
        ),
    ],
)
def test_the_timeline_says_what_is_kept(outcomes: list[Outcome | None], told: list[str]) -> None:
    queue = Queue()
    job = submit(queue, max_retry=9)
    for outcome in outcomes:
        (record,) = queue.storage.settle_and_claim((), 1, TYPES)
        if outcome is not None:
            kept = Outcome(outcome.status, error=packed(outcome.error, "", history_after(record.error)))
            queue.storage.settle_and_claim(((record, kept),), 0, TYPES)
    assert [moment.what for moment in timeline(queue.get_job(ctx, job))] == told


def test_attempts_whose_errors_are_kept_no_longer_are_counted() -> None:
    told = [moment.what for moment in timeline(ended(fail, retry=Retry(attempts=14)))]
    assert told[1] == "attempts 1 to 3 failed"
    assert told[2:-1] == [f"attempt {number} failed" for number in range(4, 15)]


def test_a_cancelled_job_shows_how_its_last_attempt_ended() -> None:
    queue = InlineQueue()

    @queue.handler("webhook")
    def obey(ctx: JobContext, payload: Any) -> None:
        queue.cancel(ctx, ctx.job_id)
        ctx.raise_if_done()

    moments = timeline(queue.get_job(ctx, submit(queue)))
    assert [moment.what for moment in moments] == ["submitted", "attempt 1 ended", "cancelled"]
    assert moments[1].error == "Cancelled: the job was cancelled"
