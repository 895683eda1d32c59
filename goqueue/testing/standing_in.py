"""What stands in for a program's own queue during a test, though its modules hold on to that queue.

recording(queue)   submissions are noted and nothing runs: for testing what a program submits
inline(queue)      each job runs at once, in the thread that submits it: for testing what comes of it

Both replace methods of the queue object for the time of the block, so tasks and `from shop import queue` see it too.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

from ..context import Context
from ..job import Job, Record, Status
from ..queue import Queue
from ..running.submission import Keep, Submission
from ..storage import MemoryStorage
from .inline import InlineQueue

Q = TypeVar("Q", bound=Queue)

REPLACED = (
    "submit_job",
    "submit_many",
    "submit_batch",
    "submit_chain",
    "get_job",
    "wait",
    "wait_many",
    "as_completed",
    "list_jobs",
    "count",
    "cancel",
    "delete",
    "retry",
    "retry_all",
    "discard_all",
    "drain",
    "pause",
    "resume",
    "paused",
)


class Noting(Submission):
    """Notes the delay of each job that is submitted."""

    def __init__(self, queue: Queue) -> None:
        super().__init__(queue.pool, queue._calls, None)
        self.delays: list[float] = []

    def add(self, ctx: Context, records: Sequence[Record], delay: float, keep: Keep | None = None) -> None:
        super().add(ctx, records, delay, keep)
        self.delays += [delay for record in records if record.key]  # one whose unique key is taken is not kept


class RecordingQueue(Queue):
    """A queue that keeps what is submitted, and never runs anything. For use by one thread.

    >>> queue = RecordingQueue()
    >>> job = queue.submit_job(Context(), "webhook", {"order": 17})
    >>> queue.assert_submitted("webhook", {"order": 17})
    >>> queue.assert_submitted("webhook", {"order": 18})
    Traceback (most recent call last):
    AssertionError: no job 'webhook' with {'order': 18} was submitted; there were:
      webhook {'order': 17}
    """

    def __init__(self) -> None:
        super().__init__(workers=1, buffer_size=None, storage=MemoryStorage())
        self._submission: Noting = Noting(self)

    def _within(self, connection: Any) -> AbstractContextManager[None]:
        return nullcontext()  # what is submitted is noted, whatever becomes of the caller's transaction

    @property
    def delays(self) -> list[float]:
        """The delay of each job that was submitted, in seconds, in order."""
        return list(self._submission.delays)

    @property
    def submitted(self) -> list[Job]:
        """The jobs that were submitted and are still pending, in order, the first thousand."""
        return self.list_jobs(Context(), status=Status.PENDING, limit=1000)

    def assert_submitted(self, job_type: Any, payload: Any = ..., times: int | None = None) -> None:
        """Raise AssertionError unless a job of this type, and with this payload, was submitted, `times` times if given.

        A task may be given instead of its type.
        """
        wanted = getattr(getattr(job_type, "function", None), "name", job_type)
        found = [job for job in self.submitted if job.type == wanted and (payload is ... or job.payload == payload)]
        if (found and times in (None, len(found))) or times == len(found):
            return
        what = f"job {wanted!r}" + ("" if payload is ... else f" with {payload!r}")
        there = "".join(f"\n  {job.type} {job.payload!r}" for job in self.submitted) or " none"
        if found or times == 0:
            raise AssertionError(f"{what} was submitted {len(found)} times, not {times}; there were:{there}")
        raise AssertionError(f"no {what} was submitted; there were:{there}")


@contextmanager
def recording(queue: Queue) -> Iterator[RecordingQueue]:
    """Let a queue note what is submitted in the `with` block, and run nothing. Its storage is not touched.

    >>> from goqueue import Queue
    >>> queue = Queue()
    >>> with recording(queue) as recorded:
    ...     job = queue.submit_job(Context(), "webhook", {"order": 17}, delay=60.0)
    >>> [job.payload for job in recorded.submitted], recorded.delays, queue.storage.backlog()
    ([{'order': 17}], [60.0], 0)
    """
    with replaced(queue, RecordingQueue()) as stand_in:
        yield stand_in


@contextmanager
def inline(queue: Queue) -> Iterator[InlineQueue]:
    """Let a queue run each job at once in the `with` block, with its own handlers. Its storage is not touched.

    >>> from goqueue import Queue
    >>> queue = Queue()
    >>> @queue.task()
    ... def double(number: int) -> int:
    ...     return 2 * number
    >>> with inline(queue):
    ...     double.submit(17).wait().result
    34
    """
    with replaced(queue, InlineQueue(registry=queue.registry)) as stand_in:
        yield stand_in


@contextmanager
def replaced(queue: Queue, stand_in: Q) -> Iterator[Q]:
    """Let the methods of `queue` be those of `stand_in` in the `with` block. Raises RuntimeError in such a block."""
    if any(name in vars(queue) for name in REPLACED):
        raise RuntimeError("something stands in for this queue already: end that block first")
    vars(queue).update({name: getattr(stand_in, name) for name in REPLACED})
    try:
        yield stand_in
    finally:
        for name in REPLACED:
            del vars(queue)[name]
