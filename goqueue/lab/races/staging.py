"""The stage of an exploration: what is replaced while it lasts, and put back afterwards, whatever happens.

Replaced are the factories of locks, the functions of the clock, a few methods of threading's classes, and the numbers
and random choices that would differ from run to run. Each replacement asks which thread calls, so the threads of a
kernel or a test runner go on with the real ones.

The controlled threads are kept on one processor. Only one of them moves at a time, and handing the baton on is several
times cheaper there.
"""

from __future__ import annotations

import _thread
import concurrent.futures.thread as executors
import contextlib
import functools
import gc
import itertools
import logging
import os
import queue
import random
import signal
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import PurePath
from types import FunctionType
from typing import Any

from . import clock
from .locks import Lock, RLock
from .scheduler import Active, here
from .sources import place_of_frame
from .tasks import Carrier, Outside
from .threads import METHODS

REAL_LOCK: Any = threading.Lock
REAL_MAIN_THREAD = threading.main_thread
REAL_SIMPLE_QUEUE: Any = queue.SimpleQueue

# Guards everything here: one exploration at a time. It is the outermost lock of the lab.
_stage = threading.Lock()


def make_lock() -> Any:
    """threading.Lock(), for any thread."""
    run = here()
    return REAL_LOCK() if run is None else Lock(run)


def make_rlock() -> Any:
    """threading.RLock(), for any thread."""
    run = here()
    return _thread.RLock() if run is None else RLock(run)


class SimpleQueues:
    """Stands in for queue.SimpleQueue, for any thread. The real one waits in C, where nobody can be chosen."""

    def __call__(self) -> Any:
        return REAL_SIMPLE_QUEUE() if here() is None else queue._PySimpleQueue()  # type: ignore[attr-defined]

    def __getitem__(self, kind: object) -> SimpleQueues:
        return self

    def __instancecheck__(self, thing: object) -> bool:
        return isinstance(thing, (REAL_SIMPLE_QUEUE, queue._PySimpleQueue))  # type: ignore[attr-defined]


make_simple_queue = SimpleQueues()


def main_thread() -> threading.Thread:
    """threading.main_thread(), for any thread."""
    run = here()
    return REAL_MAIN_THREAD() if run is None or run.guest is not None else MAIN


class GlobalExecutorLock:
    """Stands in for the one lock that all executors share: one a run, instead of one for ever."""

    def __enter__(self) -> Any:
        run = here()
        if run is None:
            return REAL_EXECUTOR_LOCK.__enter__()
        if run.executor_lock is None:
            run.executor_lock = Lock(run)
        return run.executor_lock.__enter__()

    def __exit__(self, *error: Any) -> None:
        run = here()
        if run is None:
            REAL_EXECUTOR_LOCK.__exit__(*error)
        elif run.executor_lock is not None:
            run.executor_lock.release()


REAL_EXECUTOR_LOCK = executors._global_shutdown_lock
CLOCK = {real: functools.partial(clock.FUNCTIONS[name], real) for name, real in clock.REAL.items()}

# What a watched module may have imported by its own name: `from threading import Lock`.
BY_VALUE: dict[int, Any] = {
    id(REAL_LOCK): make_lock,
    id(_thread.allocate_lock): make_lock,
    id(threading.RLock): make_rlock,
    id(_thread.RLock): make_rlock,
    id(REAL_SIMPLE_QUEUE): make_simple_queue,
    id(datetime): clock.VirtualDatetime,
    **{id(real): virtual for real, virtual in CLOCK.items()},
}


class Dangling(weakref.WeakSet[Any]):
    """Stands in for the set in which threading keeps all threads: those of thousands of runs would fill it."""

    def add(self, item: Any) -> None:
        """Keep a real thread."""
        if here() is None:
            super().add(item)


MAIN = threading.Thread(name="main")  # what current_thread() is to the model itself; it is never started
MAIN._started._flag = True  # type: ignore[attr-defined]


class Interrupts:
    """Ctrl-C, kept back while the stage is set: half of it put back would be worse than a moment's delay.

    The run that is going on ends at its next step, and `fresh_run` begins no other. Only the main thread hears Ctrl-C.
    """

    came = False

    def __init__(self) -> None:
        self._usual: Any = None

    def hold(self) -> None:
        """From now on, take a note instead of raising KeyboardInterrupt."""
        Interrupts.came = False
        if threading.current_thread() is threading.main_thread():
            self._usual = signal.getsignal(signal.SIGINT)
            if callable(self._usual):
                signal.signal(signal.SIGINT, self._note)

    def _note(self, *_: object) -> None:
        Interrupts.came = True
        if Active.run is not None:
            Active.run.over = True  # whoever runs comes to a step soon, unwinds, and stops the run

    def let_go(self) -> None:
        """Let Ctrl-C do what it did before; if it came, now."""
        if callable(self._usual):
            signal.signal(signal.SIGINT, self._usual)
            if Interrupts.came:
                signal.raise_signal(signal.SIGINT)


class Replacements:
    """A pile of replacements, taken back in the opposite order."""

    def __init__(self) -> None:
        self._back: list[Callable[[], object]] = []

    def set(self, owner: Any, name: str, value: Any) -> None:
        """Replace an attribute."""
        had = name in vars(owner)
        old = vars(owner).get(name)
        self._back.append(lambda: setattr(owner, name, old) if had else delattr(owner, name))
        setattr(owner, name, value)

    def item(self, namespace: dict[str, Any], name: str, value: Any) -> None:
        """Replace an item of a dict that has it."""
        old = namespace[name]
        namespace[name] = value
        self._back.append(lambda: namespace.__setitem__(name, old))

    def cell(self, cell: Any, value: Any) -> None:
        """Replace what a closure holds."""
        old = cell.cell_contents
        cell.cell_contents = value
        self._back.append(lambda: setattr(cell, "cell_contents", old))

    def code(self, function: FunctionType, code: Any) -> None:
        """Replace the code of a function."""
        old = function.__code__
        function.__code__ = code
        self._back.append(lambda: setattr(function, "__code__", old))

    def later(self, undo: Callable[[], object]) -> None:
        """Do something when all is taken back."""
        self._back.append(undo)

    def take_back(self) -> None:
        """Take everything back."""
        while self._back:
            self._back.pop()()


