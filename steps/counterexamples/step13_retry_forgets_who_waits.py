"""Fault: at a stop, the jobs that wait for their retry are dropped."""

from ..step13_requeue_backoff import retry as right


class RetryTimer(right.RetryTimer[right.T]):
    def drain(self) -> list[right.T]:
        return []
