"""Fault: a job that is parked during a drain is lost."""

from typing import TypeVar

from ..step13_requeue_backoff import retry as right

T = TypeVar("T")


class RetryTimer(right.RetryTimer[T]):
    def drain(self) -> list[T]:
        items = [item for _, _, item in sorted(self._heap, key=lambda entry: entry[:2])]
        self._heap = []
        return items
