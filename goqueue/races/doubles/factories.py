"""Replacements for threading.Lock, queue.SimpleQueue and the like. Each checks first which thread calls."""

from __future__ import annotations

import _thread
import concurrent.futures.thread as executors
import functools
import queue
import threading
import weakref
from datetime import datetime
from typing import Any

from ..engine.active import here
from ..engine.identity import identity
from . import clock, idents
from .exits import REGISTER, register
from .locks import Lock, RLock
from .simple_queues import SimpleQueue
from .stand_ins import controlled

REAL_LOCK: Any = threading.Lock
REAL_RLOCK: Any = _thread.RLock

REAL_MAIN_THREAD = threading.main_thread

REAL_SIMPLE_QUEUE: Any = queue.SimpleQueue


def make_lock() -> Any:
    """threading.Lock(), for any thread."""
    run = here()
    return REAL_LOCK() if run is None else Lock(run)


def make_rlock() -> Any:
    """threading.RLock(), for any thread."""
    run = here()
    return REAL_RLOCK() if run is None else RLock(run)


class SimpleQueues:
    """Replaces queue.SimpleQueue, for any thread. The real one waits in C, where the lab cannot choose who goes on."""

    def __call__(self) -> Any:
        run = here()
        return REAL_SIMPLE_QUEUE() if run is None else SimpleQueue(run)

    def __getitem__(self, kind: object) -> SimpleQueues:
        return self

    def __instancecheck__(self, thing: object) -> bool:
        return isinstance(thing, (REAL_SIMPLE_QUEUE, SimpleQueue))


make_simple_queue = SimpleQueues()


def main_thread() -> threading.Thread:
    """threading.main_thread(), for any thread."""
    run = here()
    return REAL_MAIN_THREAD() if run is None or run.guest is not None else MAIN


class GlobalExecutorLock:
    """Replaces the lock that all executors of a process share: each run has its own."""

    def __enter__(self) -> Any:
        run = here()
        return (REAL_EXECUTOR_LOCK if run is None else controlled(run, REAL_EXECUTOR_LOCK)).__enter__()

    def __exit__(self, *error: Any) -> None:
        run = here()
        (REAL_EXECUTOR_LOCK if run is None else controlled(run, REAL_EXECUTOR_LOCK)).__exit__(*error)


REAL_EXECUTOR_LOCK = executors._global_shutdown_lock

CLOCK = {real: functools.partial(clock.FUNCTIONS[name], real) for name, real in clock.REAL.items()}

# What a module may have imported by name, `from threading import Lock`, with what replaces it.
BY_NAME: dict[int, tuple[Any, Any]] = {
    id(real): (real, virtual)
    for real, virtual in (
        (REAL_LOCK, make_lock),
        (_thread.allocate_lock, make_lock),
        (threading.RLock, make_rlock),
        (_thread.RLock, make_rlock),
        (REAL_SIMPLE_QUEUE, make_simple_queue),
        (datetime, clock.VirtualDatetime),
        (REGISTER, register),
        *CLOCK.items(),
        *idents.NUMBERS.values(),
    )
}
BY_IDENTITY = {identity(real): virtual for real, virtual in BY_NAME.values()}


class Dangling(weakref.WeakSet[Any]):
    """Replaces the set in which threading keeps all threads: thousands of runs would fill it."""

    def add(self, item: Any) -> None:
        """Keep a real thread."""
        if here() is None:
            super().add(item)


class _MainThread(threading.Thread):
    """Named as the library's is, because repr() shows that."""


MAIN = _MainThread(name="MainThread", daemon=False)  # what current_thread() is to the model; it is never started

MAIN._started._flag = True  # type: ignore[attr-defined]
