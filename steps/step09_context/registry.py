"""Which handler runs which type of job."""

from collections.abc import Callable
from typing import Any

from .context import Context
from .job import check_type

Handler = Callable[[Context, dict[str, Any]], None]


class Registry:
    """Handlers by job type; each type is registered once.

    >>> registry = Registry()
    >>> registry.register_handler("webhook", print)
    >>> registry.get_handler("webhook")
    <built-in function print>
    """

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}

    def register_handler(self, job_type: str, handler: Handler) -> None:
        """Register `handler` for `job_type`. Raises if either is invalid, or if the type has a handler already."""
        check_type(job_type)
        if not callable(handler):
            raise TypeError(f"handler for {job_type!r} is {handler!r}: it must be callable")
        if job_type in self._handlers:
            raise ValueError(f"job type {job_type!r} has a handler already: register each type once")
        self._handlers[job_type] = handler

    def get_handler(self, job_type: str) -> Handler:
        """Return the handler of `job_type`. Raises LookupError if there is none."""
        try:
            return self._handlers[job_type]
        except KeyError:
            raise LookupError(f"no handler for job type {job_type!r}: register one first") from None
