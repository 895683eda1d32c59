"""Fault: the worker sleeps until its job is due, and runs nothing else meanwhile."""

import time

from ..step13_requeue_backoff import retry as right


class RetryTimer(right.RetryTimer[right.T]):
    def park(self, item: right.T, seconds: float) -> None:
        time.sleep(seconds)
        self._give(item)
