"""What one sees of a storage in PostgreSQL, and the changes that are one statement which may be made twice."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ...job import Job, Status
from ..last_count import LastCount
from ..protocol import Query
from ..sqlite.rows import readable
from . import statements as text
from .connections import BUSY
from .session import Session
from .statements import Statements

T = TypeVar("T")
HEAVY = 60.0  # seconds that looking at all jobs may take


class Looking(ABC):
    """The part of PostgresStorage that looks. It is told how to run an op."""

    poll: float | None
    node: int
    _sql: Statements
    _waiting: LastCount  # the backlog

    @abstractmethod
    def _run(self, op: Callable[[Session], T], again: bool, seconds: float = BUSY) -> T:
        """Run an op on a connection. It is run `again` if the connection was lost."""

    @abstractmethod
    def _check_usable(self) -> None:
        """Raise StorageError after a fork, or after the close."""

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
        return self._waiting.now(self._count_backlog, self.poll or 0.0)

    def _count_backlog(self) -> int:
        ((count,),) = self._ask(text.BACKLOG, seconds=HEAVY)
        return int(count)

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

    def _ask(self, statement: str, values: Sequence[Any] = (), seconds: float = BUSY) -> list[tuple[Any, ...]]:
        """Return the rows of a statement that may be made twice."""
        return self._run(lambda on: on.execute(self._sql(statement), values).fetchall(), True, seconds)
