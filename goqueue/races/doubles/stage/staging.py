"""The stage of an exploration: what is replaced while it lasts and restored afterwards, whatever happens.

It replaces the factories of locks, the functions of the clock, a few methods of threading's classes, and the numbers
and random choices that would differ from run to run. Each replacement checks which thread calls, so the threads of a
kernel or a test runner still get the real ones.

The controlled threads stay on one processor. Only one of them moves at a time, and passing the baton is several times
cheaper there.
"""

from __future__ import annotations

import _thread
import atexit
import concurrent.futures._base as futures
import concurrent.futures.thread as executors
import contextlib
import functools
import gc
import itertools
import os
import queue
import random
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from ...engine.active import Active, here
from ...engine.tasks import Abort, Carrier
from .. import clock, idents
from ..exits import finalize_init, register
from ..factories import (
    BY_NAME,
    CLOCK,
    Dangling,
    GlobalExecutorLock,
    main_thread,
    make_lock,
    make_rlock,
    make_simple_queue,
)
from ..fields import replace_fields
from ..logs import LOGGING
from ..outside_world import Imports
from ..refusals import Refusals, by_name
from ..stand_ins import find_what_was_made_before
from ..threads import FUNCTIONS, METHODS, PROPERTIES, id_of_future, start_new_thread
from . import collected
from .replacements import Interrupts, Replacements, method
from .snapshots import Snapshots

START = _thread.start_new_thread
STARTS = functools.partial(start_new_thread, START)

# Guards everything here: one exploration at a time. This is the outermost lock of the lab.
_stage = threading.Lock()


@contextlib.contextmanager
def stage(hold_interrupts: bool = True) -> Iterator[tuple[Replacements, list[Carrier]]]:
    """Set the stage. Yield the replacements, to add more, and the idle carriers. One caller at a time."""
    if here() is not None:
        raise RuntimeError("a model cannot be explored inside a model; call explore() outside")
    with _stage:
        replaced, idle, interrupts = Replacements(), list[Carrier](), Interrupts()
        interrupts.hold()
        try:
            if hold_interrupts:  # an exploration, and no virtual_time()
                find_what_was_made_before(replaced, {**BY_NAME, **by_name(), 0: (START, STARTS)})
            replace_all(replaced)
            if not hold_interrupts:
                interrupts.let_go()
            yield replaced, idle
        finally:
            if not hold_interrupts:
                interrupts.hold()
            Active.run = None
            for carrier in idle:
                carrier.dismiss()
            replaced.take_back()
            interrupts.let_go()


def replace_all(replaced: Replacements) -> None:
    """Replace what every exploration needs replaced."""
    for name in ("Lock", "_allocate_lock"):
        replaced.set(threading, name, make_lock)
    for name in ("RLock", "_CRLock"):
        replaced.set(threading, name, make_rlock)
    for name in ("start_new_thread", "start_new"):
        replaced.set(_thread, name, STARTS)
    replaced.set(queue, "SimpleQueue", make_simple_queue)
    replaced.set(executors, "_global_shutdown_lock", GlobalExecutorLock())
    replaced.set(executors, "_threads_queues", weakref.WeakKeyDictionary())  # or exit would join threads of a run
    replaced.set(threading, "_dangling", Dangling())
    replaced.set(threading, "main_thread", main_thread)
    for name, function in FUNCTIONS.items():
        replaced.set(threading, name, function)
    for name, (_, number) in idents.NUMBERS.items():
        replaced.set(threading, name, number)
        replaced.set(_thread, name, number)
    replaced.set(sys, "_current_frames", idents.current_frames)
    replaced.set(threading, "_counter", itertools.count(1).__next__)
    replaced.set(futures, "id", id_of_future)
    replaced.set(executors.ThreadPoolExecutor, "_counter", itertools.count().__next__)
    for name, real in clock.REAL.items():
        replaced.set(time, name, CLOCK[real])
    replaced.set(threading, "_time", CLOCK[clock.REAL["monotonic"]])
    replaced.set(queue, "time", CLOCK[clock.REAL["monotonic"]])
    for owner, methods in {**METHODS, **LOGGING}.items():
        for name, replacement in methods.items():
            replaced.set(owner, name, method(replacement, getattr(owner, name)))
    for name, numbers in PROPERTIES.items():
        replaced.set(threading.Thread, name, numbers)
    replace_fields(replaced)
    replaced.set(atexit, "register", register)
    replaced.set(weakref.finalize, "__init__", method(finalize_init, vars(weakref.finalize)["__init__"]))
    replaced.set(Imports, "told", Refusals(replaced).imports)
    replaced.set(sys, "unraisablehook", functools.partial(unraisable, sys.unraisablehook))
    state, enabled = random.getstate(), gc.isenabled()
    replaced.later(lambda: random.setstate(state))
    # A collection runs finalisers at a moment that differs from run to run, so `fresh_run` collects instead. It has
    # little to do, because the objects that existed before are frozen.
    gc.disable()
    replaced.later(lambda: gc.enable() if enabled else None)
    gc.freeze()
    replaced.later(collected.end)
    replaced.later(gc.collect)  # what runs have left goes here, where its finalisers find locks that let them pass
    replaced.later(forget_executors)
    pin(replaced)


def forget_executors() -> None:
    """Let go of the queues of executors, which lead to all that a run has made, and so to the threads that are keys."""
    executors._threads_queues.clear()  # type: ignore[attr-defined]  # it has no public name


def unraisable(real: Callable[[Any], object], told: Any) -> None:
    """Report an exception that nothing can catch, but not the end of a run in a finaliser."""
    error = told.exc_value
    while error is not None and not isinstance(error, Abort):
        error = error.__context__
    if error is None:
        real(told)


def fresh_run(number: int, forget: Callable[[], object]) -> None:
    """Reset all numbers and random choices before a run. Now and then, collect what earlier runs left."""
    if Interrupts.came:
        raise KeyboardInterrupt
    if number % 250 == 0:
        forget()
        gc.collect()
    Snapshots.restore()
    forget_executors()
    random.seed(0)
    threading._counter = itertools.count(1).__next__  # type: ignore[attr-defined]
    executors.ThreadPoolExecutor._counter = itertools.count().__next__  # type: ignore[attr-defined]


def pin(replaced: Replacements) -> None:
    """Keep the threads that will be started on one processor, where the system supports that."""
    if not hasattr(os, "sched_setaffinity"):
        return
    with contextlib.suppress(OSError, IndexError, ValueError):
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {current_processor()} & allowed or allowed)
        replaced.later(lambda: os.sched_setaffinity(0, allowed))


def current_processor() -> int:
    """Return the number of the processor that the calling thread is on, because the system chose it for its load."""
    with open("/proc/thread-self/stat") as told:
        return int(told.read().rpartition(")")[2].split()[36])
