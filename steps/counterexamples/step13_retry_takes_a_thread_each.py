"""Fault: each waiting retry sleeps in a thread of its own, as the plan's sleeps in a goroutine of its own."""

import threading

from ..step13_requeue_backoff import retry as right


class RetryTimer(right.RetryTimer[right.T]):
    def park(self, item: right.T, seconds: float) -> None:
        sleeper = threading.Timer(seconds, self._give, [item])
        sleeper.daemon = True
        sleeper.start()
