"""Runs one attempt, from a claimed job through its handler to an outcome. It stores nothing."""

import time
from typing import Any

from ..context import Cancelled, Context
from ..errors import HandlerNotFound, PayloadError
from ..job import CANCELLED, COMPLETED, DONE, FAILED, PENDING, Options, Outcome, Record, describe
from ..job_context import JobContext
from ..payload import freeze, thaw
from ..registry import Registration, Registry

NO_OPTIONS = Options()


class Stopped:
    """The cause of a handler's context: the job was cancelled, or the queue stops."""

    def __init__(self, why: str) -> None:
        self.why = why

    def __repr__(self) -> str:
        return self.why


CANCEL = Stopped("the job was cancelled")
SHUTDOWN = Stopped("the queue stops")
RETURNED = Cancelled("the handler has returned")


class Attempts:
    """What all attempts of a pool have in common. It is written before the threads start, except `logged`."""

    def __init__(self, registry: Registry, node: int) -> None:
        self.registry = registry
        self.node = node
        self.parent = Context()  # of each attempt's context: its end tells all handlers
        self.logged = False  # whether each attempt is logged; asked from time to time, because asking is expensive

    def context_of(self, record: Record, registration: Registration) -> JobContext:
        """Return the context of an attempt that begins now."""
        deadline, values = None, self.parent._values
        if record.options is not None or registration.timeout is not None:
            deadline, values = bounds(record.options or NO_OPTIONS, registration, values)
        return JobContext.of_attempt(self.parent, record, self.node, deadline, values)


def bounds(options: Options, registration: Registration, values: dict[str, Any]) -> tuple[float | None, dict[str, Any]]:
    """Return the moment at which an attempt must end (time.monotonic), and the values of its context."""
    seconds = options.timeout
    if seconds is None:
        seconds = registration.timeout
    if options.deadline is not None:
        left = options.deadline - time.time()
        seconds = left if seconds is None else min(left, seconds)
    if options.values is not None:
        values = {**values, **thaw(freeze(options.values))}  # a copy, because other attempts and jobs share them
    return None if seconds is None else time.monotonic() + seconds, values


def run_attempt(ctx: JobContext, record: Record, registration: Registration) -> Outcome:
    """Run the handler once and return the outcome. Raises nothing, whatever the handler raises.

    If a handler gives up because the queue stops, its attempt is given back.
    """
    try:
        if ctx._deadline is not None:  # if it passed while the job waited, the handler must not start
            ctx.raise_if_done()
        result = registration.handler(ctx, thaw(record.payload))
        if result is None:
            return DONE
        return Outcome(COMPLETED, result=freeze(result, f"result of {record.type!r}"))
    except BaseException as err:  # SystemExit too: a job must not end its worker
        return outcome_of(err, ctx, record, registration)


def outcome_of(err: BaseException, ctx: JobContext, record: Record, registration: Registration) -> Outcome:
    """Return the outcome of an attempt that raised `err`."""
    why = ctx.cause
    if why is CANCEL:
        return Outcome(CANCELLED, error=describe(err))
    if why is SHUTDOWN:
        return Outcome(PENDING, counts=False)
    error = describe(err)
    if error == registration.last_error:
        error = registration.last_error
    registration.last_error = error
    policy, options = registration.retry, record.options
    if options is not None and options.retry is not None:
        policy = options.retry  # the job's own policy replaces all of the handler's
    again = record.attempts < record.max_retry and policy.takes(err) and not isinstance(err, PayloadError)
    if options is not None:
        again = again and (options.deadline is None or time.time() < options.deadline)
    delay = policy.wait(record.attempts) if again else 0.0
    return Outcome(PENDING if again else FAILED, error=error, delay=delay)


def rejected(record: Record) -> Outcome:
    """Return the outcome of a job that has no handler."""
    err = HandlerNotFound(f"no handler for job type {record.type!r}: register one before it is submitted")
    return Outcome(FAILED, error=describe(err))
