"""Runs one attempt, from a claimed job through its handler to an outcome. It stores nothing."""

import time
from contextvars import copy_context
from typing import Any

from ..context import Cancelled, Context
from ..errors import HandlerNotFound, PayloadError, ends_thread
from ..failure import describe, history_after, packed, place, trace
from ..hooks import Hooks
from ..job import CANCELLED, COMPLETED, DONE, FAILED, PENDING, UNSAID, Job, Options, Outcome, Record, id_of
from ..job_context import JobContext
from ..log import ERROR, fields, tell
from ..middlewares import through
from ..moments import Snooze, seconds_of
from ..payload import freeze, thaw
from ..registry import Registration, Registry
from .floor import Floor
from .forks import end_child

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

    def __init__(self, registry: Registry, node: int, hooks: Hooks) -> None:
        self.registry = registry
        self.node = node
        self.hooks = hooks
        self.parent = Context()  # of each attempt's context: its end tells all handlers
        self.logged = False  # whether each attempt is logged; asked from time to time, because asking is expensive

    def bounded_context(self, record: Record, registration: Registration) -> JobContext:
        """Return the context of an attempt that begins now, of a job with options or a handler with a timeout."""
        deadline, values = bounds(record.options or NO_OPTIONS, registration, self.parent._values)
        return JobContext.of_attempt(self.parent, record, self.node, deadline, values)

    def with_middlewares(self, floor: Floor, record: Record, registration: Registration) -> Registration:
        """Return a registration whose handler is called through the middlewares."""
        middlewares, handler, job = self.hooks.middlewares, registration.handler, Job(record, self.node)

        def call_through(ctx: JobContext, payload: Any) -> Any:
            def call() -> Any:
                result = handler(ctx, payload)
                if floor.forked:  # the child must not run what comes after the handler
                    end_child(None)
                return result

            return through(middlewares, ctx, job, call)

        return Registration(call_through, registration.retry, registration.timeout)


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


def run_attempt(floor: Floor, ctx: JobContext, record: Record, registration: Registration) -> Outcome:
    """Run the handler once and return the outcome. Raises nothing, whatever the handler raises.

    Context variables that the handler sets, such as decimal's precision, end with the attempt. If a handler gives up
    because the queue stops, its attempt is given back.
    """
    try:
        if ctx._deadline is not None:  # if it passed while the job waited, the handler must not start
            ctx.raise_if_done()
        result = copy_context().run(registration.handler, ctx, thaw(record.payload))
        if floor.forked:
            end_child(None)
        if result is None and not record.error:
            return DONE
        kept = packed("", "", history_after(record.error)) if record.error else ""
        return Outcome(COMPLETED, error=kept, result=freeze(result, f"result of {record.type!r}"))
    except BaseException as err:  # SystemExit too: a job must not end its worker
        if ends_thread(err):
            raise
        if floor.forked:
            end_child(err)
        return outcome_of(err, ctx, record, registration)


def outcome_of(err: BaseException, ctx: JobContext, record: Record, registration: Registration) -> Outcome:
    """Return the outcome of an attempt that raised `err`. If it is a failure for good, log it.

    A retry policy may be anybody's code, and so may a subclass of Snooze. If that fails, the job fails, and says why.
    """
    try:
        return decided(err, ctx, record, registration)
    except BaseException as failure:
        if ends_thread(failure):
            raise
        log_failure(ctx.job_id, record, failure)
        return Outcome(FAILED, error=packed(describe(failure), trace(failure), history_after(record.error)))


def decided(err: BaseException, ctx: JobContext, record: Record, registration: Registration) -> Outcome:
    """Return the outcome, as far as the policy and the error can be asked."""
    why = ctx.cause
    if why is CANCEL:
        return Outcome(CANCELLED, error=describe(err))
    if isinstance(err, Snooze):
        return Outcome(PENDING, counts=False, delay=err.seconds)
    if why is SHUTDOWN:
        return Outcome(PENDING, counts=False)
    policy, options = registration.retry, record.options
    if options is not None and options.retry is not None:
        policy = options.retry  # the job's own policy replaces all of the handler's
    most = policy.attempts if record.max_retry == UNSAID else record.max_retry
    again = record.attempts < most and policy.takes(err) and not isinstance(err, PayloadError)
    if options is not None:
        again = again and (options.deadline is None or time.time() < options.deadline)
    error = text_of(err, record, registration)
    if again:
        delay = seconds_of(policy.wait(record.attempts), f"the wait of {type(policy).__name__}")
        return Outcome(PENDING, error=error, delay=delay)
    log_failure(ctx.job_id, record, err)
    return Outcome(FAILED, error=error)


def text_of(err: BaseException, record: Record, registration: Registration) -> str:
    """Return what is kept of an error. Jobs that fail alike share one text, which is also made only once."""
    error, where = describe(err), place(err)
    key = (error, where, record.error)
    if where is not None and registration.last_failure[0] == key:
        return registration.last_failure[1]
    text = packed(error, trace(err), history_after(record.error))
    registration.last_failure = (key, text)  # replaced as one value: several workers may do this at once
    return text


def log_failure(job_id: str, record: Record, err: BaseException) -> None:
    """Log that a job has failed for good."""
    about = fields(job_id, record.type, record.attempts)
    tell(ERROR, "Job %s (%s) failed at attempt %d: %s", *about.values(), describe(err), error=err, about=about)


def rejected(record: Record, node: int) -> Outcome:
    """Return the outcome of a job that has no handler, and log it."""
    err = HandlerNotFound(f"no handler for job type {record.type!r}: register one before it is submitted")
    log_failure(id_of(record.key, node), record, err)
    return Outcome(FAILED, error=describe(err))
