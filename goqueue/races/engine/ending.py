"""The end of a run: what its verdict is called, and how the threads that are left come to their ends.

the run is over ──> each task that has begun gets the baton, once ──> at its next step it raises Abort ──> it ends
                            └── it comes to no step: Abort is raised in its real thread ──> or it is left alone
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .sources import place_of_frame
from .tasks import Abort, Carrier, Outside, Task
from .words import Verdict

if TYPE_CHECKING:
    from .run import Run

UNWINDING = 2.0  # seconds of real time; only a thread that waits for something outside takes so long
PATIENCE = 5.0  # seconds of real time without a step, after which a run is considered to wait for something outside


def named(run: Run, verdict: Verdict) -> Verdict:
    """Return what the end of a run is called: a deadlock may be a lost wake-up."""
    if verdict is not Verdict.DEADLOCK or any(waits_in_a_circle(task) for task in run.left):
        return verdict
    wanted = {id(task.waits_for[1].owner) for task in run.left if waits_for_a_lock(task)}
    deaf = (task for task in run.left if is_deaf(task) and id(task) not in wanted)
    return Verdict.LOST_WAKE_UP if any(deaf) else verdict


def waits_for_a_lock(task: Task) -> bool:
    """Whether a task waits until a lock is free."""
    return task.gate is not None and task.waits_for[0] == "lock"


def waits_in_a_circle(task: Task) -> bool:
    """Whether a task waits for another to release a lock or to end, which waits for another, and so on, in a circle."""
    met: list[Task] = []
    following: Task | None = task
    while following is not None and following not in met:
        met.append(following)
        what, thing = following.waits_for if following.gate is not None else ("", None)
        following = thing.owner if what == "lock" else thing if what == "thread" else None
    return following is not None


def is_deaf(task: Task) -> bool:
    """Whether a task missed what it waits for: a notification came early or woke another; an event was cleared.

    A lost wake-up is not said of a task that holds a lock for which another waits: the other might have notified it.
    """
    return (
        task.notices is not None and task.waits_for[0] in ("condition", "event") and task.notices.missed_by(task.index)
    )


def wait_for_the_end(run: Run) -> None:
    """Wait for the end of the run. Raises Outside if nothing moves for a while."""
    seen, silent = -1, 0
    while not run.done.acquire(timeout=PATIENCE):
        silent = silent + 1 if run.position == seen else 0
        seen = run.position
        if silent:
            raise Outside(stuck(run.current))


def stuck(task: Task) -> str:
    """Say at which line of its own code a task is."""
    frame = sys._current_frames().get(task.carrier.ident if task.carrier else 0)
    where, line = place_of_frame(frame)
    return (
        f"{task.name} has been in {where} ({line}) for more than {PATIENCE:g} seconds of real time: it computes for "
        "very long, loops without end, or waits for something that the lab does not control, such as a lock made "
        "before the run; make all that the model needs inside the model"
    )


def unwind(run: Run, lost: Task | None = None) -> None:
    """Let every task that has begun and not ended raise Abort, one after the other. `lost` waits for something real."""
    for task in run.tasks:
        if isinstance(task.carrier, Carrier) and not task.finished and task is not lost:
            run.current, run.ident = task, task.carrier.ident
            task.carrier.baton.release()
            has_ended_or_is_let_go(run, task)
        task.finished = True
        if task.thread is not None:
            task.thread._is_stopped = True  # 3.11 and 3.12 read this after the run
    if lost is not None:
        has_ended_or_is_let_go(run, lost)
    run.ident = 0


def has_ended_or_is_let_go(run: Run, task: Task) -> None:
    """Wait for the end of a task. If it swallows every Abort, or waits for something real, forget it."""
    if not run.done.acquire(timeout=UNWINDING) and not interrupt(run, task):
        run.forget_thread(task)


def interrupt(run: Run, task: Task) -> bool:
    """Raise Abort in a thread that comes to no step. Return whether the thread has ended."""
    import ctypes  # imported only here, because a model that loops for ever is rare

    ident = task.carrier.ident if task.carrier is not None else 0
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(Abort))
    return run.done.acquire(timeout=UNWINDING)
