"""`@queue.periodic(…)`: a task or a handler whose jobs are submitted by the clock.

    @queue.periodic("0 9 * * MON-FRI", tz="Europe/Berlin", missed="once")
    def report(ctx, payload):        payload is the moment, as text: "2026-11-30T09:00:00+01:00"
        ...

    @queue.periodic("*/15 * * * *")
    @queue.task()
    def tidy() -> None: ...

Processes that run the queue submit the jobs, each of them once between all: see running/periodic.py.
"""

from collections.abc import Callable
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, TypeVar

from .cron import Cron
from .job import UNSAID, Record
from .payload import freeze
from .registry import ONCE
from .retry import Retry
from .running.periodic import Missed, Schedule
from .unique import check_choice

if TYPE_CHECKING:
    from .queue import Queue

F = TypeVar("F", bound=Callable[..., Any])


class Periodically:
    """What `queue.periodic(…)` returns, to stand above a task or a handler."""

    def __init__(
        self,
        queue: "Queue",
        cron: str,
        tz: str | tzinfo,
        missed: Missed,
        name: str | None,
        retry: Retry,
        timeout: float | None,
    ) -> None:
        check_choice(missed, "missed", ("skip", "once", "all"))
        self.queue, self.cron, self.missed, self.name = queue, Cron(cron, tz), missed, name
        self.retry, self.timeout = retry, timeout

    def __call__(self, function: F) -> F:
        """Register the function as a handler, unless it is a task, and have its jobs submitted."""
        made: Any = getattr(function, "function", None)
        if hasattr(made, "payload") and hasattr(made, "name"):  # a task; see tasks/
            if self.retry is not ONCE or self.timeout is not None or self.name not in (None, made.name):
                raise ValueError(f"task {made.name!r} has a name, a retry and a timeout of its own: say them there")
            job_type, kept = made.name, freeze(made.payload((), {}))
            self._look_after(job_type, function, lambda moment: kept)
        else:
            job_type = getattr(function, "__name__", "") if self.name is None else self.name
            try:
                self.queue.register_handler(job_type, function, retry=self.retry, timeout=self.timeout)
            except TypeError as err:
                raise TypeError(f"{err}; to make a task of it, write @queue.task() below @queue.periodic(…)") from None
            self._look_after(job_type, function, freeze)
        return function

    def _look_after(self, job_type: str, function: object, payload: Callable[[str], Any]) -> None:
        before = self.queue.pool.periodic.schedules.get(job_type)
        if before is not None and before.of is function:
            raise ValueError(
                f"{job_type!r} is periodic already, by {before.cron.expression!r}: a type has one schedule; "
                "for another, let a second function call this one"
            )

        def record(moment: str) -> Record:
            found = self.queue.registry.find(job_type)
            return Record(job_type, payload(moment), UNSAID if found is None else found.retry.attempts)

        self.queue.pool.look_after(Schedule(job_type, self.cron, self.missed, record, function))
