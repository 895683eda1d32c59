"""A queue without threads: each job runs when it is submitted, before submit_job returns.

    submit_job ──> storage ──> this thread runs all that is due, and jumps to what is due next ──> returns

It obeys the same rules, since it is made of the same parts: payloads and results are JSON, a handler's error is stored
and not raised, a retry happens as often as its policy says, and each job is an attempt of the same `run_attempt`. Only
two things are its own: nobody else runs meanwhile, and nobody waits for a back-off; the queue's clock jumps over it.

What it cannot show: two jobs at once, a full buffer, a stop in the middle, time-outs of other threads. For these use
`virtual_time`, on a real Queue. A handler that sleeps, sleeps.
"""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from ..context import Context
from ..errors import QueueStopped
from ..job import Job, Record, Status
from ..pool import StopReport
from ..queue import Queue
from ..registry import Registry
from ..storage import MemoryStorage, Settled
from ..worker import Worker


class JumpingStorage(MemoryStorage):
    """In memory, on a clock that can be put forward."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = 0.0  # seconds

    def _monotonic(self) -> float:
        return time.monotonic() + self.ahead


class InlineQueue(Queue):
    """A Queue that runs its jobs in the thread that submits them, each before submit_job returns.

    `skipped` is how many seconds of waiting it has jumped over. For one thread.

    >>> queue = InlineQueue()
    >>> @queue.handler("webhook")
    ... def send(ctx, payload):
    ...     return {"sent": payload["order"]}
    >>> job = queue.submit_job(Context(), "webhook", {"order": 17})
    >>> queue.get_job(Context(), job.id).result
    {'sent': 17}
    """

    def __init__(self, *, registry: Registry | None = None) -> None:
        self._jumping = JumpingStorage()
        super().__init__(workers=1, buffer_size=None, storage=self._jumping, registry=registry)
        self._worker = Worker(self.pool, "inline")  # its thread is never started: this one does its work
        self._busy = False
        self._stopped = False

    @property
    def skipped(self) -> float:
        """The seconds that this queue has jumped over, of delays and back-offs."""
        return self._jumping.ahead

    def failed(self) -> list[Job]:
        """Return the jobs that failed for good, the first a thousand of them: each says why in `error`."""
        return self.list_jobs(Context(), status=Status.FAILED, limit=1000)

    def start(self, ctx: Context, *, grace: float = 10.0) -> StopReport:
        """Return at once: what was submitted has run."""
        return self.stop(grace=grace)

    def stop(self, *, grace: float = 10.0) -> StopReport:
        """Take no more jobs; all that were submitted have run."""
        self._stopped = True
        return StopReport(completed=self._worker.completed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def _add(self, ctx: Context, records: Sequence[Record], delay: float) -> None:
        if self._stopped:
            raise QueueStopped("the queue has stopped and takes no more jobs: submit to one that runs")
        super()._add(ctx, records, delay)
        if not self._busy:  # else a handler submits: its job runs after it, as in a queue with one worker
            self._busy = True
            try:
                self._run_all()
            finally:
                self._busy = False

    def _run_all(self) -> None:
        settled: Settled = ()
        while True:
            claimed = self._jumping.turn(settled, 1)
            settled = tuple((record, self._worker._attempt(record)) for record in claimed)
            if not claimed:
                seconds = self._jumping.next_due()
                if seconds is None:
                    return
                self._jumping.ahead += seconds
