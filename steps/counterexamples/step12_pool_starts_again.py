"""Fault: nothing refuses a second start."""

import threading

from ..step12_worker_pool import pool as right
from ..step12_worker_pool.context import Context


class Pool(right.Pool):
    def start(self, ctx: Context) -> None:
        self._start_once = threading.Lock()
        super().start(ctx)
