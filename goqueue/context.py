"""Context: how running code learns that it should stop. Go's context.Context, as Python methods.

    Context() ──┬── with_cancel() ──── with_timeout(1)        an end travels down this tree:
                └── with_value("order", 17)                   to every child, never to a parent

Python cannot kill a thread, so code has to listen: a long computation checks `ctx.done`, and code that would sleep
calls `ctx.wait(seconds)` instead.

A context ends once, by `cancel()` or by its deadline, and stays ended. Deadlines need no thread, because code that
looks at a context or waits on it notices that the deadline has passed. Any thread may call any method.

A queue makes a context for each attempt, so making one is cheap: a child knows its parent and looks up the tree when it
is asked. A parent knows a child only while there is a listener on that child. One lock serves a whole tree.
"""

import math
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from .log import ERROR, tell
from .names import shown
from .wake_up import WakeUp, nothing

C = TypeVar("C", bound="Context")
NO_VALUES: dict[str, Any] = {}
NEW = object.__new__


class ContextDone(Exception):
    """The context has ended. The base class of both reasons."""


class Cancelled(ContextDone):
    """`cancel()` was called."""


class DeadlineExceeded(ContextDone, TimeoutError):
    """The deadline has passed. It is a TimeoutError too."""


class Context:
    """A bare `Context()` ends only when it is cancelled. The `with_…` methods make its children.

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
        # innermost lock of the program: no other code is called while it is held. _err is written once, so it may be
        # read without the lock.
        self._lock = threading.Lock()
        self._err: ContextDone | None = None
        self._cause: object = None
        self._told: dict[object, Callable[[], None] | None] | None = None  # the listeners; None stands for a child

    # -- making children ------------------------------------------------------------------------------

    def with_cancel(self) -> "Context":
        """Return a child that can be cancelled on its own. Leaving its `with` block cancels it."""
        return self._child(self._deadline, self._values, Context)

    def with_deadline(self, deadline: float) -> "Context":
        """Return a child that ends at `deadline` (seconds on the clock of time.monotonic) at the latest."""
        deadline = number(deadline, "deadline", "a time in seconds, on the clock of time.monotonic")
        if self._deadline is not None:
            deadline = min(deadline, self._deadline)
        return self._child(deadline, self._values, Context)

    def with_timeout(self, seconds: float) -> "Context":
        """Return a child that ends in `seconds` at the latest."""
        return self.with_deadline(time.monotonic() + number(seconds, "seconds", "a number, such as 2.0"))

    def with_value(self, key: str, value: object) -> "Context":
        """Return a child whose `value(key)` is `value`."""
        return self.with_values({key: value})

    def with_values(self, values: dict[str, Any]) -> "Context":
        """Return a child with more values, which take precedence over its parent's."""
        for key in values_of(values):
            if not isinstance(key, str):
                raise TypeError(
                    f"key is {shown(key)}: it must be a string, because values travel to the handler as JSON"
                )
        return self._child(self._deadline, {**self._values, **values}, Context)

    def without_cancel(self) -> "Context":
        """Return a context with the same values that does not end with this one."""
        detached = Context()
        detached._values = self._values
        return detached

    # -- looking --------------------------------------------------------------------------------------

    @property
    def err(self) -> ContextDone | None:
        """The error that ended this context, or None if it has not ended."""
        if self._err is None and (self._parent is not None or self._deadline is not None):
            self._notice()
        return self._err

    @property
    def done(self) -> bool:
        """Whether this context has ended."""
        return self.err is not None

    @property
    def cause(self) -> object:
        """The reason: what `cancel()` was given, otherwise the same as `err`."""
        return None if self.err is None else self._cause

    @property
    def deadline(self) -> float | None:
        """The moment at which it ends by itself (seconds on the clock of time.monotonic), or None."""
        return self._deadline

    @property
    def values(self) -> dict[str, Any]:
        """All values by key: a copy."""
        return dict(self._values)

    def value(self, key: str, default: Any = None) -> Any:
        """Return the value that `with_value` stored under `key`, here or in a parent."""
        return self._values.get(key, default)

    def remaining(self) -> float | None:
        """Return the seconds until it ends by itself: 0.0 once it has ended, None if it has no deadline."""
        if self.err is not None:
            return 0.0
        if self._deadline is None:
            return None
        return min(max(0.0, self._deadline - time.monotonic()), threading.TIMEOUT_MAX)

    # -- ending, and hearing of it --------------------------------------------------------------------

    def cancel(self, cause: object = None) -> None:
        """End this context and all its children. A second call changes nothing.

        Do not call this in a signal handler, which may have interrupted the holder of the lock: set an Event instead.
        """
        err = Cancelled("cancelled" if cause is None else cause)
        self._end(err, err if cause is None else cause)

    def close(self, err: ContextDone, cause: object) -> None:
        """End this context as `cancel` does, with a ready-made error. Cheaper for code that ends very many contexts."""
        with self._lock:
            if self._err is None and self._told is None:  # there is no listener
                self._cause, self._err = cause, err
        if self._err is not err:
            self._end(err, cause)

    def raise_if_done(self) -> None:
        """Raise Cancelled or DeadlineExceeded if this context has ended."""
        err = self.err
        if err is not None:
            raise type(err)(*err.args)

    def wait(self, seconds: float | None = None) -> bool:
        """Sleep for `seconds` (None: for ever), but wake as soon as the context ends. Return whether it has ended."""
        if seconds is not None:
            seconds = number(seconds, "seconds", "a number, such as 2.0")
        left = self.remaining()
        if left is not None:
            seconds = left if seconds is None else min(seconds, left)
        sleeper = WakeUp()
        stop_listening: Callable[[], None] = nothing
        try:
            stop_listening = self.after_done(sleeper.wake)
            sleeper.sleep(seconds)
        finally:
            try:  # no function around this: an interrupt may come at its beginning
                stop_listening()
            except BaseException:
                stop_listening()
                raise
        return self.done

    def after_done(self, fn: Callable[[], None]) -> Callable[[], None]:
        """Call `fn` when this context ends, or now if it has ended. Return a function that removes this listener.

        `fn` runs in the thread that ends the context or notices its deadline, so it should be brief. An exception that
        it raises is logged.
        """
        if not callable(fn):
            raise TypeError(f"fn is {shown(fn)}: it must be a function without arguments")
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

    def _child(self, deadline: float | None, values: dict[str, Any], kind: type[C]) -> C:
        child: C = NEW(kind)  # not kind(), which would make a lock
        child._parent = self
        child._deadline = deadline
        child._values = values
        child._lock = self._lock
        child._err = child._cause = child._told = None
        return child

    def _notice(self) -> None:
        """End this context if its deadline has passed or its parent has ended."""
        parent = self._parent
        if parent is not None and parent.err is not None:
            self._end(parent._err, parent._cause)
        elif self._deadline is not None and time.monotonic() >= self._deadline:
            err = DeadlineExceeded("the time was up")
            self._end(err, err)

    def _listen(self, key: object, fn: Callable[[], None]) -> bool:
        """Have `fn` called when this context or one above it ends. Return False if one of them has ended already."""
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
                key, ctx = ctx, ctx._parent  # without listeners, the parent need not know this one

    def _end(self, err: ContextDone | None, cause: object) -> None:
        told: list[Callable[[], None]] = []
        try:
            self._end_and_tell(err, cause, told)
        except BaseException:
            self._end_and_tell(err, cause, told)
            raise
        if self._parent is not None:
            self._parent._forget(self)

    def _end_and_tell(self, err: ContextDone | None, cause: object, told: list[Callable[[], None]]) -> None:
        """End this context and call its listeners. If an interrupt cuts this short, a second call does the rest."""
        with self._lock:
            if self._err is None:
                ending: list[Context] = []
                del told[:]
                self._collect(ending, told)
                for ctx in reversed(ending):  # this one last: until then a second call begins anew
                    ctx._cause = cause  # before _err, because a reader without the lock that sees _err reads the cause
                    ctx._err = err
                for ctx in ending:
                    ctx._told = None
        call_each(told)

    def _collect(self, ending: "list[Context]", told: list[Callable[[], None]]) -> None:
        """Add this context and those below it that have not ended, and their listeners."""
        ending.append(self)
        for key, fn in (self._told or {}).items():
            if fn is not None:
                told.append(fn)
            elif isinstance(key, Context) and (key._err is None or key._told is not None):  # or it was interrupted here
                key._collect(ending, told)


def call_each(told: list[Callable[[], None]]) -> None:
    """Call each listener, and take it off the list. What a listener raises is logged, except an interrupt.

    The code that ends a context must not fail for a listener of it.
    """
    while told:
        try:
            told[0]()
        except (Exception, SystemExit, GeneratorExit) as err:
            tell(ERROR, "A function that listens to a context failed", error=err)
        del told[0]


def number(given: Any, name: str, what: str) -> float:
    """Return a number of seconds, which may be infinite. Raises TypeError or ValueError if it is none."""
    if not isinstance(given, (int, float)) or isinstance(given, bool):
        raise TypeError(f"{name} is {shown(given)}: it must be {what}")
    try:
        found = float(given)
    except OverflowError:  # a whole number that is too large
        found = math.copysign(math.inf, given > 0 or -1)
    if math.isnan(found):
        raise ValueError(f"{name} is nan: it must be {what}")
    return found


def values_of(given: Any) -> dict[Any, Any]:
    """Return values by key. Raises TypeError if they are no dict."""
    if not isinstance(given, dict):
        raise TypeError(f"values is {shown(given)}: it must be a dict, such as {{'trace': 'a1'}}")
    return given
