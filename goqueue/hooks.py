"""Hooks: what a program asks a queue to call, at events and round its work.

    submit_job ──> [submit middleware ──> storage] ──> submit
                                                          │
    worker ──> start ──> [middleware ──> handler] ──> settled in the storage ──> success
                                                          ├──> failure, and then retry or dead
                                                          ├──> cancel
                                                          └──> hand_back

A **listener** hears of what has happened: `@queue.on("dead")`. It hears of an end once the end is stored, so it is told
nothing that comes to nothing. What it raises is logged and harms nothing.

A **middleware** stands round the work and is part of it: what it raises, the attempt or the submission has raised.

Both run in the thread that did the work, under no lock and in no transaction. Each tuple here is replaced and never
changed, so a worker reads it without a lock; an empty one costs one look.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from .errors import ends_thread
from .job import CANCELLED, COMPLETED, FAILED, PENDING, RUNNING, Job, Outcome, Record
from .log import ERROR, fields, tell
from .middlewares import Middleware, SubmitMiddleware
from .states import settle
from .storage import Storage

EVENTS = ("submit", "start", "success", "failure", "retry", "dead", "cancel", "hand_back")
ENDS = EVENTS[2:]


class Event(NamedTuple):
    """What a listener is given. `job` is a snapshot of the moment after the event.

    `seconds` is how long the attempt took, at its end; at a start, how long ago the job was submitted; else 0.0.
    """

    name: str
    job: Job
    seconds: float = 0.0


Listener = Callable[[Event], object]


class Hooks:
    """The listeners and middlewares of one queue. Any thread may call it.

    >>> hooks = Hooks()
    >>> hooks.listen("failed", print)
    Traceback (most recent call last):
    ValueError: event is 'failed': it must be one of submit, start, success, failure, retry, dead, cancel, hand_back
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards replacing what follows; no other lock is taken while it is held
        self._listeners: dict[str, tuple[Listener, ...]] = dict.fromkeys(EVENTS, ())
        self.middlewares: tuple[Middleware, ...] = ()  # the outermost first
        self.submitting: tuple[SubmitMiddleware, ...] = ()
        self.submits = self.starts = self.cancels = self.ends = False  # whether somebody listens

    def listen(self, event: str, listener: Listener) -> None:
        """Call `listener(event)` at each such event. Raises TypeError or ValueError for a wrong argument."""
        if event not in EVENTS:
            raise ValueError(f"event is {event!r}: it must be one of {', '.join(EVENTS)}")
        check_hook("listener", listener, "(event)", 1)
        with self._lock:
            self._listeners = {**self._listeners, event: (*self._listeners[event], listener)}
            self.submits = bool(self._listeners["submit"])
            self.starts = bool(self._listeners["start"])
            self.cancels = bool(self._listeners["cancel"])
            self.ends = any(self._listeners[name] for name in ENDS)

    def add_middleware(self, middleware: Middleware) -> None:
        """Let a middleware stand round each attempt, inside those that were added before."""
        check_hook("middleware", middleware, "(ctx, job, call)", 3)
        with self._lock:
            self.middlewares = (*self.middlewares, middleware)

    def add_submit_middleware(self, middleware: SubmitMiddleware) -> None:
        """Let a middleware stand round each submission, inside those that were added before."""
        check_hook("submit middleware", middleware, "(ctx, job_type, call)", 3)
        with self._lock:
            self.submitting = (*self.submitting, middleware)

    def tell(self, name: str, job: Job, seconds: float = 0.0) -> None:
        """Tell all who listen to an event. Nothing that they raise leaves this, except what ends the thread."""
        for listener in self._listeners[name]:
            try:
                listener(Event(name, job, seconds))
            except BaseException as err:
                if ends_here(err):
                    raise
                about = fields(job.id, job.type, job.attempts)
                tell(ERROR, "A listener of %r failed: %r", name, listener, error=err, about=about)

    def tell_end(self, storage: Storage, record: Record, attempt: int, outcome: Outcome, seconds: float) -> None:
        """Tell of the end of an attempt that is settled. Nobody hears of an outcome that came late and was dropped."""
        job = stored_end(storage, record, attempt, outcome)
        if job is not None:
            for name in names_of(job, outcome):
                self.tell(name, job, seconds)


def names_of(job: Job, outcome: Outcome) -> tuple[str, ...]:
    """Return what has happened to a job whose attempt has ended."""
    if job.status is COMPLETED:
        return ("success",)
    if job.status is CANCELLED:
        return ("cancel",)
    if job.status is FAILED:
        return ("failure", "dead")
    return ("failure", "retry") if outcome.counts else ("hand_back",)


def stored_end(storage: Storage, record: Record, attempt: int, outcome: Outcome) -> Job | None:
    """Return the job as the end of its attempt has left it, or None if that end did not count.

    Somebody may have cancelled the job meanwhile, which only the storage knows. Another worker may have begun its next
    attempt already, or retention may have forgotten it: then the outcome says how it was left.
    """
    try:
        job = storage.get(record.key)
    except Exception:
        job = None
    if job is None or job.attempts > attempt:
        left = Record(record.type, record.payload, record.max_retry, record.options)
        left.key, left.attempts, left.status = record.key, attempt, RUNNING
        settle(left, outcome, time.time())
        return Job(left, storage.node)
    given_back = job.status is PENDING and not outcome.counts
    if job.status is RUNNING or (job.attempts < attempt and not given_back and job.status is not CANCELLED):
        return None  # the worker was taken for dead, and another one has the job
    return job


def check_hook(what: str, hook: Any, takes: str, count: int) -> None:
    """Raise TypeError unless `hook` can be called with so many arguments, and does its work before it returns."""
    import inspect  # only a process that has hooks needs it

    named = f"{what} is {hook!r}"
    if not callable(hook):
        raise TypeError(f"{named}: it must be a function that takes {takes}")
    if any(map(inspect.iscoroutinefunction, (hook, hook.__call__))) or inspect.isgeneratorfunction(hook):
        raise TypeError(f"{named}: nobody would await or iterate over what it returns; make it a plain function")
    try:
        inspect.signature(hook).bind(*[None] * count)
    except TypeError as err:
        raise TypeError(f"{named}: it must take {takes}; {err}") from None
    except ValueError:
        return  # some functions in C do not say what they take


def ends_here(err: BaseException) -> bool:
    """Whether an exception is meant for the thread: Ctrl-C in the main thread, or the end of virtual time."""
    interrupts = isinstance(err, KeyboardInterrupt) and threading.current_thread() is threading.main_thread()
    return interrupts or ends_thread(err)
