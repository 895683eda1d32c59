"""How a task ends that swallows Abort, as `while True: try: … except: pass` does.

    Abort is raised at a step ──> swallowed, again and again ──> raised by a trace function, at the line that swallows
                                                                        └── again and again ──> parked, for ever

An exception that comes while a handler runs leaves the `try` behind it. So at the first line that the task comes to
after it has swallowed Abort, one more Abort takes it out of its loop. If that does not help, its real thread stops at a
lock which nobody releases: it costs a little memory, and no time.

A task that comes to no step gets Abort from outside, with the same effect. If it was given up, because it waits in C,
and comes back later, it is parked after some steps.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import TYPE_CHECKING, Any

from ..active import here
from ..carrying import IN_A_TAB, get_ident
from ..sources import ENGINE
from ..tasks import GIVEN_UP, Abort, Carrier, Task, held_lock

if TYPE_CHECKING:
    from ..run import Run

PLAIN = 3  # times that Abort is raised at a step and nowhere else: a clean-up may wait a few times
TRACED = 8  # times, after which the task is parked; until then, it is raised at the next line, too
FINALISERS = 200  # uses of a lock by a real thread that was given up, after which it is parked


class Sent(Abort):
    """Abort, raised from outside in the real thread of a task that comes to no step. It is made in that thread."""

    def __init__(self) -> None:
        run = here()
        if run is not None and run.over:
            insist(run, run.current)


def insist(run: Run, task: Task) -> None:
    """The current task is about to get one more Abort: see that it ends."""
    task.swallowed += 1
    if task.swallowed > TRACED and isinstance(task.carrier, Carrier):
        park(run, task, task.carrier)
    elif task.swallowed > PLAIN and not IN_A_TAB:  # where all stacks are one thread to the interpreter
        leave_by_line(sys._getframe(1))


def leave_by_line(frame: FrameType | None) -> None:
    """Raise Abort in the calling thread at the next line of code that is not the lab's."""
    while frame is not None:
        if not str(frame.f_globals.get("__name__")).startswith(ENGINE):
            frame.f_trace = at_line
        frame = frame.f_back
    sys.settrace(in_call)


def in_call(frame: FrameType, event: str, arg: Any) -> None:
    """Trace no function that is called meanwhile."""


def at_line(frame: FrameType, event: str, arg: Any) -> Any:
    """Raise Abort where a line begins. An exception on its way through a frame comes first: it is let pass."""
    if event == "line":
        raise Abort
    return at_line


def park(run: Run, task: Task, carrier: Carrier) -> None:
    """Let the current task count as ended. Its real thread stops here for good."""
    sys.settrace(None)
    carrier.retired = True
    run.forget_thread(task)
    task.finished = True
    run.stop()
    stop_for_good()


def stop_for_good() -> None:
    """Never return."""
    held_lock().acquire()


def after_the_run() -> None:
    """The calling thread is in no run, but uses a lock of one. If it was given up and goes on and on, it stops here."""
    ident = get_ident()
    if ident in GIVEN_UP:
        GIVEN_UP[ident] += 1
        if GIVEN_UP[ident] > FINALISERS:
            stop_for_good()
