"""What a class of the standard library guards by a lock of its own, and what some code looks at without that lock.

    if len(jobs.queue): jobs.get_nowait()        the deque in a Queue; unfinished_tasks
    if slots._value > 0: slots.acquire()         the count of a Semaphore
    if not log.handlers: log.addHandler(…)       the handlers and the level of a Logger

The methods of these classes order their steps by locks, so their own accesses are told only where watched code peeks.
"""

from __future__ import annotations

import logging
import queue
import re
import threading
from collections.abc import Callable, Iterable
from typing import Any

from ..engine.active import here
from ..engine.places import place_of
from ..engine.words import CALL, PLAIN, READ, WRITE, Mode
from .fields import Field
from .stage.replacements import Replacements, method

USES = r"clear|copy|index|count|append|appendleft|extend|insert|pop|popleft|remove|reverse|rotate"
DEQUE = re.compile(rf"\b(?!self\b|cls\b)\w+\.queue(?=\)|\[|:| |$|\.(?:{USES})\b)", re.MULTILINE)
LOGGERS = re.compile(r"\.(?:handlers|hasHandlers|level)\b")


def told(mode: Mode, name: str) -> Callable[..., Any]:
    """Return a method that touches the container which its object keeps under a name, and then does the same."""

    def call(real: Callable[..., Any], self: Any, *args: Any) -> Any:
        run = here()
        if run is not None:
            run.access(place_of(run, getattr(self, name), name), mode, None, CALL, 0, "")
        return real(self, *args)

    return call


def levelled(real: Callable[..., Any], self: Any, *args: Any) -> Any:
    """logger.setLevel(…)"""
    run = here()
    if run is not None:
        run.access(place_of(run, self), WRITE, "level", PLAIN, 0, ".level")
    return real(self, *args)


class Peeked(Field):
    """An attribute that watched code reads without the lock: the same place as any other way to it, such as vars()."""

    def touch(self, thing: Any, mode: Mode) -> None:
        """A thread is about to read or write the attribute."""
        run = here()
        if run is not None:
            run.access(place_of(run, thing), mode, self._name, CALL, 0, f".{self._name}")


# Where watched code says so: whose method is replaced by what; None: it is an attribute, and no method.
PEEKED: list[tuple[re.Pattern[str], type, str, Callable[..., Any] | None]] = [
    *(
        (DEQUE, kind, name, told(READ if name == "_qsize" else WRITE, "queue"))
        for kind in (queue.Queue, queue.PriorityQueue, queue.LifoQueue)
        for name in ("_put", "_get", "_qsize")
    ),
    (LOGGERS, logging.Logger, "addHandler", told(WRITE, "handlers")),
    (LOGGERS, logging.Logger, "removeHandler", told(WRITE, "handlers")),
    (LOGGERS, logging.Logger, "hasHandlers", told(READ, "handlers")),
    (LOGGERS, logging.Logger, "setLevel", levelled),
    (re.compile(r"\.unfinished_tasks"), queue.Queue, "unfinished_tasks", None),
    (re.compile(r"\._value"), threading.Semaphore, "_value", None),
]


def replace_what_is_peeked_at(texts: Iterable[str], replaced: Replacements, done: set[Any]) -> None:
    """Let the methods tell what they touch, where the text of watched code looks at that without the lock."""
    for text in texts:
        for pattern, owner, name, replacement in PEEKED:
            if (owner, name) not in done and pattern.search(text):
                done.add((owner, name))
                told_of = Peeked(name) if replacement is None else method(replacement, getattr(owner, name))
                replaced.set(owner, name, told_of)
