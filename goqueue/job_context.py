"""What a handler gets as `ctx`: a context that also knows its job and attempt.

A job may run more than once, because its worker may die after the work is done and before the outcome is stored. A
handler that must not do something twice passes `ctx.job_id` on as an idempotency key, or looks it up first.
"""

from typing import Any

from .context import Context
from .job import Record, id_of


class JobContext(Context):
    """The context of one attempt. It ends when the handler returns, if not earlier."""

    __slots__ = ("_node", "_record", "attempt")

    _node: int
    _record: Record
    attempt: int  # 1 is the first

    @property
    def job_id(self) -> str:
        """The id of the job, which is the same for each attempt."""
        return id_of(self._record.key, self._node)

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
