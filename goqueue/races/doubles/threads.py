"""The methods of threading.Thread, for controlled threads; and a list of all replaced methods."""

from __future__ import annotations

import concurrent.futures.thread as executors
import functools
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from ..engine.active import here
from ..engine.naming import handle
from ..engine.run import Run
from ..engine.sources import place_of_frame
from ..engine.tasks import Task
from ..engine.words import CALL, COUNTED, ENDS_SEEN, READ, THREADS, WRITE
from .locks import Lock, outside
from .waits import (
    condition_enter,
    condition_exit,
    condition_init,
    condition_notify,
    condition_wait,
    event_clear,
    event_is_set,
    event_set,
    event_wait,
    place_in,
)


def thread_start(real: Callable[..., Any], self: Any) -> None:
    """Start a controlled thread: it can go on once it is chosen."""
    run = here()
    if run is None:
        real(self)
        return
    lock = self._started._cond._lock
    if run.guest is None and not (isinstance(lock, Lock) and lock.belongs_to(run)):
        raise outside(f"the thread {self._name!r}")
    run.access(place_in(run, self, "the start of a thread"), WRITE, None, CALL, 0, "")
    if self._started._flag:
        raise RuntimeError("threads can only be started once")
    run.visible((THREADS, WRITE, None), hot=COUNTED)
    self._started._flag = True
    task = run.add(self._name, self.run, self)
    run.made[handle(self)] = task
    if self._target is executors._worker:
        run.has_spares, task.is_spare = True, functools.partial(waits_for_work, task, work_queue_of(self))
    site = place_of_frame(sys._getframe(1)) if run.recorder is not None else ("", "")
    task.origin = (run.current.name, *site)
    if run.recorder is not None:
        run.recorder.note(run, f"starts {task.name}")


def work_queue_of(thread: Any) -> Any:
    """Return the queue from which a thread of an executor takes its work."""
    return next(one for one in thread._args if hasattr(one, "get"))


def waits_for_work(task: Task, work: Any) -> bool:
    """Whether a thread of an executor has nothing to do. At its exit, Python wakes and ends such threads."""
    sleeps = task.deadline is not None  # in a job
    return task.waits_for[1] is work and not sleeps and not task.can_go_on()


def start_new_thread(real: Callable[..., Any], function: Any, args: Any, kwargs: Any = None, /) -> int:
    """_thread.start_new_thread(), for any thread: a controlled daemon, because nobody can wait for it."""
    run = here()
    if run is None or run.guest is not None:
        return int(real(function, args) if kwargs is None else real(function, args, kwargs))
    thread = threading.Thread(target=function, args=args, kwargs=kwargs or {}, daemon=True)
    thread.start()
    return int(thread.ident or 0)


def thread_join(real: Callable[..., Any], self: Any, timeout: float | None = None) -> None:
    """Wait for a controlled thread to end."""
    run = here()
    if run is None or (run.guest is not None and self._started._flag and handle(self) not in run.made):
        real(self, timeout)
        return
    look_at_start(run, self)
    task = task_of(run, self)
    if task is run.current:
        raise RuntimeError("cannot join current thread")
    run.current.waits_for = ("thread", task)
    if timeout is None:
        run.wait((run.end_of(task), READ, None), gate=lambda due: task.finished)
    else:
        run.wanted.add(ENDS_SEEN)
        deadline = run.deadline(timeout)
        run.wait((run.end_of(task), READ, None), gate=lambda due: task.finished or due, deadline=deadline)
    run.sees_end(task)
    if run.recorder is not None:
        run.recorder.note(run, f"joins {task.name}" + ("" if task.finished else ": the time is up"))


def thread_is_alive(real: Callable[..., Any], self: Any) -> bool:
    """Whether a controlled thread has been started and has not ended."""
    run = here()
    if run is None or (run.guest is not None and handle(self) not in run.made and self._started._flag):
        return bool(real(self))
    look_at_start(run, self)
    if not self._started._flag:
        return False
    task = task_of(run, self)
    run.wanted.add(ENDS_SEEN)
    run.visible((run.end_of(task), READ, None))
    run.sees_end(task)
    if run.recorder is not None:
        run.recorder.note(run, f"looks at {task.name}: {'ended' if task.finished else 'alive'}")
    return not task.finished


