"""Fault: once an hour it looks whether it should stop, and sleeps in between."""

import threading
import time

from ..step12_worker_pool import pool as right
from ..step12_worker_pool.context import Context


class Pool(right.Pool):
    def start(self, ctx: Context) -> None:
        with ctx.without_cancel().with_cancel() as running:
            threading.Thread(target=watch, args=(ctx, running)).start()
            super().start(running)


def watch(ctx: Context, running: Context) -> None:
    while not ctx.done:
        time.sleep(3600.0)
    running.cancel()
