"""Fault: the timer sleeps until the retry that it saw first is due, and hears of no earlier one."""

import time
from typing import TypeVar

from ..step13_requeue_backoff import retry as right

T = TypeVar("T")


class RetryTimer(right.RetryTimer[T]):
    def park(self, item: T, seconds: float) -> None:
        with self._changed:
            last = max((due for due, _, _ in self._heap), default=0.0)
        super().park(item, max(seconds, last - time.monotonic()))
