"""Finds what a listener must never meet: that the thread which calls it holds a lock of the queue, or writes its file.

A log handler, and a function given to `after_done`, may be anybody's code. It may take long, and it may call the queue.
So at each record that the queue logs, and before each such function, this looks at the calling thread:

    its stack ──> the queue's objects in it ──> their locks ──> does this thread hold one?

A fixture of conftest.py does so in all tests of the queue, so each place that logs is looked at as soon as any test
comes there.
"""

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from goqueue.storage.sqlite import presence
from goqueue.storage.sqlite.writer import Ticket, Writer
from goqueue.wake_up import WakeUp

DEPTH = 4  # attributes from an object on the stack: worker, its dispatch, the storage there, its lock
PATIENCE = 5.0  # seconds in which another thread gives a lock back, because it holds it for a few instructions
SLEEPS_ON = (WakeUp, Ticket)  # their locks guard nothing: a thread sleeps there


class Complaints(logging.Handler):
    """A log handler that keeps what was wrong when it was called."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.look(f"log record {record.getMessage()!r}")

    def look(self, what: str) -> None:
        """Note the locks that the calling thread holds while it does this."""
        self.found += [f"{what}: {held}" for held in held_here()]

    def before_each(self, call_each: Callable[[list[Callable[[], None]]], None]) -> Callable[..., None]:
        """Return `call_each` with a look before it, if it calls anybody but the queue itself."""

        def looking(told: list[Callable[[], None]]) -> None:
            if any(not isinstance(getattr(fn, "__self__", None), WakeUp) for fn in told):
                self.look("a function that listens to a context")
            call_each(told)

        return looking


def held_here() -> list[str]:
    """Return the names of the queue's locks that the calling thread holds."""
    found = ["presence._guard"] if presence._guard._is_owned() else []  # type: ignore[attr-defined]
    for each in on_the_stack(sys._getframe(1)):
        if isinstance(each, Writer) and each.thread is threading.current_thread():
            found.append("the thread that writes, for which all others wait")
        for name, value in () if isinstance(each, SLEEPS_ON) else attributes(each):
            if is_lock(value) and is_held(value):
                found.append(f"{type(each).__name__}.{name}")
    return found


def is_lock(value: Any) -> bool:
    """Whether a value is a lock, or stands for one in virtual time."""
    return hasattr(value, "acquire") and (hasattr(value, "locked") or hasattr(value, "_is_owned"))


def is_held(lock: Any) -> bool:
    """Whether the calling thread holds a lock."""
    if hasattr(lock, "_is_owned"):
        return bool(lock._is_owned())
    if lock.acquire(timeout=PATIENCE):
        lock.release()
        return False
    return True


def on_the_stack(frame: FrameType | None) -> Iterator[Any]:
    """Yield the queue's objects that the functions of a stack have, and those that these have."""
    near: list[Any] = []
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith("goqueue."):
            near += frame.f_locals.values()
        frame = frame.f_back
    seen: dict[int, Any] = {}
    for _ in range(DEPTH + 1):
        near = [each for each in near if is_of_the_queue(each) and id(each) not in seen]
        seen.update((id(each), each) for each in near)
        near = [value for each in near for _, value in attributes(each)]
    yield from seen.values()


def is_of_the_queue(value: Any) -> bool:
    """Whether a value is an object of the queue, other than of the race lab."""
    module = type(value).__module__
    return module.startswith("goqueue.") and not module.startswith(("goqueue.races", "goqueue.lab"))


def attributes(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the names and values that an object has."""
    yield from vars(value).items() if hasattr(value, "__dict__") else ()
    for kind in type(value).__mro__:
        for name in getattr(kind, "__slots__", ()):
            if hasattr(value, name):
                yield name, getattr(value, name)
