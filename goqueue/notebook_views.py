"""What a notebook shows of a queue and of a job: small tables in HTML. Their text/plain says the same facts.

A job's timeline is made of what is kept: the submission and the last change have a time, the attempts that failed have
their errors. When they were made is not kept, so no time is shown.
"""

from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, NamedTuple

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
    if job.status is Status.CANCELLED and job.error:
        failed, last = failed[:-1], last - 1  # the handler has obeyed
    first = max(1, last - len(failed) + 1)
    if first > 1:
        moments.append(Moment(None, "attempt 1 failed" if first == 2 else f"attempts 1 to {first - 1} failed"))
    for number, error in enumerate(failed, first):
        moments.append(Moment(None, f"attempt {number} failed", error))
    now = STATUS_WORDS[job.status]
    if job.status in (Status.RUNNING, Status.COMPLETED):
        now = f"attempt {job.attempts} {now}"
    elif job.status is Status.PENDING and job.attempts:
        now = f"waits for attempt {job.attempts + 1}"
    moments.append(Moment(job.updated_at if job.updated_at != job.created_at else None, now))
    return moments


def job_html(job: Job) -> str:
    """Return a job as HTML: what it is, and its timeline."""
    rows = "".join(
        f"<tr><td>{moment.at:%H:%M:%S}</td><td>{line(moment)}</td></tr>"
        if moment.at
        else f"<tr><td></td><td>{line(moment)}</td></tr>"
        for moment in timeline(job)
    )
    title = f"{escape(job.type)} <code>{escape(job.id)}</code>: {job.status}, attempts: {job.attempts}"
    return f"<table><caption>{title}</caption><tbody>{rows}</tbody></table>"


def line(moment: Moment) -> str:
    """Return one line of a timeline as HTML."""
    return escape(f"{moment.what}: {moment.error}" if moment.error else moment.what)


def queue_html(queue: "Queue") -> str:
    """Return a queue as HTML: how many jobs have each status."""
    counts = queue.storage.count()
    heads = "".join(f"<th>{status}</th>" for status in counts)
    cells = "".join(f"<td>{number:,}</td>" for number in counts.values())
    title = escape(queue_title(queue))
    return f"<table><caption>{title}</caption><thead><tr>{heads}</tr></thead><tbody><tr>{cells}</tr></tbody></table>"


def queue_text(queue: "Queue") -> str:
    """Return the same in a line: what `repr` shows."""
    counts = ", ".join(f"{number:,} {status}" for status, number in queue.storage.count().items() if number)
    return f"<{queue_title(queue)}: {counts or 'no jobs'}>"


def queue_title(queue: "Queue") -> str:
    """Return what a queue is."""
    pool = queue.pool
    state = "stopped" if pool.stopped else "running" if pool.started else "not started"
    path = getattr(queue.storage, "path", "")
    return f"Queue {path or 'in memory'}, {state}"
