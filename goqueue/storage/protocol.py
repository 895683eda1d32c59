"""What the queue asks of a storage.

                 add ──> pending ──> claims ──> running ──> settles ──> completed, failed, cancelled
                            ^                                       │
                            └── waits until it is due <─────────────┘ an attempt is left

A storage is the queue's only source of truth: each change of a job is one step of the storage. The protocol is small,
so that other databases can implement it. `settle_and_claim` settles what a worker has finished and claims its next job
in one step, because one lock, or one commit, costs half as much as two.

Any thread may call any method. Each method is atomic: other threads see all of its effect or none. A method that raises
has changed nothing. No method waits for jobs, for room or for time; the pool does that.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from ..job import Job, Outcome, Record, Status
from ..limits import Limit
from ..names import shown
from ..retry import check_attempts, check_seconds

Settled = Sequence[tuple[Record, Outcome]]


class Retention:
    """How many seconds a job is kept once its status is final; None keeps it until it is deleted.

    `completed` applies to cancelled jobs too. `most` bounds how many jobs of each kind are kept, whatever their age;
    the oldest are forgotten first. Raises TypeError or ValueError if a value is not valid.
    """

    __slots__ = ("completed", "failed", "most")

    def __init__(
        self, completed: float | None = 3600.0, failed: float | None = 7 * 86400.0, most: int | None = 100_000
    ) -> None:
        self.completed = completed if completed is None else check_seconds(completed, "completed")
        self.failed = (
            failed if failed is None else check_seconds(failed, "failed")
        )  # a week, so that a person can look at them
        self.most = most if most is None else check_attempts(most, "most")


def check_retention(given: Any) -> Retention:
    """Return a retention. Raises TypeError if it is none."""
    if not isinstance(given, Retention):
        raise TypeError(f"retention is {shown(given)}: it must be a Retention, such as Retention(completed=3600.0)")
    return given


class Added(NamedTuple):
    """What became of a job with a unique key, and which other job had the key. Neither: there was no room."""

    accepted: bool
    holder: Job | None


class Query(NamedTuple):
    """Which jobs to list: those that match every field. `after` is the key of the last job of the previous page."""

    status: Status | None = None
    type: str | None = None
    created_before: float | None = None  # seconds since 1970
    after: int = 0
    limit: int = 100

    def takes(self, record: Record) -> bool:
        """Whether a record matches, the key aside."""
        return (
            (self.status is None or record.status is self.status)
            and (self.type is None or record.type == self.type)
            and (self.created_before is None or record.created < self.created_before)
        )


class Storage(Protocol):
    """Keeps jobs, and hands each to one worker at a time."""

    node: int  # 48 bits that identify this storage in the id of each of its jobs
    shared: bool  # whether other processes use it too; then a worker claims only types that have a handler here
    batch: int  # the largest number of jobs that a worker may claim at once
    poll: float | None  # seconds between two looks for changes by other processes; None if there are none
    maintain_every: float  # seconds between two calls of maintain() while workers run

    def add(self, records: Sequence[Record], delay: float = 0.0, limit: int | None = None) -> bool:
        """Keep new jobs, all or none, and assign their keys in order. They are due in `delay` seconds.

        Return False and keep none if `limit` or more due jobs wait for a worker already.
        """

    def settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str]) -> list[Record]:
        """Settle attempts, then claim up to `limit` due jobs, by their places. Claimed jobs are running afterwards.

        A job's place is the moment since when it waits, minus `goqueue.job.STEP` seconds for each step of its priority:
        the smallest comes first, and of two alike the one with the smaller key.

        The result of an outcome is kept whatever the status; one that makes the job pending comes back with its claim.

        An outcome whose attempt no longer counts, because its worker was considered dead, is logged and dropped. A
        shared storage hands out only jobs of `types`; any other storage hands out all.
        """

    def cancel(self, key: int) -> Job | None:
        """Cancel a pending job, or mark a running one. Return the job as it is afterwards, or None."""

    def get(self, key: int) -> Job | None:
        """Return a job as it is now, or None."""

    def list_jobs(self, query: Query) -> list[Job]:
        """Return the jobs that `query` asks for, oldest first."""

    def count(self) -> dict[Status, int]:
        """Return the number of jobs with each status."""

    def delete(self, key: int) -> bool:
        """Forget a job. Return False if there is none. Raises ValueError if it is running."""

    def backlog(self) -> int:
        """Return how many due jobs wait for a worker. A shared storage may return its last count."""

    def next_due(self) -> float | None:
        """Return the seconds until the next waiting job is due, or None if no job waits for its time."""

    def maintain(self, running: Sequence[Record]) -> list[Record]:
        """Do the periodic maintenance. Return those of `running` that are to be cancelled.

        Forgets what retention no longer keeps. A shared storage also renews the lease on each of `running`, and takes
        back the jobs of dead workers. One thread of each queue calls this every `maintain_every` seconds.
        """

    def close(self) -> None:
        """Close files. Running jobs stay running until their lease ends. A second call changes nothing."""


class Extended(Storage, Protocol):
    """What a storage may offer besides; the queue does without. `hasattr` tells."""

    limits_keys: bool  # `obey` also keeps to what limits say of each limit key
    keeps_progress: bool  # `maintain` also keeps the `progress` of each record that runs, until the attempt has ended

    def add_unique(self, record: Record, delay: float, limit: int | None, replace: bool) -> Added:
        """Keep a new job whose options have a key, unless another job of its type has that key.

        A job has its key until it has ended; if its options say `key_kept`, as long as it is kept. With `replace`, the
        job that has the key loses it, and is cancelled, as `cancel` does it. All of it is one step, also for other
        processes. Keep nothing if `limit` or more due jobs wait already, and nobody has the key.
        """

    def get_many(self, keys: Sequence[int]) -> list[Job | None]:
        """Return several jobs as they are now, in this order, each as `get` does, but in one step."""

    def renew(self, key: int, record: Record) -> bool:
        """Forget a job that has ended, and keep a new one, which is due now, in one step.

        Return False, and do nothing, if there is no such job, if it has not ended, or if the options of the new one
        have a unique key that another job has.
        """

    def pause(self, job_type: str, paused: bool) -> None:
        """Let no process claim jobs of a type from now on, or let all claim them again. What runs goes on."""

    def paused(self) -> list[str]:
        """Return the types that are paused."""

    def obey(self, limits: Mapping[str, Limit]) -> None:
        """Claim no more jobs of these types than their limits allow, in this process, in the place of all said before.

        If a limit says so (`limits_keys`), each `limit_key` of a type has a limit of its own besides; a job without one
        is bound by the limit of its type alone.

        What other processes claim counts too. `next_due` includes when the next job under a limit may be claimed,
        unless the storage has a `poll`.
        """

    def noted(self, name: str) -> float | None:
        """Return the number that was noted under a name, or None."""

    def advance(self, name: str, before: float | None, after: float, records: Sequence[Record]) -> bool:
        """If `before` is noted under a name, note `after` and keep new jobs, in one step, also for other processes.

        Return False, and change nothing, if something else is noted.
        """

    def attend(self) -> Callable[[], None]:
        """Note that workers claim jobs from now on. Call what it returns when the last of them has ended.

        What these could not settle is pending again as soon as their lease ends, though the process lives.
        """

    def listen(self, tell: Callable[[str, str], bool]) -> Callable[[], None]:
        """Call `tell` soon after other processes have done something, from a thread of the storage, under no lock.

        tell("added", job_type)   jobs may be claimed; it returns whether a worker is free to look for them
        tell("later", "")         a job waits for its time, which comes before that of all others
        tell("ended", key)        a job has ended that `spare` was told of; "" if that may be any of them
        tell("cancelled", key)    a job that runs here is to be cancelled

        Call what it returns to end this. A message may be lost, so everybody also looks every `poll` seconds.
        Workers look every `look_every` seconds instead, if the storage has that.
        """

    def attended(self) -> bool:
        """Whether a worker of any process holds a lease here, as far as is known."""

    def spare(self, awaited: Container[int]) -> None:
        """Forget no job whose key is in `awaited`, because somebody waits for it.

        Any thread may ask whether a key is in `awaited` at any time; a dict of those that wait is enough.
        """

    def knew(self, key: int) -> bool:
        """Whether a job with this key was accepted here, as far as its key says: it may be gone since."""

    def tally(self) -> dict[tuple[str, Status], int]:
        """Return the number of jobs with each type and status, for metrics and dashboards."""

    def oldest_due(self) -> float | None:
        """Return the seconds for which the oldest job has waited that is due, or None if none is."""

    def patience(self, seconds: float | None) -> AbstractContextManager[None]:
        """Let this thread's calls in the `with` block wait for at most about `seconds` for other processes."""

    def within(self, connection: Any) -> AbstractContextManager[None]:
        """Let what this thread adds in the `with` block be part of the transaction on a caller's own connection."""

    def settle_soon(self, settled: Settled, told: Callable[[Settled], None], hurry: bool = False) -> None:
        """Settle attempts in a moment, many in one commit, and do not wait for it; in a `hurry`, at once.

        `told` is called after it, by another thread. What `settle_and_claim` does comes after what was given before.

        If the process is killed before, these jobs run again. `told` must take no lock that somebody holds while he
        calls this storage.
        """
