"""Fault: whether it was started is looked at and noted without a lock, so two starts at one moment both run."""

import threading
from typing import Any

from ..step12_worker_pool import pool as right
from ..step12_worker_pool.context import Context


class Pool(right.Pool):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._started = False

    def start(self, ctx: Context) -> None:
        if self._started:
            raise RuntimeError("this queue was started before: a queue runs once, so make a new one")
        self._started = True
        self._start_once = threading.Lock()
        super().start(ctx)
