"""Lock, RLock, and the methods of Condition, Event and Thread, for controlled threads.

The real classes stay; while an exploration runs, `staging` gives them these methods. Each asks first whether the
calling thread is a controlled one. If not, the real method does its work. Semaphore, Barrier, Queue, Timer and the
executors are the standard library's own: they are built on what is here.

A lock belongs to one run. In other hands, or after its run, it does nothing: a finaliser of an earlier run may still
touch it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

from .happens_before import Clock, join
from .naming import creation_name, handle
from .scheduler import ENDS_SEEN, POLLED, Run, here
from .sources import WATCHED, place_of_frame
from .tasks import Outside, Task


class Lock:
    """What threading.Lock() returns to a controlled thread."""

    _real = "_thread.lock"

    def __init__(self, run: Run) -> None:
        self._run = run
        self.serial = run.serial()
        self.owner: Task | None = None
        self.clock: Clock = []
        self.name = creation_name(run, "Lock") if run.recorder is not None else ""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock: see threading.Lock."""
        check_acquire(blocking, timeout)
        run = self._run
        if here() is not run:
            return True
        if run.over:
            run.unwinding()
            return True
        waits = blocking and timeout < 0
        if not waits:
            run.wanted.add(POLLED)
        run.current.waits_for = ("lock", self)
        run.position += 1
        if waits:
            run.step((self.serial, "lock", None), self._is_free)
        elif blocking:
            run.step((self.serial, "try", None), self._is_free_or_due, run.deadline(timeout))
        else:
            run.step((self.serial, "try", None))
        return self._take(run)

    def _is_free(self, due: bool) -> bool:
        return self.owner is None

    def _is_free_or_due(self, due: bool) -> bool:
        return self.owner is None or due

    def _take(self, run: Run) -> bool:
        if self.owner is not None:
            if run.recorder is not None:
                run.recorder.note(run, f"does not get {self.name}: {self.owner.name} has it")
            return False
        self.owner = run.current
        join(run.current.clock, self.clock)
        run.took(self.serial)
        if run.recorder is not None:
            run.recorder.takes(run, self.name)
        return True

    def release(self) -> None:
        """Give the lock back; any thread may, as with threading.Lock."""
        run = here()
        if run is None or run is not self._run or run.over:
            self.owner = None
            return
        if self.owner is None:
            raise RuntimeError("release unlocked lock")
        run.position += 1
        if POLLED in run.hot or run.position in run.forced:
            run.step((self.serial, "unlock", None))
        self._give(run, f"gives back {self.name}")

    def _give(self, run: Run, what: str) -> None:
        self.owner = None
        run.publish(self.clock)
        run.gave(self.serial)
        if run.recorder is not None:
            run.recorder.gives(run, self.name, what)

    def belongs_to(self, run: Run) -> bool:
        """Whether it was made in this run."""
        return self._run is run

    def __reduce__(self) -> Any:
        raise TypeError(f"cannot pickle {self._real!r} object")  # nor copy it: as with a real one

    def locked(self) -> bool:
        """Whether somebody has it."""
        run = here()
        if run is self._run and run is not None:
            run.wanted.add(POLLED)
            run.position += 1
            run.step((self.serial, "r", None))
        return self.owner is not None

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    # What Condition asks of a lock.

    def _is_owned(self) -> bool:
        return self.owner is not None

    def give_all(self, run: Run, what: str) -> int:
        """Give it back before a wait; return how often it was taken."""
        self._give(run, what)
        return 1

    def take_back(self, run: Run, times: int) -> None:
        """Take it again after a wait."""
        self._take(run)


