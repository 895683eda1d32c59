"""Fault: start() returns while workers still run."""

import threading

from ..step12_worker_pool import pool as right
from ..step12_worker_pool.context import Context


class Pool(right.Pool):
    def start(self, ctx: Context) -> None:
        ctx.after_done(self._channel.close)
        for worker_id in range(1, self._worker_count + 1):
            threading.Thread(target=self._worker, args=(ctx, worker_id), name=f"worker-{worker_id}").start()
        ctx.wait()
