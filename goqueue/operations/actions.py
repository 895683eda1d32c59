"""What an operator may do to the jobs of a storage. Each function takes a queue that is not started."""

from collections.abc import Iterator

from ..context import Context
from ..job import FINAL, Job, Status
from ..queue import Queue

PAGE = 500  # jobs that are read at once


def every(queue: Queue, status: Status | None, job_type: str | None, older_than: float | None = None) -> Iterator[Job]:
    """Yield all the jobs of a status and a type, oldest first, a page at a time."""
    last: Job | None = None
    while True:
        page = queue.list_jobs(
            Context(), status=status, job_type=job_type, older_than=older_than, after=last, limit=PAGE
        )
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1]


def purge(queue: Queue, status: Status, job_type: str | None, older_than: float | None) -> int:
    """Forget the ended jobs of a status and a type. Return how many. Raises ValueError if the status is not final."""
    if status not in FINAL:
        ends = ", ".join(sorted(each.value for each in FINAL))
        raise ValueError(f"status is {status.value!r}: only jobs that have ended can be purged ({ends})")
    forgotten = 0
    for job in every(queue, status, job_type, older_than):
        queue.delete(Context(), job)
        forgotten += 1
    return forgotten
