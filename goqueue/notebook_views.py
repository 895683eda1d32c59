"""What a notebook shows of a queue and of a job: small tables in HTML. Their text says the same.

A job's timeline is made of what is kept: the submission and the last change have a time, the attempts that failed have
their errors. When they were made is not kept, so no time is shown.
"""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from .errors import StorageError
from .job import Job, Status

if TYPE_CHECKING:
    from .queue import Queue

STATUS_WORDS = {
    Status.PENDING: "waits",
    Status.RUNNING: "runs",
    Status.COMPLETED: "completed",
    Status.FAILED: "failed for good",
    Status.CANCELLED: "cancelled",
}


class Moment(NamedTuple):
    """One line of a timeline. `at` is None if the time is not kept."""

    at: datetime | None
    what: str
    error: str = ""


def timeline(job: Job) -> list[Moment]:
    """Return what has happened to a job, in order.

    >>> from goqueue import Context, Queue
    >>> [moment.what for moment in timeline(Queue().submit_job(Context(), "webhook"))]
    ['submitted', 'waits']
    """
    moments = [Moment(job.created_at, "submitted")]
    failed = [*job.history, *([job.error] if job.error else [])]
    last = job.attempts - (job.status in (Status.RUNNING, Status.COMPLETED))  # the last attempt that failed
    first = max(1, last - len(failed) + 1)
    if first > 1:
        moments.append(Moment(None, "attempt 1 failed" if first == 2 else f"attempts 1 to {first - 1} failed"))
    for number, error in enumerate(failed, first):
        obeyed = job.status is Status.CANCELLED and number == last  # perhaps: it raised this, and the job was cancelled
        moments.append(Moment(None, f"attempt {number} {'ended' if obeyed else 'failed'}", error))
    now = STATUS_WORDS[job.status]
    if job.status in (Status.RUNNING, Status.COMPLETED):
        now = f"attempt {job.attempts} {now}" + (f": {job.progress}" if job.progress is not None else "")
    elif job.status is Status.PENDING and job.attempts:
        now = f"waits for attempt {job.attempts + 1}"
    moments.append(Moment(job.updated_at if job.updated_at != job.created_at else None, now))
    return moments


def job_views(job: Job) -> dict[str, str]:
    """Return what a notebook shows of a job: what it is, and its timeline."""
    title = f"Job {job.id} {job.type!r}: {job.status}, attempts: {job.attempts}"
    rows = [(f"{moment.at:%H:%M:%S}" if moment.at else "", words(moment)) for moment in timeline(job)]
    text = "\n".join([title, *(f"  {at:<8}  {what}" for at, what in rows)])
    return {"text/plain": text, "text/html": table(title, [], rows)}


def words(moment: Moment) -> str:
    """Return a moment in a line."""
    return f"{moment.what}: {moment.error}" if moment.error else moment.what


def queue_views(queue: "Queue") -> dict[str, str]:
    """Return what a notebook shows of a queue: how many jobs have each status. A storage that fails is said."""
    pool = queue.pool
    state = "stopped" if pool.stopped else "running" if pool.started else "not started"
    title = f"Queue {getattr(queue.storage, 'path', '') or 'in memory'}, {state}"
    try:
        counts = queue.storage.count()
    except StorageError as err:
        return {"text/plain": f"{title}: {err}", "text/html": table(f"{title}: {err}", [], [])}
    numbers = [f"{number:,}" for number in counts.values()]
    text = f"{title}: {', '.join(f'{number} {status}' for status, number in zip(counts, numbers, strict=True))}"
    return {"text/plain": text, "text/html": table(title, list(counts), [numbers])}


def table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as HTML."""
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(each)}</td>' for each in row)}</tr>" for row in rows)
    top = f"<thead><tr>{head}</tr></thead>" if heads else ""
    return f"<table><caption>{escape(title)}</caption>{top}<tbody>{body}</tbody></table>"
