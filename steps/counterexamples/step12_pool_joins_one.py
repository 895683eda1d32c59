"""Fault: only the first worker is joined, so start() returns while another may still run a job."""

import contextlib
import threading

from ..step12_worker_pool import pool as right
from ..step12_worker_pool.context import Context


class Pool(right.Pool):
    def start(self, ctx: Context) -> None:
        if not self._start_once.acquire(blocking=False):
            raise RuntimeError("this queue was started before: a queue runs once, so make a new one")
        with contextlib.ExitStack() as joins, ctx.with_cancel() as running:
            running.after_done(self._channel.close)
            for worker_id in range(1, self._worker_count + 1):
                worker = threading.Thread(target=self._worker, args=(running, worker_id), name=f"worker-{worker_id}")
                worker.start()
                if worker_id == 1:
                    joins.callback(worker.join)
            while not running.wait():
                pass
