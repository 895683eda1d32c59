"""Fault: jobs are copied in and out, but without a lock, so another thread can come between check and write."""

from contextlib import nullcontext

from ..step11_locked_storage import storage as right


class MemoryStorage(right.MemoryStorage):
    def __init__(self) -> None:
        super().__init__()
        self._lock = nullcontext()  # type: ignore[assignment]  # the fault: it is no lock
