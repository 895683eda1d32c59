"""Fault: a job that comes back has forgotten who submitted it."""

from typing import Any, TypeVar

from ..step13_requeue_backoff import retry as right
from ..step13_requeue_backoff.context import Context

T = TypeVar("T")


class RetryTimer(right.RetryTimer[T]):
    def park(self, item: Any, seconds: float) -> None:
        _, job = item
        super().park((Context(), job), seconds)  # type: ignore[arg-type]
