"""The handlers by job type, each with its policy."""

import threading
from collections.abc import Callable
from typing import Any, Literal

from .errors import HandlerNotFound
from .job_context import JobContext
from .limits import Limit
from .names import check_name, shown
from .retry import Retry, check_seconds

Handler = Callable[[JobContext, Any], Any]
Isolation = Literal["thread", "process"]

ONCE = Retry(attempts=1)


class Registration:
    """A handler, with the defaults for its jobs."""

    __slots__ = ("handler", "last_failure", "retry", "timeout")

    def __init__(self, handler: Handler, retry: Retry, timeout: float | None) -> None:
        self.handler = handler
        self.retry = retry
        self.timeout = timeout  # seconds for an attempt
        self.last_failure: tuple[object, str] = (None, "")  # many jobs fail alike when a partner is down


def check_type(job_type: Any) -> None:
    """Raise TypeError or ValueError unless `job_type` is a name that every storage can keep."""
    check_name(job_type, "job type", "; name one, such as 'webhook'", "a string, such as 'webhook'")


def check_handler(job_type: str, handler: Any) -> None:
    """Raise TypeError unless `handler(ctx, payload)` can be called and does its work before it returns."""
    import inspect  # only a process that registers handlers needs it

    named = f"handler for {job_type!r} is {handler!r}"
    if not callable(handler):
        raise TypeError(f"{named}: it must be callable")
    kinds = (handler, handler.__call__)  # an object may have an async method
    if any(map(inspect.iscoroutinefunction, kinds)) or any(map(inspect.isasyncgenfunction, kinds)):
        raise TypeError(f"{named}: it is async, and nobody would await it; let a plain function call asyncio.run(…)")
    if any(map(inspect.isgeneratorfunction, kinds)):
        raise TypeError(f"{named}: it contains yield, so calling it would do nothing; let it return its result")
    try:
        inspect.signature(handler).bind(None, None)
    except TypeError as err:
        raise TypeError(f"{named}: it must take two arguments, (ctx, payload); {err}") from None
    except ValueError:
        return  # some functions in C do not say what they take


def same_place(before: Any, after: Any) -> bool:
    """Whether one function was defined where the other was. Of lambdas, only those of the same line are alike."""
    places = [
        (getattr(each, "__module__", None), getattr(each, "__qualname__", None), lambda_line(each))
        for each in (before, after)
    ]
    return before is after or (places[0] == places[1] and places[0][1] is not None)


def lambda_line(handler: Any) -> int | None:
    """Return the line of a lambda, or None for anything else."""
    return handler.__code__.co_firstlineno if getattr(handler, "__name__", "") == "<lambda>" else None


class Registry:
    """Handlers by job type. Each type is registered once, whichever thread comes first. Any thread may call it.

    >>> registry = Registry()
    >>> registry.register_handler("webhook", print)
    >>> registry.get_handler("webhook")
    <built-in function print>
    """

    def __init__(self) -> None:
        # Guards replacing the dict and the tuple. Neither is ever changed in place, so the lookup that happens for each
        # job needs no lock. No other lock is taken while this one is held.
        self._lock = threading.Lock()
        self._registrations: dict[str, Registration] = {}
        self.types: tuple[str, ...] = ()  # those that have a handler
        self.limits: dict[str, Limit] = {}  # by type; replaced like the two above

    def register_handler(
        self,
        job_type: str,
        handler: Handler,
        *,
        retry: Retry = ONCE,
        timeout: float | None = None,
        isolation: Isolation = "thread",
    ) -> None:
        """Let `handler` run the jobs of `job_type`. Raises TypeError for a wrong argument, ValueError if it has one.

        With isolation="process", each attempt has a process of its own, which must be able to import the handler.
        A function that is defined again, as by a cell of a notebook that runs twice, replaces the one before.
        """
        check_type(job_type)
        check_handler(job_type, handler)
        if not isinstance(retry, Retry):
            raise TypeError(f"retry is {retry!r}: it must be a policy, such as Retry(attempts=3)")
        if timeout is not None:
            timeout = check_seconds(timeout, "timeout")
        if isolation not in ("thread", "process"):
            raise ValueError(f"isolation is {isolation!r}: it must be 'thread' or 'process'")
        if isolation == "process":
            from .isolation import isolated  # only a program that isolates a handler needs it

            handler = isolated(job_type, handler)
        with self._lock:  # around all lines, or two threads could both find the type free
            before = self._registrations.get(job_type)
            if before is not None and not same_place(before.handler, handler):
                raise ValueError(f"job type {job_type!r} has a handler already: register each type once")
            self._registrations = {**self._registrations, job_type: Registration(handler, retry, timeout)}
            self.types = tuple(self._registrations)

    def limit(self, job_type: str, limit: Limit) -> dict[str, Limit]:
        """Note the limit of a type, and return the limits of all."""
        with self._lock:
            others = {each: kept for each, kept in self.limits.items() if each != job_type}
            self.limits = others if limit == Limit() else {**others, job_type: limit}
            return self.limits

    def find(self, job_type: str) -> Registration | None:
        """Return the registration of `job_type`, or None. Raises TypeError if `job_type` cannot be a job type."""
        try:
            return self._registrations.get(job_type)
        except TypeError:  # it is not hashable, such as a list
            check_type(job_type)
            raise

    def get_handler(self, job_type: str) -> Handler:
        """Return the handler of `job_type`. Raises HandlerNotFound if there is none."""
        found = self.find(job_type)
        if found is None:
            raise HandlerNotFound(f"no handler for job type {job_type!r}: register one first")
        return found.handler


def registry_of(given: Any) -> Registry:
    """Return the registry of a queue: a new one for None. Raises TypeError if it is none."""
    if given is None:
        return Registry()
    if not isinstance(given, Registry):
        raise TypeError(f"registry is {shown(given)}: it must be a Registry, such as the one of another queue")
    return given
