"""Jobs and counts as an operator reads them: as text, or as JSON for other programs."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ..job import Job, Status
from ..names import printable
from .state import State

COLUMNS = ("id", "type", "status", "attempts", "age", "error")
WIDEST = 60  # characters of an error in a list


def as_json(value: Any) -> str:
    """Return a value as JSON in one line."""
    return json.dumps(value, ensure_ascii=False, default=str)


def facts(job: Job) -> dict[str, Any]:
    """Return all that is known of a job, as JSON."""
    return {
        "id": job.id,
        "type": job.type,
        "status": job.status.value,
        "attempts": job.attempts,
        "max_retry": job.max_retry,
        "priority": job.priority,
        "key": job.key,
        "limit_key": job.limit_key,
        "before": list(job.before),
        "progress": None if job.progress is None else job.progress._asdict(),
        "created_at": job.created_at.isoformat(),
        "updated_at": job.updated_at.isoformat(),
        "payload": job.payload,
        "result": job.result,
        "error": job.error,
        "history": list(job.history),
        "traceback": job.traceback,
    }


def table(jobs: Iterable[Job], now: datetime | None = None) -> str:
    """Return a line for each job, below the names of the columns."""
    now = datetime.now(UTC) if now is None else now
    rows = [COLUMNS, *([*line(job, now)] for job in jobs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def line(job: Job, now: datetime) -> tuple[str, ...]:
    """Return the columns of a job."""
    first, _, _ = job.error.partition("\n")
    error = first if len(first) <= WIDEST else first[: WIDEST - 1] + "…"
    waited = age((now - job.created_at).total_seconds())
    return job.id, printable(job.type), job.status.value, str(job.attempts), waited, printable(error)


def age(seconds: float) -> str:
    """Return a time as one number.

    >>> age(59), age(61), age(7_300), age(200_000), age(-3)
    ('59s', '1m', '2h', '2d', '0s')
    """
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{max(0, int(seconds))}s"


def page(job: Job) -> str:
    """Return all that is known of a job, a fact a line; the traceback comes last."""
    known = facts(job)
    told = known.pop("traceback")
    lines = [f"{name + ':':<12} {value if isinstance(value, str) else as_json(value)}" for name, value in known.items()]
    return printable("\n".join([*lines, *([told.rstrip()] if told else [])]), but="\n")


def counted(state: State) -> dict[str, Any]:
    """Return the number of jobs with each status, how many are due, for how many seconds the oldest has waited, and the
    types that are paused.
    """
    types: dict[str, dict[str, int]] = {}
    for (job_type, status), number in sorted(state.by_type.items()):
        types.setdefault(job_type, {})[status.value] = number
    waits = None if state.oldest_due is None else round(state.oldest_due, 3)
    counts = {status.value: number for status, number in state.counts.items()}
    return {**counts, "due": state.due, "oldest_due_seconds": waits, "paused": list(state.paused), "types": types}


def stats(found: Mapping[str, Any]) -> str:
    """Return counts as text."""
    waits, types = found["oldest_due_seconds"], found["types"]
    lines = [f"{status:<10} {found[status]:>10,}" for status in Status]
    late = f"due: {found['due']:,}, the oldest waits: {'none' if waits is None else age(waits)}"
    by_type = [
        f"{name}: {', '.join(f'{number:,} {status}' for status, number in each.items())}"
        for name, each in types.items()
    ]
    paused = [f"paused: {', '.join(found['paused'])}"] if found["paused"] else []
    return printable("\n".join([*lines, late, *paused, *by_type]), but="\n")
