"""What a handler gets as `ctx`: a context that also knows its job and attempt.

A job may run more than once, because its worker may die after the work is done and before the outcome is stored. A
handler that must not do something twice passes `ctx.job_id` on as an idempotency key, or looks it up first.
"""

import time
from typing import Any, NamedTuple

from .context import Context
from .job import Record, Status, id_of
from .progress import progress_of
from .retry import check_attempts, check_seconds


class Ended(NamedTuple):
    """How a job before this one has ended. `status` is None if it was forgotten before its end was seen."""

    id: str
    status: Status | None
    result: Any
    error: str


class JobContext(Context):
    """The context of one attempt. It ends when the handler returns, if not earlier."""

    __slots__ = ("_before", "_node", "_record", "attempt")

    _before: tuple[Ended, ...]  # missing unless its job is the last of a batch or a chain
    _node: int
    _record: Record
    attempt: int  # 1 is the first

    @property
    def job_id(self) -> str:
        """The id of the job, which is the same for each attempt."""
        return id_of(self._record.key, self._node)

    def progress(self, done: float, total: float | None = None, text: str = "") -> None:
        """Say how far this attempt has come; `job.progress` tells whoever looks. It is cheap: call it for each row.

        In memory it is seen at once, in a file within a second or so. It ends with the attempt. Any thread may call it.
        Raises TypeError or ValueError unless the numbers are from 0 to 1e15, and the text is a string, of which the
        first and last hundred characters are kept.

        >>> ctx = JobContext.for_test()
        >>> ctx.progress(3, 10, "orders")
        >>> ctx.progress(-1)
        Traceback (most recent call last):
        ValueError: done is -1: it must be from 0 to 1e15
        """
        self._record.progress = progress_of(done, total, text)

    @property
    def before(self) -> tuple[Ended, ...]:
        """How the jobs before this one have ended, if it is the last of a batch or a chain: in their order."""
        return getattr(self, "_before", ())

    @classmethod
    def for_test(
        cls,
        *,
        job_type: str = "test",
        attempt: int = 1,
        timeout: float | None = None,
        values: dict[str, Any] | None = None,
    ) -> "JobContext":
        """Return a context with which a test may call a handler. It ends after `timeout` seconds, or by `cancel()`.

        >>> def send(ctx, payload):
        ...     return {"sent": payload["order"], "attempt": ctx.attempt}
        >>> send(JobContext.for_test(attempt=2), {"order": 17})
        {'sent': 17, 'attempt': 2}
        """
        record = Record(job_type, None)
        record.key, record.attempts = time.time_ns() >> 10, check_attempts(attempt, "attempt")
        deadline = None if timeout is None else time.monotonic() + check_seconds(timeout, "timeout")
        return cls.of_attempt(Context(), record, 0, deadline, dict(values or {}))

    @classmethod
    def of_attempt(
        cls, parent: Context, record: Record, node: int, deadline: float | None, values: dict[str, Any]
    ) -> "JobContext":
        """Return the context of an attempt that begins now."""
        ctx: JobContext = parent._child(deadline, values, cls)
        ctx._record = record
        ctx._node = node
        ctx.attempt = record.attempts
        return ctx