class RLock(Lock):
    """What threading.RLock() returns to a controlled thread: its owner may take it again."""

    _real = "_thread.RLock"

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._times = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock: see threading.RLock."""
        if here() is self._run and self.owner is self._run.current:
            self._times += 1
            return True
        taken = super().acquire(blocking, timeout)
        self._times = 1 if taken else self._times
        return taken

    def release(self) -> None:
        """Give the lock back once. Raises RuntimeError if the caller does not have it."""
        if here() is self._run and not self._run.over:
            if self.owner is not self._run.current:
                raise RuntimeError("cannot release un-acquired lock")
            self._times -= 1
            if self._times:
                return
        super().release()

    def _is_owned(self) -> bool:
        return here() is self._run and self.owner is self._run.current

    def give_all(self, run: Run, what: str) -> int:
        """Give it back before a wait; return how often it was taken."""
        times, self._times = self._times, 0
        self._give(run, what)
        return times

    def take_back(self, run: Run, times: int) -> None:
        """Take it again, as often as before the wait."""
        self._take(run)
        self._times = times


def check_acquire(blocking: bool, timeout: float) -> None:
    """Raise what a real lock raises for unfit arguments."""
    if not blocking and timeout != -1:
        raise ValueError("can't specify a timeout for a non-blocking call")
    if timeout < 0 and timeout != -1:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > threading.TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")


def outside(what: str) -> Outside:
    """Return the error for something made before the run. It ends the run, even if the model swallows it."""
    where, line = place_of_frame(sys._getframe(2))
    error = Outside(
        f"{what} in {where} ({line}) was made before the run began, so the lab does not control it; "
        "make it inside the model, so that each run has its own"
    )
    run = here()
    if run is not None and run.guest is None:
        run.fail(error, run.current)
    return error


def run_of(lock: Any, what: str) -> Run | None:
    """Return the run, if the caller is in one and the lock is controlled.

    Raises Outside if the lock is a real one. In virtual_time() it is let pass: the caller's thread may use it for
    something else, such as showing what it finds.
    """
    run = here()
    if run is None or isinstance(lock, Lock):
        return run
    if run.guest is not None:
        return None
    raise outside(what)


class Ticket:
    """One wait on a condition."""

    def __init__(self) -> None:
        self.notified = False
        self.at = -1  # the step in which it was notified

    def release(self) -> None:
        """Do nothing: a real notify(), of an uncontrolled thread, calls this."""


# -- methods of threading.Condition --------------------------------------------------------------------


def condition_wait(real: Callable[..., Any], self: Any, timeout: float | None = None) -> bool:
    """Give the lock back, wait for a notification, take it again."""
    lock = self._lock
    run = run_of(lock, "a Condition")
    if run is None:
        return bool(real(self, timeout))
    if not lock._is_owned():
        raise RuntimeError("cannot wait on un-acquired lock")
    run.position += 1
    if POLLED in run.hot or run.position in run.forced:
        run.step((lock.serial, "unlock", None))
    ticket = Ticket()
    self._waiters.append(ticket)
    name = condition_name(run, self)
    times = lock.give_all(run, f"waits on {name}, and gives back {lock.name}")
    caller = sys._getframe(2).f_code  # a library's own loop looks again, so no wake-up is lost there
    own = caller.co_filename in WATCHED or caller.co_name == "wait_for"
    run.current.waits_for = ("condition" if own else "library", self)
    run.position += 1
    deadline = run.deadline(timeout)
    run.step((lock.serial, "lock", None), lambda due: lock.owner is None and (ticket.notified or due), deadline)
    if not ticket.notified:
        self._waiters.remove(ticket)
    elif deadline is None or run.now < deadline:
        run.was_enabled_by(ticket.at)
    if run.recorder is not None:
        run.recorder.note(run, f"wakes: {'notified' if ticket.notified else 'the time is up'}")
    lock.take_back(run, times)
    return ticket.notified


def condition_notify(real: Callable[..., Any], self: Any, n: int = 1) -> None:
    """Wake the first `n` that wait."""
    run = run_of(self._lock, "a Condition")
    if run is None:
        real(self, n)
        return
    if run.over:
        return
    if not self._lock._is_owned():
        raise RuntimeError("cannot notify on un-acquired lock")
    woken = list(self._waiters)[:n]
    for ticket in woken:
        self._waiters.remove(ticket)
        ticket.notified, ticket.at = True, len(run.events) - 1
    run.notified.setdefault(id(self), set()).add(run.current.index)
    if run.recorder is not None:
        heard = "nobody waits" if not woken else f"wakes {len(woken)}"
        run.recorder.note(run, f"notifies {condition_name(run, self)}: {heard}")


def condition_enter(real: Callable[..., Any], self: Any) -> Any:
    """Take the lock, which must be one of this run."""
    run_of(self._lock, "a lock (of a Condition, Event, Semaphore or Queue)")
    return real(self)


def condition_name(run: Run, condition: Any) -> str:
    """Return how reports call a condition."""
    if run.recorder is None:
        return ""
    return getattr(condition, "_goqueue_name", None) or f"the condition of {condition._lock.name}"


def condition_init(real: Callable[..., Any], self: Any, lock: Any = None) -> None:
    """Remember the name under which the model keeps it."""
    run = here()
    if run is not None and lock is None:
        lock = RLock(run)
    real(self, lock)
    if run is not None and run.recorder is not None:
        self._goqueue_name = creation_name(run, "Condition")


# -- methods of threading.Event ------------------------------------------------------------------------


class Flag:
    """What a run knows of an event."""

    def __init__(self, run: Run, event: Any) -> None:
        self.event = event  # kept alive, so that its id is not used again
        self.serial: int = event._cond._lock.serial
        self.clock: Clock = []
        self.name: str = event._cond._lock.name


def flag_of(run: Run, event: Any) -> Flag:
    """Return what the run knows of an event."""
    found = run.made.get(handle(event))
    if found is None:
        found = run.made[handle(event)] = Flag(run, event)
    assert isinstance(found, Flag)
    return found


# A Thread looks whether it was started.
THREADS_OWN = (threading.Thread.__repr__.__code__, threading.Thread.daemon.fset.__code__)  # type: ignore[attr-defined]


def event_is_set(real: Callable[..., Any], self: Any) -> bool:
    """Look at the flag: a step, since a thread may poll it."""
    run = None if sys._getframe(2).f_code in THREADS_OWN else run_of(self._cond._lock, "an Event")
    if run is None:
        return bool(real(self))
    flag = flag_of(run, self)
    run.position += 1
    run.step((flag.serial, "r", None))
    if self._flag:
        join(run.current.clock, flag.clock)
    if run.recorder is not None:
        run.recorder.note(run, f"looks at {flag.name}: {'set' if self._flag else 'not set'}")
    return bool(self._flag)


def event_set(real: Callable[..., Any], self: Any) -> None:
    """Set the flag; all that wait can go on."""
    change_event(real, self, True)


def event_clear(real: Callable[..., Any], self: Any) -> None:
    """Take the flag down."""
    change_event(real, self, False)


def change_event(real: Callable[..., Any], event: Any, to: bool) -> None:
    """Set the flag or take it down."""
    run = run_of(event._cond._lock, "an Event")
    if run is None:
        real(event)
        return
    flag = flag_of(run, event)
    if run.over:
        return
    run.position += 1
    run.step((flag.serial, "w", None))
    event._flag = to
    if to:
        run.publish(flag.clock)
    if run.recorder is not None:
        run.recorder.note(run, f"{'sets' if to else 'clears'} {flag.name}")


def event_wait(real: Callable[..., Any], self: Any, timeout: float | None = None) -> bool:
    """Wait for the flag."""
    run = run_of(self._cond._lock, "an Event")
    if run is None:
        return bool(real(self, timeout))
    flag = flag_of(run, self)
    run.current.waits_for = ("event", flag)
    run.position += 1
    run.step((flag.serial, "r", None), lambda due: self._flag or due, run.deadline(timeout))
    if self._flag:
        join(run.current.clock, flag.clock)
    if run.recorder is not None:
        run.recorder.note(run, f"waits for {flag.name}: {'set' if self._flag else 'the time is up'}")
    return bool(self._flag)


# -- methods of threading.Thread -----------------------------------------------------------------------


def thread_start(real: Callable[..., Any], self: Any) -> None:
    """Start a controlled thread: it can go on, when it is chosen."""
    run = here()
    if run is None:
        real(self)
        return
    lock = self._started._cond._lock
    if run.guest is None and not (isinstance(lock, Lock) and lock.belongs_to(run)):
        raise outside(f"the thread {self._name!r}")
    if self._started._flag:
        raise RuntimeError("threads can only be started once")
    self._started._flag = True
    task = run.add(self._name, self.run, self)
    run.made[handle(self)] = task
    site = place_of_frame(sys._getframe(1)) if run.recorder is not None else ("", "")
    task.origin = (run.current.name, *site)
    if run.recorder is not None:
        run.recorder.note(run, f"starts {task.name}")


def thread_join(real: Callable[..., Any], self: Any, timeout: float | None = None) -> None:
    """Wait for a controlled thread to end."""
    run = here()
    if run is None or (run.guest is not None and self._started._flag and handle(self) not in run.made):
        real(self, timeout)
        return
    task = task_of(run, self)
    if task is run.current:
        raise RuntimeError("cannot join current thread")
    run.current.waits_for = ("thread", task)
    run.position += 1
    if timeout is None:
        run.step((task.serial, "r", None), lambda due: task.finished)
    else:
        run.wanted.add(ENDS_SEEN)
        run.step((task.serial, "r", None), lambda due: task.finished or due, run.deadline(timeout))
    run.sees_end(task)
    if run.recorder is not None:
        run.recorder.note(run, f"joins {task.name}" + ("" if task.finished else ": the time is up"))


def thread_is_alive(real: Callable[..., Any], self: Any) -> bool:
    """Whether a controlled thread has begun and not ended."""
    run = here()
    if run is None or (run.guest is not None and handle(self) not in run.made and self._started._flag):
        return bool(real(self))
    if not self._started._flag:
        return False
    task = task_of(run, self)
    run.wanted.add(ENDS_SEEN)
    run.position += 1
    run.step((task.serial, "r", None))
    run.sees_end(task)
    if run.recorder is not None:
        run.recorder.note(run, f"looks at {task.name}: {'ended' if task.finished else 'alive'}")
    return not task.finished


def task_of(run: Run, thread: Any) -> Task:
    """Return the controlled thread. Raises RuntimeError if it was not started, Outside if it was, but not here."""
    found = run.made.get(handle(thread))
    if isinstance(found, Task):
        return found
    if thread is run.tasks[0].thread:
        return run.tasks[0]
    if not thread._started._flag:
        raise RuntimeError("cannot join thread before it is started")
    raise outside(f"the thread {thread.name!r}")


def thread_hash(real: Callable[..., Any], self: Any) -> int:
    """Return a number by order of use in the run: executors join a *set* of threads, whose order must not change."""
    run = here()
    known = self.__dict__.get("_goqueue_hash")
    if known is None and run is None:
        return int(real(self))
    if known is None:
        known = self._goqueue_hash = run.serial()  # type: ignore[union-attr]  # checked above
    return int(known)


METHODS: dict[type, dict[str, Callable[..., Any]]] = {
    threading.Condition: {
        "__init__": condition_init,
        "__enter__": condition_enter,
        "wait": condition_wait,
        "notify": condition_notify,
    },
    threading.Event: {"is_set": event_is_set, "set": event_set, "clear": event_clear, "wait": event_wait},
    threading.Thread: {
        "start": thread_start,
        "join": thread_join,
        "is_alive": thread_is_alive,
        "__hash__": thread_hash,
    },
}
