"""Context: how running code learns that it should stop. Go's context.Context, as Python methods.

    Context() ──┬── with_cancel() ──── with_timeout(1)        an end travels down this tree:
                └── with_value("order", 17)                   to every child, never to a parent

Python cannot kill a thread, so the code in it must cooperate: if it works for long, it checks `ctx.done`, and it
calls `ctx.wait(seconds)` where it would have slept.

A context ends once, by `cancel()` or by its deadline, and stays ended. A deadline costs no thread, because
the calls that read a context, or wait on it, compare it with the clock. All methods may be called from any thread.
"""

import logging
import math
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

log = logging.getLogger(__name__)


class ContextDone(Exception):
    """The context has ended: the base of both reasons."""


class Cancelled(ContextDone):
    """Somebody called `cancel()`."""


class DeadlineExceeded(ContextDone):
    """The time was up."""


class Context:
    """A bare `Context()` never ends unless cancelled; the `with_…` methods make children of it.

    A parent keeps a reference to each child until it ends, so use a child in a `with` block, or cancel it.

    >>> with Context().with_cancel() as ctx:
    ...     ctx.cancel("deploy at noon")
    ...     ctx.err, ctx.cause
    (Cancelled('deploy at noon'), 'deploy at noon')
    """

    def __init__(self) -> None:
        self._deadline: float | None = None
        self._values: dict[str, Any] = {}
        self._leave_parent: Callable[[], None] = lambda: None
        # Guards the three fields below, for a few instructions at a time. It is the innermost lock of the
        # program: no function is called while it is held.
        self._lock = threading.Lock()
        self._err: ContextDone | None = None
        self._cause: object = None
        self._told: dict[object, Callable[[], None]] = {}  # called at the end, in this order

    # -- making children ------------------------------------------------------------------------------

    def with_cancel(self) -> "Context":
        """Return a child that can be cancelled alone. Leaving its `with` block cancels it."""
        return self._child(self._deadline, self._values)

    def with_deadline(self, deadline: float) -> "Context":
        """Return a child that ends at `deadline` (seconds, on the clock of time.monotonic) or earlier."""
        if math.isnan(deadline):
            raise ValueError("deadline is nan: it must be a time in seconds, on the clock of time.monotonic")
        if self._deadline is not None:
            deadline = min(deadline, self._deadline)
        return self._child(deadline, self._values)

    def with_timeout(self, seconds: float) -> "Context":
        """Return a child that ends `seconds` from now, or earlier if this context does."""
        return self.with_deadline(time.monotonic() + seconds)

    def with_value(self, key: str, value: object) -> "Context":
        """Return a child that answers `value(key)` with `value`."""
        return self._child(self._deadline, {**self._values, key: value})

    def without_cancel(self) -> "Context":
        """Return a context with the same values that does not end with this one."""
        apart = Context()
        apart._values = self._values
        return apart

    # -- looking --------------------------------------------------------------------------------------

    @property
    def err(self) -> ContextDone | None:
        """What ended this context, or None while it goes on."""
        self._notice_deadline()
        with self._lock:
            return self._err

    @property
    def done(self) -> bool:
        """Whether this context has ended."""
        return self.err is not None

    @property
    def cause(self) -> object:
        """Why it ended: what `cancel()` was given, else the same as `err`."""
        self._notice_deadline()
        with self._lock:
            return self._cause

    @property
    def deadline(self) -> float | None:
        """When it ends by itself (seconds, on the clock of time.monotonic), or None."""
        return self._deadline

    @property
    def children(self) -> tuple["Context", ...]:
        """The children that have not ended yet, in the order in which they were made."""
        with self._lock:
            return tuple(key for key in self._told if isinstance(key, Context))

    def value(self, key: str, default: Any = None) -> Any:
        """Return what `with_value` stored under `key`, here or in a parent."""
        return self._values.get(key, default)

    def remaining(self) -> float | None:
        """Seconds until it ends by itself; 0.0 once it has ended; None if it has no deadline."""
        with self._lock:
            if self._err is not None:
                return 0.0
        if self._deadline is None:
            return None
        return min(max(0.0, self._deadline - time.monotonic()), threading.TIMEOUT_MAX)

    # -- ending, and listening ------------------------------------------------------------------------

    def cancel(self, cause: object = None) -> None:
        """End this context and all its children. A second call changes nothing.

        Do not call it in a signal handler, which may have interrupted the lock's holder; set an Event there.
        """
        err = Cancelled("cancelled" if cause is None else cause)
        self._end(err, err if cause is None else cause)

    def raise_if_done(self) -> None:
        """Raise Cancelled or DeadlineExceeded if this context has ended."""
        err = self.err
        if err is not None:
            raise type(err)(*err.args)

    def wait(self, seconds: float | None = None) -> bool:
        """Sleep for `seconds` (None: for ever), but wake as soon as the context ends. Return whether it has ended."""
        left = self.remaining()
        if left is not None:
            seconds = left if seconds is None else min(seconds, left)
        ended = threading.Event()
        stop_listening = self.after_done(ended.set)
        try:
            ended.wait(None if seconds is None else min(seconds, threading.TIMEOUT_MAX))
        finally:
            stop_listening()
        return self.done

    def after_done(self, fn: Callable[[], None]) -> Callable[[], None]:
        """Call `fn` when this context ends, or now if it has ended. Return a function that unregisters it.

        `fn` should be brief: it runs in the thread that ends the context, or that notices its deadline. An error
        that it raises is logged.
        """
        return self._tell(object(), fn)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self.cancel()

    def __repr__(self) -> str:
        return f"<Context {self.err or 'open'}>"

    # -- inside ---------------------------------------------------------------------------------------

    def _notice_deadline(self) -> None:
        if self._deadline is not None and time.monotonic() >= self._deadline:
            err = DeadlineExceeded("the time was up")
            self._end(err, err)

    def _child(self, deadline: float | None, values: dict[str, Any]) -> "Context":
        child = Context()
        # Set before _tell: from then on, other threads may end the child.
        child._deadline, child._values, child._leave_parent = deadline, values, lambda: self._forget(child)
        self._tell(child, lambda: child._end(self._err, self._cause))
        return child

    def _tell(self, key: object, fn: Callable[[], None]) -> Callable[[], None]:
        with self._lock:
            ended = self._err is not None
            if not ended:
                self._told[key] = fn
        if ended:
            fn()
        return lambda: self._forget(key)

    def _forget(self, key: object) -> None:
        with self._lock:
            self._told.pop(key, None)

    def _end(self, err: ContextDone | None, cause: object) -> None:
        with self._lock:
            if self._err is not None:
                return
            self._err, self._cause = err, cause
            told, self._told = list(self._told.values()), {}
        self._leave_parent()
        for fn in told:
            try:
                fn()
            except BaseException:  # a listener's error must not reach the thread that ends a context
                log.exception("A function that listens to a context failed")
