"""Which handler runs which type of job."""

import threading
from collections.abc import Callable
from typing import Any

from .context import Context
from .job import check_type

Handler = Callable[[Context, dict[str, Any]], None]


class Registry:
    """Handlers by job type; each type is registered once, whichever thread comes first.

    >>> registry = Registry()
    >>> registry.register_handler("webhook", print)
    >>> registry.get_handler("webhook")
    <built-in function print>
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards self._handlers; nothing else is locked while it is held
        self._handlers: dict[str, Handler] = {}

    def register_handler(self, job_type: str, handler: Handler) -> None:
        """Register `handler` for `job_type`. Raises if either is invalid, or if the type has a handler already."""
        check_type(job_type)
        if not callable(handler):
            raise TypeError(f"handler for {job_type!r} is {handler!r}: it must be callable")
        with self._lock:  # around both lines: with a lock for each, another thread could come in between
            if job_type in self._handlers:
                raise ValueError(f"job type {job_type!r} has a handler already: register each type once")
            self._handlers[job_type] = handler

    def get_handler(self, job_type: str) -> Handler:
        """Return the handler of `job_type`. Raises LookupError if there is none."""
        with self._lock:
            handler = self._handlers.get(job_type)
        if handler is None:
            raise LookupError(f"no handler for job type {job_type!r}: register one first")
        return handler