def thread_repr(real: Callable[..., Any], self: Any) -> str:
    """Say whether a controlled thread has ended: what the library looks at says so only after the run."""
    run = here()
    if run is None or run.guest is not None or not self._started._flag:
        return str(real(self))
    alive = self is run.current.thread or self.is_alive()
    daemon = " daemon" * self.daemon
    return f"<{type(self).__name__}({self.name}, {'started' if alive else 'stopped'}{daemon} {self.ident})>"


def numbered(name: str) -> property:
    """Thread.ident and Thread.native_id: a thread has them once it was started, even if it has not moved yet."""
    real = vars(threading.Thread)[name]

    def number(self: Any) -> int | None:
        run = here()
        task = run.made.get(handle(self)) if run is not None else None
        if run is not None and isinstance(task, Task) and task.carrier is None and not task.finished:
            run.carry(task)
        found: int | None = real.fget(self)
        return found

    return property(number, doc=real.__doc__)


def enumerate_threads() -> list[threading.Thread]:
    """threading.enumerate(), for any thread. A controlled thread sees those of its run."""
    run = here()
    if run is None:
        return REAL_ENUMERATE()
    if run.guest is not None:
        return REAL_ENUMERATE() + [task.thread for task in run.tasks if task.thread is not None and is_new(task)]
    run.wanted.add(COUNTED)
    run.visible((THREADS, READ, None))
    alive = [task for task in run.tasks if not task.finished and task.thread is not None]
    if run.recorder is not None:
        run.recorder.note(run, f"looks which threads are alive: {', '.join(task.name for task in alive)}")
    return [task.thread for task in alive]


def active_count() -> int:
    """threading.active_count(), for any thread."""
    run = here()
    return REAL_ACTIVE_COUNT() if run is None else len(enumerate_threads())


def is_new(task: Task) -> bool:
    """Whether a task was started and has not moved yet, so that the library does not know its thread."""
    return task.carrier is None and not task.finished


def look_at_start(run: Run, thread: Any) -> None:
    """The current task asks about a thread that another task may be about to start."""
    if thread is not run.tasks[0].thread:
        run.access(place_in(run, thread, "the start of a thread"), READ, None, CALL, 0, "")


def task_of(run: Run, thread: Any) -> Task:
    """Return the controlled thread. Raises RuntimeError if it was not started, Outside if it was started elsewhere."""
    found = run.made.get(handle(thread))
    if isinstance(found, Task):
        return found
    if thread is run.tasks[0].thread:
        return run.tasks[0]
    if not thread._started._flag:
        raise RuntimeError("cannot join thread before it is started")
    raise outside(f"the thread {thread.name!r}")


def hash_by_use(real: Callable[..., Any], self: Any) -> int:
    """Return a number by order of use in the run, because a hash by address differs from run to run.

    Executors join a *set* of threads, and hand out a *set* of futures.
    """
    run = here()
    known = self.__dict__.get("_goqueue_hash")
    if known is None and run is None:
        return int(real(self))
    if known is None and run is not None:
        known = self._goqueue_hash = run.names["", "hash"] = run.names.get(("", "hash"), 0) + 1
    return int(known)


def id_of_future(thing: Any) -> int:
    """Stand for `id` in the module of futures, which takes their locks in the order of their ids."""
    return hash(thing) if isinstance(thing, Future) and here() is not None else id(thing)


REAL_ENUMERATE, REAL_ACTIVE_COUNT = threading.enumerate, threading.active_count

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "enumerate": enumerate_threads,
    "active_count": active_count,
    "activeCount": active_count,
}

PROPERTIES = {name: numbered(name) for name in ("ident", "native_id") if hasattr(threading.Thread, name)}

METHODS: dict[type, dict[str, Callable[..., Any]]] = {
    threading.Condition: {
        "__init__": condition_init,
        "__enter__": condition_enter,
        "__exit__": condition_exit,
        "wait": condition_wait,
        "notify": condition_notify,
    },
    threading.Event: {"is_set": event_is_set, "set": event_set, "clear": event_clear, "wait": event_wait},
    threading.Thread: {
        "start": thread_start,
        "join": thread_join,
        "is_alive": thread_is_alive,
        "__hash__": hash_by_use,
        "__repr__": thread_repr,
    },
    Future: {"__hash__": hash_by_use},
}
