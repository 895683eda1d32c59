"""Context: how running code hears that it should stop. Go's context.Context, as Python methods.

    Context() ──┬── with_cancel() ──── with_timeout(1)        an end travels down this tree:
                └── with_value("order", 17)                   to every child, never to a parent

Python cannot kill a thread. A context is a promise to *listen*: code that works for long looks at `ctx.done`,
or waits with `ctx.wait(seconds)` where it would have slept.

A context ends once, by `cancel()` or by its deadline, and stays ended. Deadlines cost no thread: whoever looks
at a context, or waits on it, notices that its time has come. All methods may be called from any thread.

A queue makes a context for each attempt, so making one is cheap: a child knows its parent, and looks up when it is
asked. A parent knows a child only while somebody listens to that child. One lock serves a whole tree.
"""

import math
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from .log import log

NO_VALUES: dict[str, Any] = {}
NEW = object.__new__


class ContextDone(Exception):
    """The context has ended: the base of both reasons."""


class Cancelled(ContextDone):
    """Somebody called `cancel()`."""


class DeadlineExceeded(ContextDone):
    """The time was up."""


class Context:
    """A bare `Context()` never ends unless cancelled; the `with_…` methods make children of it.

    >>> with Context().with_cancel() as ctx:
    ...     ctx.cancel("deploy at noon")
    ...     ctx.err, ctx.cause
    (Cancelled('deploy at noon'), 'deploy at noon')
    """

    __slots__ = ("__weakref__", "_cause", "_deadline", "_err", "_lock", "_parent", "_told", "_values")

    def __init__(self) -> None:
        self._parent: Context | None = None
        self._deadline: float | None = None
        self._values = NO_VALUES
        # Guards _err, _cause and _told of every context of this tree, for a few instructions at a time. It is the
        # innermost lock of the program: whoever holds it calls nobody. An _err is written once, so it may be read
        # without the lock.
        self._lock = threading.Lock()
        self._err: ContextDone | None = None
        self._cause: object = None
        self._told: dict[object, Callable[[], None] | None] | None = None  # who hears of the end; None: a child

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

    def with_values(self, values: dict[str, Any]) -> "Context":
        """Return a child that answers with `values` before its own."""
        return self._child(self._deadline, {**self._values, **values})

    def without_cancel(self) -> "Context":
        """Return a context with the same values that does not end with this one."""
        apart = Context()
        apart._values = self._values
        return apart

    # -- looking --------------------------------------------------------------------------------------

    @property
    def err(self) -> ContextDone | None:
        """What ended this context, or None while it goes on."""
        if self._err is None and (self._parent is not None or self._deadline is not None):
            self._notice()
        return self._err

    @property
    def done(self) -> bool:
        """Whether this context has ended."""
        return self.err is not None

    @property
    def cause(self) -> object:
        """Why it ended: what `cancel()` was given, else the same as `err`."""
        return None if self.err is None else self._cause

    @property
    def deadline(self) -> float | None:
        """When it ends by itself (seconds, on the clock of time.monotonic), or None."""
        return self._deadline

    @property
    def values(self) -> dict[str, Any]:
        """All that `value(key)` answers with: a copy."""
        return dict(self._values)

    def value(self, key: str, default: Any = None) -> Any:
        """Return what `with_value` stored under `key`, here or in a parent."""
        return self._values.get(key, default)

    def remaining(self) -> float | None:
        """Seconds until it ends by itself; 0.0 once it has ended; None if it has no deadline."""
        if self.err is not None:
            return 0.0
        if self._deadline is None:
            return None
        return min(max(0.0, self._deadline - time.monotonic()), threading.TIMEOUT_MAX)

    # -- ending, and hearing of it --------------------------------------------------------------------

    def cancel(self, cause: object = None) -> None:
        """End this context and all its children. A second call changes nothing.

        Not for a signal handler, which may have interrupted a holder of the lock: let it set an Event instead.
        """
        err = Cancelled("cancelled" if cause is None else cause)
        self._end(err, err if cause is None else cause)

    def close(self, err: ContextDone, cause: object) -> None:
        """End this context as `cancel` does, with an error made beforehand: cheaper, for who ends very many."""
        with self._lock:
            if self._err is None and self._told is None:  # nobody listens
                self._cause, self._err = cause, err
        if self._err is not err:
            self._end(err, cause)

    def raise_if_done(self) -> None:
        """Raise Cancelled or DeadlineExceeded if this context has ended."""
        err = self.err
        if err is not None:
            raise type(err)(*err.args)

    def wait(self, seconds: float | None = None) -> bool:
        """Sleep for `seconds` (None: for ever), but wake as soon as it ends. Return whether it has ended."""
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
        """Call `fn` once this context ends: at once if it has. Return a function that takes this back.

        `fn` runs in the thread that ends the context, or that notices its deadline; it should be brief. What it
        raises is logged.
        """
        key = object()
        if self.err is not None or not self._listen(key, fn):
            call_each([fn])
        return lambda: self._forget(key)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self.cancel()

    def __repr__(self) -> str:
        return f"<Context {self.err or 'open'}>"

    # -- inside ---------------------------------------------------------------------------------------

    def _child(self, deadline: float | None, values: dict[str, Any]) -> "Context":
        child: Context = NEW(Context)  # not Context(), which would make a lock
        child._parent = self
        child._deadline = deadline
        child._values = values
        child._lock = self._lock
        child._err = child._cause = child._told = None
        return child

    def _notice(self) -> None:
        """End this context if its time has come, or if its parent has ended."""
        parent = self._parent
        if parent is not None and parent.err is not None:
            self._end(parent._err, parent._cause)
        elif self._deadline is not None and time.monotonic() >= self._deadline:
            err = DeadlineExceeded("the time was up")
            self._end(err, err)

    def _listen(self, key: object, fn: Callable[[], None]) -> bool:
        """Have `fn` called at the end of this context, or of one above it. Return False if that has ended."""
        heard: Callable[[], None] | None = fn
        ctx: Context | None = self
        with self._lock:
            while ctx is not None:
                if ctx._err is not None:
                    return False
                ctx = ctx._parent
            ctx = self
            while ctx is not None:
                if ctx._told is None:
                    ctx._told = {}
                ctx._told[key], key, heard = heard, ctx, None
                ctx = ctx._parent
        return True

    def _forget(self, key: object) -> None:
        ctx: Context | None = self
        with self._lock:
            while ctx is not None and ctx._told is not None:
                ctx._told.pop(key, None)
                if ctx._told:
                    return
                key, ctx = ctx, ctx._parent  # nobody listens to this one any more, so its parent need not know it

    def _end(self, err: ContextDone | None, cause: object) -> None:
        with self._lock:
            if self._err is not None:
                return
            told: list[Callable[[], None]] = []
            self._end_all(err, cause, told)
        call_each(told)
        if self._parent is not None:
            self._parent._forget(self)

    def _end_all(self, err: ContextDone | None, cause: object, told: list[Callable[[], None]]) -> None:
        self._cause, self._err = cause, err  # in this order: who sees an _err, without the lock, sees its cause
        listeners, self._told = self._told or {}, None
        for key, fn in listeners.items():
            if fn is not None:
                told.append(fn)
            elif isinstance(key, Context) and key._err is None:
                key._end_all(err, cause, told)


def call_each(told: list[Callable[[], None]]) -> None:
    """Call each of them; what one raises is logged, since whoever ends a context is not to suffer for a listener."""
    for fn in told:
        try:
            fn()
        except BaseException:
            log().exception("A function that listens to a context failed")
