"""Fault: during a stop, the storage refuses the outcome of a job without a handler."""

from ..step13_requeue_backoff import pool as right
from ..step13_requeue_backoff.context import Context
from ..step13_requeue_backoff.errors import HandlerNotFound
from ..step13_requeue_backoff.job import Job


class Pool(right.Pool):
    def _process_job(self, ctx: Context, worker_id: int, submitted: Context, job: Job) -> None:
        try:
            self._registry.get_handler(job.type)
        except HandlerNotFound as err:
            job.mark_rejected(err)
            self._storage.update_job(ctx, job)
            return
        super()._process_job(ctx, worker_id, submitted, job)
