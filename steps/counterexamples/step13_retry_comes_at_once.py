"""Fault: a failed job goes straight back to the workers, with no wait."""

from ..step13_requeue_backoff import retry as right


class RetryTimer(right.RetryTimer[right.T]):
    def park(self, item: right.T, seconds: float) -> None:
        super().park(item, 0.0)
