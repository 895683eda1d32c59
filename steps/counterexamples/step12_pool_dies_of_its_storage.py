"""Fault: an error of the storage ends the worker that met it."""

from ..step12_worker_pool import pool as right
from ..step12_worker_pool.context import Context
from ..step12_worker_pool.job import Job


class Pool(right.Pool):
    def _process_job(self, ctx: Context, submitted: Context, job: Job) -> None:
        try:
            super()._process_job(ctx, submitted, job)
        except Exception as err:
            raise SystemExit(str(err)) from err
