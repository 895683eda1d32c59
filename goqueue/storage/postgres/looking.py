"""What one sees of a storage in PostgreSQL, and the changes that are one statement which may be made twice."""

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ...job import Job, Status
from ..protocol import Query
from ..sqlite.rows import readable
from . import statements as text
from .connections import BUSY
from .session import Session
from .statements import Statements

T = TypeVar("T")
HEAVY = 60.0  # seconds that looking at all jobs may take


class Looking:
    """The part of PostgresStorage that looks. It is told how to run an op."""

    poll: float | None
    node: int
    _sql: Statements
    _counted: tuple[int, float]  # the backlog, and until when to reuse it (time.monotonic)

    def _run(self, op: Callable[[Session], T], again: bool, seconds: float = BUSY) -> T:
        raise NotImplementedError

    def _check_usable(self) -> None:
        raise NotImplementedError

    def cancel(self, key: int) -> Job | None:
        """Cancel a pending job, or mark a running one. Return None if there is no such job."""
        self._run(lambda on: on.execute(self._sql(text.CANCEL), (key,)), again=True)
        return self.get(key)

    def get(self, key: int) -> Job | None:
        """Return a job as it is now, or None."""
        rows = self._ask(text.GET, (key,))
        return Job(readable(rows[0]), self.node) if rows else None

    def list_jobs(self, query: Query) -> list[Job]:
        """Return the jobs that match `query`, oldest first."""
        statement, values = self._sql.listing(query)
        rows = self._run(lambda on: on.execute(statement, values).fetchall(), again=True, seconds=HEAVY)
        return [Job(readable(row), self.node) for row in rows]

    def count(self) -> dict[Status, int]:
        """Return the number of jobs with each status. It looks at each job."""
        counts = dict.fromkeys(Status, 0)
        counts.update({Status(status): number for status, number in self._ask(text.COUNT, seconds=HEAVY)})
        return counts

    def tally(self) -> dict[tuple[str, Status], int]:
        """Return the number of jobs with each type and status. It looks at each job."""
        rows = self._ask(text.TALLY, seconds=HEAVY)
        return {(job_type, Status(status)): number for job_type, status, number in rows}

    def oldest_due(self) -> float | None:
        """Return the seconds for which the oldest due job has waited, or None."""
        ((seconds,),) = self._ask(text.OLDEST_DUE, seconds=HEAVY)
        return None if seconds is None else max(0.0, seconds)

    def delete(self, key: int) -> bool:
        """Forget a job. Return False if there is none. Raises ValueError if it is running."""
        if self._ask(text.DELETE, (key,)):
            return True
        job = self.get(key)
        if job is None:
            return False
        raise ValueError(f"{job.id} is running: cancel it, wait for its end, and delete it then")

    def backlog(self) -> int:
        """Return how many due jobs wait for a worker, as counted within the last `poll` seconds."""
        self._check_usable()
        count, until = self._counted
        now = time.monotonic()
        if now >= until:
            ((count,),) = self._ask(text.BACKLOG, seconds=HEAVY)
            after = time.monotonic()
            self._counted = (count, after + max(self.poll or 0.0, 10 * (after - now)))  # counting many takes time
        return count

    def next_due(self) -> float | None:
        """Return the seconds until the next waiting job is due, or None."""
        ((seconds,),) = self._ask(text.NEXT_DUE)
        return None if seconds is None else max(0.0, seconds)

    def attended(self) -> bool:
        """Whether a worker of any process has claimed jobs here, and has not ended as far as is known."""
        return bool(self._ask(text.ATTENDED))

    def knew(self, key: int) -> bool:
        """Whether a job with this key was accepted here, as far as its key says."""
        ((last,),) = self._ask(text.LAST)
        return 0 < key <= int(last)

    def paused(self) -> list[str]:
        """Return the types that are paused."""
        return [job_type for (job_type,) in self._ask(text.PAUSED)]

    def noted(self, name: str) -> float | None:
        """Return the number that was noted under a name, or None."""
        found = self._ask(text.NOTED, (name,))
        return float(found[0][0]) if found else None

    def _count(self, more: int) -> None:
        """Adjust the last count by what this process did, because its producers wait for room that its workers make."""
        count, until = self._counted
        self._counted = (max(0, count + more), until)

    def _ask(self, statement: str, values: Sequence[Any] = (), seconds: float = BUSY) -> list[tuple[Any, ...]]:
        """Return the rows of a statement that may be made twice."""
        return self._run(lambda on: on.execute(self._sql(statement), values).fetchall(), True, seconds)
