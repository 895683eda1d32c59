"""Fault: a close does not wake the timer: it ends when the next retry is due."""

from typing import TypeVar

from ..step13_requeue_backoff import retry as right

T = TypeVar("T")


class RetryTimer(right.RetryTimer[T]):
    def close(self) -> None:
        with self._changed:
            self._closed = True