def method(replacement: Callable[..., Any], real: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that hands the real one to its replacement."""

    @functools.wraps(real)
    def call(self: Any, *args: Any, **options: Any) -> Any:
        return replacement(real, self, *args, **options)

    return call


@contextlib.contextmanager
def stage(hold_interrupts: bool = True) -> Iterator[tuple[Replacements, list[Carrier]]]:
    """Set the stage; yield what else may be replaced, and the carriers at rest. One caller at a time."""
    if here() is not None:
        raise RuntimeError("a model cannot be explored inside a model; call explore() outside")
    with _stage:
        replaced, idle, interrupts = Replacements(), list[Carrier](), Interrupts()
        interrupts.hold()
        try:
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
    replaced.set(queue, "SimpleQueue", make_simple_queue)
    replaced.set(executors, "_global_shutdown_lock", GlobalExecutorLock())
    replaced.set(executors, "_threads_queues", weakref.WeakKeyDictionary())  # or exit would join threads of a run
    replaced.set(threading, "_dangling", Dangling())
    replaced.set(threading, "main_thread", main_thread)
    replaced.set(threading, "_counter", itertools.count(1).__next__)
    replaced.set(executors.ThreadPoolExecutor, "_counter", itertools.count().__next__)
    for name, real in clock.REAL.items():
        replaced.set(time, name, CLOCK[real])
    replaced.set(threading, "_time", CLOCK[clock.REAL["monotonic"]])
    replaced.set(queue, "time", CLOCK[clock.REAL["monotonic"]])
    for owner, methods in METHODS.items():
        for name, replacement in methods.items():
            replaced.set(owner, name, method(replacement, getattr(owner, name)))
    replaced.set(logging.Logger, "handle", method(log_record, logging.Logger.handle))
    state, enabled = random.getstate(), gc.isenabled()
    replaced.later(lambda: random.setstate(state))
    # A collection runs finalisers, at a moment that differs from run to run. So it is left to `fresh_run`; and it has
    # little to do, since what was there before is set aside.
    gc.disable()
    replaced.later(lambda: gc.enable() if enabled else None)
    if not gc.get_freeze_count():  # else somebody has his own reasons
        gc.freeze()
        replaced.later(gc.unfreeze)
    pin(replaced)


def log_record(real: Callable[..., Any], self: Any, record: Any) -> None:
    """Write a controlled thread's log record into the trace: a handler would get those of all runs."""
    run = here()
    if run is None or run.guest is not None:  # in virtual_time() there is one run, so its records go their way
        real(self, record)
    elif run.recorder is not None and not run.over:
        run.recorder.note(run, f"logs {record.getMessage()}")


def fresh_run(number: int, forget: Callable[[], object]) -> None:
    """Begin all numbers and random choices anew, before each run; now and then, collect what the last ones left."""
    if Interrupts.came:
        raise KeyboardInterrupt
    if number % 250 == 0:
        forget()
        gc.collect()
    random.seed(0)
    threading._counter = itertools.count(1).__next__  # type: ignore[attr-defined]
    executors.ThreadPoolExecutor._counter = itertools.count().__next__  # type: ignore[attr-defined]


def pin(replaced: Replacements) -> None:
    """Keep the threads that will be started on one processor, where the system knows how."""
    if not hasattr(os, "sched_setaffinity"):
        return
    with contextlib.suppress(OSError):
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {sorted(allowed)[os.getpid() % len(allowed)]})
        replaced.later(lambda: os.sched_setaffinity(0, allowed))


# -- the outside world -----------------------------------------------------------------------------------

FORBIDDEN = (
    "socket.", "subprocess.", "os.system", "os.fork", "os.posix_spawn", "sqlite3.connect", "urllib.", "open",
    "builtins.input",
)  # fmt: skip


def audit(event: str, args: tuple[Any, ...]) -> None:
    """Refuse real input and output to a controlled thread: it may wait, and it differs from run to run."""
    run = Active.run
    if run is None or not event.startswith(FORBIDDEN) or run.over or run.guest is not None or here() is not run:
        return
    caller = sys._getframe(1)
    if event == "open" and (not args or is_import(caller)):
        return
    what = f"{event}({shown(args[0])!r})" if event in ("open", "sqlite3.connect", "os.system") else event
    where, line = place_of_frame(caller)
    error = Outside(
        f"{run.current.name} does real input or output in {where} ({line}): {what}; a model must not wait for the "
        "outside world, so hand it a stand-in"
    )
    run.fail(error, run.current)  # so that it is told, even if the model swallows it
    raise error


def shown(argument: Any) -> Any:
    """Return what is opened, without its folder, which differs from machine to machine."""
    return PurePath(argument).name if isinstance(argument, str) else argument


def is_import(frame: Any) -> bool:
    """Whether a file is opened to import it, or to show its source."""
    for _ in range(8):
        if frame is None:
            return False
        name = frame.f_code.co_filename
        if name.startswith("<frozen importlib") or name.endswith(("linecache.py", "tokenize.py")):
            return True
        frame = frame.f_back
    return False


@functools.cache
def listen_to_audit() -> None:
    """Install the hook, once: Python has no way to take it away. Outside of explorations it does nothing."""
    sys.addaudithook(audit)
