"""What the queue asks of a storage.

                 add ──> pending ──> turn: claims ──> running ──> turn: settles ──> completed, failed, cancelled
                            ^                                       │
                            └── waits until it is due <─────────────┘ an attempt is left

A storage is the queue's only truth: each change of a job is one step of it. The protocol is small, so that another
database can follow. `turn` settles what a worker has finished and claims what it does next in one step, since that is
half the cost of two: one lock instead of two, or one commit.

Each method may be called from any thread, and is atomic: others see all of it or nothing. One that raises has changed
nothing. None waits for jobs, for room or for time; the pool does that.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from ..job import Job, Outcome, Record, Status
from ..retry import check_attempts, check_seconds

Settled = Sequence[tuple[Record, Outcome]]


class Retention:
    """How long a job is kept once its status is final, in seconds; None keeps it until it is deleted.

    `completed` is for cancelled jobs too. `most` bounds how many are kept of each kind, whatever their age; the oldest
    go first. Raises TypeError or ValueError if a number is unfit.
    """

    __slots__ = ("completed", "failed", "most")

    def __init__(
        self, completed: float | None = 3600.0, failed: float | None = 7 * 86400.0, most: int | None = 100_000
    ) -> None:
        self.completed = completed if completed is None else check_seconds(completed, "completed")
        self.failed = failed if failed is None else check_seconds(failed, "failed")  # a week: somebody looks at them
        self.most = most if most is None else check_attempts(most, "most")


class Query(NamedTuple):
    """Which jobs to list: those that are all of this. `after` is the key of the last one of the page before."""

    status: Status | None = None
    type: str | None = None
    created_before: float | None = None  # seconds since 1970
    after: int = 0
    limit: int = 100

    def takes(self, record: Record) -> bool:
        """Whether a record is one of them."""
        return (
            (self.status is None or record.status is self.status)
            and (self.type is None or record.type == self.type)
            and (self.created_before is None or record.created < self.created_before)
        )


class Storage(Protocol):
    """Keeps jobs, and hands each to one worker at a time."""

    node: int  # part of each id: which storage it is, among all there are; 48 bits
    shared: bool  # whether other processes work on it too; then a worker claims only types that have a handler here
    batch: int  # the most jobs that a worker may claim in one turn
    poll: float | None  # seconds between two looks for what other processes did; None if there are none
    tend_every: float  # seconds between two calls of tend(), while workers run

    def add(self, records: Sequence[Record], delay: float = 0.0, limit: int | None = None) -> bool:
        """Keep new jobs, all or none, and give each its key, in order. They are due in `delay` seconds.

        Return False, and keep none, if `limit` jobs or more are due and wait for a worker.
        """

    def turn(self, settled: Settled, limit: int, types: Sequence[str]) -> list[Record]:
        """Settle attempts, then claim up to `limit` jobs that are due, the oldest first: each is running afterwards.

        An outcome whose attempt no longer counts (its worker was taken for dead) is logged and dropped. A shared
        storage hands out only jobs of `types`; another hands out all.
        """

    def cancel(self, key: int) -> Job | None:
        """Ask for a job's end: pending becomes cancelled, running is marked. Return it as it is then; None: unknown."""

    def get(self, key: int) -> Job | None:
        """Return a job as it is now, or None."""

    def list_jobs(self, query: Query) -> list[Job]:
        """Return the jobs that `query` asks for, oldest first."""

    def count(self) -> dict[Status, int]:
        """Return how many jobs there are of each status."""

    def delete(self, key: int) -> bool:
        """Forget a job. Return False if there is none. Raises ValueError if it is running."""

    def backlog(self) -> int:
        """Return how many jobs are due and wait for a worker: exactly, or as last counted if it is shared."""

    def next_due(self) -> float | None:
        """Return the seconds until another waiting job will be due, or None if none will."""

    def tend(self, running: Sequence[Record]) -> list[Record]:
        """Do what must be done again and again. Return those of `running` that are to be cancelled.

        Forgets what retention no longer keeps. A shared storage renews the lease on each of `running`, and takes back
        the jobs of workers that are dead. Called every `tend_every` seconds, by one thread of each queue.
        """

    def close(self) -> None:
        """Let go of files. What is running stays so until its lease ends. A second call changes nothing."""
