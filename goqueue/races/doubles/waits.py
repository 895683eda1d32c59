"""The methods of threading.Condition and threading.Event, for controlled threads.

The real classes stay. While an exploration runs, `staging` gives them these methods. Each checks first whether the lock
inside is a controlled one; if not, it calls the real method. Semaphore, Barrier, Queue, Timer and the executors are the
standard library's own, because they are built on these two.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

from ..engine.active import here
from ..engine.ends.leaving import after_the_run
from ..engine.happens_before import Clock, Place, join
from ..engine.naming import creation_name, handle, settled
from ..engine.notices import Notices
from ..engine.run import Run
from ..engine.sources import WATCHED
from ..engine.tasks import Abort, Task
from ..engine.words import CALL, LOCK, PULSED, READ, UNLOCK, WRITE
from .locks import Lock, RLock
from .stand_ins import controlled, run_of


class Ticket:
    """One wait of a task on a condition."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.notified = False
        self.at = -1  # the step in which it was notified
        self.number = 0  # of the notification

    def release(self) -> None:
        """Do nothing. A real notify(), in an uncontrolled thread, calls this."""


def condition_wait(real: Callable[..., Any], self: Any, timeout: float | None = None) -> bool:
    """Release the lock, wait for a notification, take the lock again."""
    run = run_of(self, self._lock)
    if run is None:
        leave_ended_run(self._lock)
        return bool(real(self, timeout))
    lock = controlled(run, self._lock)
    if not lock._is_owned():
        raise RuntimeError("cannot wait on un-acquired lock")
    run.deadline(timeout)  # raises if it is too long, and the lock is still held then
    run.visible((lock.serial, UNLOCK, None), hot=lock.polled)
    ticket = Ticket(run.current)
    self._waiters.append(ticket)
    name = condition_name(run, self)
    run.open_section()
    times = lock.give_all(run, f"waits on {name}, and gives back {lock.name}")
    caller = sys._getframe(2).f_code  # a library's loop checks again, so no wake-up is lost there
    own = caller.co_filename in WATCHED or caller.co_name == "wait_for"
    run.current.waits_for = ("condition" if own else "library", self)
    run.current.notices = notices = notices_of(run, self)
    deadline = run.deadline(timeout)
    try:
        run.wait(
            (lock.serial, LOCK, None),
            gate=lambda due: due or (lock.owner is None and ticket.notified),
            deadline=deadline,
        )
    except BaseException:  # an interrupt ends the wait; a notification that came before it is lost
        if not run.over:
            stop_waiting(run, self, ticket)
            lock.take_back(run, times)
        raise
    if deadline is None or (run.now < deadline):
        run.log.was_enabled_by(ticket.at)
    else:  # the time is up: first it stops waiting, even if the lock is taken; then it takes the lock
        stop_waiting(run, self, ticket)
    if ticket.notified:
        notices.heard_by(run.current.index, ticket.number)
    if run.recorder is not None:
        run.recorder.note(run, f"wakes: {'notified' if ticket.notified else 'the time is up'}")
    lock.take_back(run, times)
    return ticket.notified


def leave_ended_run(lock: Any) -> None:
    """End a finaliser that would wait for what belongs to an ended run: nobody would wake it."""
    if isinstance(lock, Lock) and here() is None:
        after_the_run()
        raise Abort


def stop_waiting(run: Run, condition: Any, ticket: Ticket) -> None:
    """End a wait before its notification: first it stops waiting, even if the lock is taken; then it waits for that."""
    lock = controlled(run, condition._lock)
    if not ticket.notified:
        run.access(waiters_of(run, condition), WRITE, None, CALL, 0, "")
    if not ticket.notified:
        condition._waiters.remove(ticket)
    run.current.waits_for = ("lock", lock)
    run.visible((lock.serial, LOCK, None), gate=lambda due: lock.owner is None)


def condition_notify(real: Callable[..., Any], self: Any, n: int = 1) -> None:
    """Wake the first `n` waiting threads."""
    run = run_of(self, self._lock)
    if run is None:
        real(self, n)
        return
    if run.over:
        return
    if not controlled(run, self._lock)._is_owned():
        raise RuntimeError("cannot notify on un-acquired lock")
    run.access(waiters_of(run, self), WRITE, None, CALL, 0, "")
    number = notices_of(run, self).give(run.notice())
    woken = list(self._waiters)[:n]
    for ticket in woken:
        self._waiters.remove(ticket)
        ticket.notified, ticket.at, ticket.number = True, run.log.now, number
        ticket.task.waits_for = ("lock", controlled(run, self._lock))  # which it takes before it goes on
    if run.recorder is not None:
        heard = "nobody waits" if not woken else f"wakes {len(woken)}"
        run.recorder.note(run, f"notifies {condition_name(run, self)}: {heard}")


def notices_of(run: Run, condition: Any) -> Notices:
    """Return the notifications of a condition."""
    return run.notices.setdefault(waiters_of(run, condition).serial, Notices())


def waiters_of(run: Run, condition: Any) -> Place:
    """Return the place that represents the waiting threads: one may time out while another notifies."""
    return place_in(run, condition, "who waits on a condition")


