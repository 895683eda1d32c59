"""Fault: start() waits for each worker, but no longer than a minute. A delivery that takes longer still runs then."""

import threading

from ..step12_worker_pool import pool as right
from ..step12_worker_pool.context import Context


class Pool(right.Pool):
    def start(self, ctx: Context) -> None:
        numbers = range(1, self._worker_count + 1)
        workers = [threading.Thread(target=self._worker, args=(ctx, at), name=f"worker-{at}") for at in numbers]
        ctx.after_done(self._channel.close)
        for worker in workers:
            worker.start()
        ctx.wait()
        for worker in workers:
            worker.join(60.0)
