"""Controlled threads, and the real ones that carry them.

Task     a thread of the model in one run: what it is about to do, what it waits for, what it knows
Carrier  a real thread that runs one task after the other, and waits until it gets the baton
Guest    the caller's own thread, when it takes part itself: in virtual_time()
"""

from __future__ import annotations

import contextvars
import sys
import threading
import weakref
from _thread import LockType
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .carrying import allocate_lock, get_ident, get_native_id, start_new_thread
from .happens_before import Clock
from .homes import Home, code_of, home_of
from .identity import identity
from .log import Op
from .notices import Notices
from .sections import Section

if TYPE_CHECKING:
    from .run import Run

Gate = Callable[[bool], bool]  # whether a waiting thread can go on, given whether its deadline has come

# threading's own list of threads, by real thread, which current_thread() reads. It has no public name.
KNOWN_THREADS: dict[int, Any] = threading._active  # type: ignore[attr-defined]

GIVEN_UP: dict[int, int] = {}  # real threads that did not end with their run -> how often each used a lock since

OWN_LOCKS: weakref.WeakSet[LockType] = weakref.WeakSet()  # the engine's, which never get a stand-in


def held_lock() -> LockType:
    """Return a real lock that somebody holds already: a baton, which the next release hands over."""
    lock = allocate_lock()
    lock.acquire()
    OWN_LOCKS.add(lock)
    return lock


class Abort(BaseException):
    """Unwinds a controlled thread, because the run is over. It never leaves the engine."""

    ends_thread = True  # for threads that go on after any other exception


class Outside(Exception):
    """A model waits for something that the engine does not control: a lock made outside, a file, a socket."""


class Misfit(Exception):
    """A schedule names a thread that cannot go on here, because the code has changed since."""


class Carrier:
    """A real thread that runs controlled threads one after the other, because starting threads is slow."""

    def __init__(self) -> None:
        self.baton = held_lock()
        self.task: Task | None = None
        self.ident = self.native_id = 0
        self.retired = False  # a thread-local of an earlier run was used in it, which another task must not see
        self._up, self.gone = held_lock(), held_lock()
        start_new_thread(self._loop, ())
        self._up.acquire()

    def _loop(self) -> None:
        self.ident, self.native_id = get_ident(), get_native_id()
        self._up.release()
        while True:
            self.baton.acquire()
            if self.task is None:
                break
            self.task.run_in(self)
            if self.retired:
                break
        GIVEN_UP.pop(self.ident, None)  # because another real thread may get its number
        self.gone.release()

    def dismiss(self) -> None:
        """End the real thread, which is idle. Returns when it has ended."""
        self.baton.release()
        self.gone.acquire(timeout=1)  # it is idle, so this takes no time


class Guest:
    """Replaces a carrier when the caller's own thread is a task: in virtual_time()."""

    def __init__(self) -> None:
        self.ident = get_ident()
        self.baton = held_lock()


def means_success(error: SystemExit) -> bool:
    """Whether a process that ends so has the status 0."""
    return error.code is None or (isinstance(error.code, int) and error.code == 0)


def models_hook(own_file: str) -> Callable[[Any], object] | None:
    """Return what the model has set as `threading.excepthook`; None if that is Python's own, or anybody else's.

    The code that the model tests may have a hook too, but must not hide its own failures.
    """
    hook = threading.excepthook
    code = code_of(hook)
    own = code is None or code.co_filename == own_file or home_of(code.co_filename) is Home.STANDARD  # a Mock
    return hook if hook is not threading.__excepthook__ and own else None


def never() -> bool:
    """Say no: most threads are no spare ones."""
    return False


@dataclass(slots=True, eq=False, repr=False)
class Task:
    """A controlled thread of one run."""

    run: Run
    index: int
    name: str
    body: Callable[[], object]
    thread: Any
    clock: Clock
    serial: int
    daemon: bool = field(init=False)
    end_clock: Clock = field(init=False)
    op: Op = None  # what it is about to do
    joined: tuple[Op, ...] = ()  # accesses that the next one joins
    section: Section | None = None  # the critical section in which it is, if that is one step so far
    enters: Any = None  # the lock whose critical section it is about to begin, and to end in the same function
    gate: Gate | None = None  # what it waits for
    deadline: float | None = None
    waits_for: tuple[str, Any] = ("", None)  # for the report: ("lock", lock), ("condition", condition), …
    notices: Notices | None = None  # of the condition or event that it waits for
    carrier: Carrier | Guest | None = None
    ident: int = 0  # what the model sees as its numbers: set when it gets a carrier
    native_id: int = 0
    is_spare: Callable[[], bool] = never  # whether it waits for work, so that the program may end meanwhile
    finished: bool = False
    killed: bool = False  # by a crash: it takes no part any more
    aborts: int = 0  # how often it came to a step after the run was over
    swallowed: int = 0  # how often Abort was raised in it at a step
    yielded: bool = False  # it called sleep(0)
    polls: int = -1  # the number of moves at which it was seen to go round in a loop of which nothing comes
    until: float | None = None  # if it polls the clock: when the clock moves next for it
    passed_over: int = 0  # steps in a row for which it could go on but another task did
    locks: int = 0  # that it has made
    origin: tuple[str, ...] = ()  # the task that started it, and where

    def __post_init__(self) -> None:
        """A task is a daemon if its thread is."""
        self.daemon = self.thread is not None and self.thread.daemon
        self.end_clock = self.clock

    def can_go_on(self) -> bool:
        """Whether the task may be chosen now."""
        if self.finished:
            return False
        return self.gate is None or self.gate(self.deadline is not None and self.deadline <= self.run.now)

    def can_take_lock(self) -> bool:
        """Whether the lock of the condition that the task waits on is free, so that it could wake up."""
        lock = self.waits_for[1]._lock
        return getattr(self.run.stand_ins.get(identity(lock), lock), "owner", None) is None

    def run_body(self) -> None:
        """Run the model's function. Like any thread, it begins with no context variables."""
        contextvars.Context().run(self.call_body)
        self.run.ends(self)

    def call_body(self) -> None:
        """Call the model's function. What leaves it may be no failure, as in Python."""
        try:
            self.body()
        except BaseException as error:
            asked = not (self.starts_alone or self.run.over or self.run.guest is not None)
            hook = models_hook(self.run.own_file()) if asked else None
            if hook is not None:
                hook(threading.ExceptHookArgs((type(error), error, error.__traceback__, self.thread)))
            elif not isinstance(error, SystemExit) or (self.starts_alone and not means_success(error)):
                raise

    @property
    def starts_alone(self) -> bool:
        """Whether no thread has started this one: it is main, whose exit ends the process, or a recovery."""
        return not self.origin

    def run_in(self, carrier: Carrier) -> None:
        """Run to the end, in the carrier's real thread, which has just received the baton."""
        trace, profile = threading.gettrace(), threading.getprofile()  # a debugger's, or coverage's
        if trace is not None:
            sys.settrace(trace)
        if profile is not None:
            sys.setprofile(profile)
        try:
            if not self.run.over:
                self.run_body()
        except Abort:
            pass
        except BaseException as error:
            self.run.fail(error, self)
        finally:
            if profile is not None:
                sys.setprofile(None)
            if trace is not None or self.swallowed:
                sys.settrace(None)
        self.run.finish(self, carrier)
