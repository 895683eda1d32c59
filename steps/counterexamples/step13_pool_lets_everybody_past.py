"""Fault: nobody waits for room any more, so a fast producer fills the memory."""

from ..step13_requeue_backoff import pool as right
from ..step13_requeue_backoff.context import Context
from ..step13_requeue_backoff.job import Job


class Pool(right.Pool):
    def enqueue(self, ctx: Context, job: Job) -> None:
        self._channel.put(ctx, (ctx.without_cancel(), job), wait=False)