def place_in(run: Run, thing: Any, kind: str) -> Place:
    """Return a place for what is not data: steps that touch it are tried in every order, but are no data race."""
    found = thing.__dict__.get("_goqueue_place")
    if found is None or found[0] is not run:
        found = thing._goqueue_place = (run, Place(run.serial(), kind, kind, None, False))
    place: Place = found[1]
    return place


def condition_enter(real: Callable[..., Any], self: Any) -> Any:
    """Take the lock."""
    run = run_of(self, self._lock)
    return real(self) if run is None else controlled(run, self._lock).__enter__()


def condition_exit(real: Callable[..., Any], self: Any, *error: Any) -> Any:
    """Release the lock."""
    run = run_of(self, self._lock)
    return real(self, *error) if run is None else controlled(run, self._lock).__exit__(*error)


def condition_name(run: Run, condition: Any) -> str:
    """Return the name of a condition in reports."""
    if run.recorder is None:
        return ""
    if hasattr(condition, "_goqueue_name"):
        condition._goqueue_name = settled(run, condition._goqueue_name)
        return str(condition._goqueue_name)
    return f"the condition of {controlled(run, condition._lock).name}"


def condition_init(real: Callable[..., Any], self: Any, lock: Any = None) -> None:
    """Remember the name that the model gives the condition."""
    run = here()
    own = RLock(run) if run is not None and lock is None else None
    real(self, lock if own is None else own)
    if run is not None and run.recorder is not None:
        self._goqueue_name = creation_name(run, "Condition", self)
        if own is not None:
            own.name = self._goqueue_name


class Flag:
    """A run's own data on an event."""

    def __init__(self, run: Run, event: Any) -> None:
        self.event = event  # kept alive, so that its id is not reused
        lock = controlled(run, event._cond._lock)
        self.serial, self.name = lock.serial, settled(run, lock.name)
        self.clock: Clock = []
        self.waiting: list[Ticket] = []
        self.notices = Notices()


def flag_of(run: Run, event: Any) -> Flag:
    """Return the run's own data on an event."""
    found = run.made.get(handle(event))
    if found is None:
        found = run.made[handle(event)] = Flag(run, event)
    assert isinstance(found, Flag)
    return found


# A Thread checks whether it was started.
THREADS_OWN = (threading.Thread.__repr__.__code__, threading.Thread.daemon.fset.__code__)  # type: ignore[attr-defined]


def event_is_set(real: Callable[..., Any], self: Any) -> bool:
    """Read the flag. This is a step, because a thread may poll it."""
    run = None if sys._getframe(2).f_code in THREADS_OWN else run_of(self, self._cond._lock)
    if run is None:
        return bool(real(self))
    flag = flag_of(run, self)
    run.visible((flag.serial, READ, None))
    if self._flag:
        join(run.current.clock, flag.clock)
        flag.notices.seen_by(run.current.index)
    if run.recorder is not None:
        run.recorder.note(run, f"looks at {flag.name}: {'set' if self._flag else 'not set'}")
    return bool(self._flag)


def event_set(real: Callable[..., Any], self: Any) -> None:
    """Set the flag, so that all waiting threads can go on."""
    change_event(real, self, True)


def event_clear(real: Callable[..., Any], self: Any) -> None:
    """Clear the flag."""
    change_event(real, self, False)


def change_event(real: Callable[..., Any], event: Any, to: bool) -> None:
    """Set or clear the flag."""
    run = run_of(event, event._cond._lock)
    if run is None:
        real(event)
        return
    flag = flag_of(run, event)
    if run.over:
        return
    run.visible((flag.serial, WRITE, None))
    event._flag = to
    if to:
        run.publish(flag.clock)
        number = flag.notices.give(run.notice())
        for ticket in flag.waiting:
            ticket.notified, ticket.at, ticket.number = True, run.log.now, number
        flag.waiting.clear()
    else:
        run.wanted.add(PULSED)
    if run.recorder is not None:
        run.recorder.note(run, f"{'sets' if to else 'clears'} {flag.name}")


def event_wait(real: Callable[..., Any], self: Any, timeout: float | None = None) -> bool:
    """Wait for the flag."""
    run = run_of(self, self._cond._lock)
    if run is None:
        return bool(real(self, timeout))
    flag = flag_of(run, self)
    deadline = run.deadline(timeout if timeout is None else min(timeout, threading.TIMEOUT_MAX))
    run.visible((flag.serial, READ, None), hot=PULSED)
    ticket = Ticket(run.current)
    ticket.notified = self._flag
    if not ticket.notified:
        run.deadline(timeout)  # raises if it is too long: nobody waits for a flag that is set
        flag.waiting.append(ticket)
    run.current.waits_for, run.current.notices = ("event", flag), flag.notices
    run.wait((flag.serial, READ, None), gate=lambda due: ticket.notified or due, deadline=deadline)
    if ticket.notified:
        join(run.current.clock, flag.clock)
        if ticket.number:
            flag.notices.heard_by(run.current.index, ticket.number)
        else:
            flag.notices.seen_by(run.current.index)
        if ticket.at >= 0 and (deadline is None or run.now < deadline):
            run.log.was_enabled_by(ticket.at)
    else:
        flag.waiting.remove(ticket)
    if run.recorder is not None:
        run.recorder.note(run, f"waits for {flag.name}: {'set' if ticket.notified else 'the time is up'}")
    return ticket.notified
