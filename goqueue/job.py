"""A job, the moves its status may make, and what it remembers of its attempts.

       ┌──────────────────> cancelled   before it ran
       ├──────────────────> failed      nobody can run it, or its deadline passed
    pending ──> running ──> completed
       ^           ├──────> failed      no attempt is left
       │           ├──────> cancelled   it was asked to stop, and has stopped
       └───────────┘                    an attempt is left; or a shutdown, or a dead worker, gave it back

Any other move is refused, so a job cannot run twice at the same time, or fail after it has completed: see states.py.

    Record   what a storage keeps and changes under its own lock; code outside the storage never sees one
    Job      what a caller gets: a consistent snapshot of the record, which never changes
    Outcome  how a worker describes the end of an attempt; the storage turns it into a move
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from .failure import unpacked
from .payload import Frozen, thaw

if TYPE_CHECKING:
    from .progress import Progress
    from .retry import Retry


class Status(StrEnum):
    """Where a job stands.

    >>> Status("running")
    <Status.RUNNING: 'running'>
    """

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


PENDING, RUNNING, COMPLETED = Status.PENDING, Status.RUNNING, Status.COMPLETED
FAILED, CANCELLED = Status.FAILED, Status.CANCELLED

FINAL = frozenset({COMPLETED, FAILED, CANCELLED})


UNSAID = -1  # max_retry: as many attempts as the policy of the handler says, whoever has it
STEP = 60.0  # seconds: so long a wait counts as much as one step of priority, so nobody waits for ever


class Options:
    """What only a few jobs have, kept apart so that the others do not pay for it. Fixed when the job is submitted."""

    __slots__ = ("before", "deadline", "key", "key_kept", "limit_key", "priority", "retry", "timeout", "values")

    def __init__(
        self,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        retry: "Retry | None" = None,
        values: dict[str, Any] | None = None,
        priority: int = 0,
        key: str | None = None,
        key_kept: bool = False,
        before: dict[str, Any] | None = None,
        limit_key: str | None = None,
    ) -> None:
        self.timeout = timeout  # seconds for an attempt
        self.deadline = deadline  # seconds since 1970: no attempt of this job runs later
        self.retry = retry  # the job's own policy, instead of its handler's
        self.values = values  # the values of the context it was submitted with
        self.priority = priority  # higher comes first
        self.key = key  # unique among the jobs of its type that have one
        self.key_kept = key_kept  # it has the key as long as it is kept, and not only until it has ended
        self.limit_key = limit_key  # what limits by key count by
        self.before = before  # the plan of the jobs that must have ended before it begins; see together.py

    def but(self, **changed: Any) -> "Options":
        """Return the same options, except for those that are given."""
        return Options(**{name: changed.get(name, getattr(self, name)) for name in Options.__slots__})


class Record:
    """A job as a storage keeps it.

    `key` orders the jobs of a storage. It is the moment of submission in units of 1,024 ns since 1970, assigned by the
    storage when the job is added. `updated` is in seconds since 1970; 0.0 means not since the submission.
    """

    __slots__ = (
        "attempts",
        "cancelling",
        "due",
        "error",
        "key",
        "max_retry",
        "options",
        "payload",
        "progress",
        "result",
        "status",
        "type",
        "updated",
    )

    def __init__(self, job_type: str, payload: Frozen, max_retry: int = 1, options: Options | None = None) -> None:
        self.key = 0
        self.type = job_type
        self.payload = payload
        self.status = PENDING
        self.attempts = 0
        self.max_retry = max_retry
        self.error = ""
        self.result: Frozen = None  # before it completes: what the last job of a batch knows of the others
        self.updated = 0.0
        self.options = options
        # Since when it waits for a worker, in a storage in memory, in seconds since 1970; 0.0: since its submission.
        # PARKED (see storage/lines.py): it waits for its time.
        self.due = 0.0
        self.cancelling = False  # a caller asked for its end while it ran
        self.progress: Progress | None = None  # of the attempt that runs: replaced as one value, by its handler

    @property
    def created(self) -> float:
        """The moment of submission, in seconds since 1970."""
        return self.key * 1024 / 1e9

    @property
    def priority(self) -> int:
        """The priority: 0 unless the submitter said another."""
        return 0 if self.options is None else self.options.priority

    def place(self, since: float) -> float:
        """Return what orders the jobs that wait for a worker, if this one waits since then; the smallest is first."""
        return since - STEP * self.priority


class Outcome:
    """How an attempt ended, as the worker that ran it describes it. Many jobs may share one outcome."""

    __slots__ = ("counts", "delay", "error", "result", "status")

    def __init__(
        self,
        status: Status,
        *,
        error: str = "",
        result: Frozen = None,
        delay: float = 0.0,
        counts: bool = True,
    ) -> None:
        self.status = status
        self.error = error
        self.result = result
        self.delay = delay  # seconds until the next attempt, if there is one
        self.counts = counts  # False: the attempt was interrupted, and is given back


DONE = Outcome(COMPLETED)
HANDED_BACK = Outcome(PENDING, counts=False)


def id_of(key: int, node: int) -> str:
    """Return the id of the job `key` of the storage `node`. Ids sort by the moment of submission.

    >>> id_of(1_700_000_000_000_000, 0xC0FFEE)
    '00060a24181e4000-000000c0ffee'
    """
    return f"{key:016x}-{node:012x}"


def key_of(job_id: object, node: int) -> int | None:
    """Return the key in an id of the storage `node`, or None if the id belongs to another storage.

    >>> key_of("00060a24181e4000-000000c0ffee", 0xC0FFEE)
    1700000000000000
    >>> key_of("job-1", 0xC0FFEE)
    """
    try:
        found = int(str(job_id).partition("-")[0], 16)
    except ValueError:
        return None
    return found if found < 1 << 63 and job_id == id_of(found, node) else None  # the largest that a database can hold


def known_in(kept: Frozen) -> list[Any]:
    """Return what the last job of a batch knows of each of the others: None, its key, or its id, status, result, error.

    It is [] if nothing is known, or if what was kept is damaged.

    >>> known_in('[17, null, ["00060a24", "completed", 30, ""]]')
    [17, None, ['00060a24', 'completed', 30, '']]
    >>> known_in('{"order":17}')
    []
    """
    try:
        known = thaw(kept)
    except ValueError:
        return []
    if not isinstance(known, list):
        return []
    return known if all(each is None or isinstance(each, int) or is_end(each) for each in known) else []


def is_end(known: Any) -> bool:
    """Whether what is known of a job is its end: its id, status, result and error."""
    return isinstance(known, list) and len(known) == 4 and isinstance(known[0], str)


class Job:
    """A snapshot of a job. It does not change: ask the queue again for a newer one.

    `status`, `attempts`, `error` and `result` belong to the same moment. `payload` and `result` return a new copy each
    time, so editing them changes nothing.
    """

    __slots__ = ("_error", "_node", "_progress", "_record", "_result", "_updated", "attempts", "status")

    def __init__(self, record: Record, node: int) -> None:
        # Copied here, under the storage's lock, because they change. The rest never changes and stays in the record.
        self._record = record
        self._node = node
        self.status = record.status
        self.attempts = record.attempts
        self._error = record.error
        self._result = record.result
        self._updated = record.updated
        self._progress = record.progress

    @property
    def id(self) -> str:
        """The id, a text that sorts by the moment of submission."""
        return id_of(self._record.key, self._node)

    @property
    def type(self) -> str:
        """The job type, which selects the handler."""
        return self._record.type

    @property
    def payload(self) -> Any:
        """What the handler is given: a new copy each time."""
        return thaw(self._record.payload)

    @property
    def max_retry(self) -> int | None:
        """The total number of attempts; 0 and 1 both mean one. None: the handler that runs it decides."""
        most = self._record.max_retry
        return None if most == UNSAID else most

    @property
    def priority(self) -> int:
        """The priority that it was submitted with: higher comes first, and a minute of waiting counts as one step."""
        return self._record.priority

    @property
    def key(self) -> str | None:
        """The unique key that it was submitted with, or None. A job that was replaced does not have it any more."""
        options = self._record.options
        return None if options is None else options.key

    @property
    def limit_key(self) -> str | None:
        """The limit key that it was submitted with, or None."""
        options = self._record.options
        return None if options is None else options.limit_key

    @property
    def error(self) -> str:
        """The type and message of what the last attempt raised, or "". At most 2,000 characters."""
        return unpacked(self._error)[0]

    @property
    def traceback(self) -> str:
        """The traceback of the last attempt's error, with its causes, or "". At most 8,000 characters."""
        return unpacked(self._error)[1]

    @property
    def history(self) -> tuple[str, ...]:
        """The errors of the attempts before the last, the oldest first. At most ten are kept, also after a success."""
        return unpacked(self._error)[2]

    @property
    def result(self) -> Any:
        """What the handler returned, once the job has completed: a new copy each time."""
        return thaw(self._result) if self.status is COMPLETED else None

    @property
    def progress(self) -> "Progress | None":
        """How far the attempt that runs has come, as its handler has said with `ctx.progress`, or None.

        Of the last job of a batch, while it waits: how many of the jobs before it have ended, when it last looked.
        """
        if self.status is PENDING and self._result is not None:
            from .progress import Progress  # only a batch needs it

            known = known_in(self._result)
            return Progress(sum(isinstance(each, list) for each in known), len(known), "jobs")
        return self._progress if self.status is RUNNING else None

    @property
    def before(self) -> tuple[str, ...]:
        """Of the last job of a batch or a chain: the ids of the jobs before it, once they are submitted."""
        options = self._record.options
        if options is None or options.before is None or self.status is COMPLETED:
            return ()
        known = known_in(self._result) or options.before.get("known") or ()
        return tuple(id_of(each, self._node) if isinstance(each, int) else each[0] for each in known if each)

    @property
    def created_at(self) -> datetime:
        """When it was submitted (UTC)."""
        return datetime.fromtimestamp(self._record.created, UTC)

    @property
    def updated_at(self) -> datetime:
        """When its status last changed (UTC)."""
        return datetime.fromtimestamp(self._updated, UTC) if self._updated else self.created_at

    @property
    def final(self) -> bool:
        """Whether its status will never change again."""
        return self.status in FINAL

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Job):
            return NotImplemented
        return (self.id, self.status, self.attempts) == (other.id, other.status, other.attempts)

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        why = f", error={self.error!r}" if self.error else ""
        return f"<Job {self.id} {self.type!r} {self.status}, attempts={self.attempts}{why}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Return its timeline, as text and as HTML, for a notebook."""
        from .notebook_views import job_views  # only a notebook needs it

        return job_views(self)
