"""Fault: the check and the write are locked separately, so another thread can come in between."""

from ..step11_locked_storage import registry as right
from ..step11_locked_storage.registry import Handler


class Registry(right.Registry):
    def register_handler(self, job_type: str, handler: Handler) -> None:
        with self._lock:
            taken = job_type in self._handlers
        if taken:
            raise ValueError(f"job type {job_type!r} has a handler already: register each type once")
        with self._lock:
            self._handlers[job_type] = handler
