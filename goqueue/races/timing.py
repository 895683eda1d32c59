"""virtual_time: real threads, and a clock that jumps."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from types import FrameType, ModuleType

from .doubles.stage.staging import fresh_run, stage
from .engine.active import Active
from .engine.run import Run
from .engine.tasks import Abort, Task
from .search.choosing import carry_on
from .watch.selection import with_parts
from .watch.watching import use_virtual_names

ENDLESS = 1_000_000  # steps
OWN = ("goqueue.races.engine.", "goqueue.races.doubles.", "goqueue.races.watch.")
WAITS = {
    "lock": "a lock",
    "condition": "a notification",
    "library": "a queue, semaphore, barrier or future",
    "item": "an item of a queue",
    "event": "an event",
    "thread": "the end of a thread",
    "time": "the clock",
}


class VirtualClock:
    """What `virtual_time()` yields."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @property
    def now(self) -> float:
        """Virtual seconds since the clock was started. Any thread may ask."""
        return self._run.now

    def __repr__(self) -> str:
        return f"<virtual clock at {self.now:g} s>"


class UserRun(Run):
    """A run that Ctrl-C ends at the next step of any thread, if it came in the middle of the engine."""

    interrupted = False

    def choose(self) -> Task | None:
        """Choose the task that goes on; after Ctrl-C, none."""
        if self.interrupted and not self.over:
            self.fail(KeyboardInterrupt(), self.current)
            return None
        return super().choose()


def in_engine(frame: FrameType | None) -> bool:
    """Whether a frame of the main thread is in, or below, code of the engine, which nothing may leave half-way."""
    while frame is not None:
        if str(frame.f_globals.get("__name__")).startswith(OWN):
            return True
        frame = frame.f_back
    return False


@contextlib.contextmanager
def ended_by_ctrl_c(run: UserRun) -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt in the block, or, if the engine is at work or another thread, end the run.

    The second one, if no thread has come to a step since, ends the process with status 130.
    """
    usual = signal.getsignal(signal.SIGINT)
    if threading.main_thread().ident != threading.get_ident() or usual is not signal.default_int_handler:
        yield  # only the main thread hears of signals, and a handler of somebody else is not replaced
        return

    def heard(number: int, frame: FrameType | None) -> None:
        if run.interrupted:
            faulthandler.dump_traceback()
            os._exit(130)
        if not in_engine(frame):
            raise KeyboardInterrupt
        run.interrupted = True

    signal.signal(signal.SIGINT, heard)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


@contextlib.contextmanager
def virtual_time(modules: Iterable[ModuleType] = ()) -> Iterator[VirtualClock]:
    """Let time jump: all waits in the `with` block, and in the threads that it starts, use virtual time.

    One thread moves at a time. When all wait, the clock jumps to the next deadline, so ten minutes take no time, and
    the same things happen at the same moments in every run. The `random` module begins with the same seed each time.
    The end of the block waits for all threads but daemons. `modules` lists the modules with `from time import sleep` or
    `datetime.now()`, whose names must become virtual too.

    Raises RuntimeError if no thread can go on, the exception that a thread raised, or KeyboardInterrupt after Ctrl-C.

    >>> import time
    >>> with virtual_time() as clock:
    ...     time.sleep(600)
    ...     clock.now
    600.0
    """
    with stage(hold_interrupts=False) as (replaced, idle):
        for module in modules:
            for space in with_parts(module):
                use_virtual_names(space, replaced)
        fresh_run(0, lambda: None)
        run = UserRun(carry_on, limit=ENDLESS, idle=idle)
        Active.run = run
        with ended_by_ctrl_c(run):
            run.enter()
            try:
                yield VirtualClock(run)
            except BaseException as error:
                run.leave(wait=False)
                if isinstance(error, Abort) or isinstance(run.error, KeyboardInterrupt):
                    raise told(run) from None  # on its way out, Ctrl-C may have met code that cannot bear it
                raise
            run.leave(wait=True)
            if run.verdict:
                raise told(run)


def told(run: Run) -> BaseException:
    """Return the exception for a run that failed."""
    if run.error is not None:
        return run.error
    waiting = "; ".join(f"{task.name} waits for {WAITS.get(task.waits_for[0], 'something')}" for task in run.left)
    return RuntimeError(f"{run.verdict} in virtual time, at {run.now:g} s: nobody can go on; {waiting}")
