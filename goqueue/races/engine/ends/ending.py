"""The end of a run: what its verdict is called, and how the threads that are left come to their ends.

the run is over ──> each task that has begun gets the baton, once ──> at its next step it raises Abort ──> it ends
                            └── it comes to no step: Abort is raised in its real thread ──> or it is left alone

Before that, `spurious` tells a lost wake-up from a deadlock.
"""

from __future__ import annotations

from _thread import LockType, RLock
from time import monotonic  # the real one
from types import FrameType
from typing import TYPE_CHECKING, Any

from ..carrying import current_frames, get_ident
from ..identity import identity
from ..sources import ENGINE, place_of_frame
from ..tasks import GIVEN_UP, Carrier, Outside, Task
from ..words import Verdict
from . import spurious
from .leaving import Sent

if TYPE_CHECKING:
    from ..run import Run

UNWINDING = 1.0  # seconds of real time, for all tasks; only those that wait for something outside take so long
GLANCE = 0.2  # seconds of real time between two looks at a run that takes long
GRACE = 0.5  # seconds of real time, after which a task that waits for a real lock, or a run after Ctrl-C, is given up
PATIENCE = 5.0  # seconds of real time without a step, after which a run is considered to wait for something outside

MOST_ABORTS = 200  # how often a task that is being unwound may come to a step, before each one aborts it again

REAL_LOCKS: tuple[Any, ...] = (LockType, RLock)


def named(run: Run, verdict: Verdict) -> Verdict:
    """Return what the end of a run is called: a deadlock may be a lost wake-up."""
    if verdict is not Verdict.DEADLOCK or any(waits_in_a_circle(task) for task in run.left):
        return verdict
    wanted = {identity(task.waits_for[1].owner) for task in run.left if waits_for_a_lock(task)}
    run.deaf = [task for task in run.left if is_deaf(task) and identity(task) not in wanted]
    return Verdict.LOST_WAKE_UP if run.deaf else verdict  # which `spurious.judge` may take back


def waits_for_a_lock(task: Task) -> bool:
    """Whether a task waits until a lock is free."""
    return task.gate is not None and task.waits_for[0] == "lock"


def waits_in_a_circle(task: Task) -> bool:
    """Whether a task waits for another to release a lock or to end, which waits for another, and so on, in a circle."""
    met: list[Task] = []
    following: Task | None = task
    while following is not None and following not in met:
        met.append(following)
        what, thing = following.waits_for
        waits = following.gate is not None
        following = thing.owner if waits and what == "lock" else thing if waits and what == "thread" else None
    return following is not None


def is_deaf(task: Task) -> bool:
    """Whether a task missed what it waits for: a notification came early or woke another; an event was cleared.

    A lost wake-up is not said of a task that holds a lock for which another waits: the other might have notified it.
    """
    if task.notices is None or task.waits_for[0] not in ("condition", "event"):
        return False
    return bool(task.notices.missed_by(task.index))


def wait_for_the_end(run: Run) -> None:
    """Wait for the end of the run. Raises Outside if nothing moves for a while, or after Ctrl-C."""
    seen, silent = -1, 0.0
    while not run.done.acquire(timeout=GLANCE):
        moves = run.position != seen and run.current.aborts <= MOST_ABORTS  # else it swallows each Abort
        silent = 0.0 if moves else silent + GLANCE
        seen = run.position
        patience = GRACE if run.over else PATIENCE
        if silent >= patience or (silent >= GRACE and waits_for_a_real_lock(run.current)):
            raise Outside(stuck(run.current))


def waits_for_a_real_lock(task: Task) -> bool:
    """Whether a task is at a line that takes a real lock which is held."""
    return bool(real_locks(frame_of(task)))


def frame_of(task: Task) -> FrameType | None:
    """Return where a task is."""
    return current_frames().get(task.carrier.ident if task.carrier else 0)


def stuck(task: Task) -> str:
    """Say at which line of its own code a task is, and which lock it waits for."""
    frame = frame_of(task)
    where, line = place_of_frame(frame)
    held = real_locks(frame)
    if held:
        name, lock = held[0]
        holders = [other.name for other in task.run.tasks if other is not task and uses(frame_of(other), lock)]
        return (
            f"{task.name} has been in {where} ({line}) for a while: it waits for the real lock {name}, which "
            f"{holders[0] if holders else 'code outside of the model'} holds; the lab could not put a stand-in for "
            "this lock, such as a lock made before the run that a tuple or C code keeps; make the lock inside the "
            "model, or watch the module that uses it: modules=[…]"
        )
    return (
        f"{task.name} has been in {where} ({line}) for more than {PATIENCE:g} seconds of real time: it computes for "
        "very long, loops without end, or waits for something that the lab does not control, such as a lock made "
        "before the run; make all that the model needs inside the model"
    )


def real_locks(frame: FrameType | None, depth: int = 3) -> list[tuple[str, Any]]:
    """Return the real locks that are held and that a frame, or the nearest ones outwards, can name.

    The engine's own are none of them: whoever sleeps at one is woken soon. The other rooms of the lab call them by
    names that the model does not have.
    """
    found: list[tuple[str, Any]] = []
    while frame is not None and depth:
        module = str(frame.f_globals.get("__name__"))
        if module.startswith(f"{ENGINE}engine."):
            break
        if module.startswith(ENGINE):
            frame = frame.f_back
            continue
        known = {name: frame.f_globals.get(name) for name in frame.f_code.co_names} | dict(frame.f_locals)
        for name, value in list(known.items()):
            inner: Any = getattr(value, "__dict__", None)
            for attribute in frame.f_code.co_names if inner is not None else ():
                known.setdefault(f"{name}.{attribute}", inner.get(attribute))
            for at, item in enumerate(value[:20] if isinstance(value, tuple | list) else ()):
                known[f"{name}[{at}]"] = item
        held = [(name, value) for name, value in known.items() if type(value) in REAL_LOCKS and is_held(value)]
        found = held or found
        frame, depth = frame.f_back, depth - 1
    return found


def is_held(lock: Any) -> bool:
    """Whether a real lock is held. Before 3.14 only the repr of an RLock tells."""
    return repr(lock).startswith("<locked")


def uses(frame: FrameType | None, lock: Any) -> bool:
    """Whether a task has a real lock in hand: a frame of its stack names the lock."""
    while frame is not None:
        if any(value is lock for _, value in real_locks(frame, 1)):
            return True
        frame = frame.f_back
    return False


def unwind(run: Run, lost: Task | None = None) -> None:
    """Let every task that has begun and not ended raise Abort, one after the other. `lost` waits for something real."""
    spurious.judge(run)
    until, left = monotonic() + UNWINDING, [lost] if lost is not None else []
    for task in run.tasks:
        if isinstance(task.carrier, Carrier) and not task.finished and task is not lost:
            run.current, run.ident = task, task.carrier.ident
            task.carrier.baton.release()
            if not has_ended(run, task, until):
                left.append(task)
    until = max(until, monotonic() + UNWINDING / 2)  # for all that are left, however many swallow each Abort
    for task in left:
        run.current, run.ident = task, task.carrier.ident  # type: ignore[union-attr]  # it has begun
        # What it waited for may be free now, so it comes to a step by itself. Abort in between could leak a lock.
        if not has_ended(run, task, min(until, monotonic() + GLANCE)) and not has_ended(
            run, task, until, aborting=True
        ):
            task.carrier.retired = True  # type: ignore[union-attr]  # if it ever comes back, its real thread ends
            run.forget_thread(task)
            run.has_strays = True
            GIVEN_UP[task.carrier.ident] = 0  # type: ignore[union-attr]
    for task in run.tasks:
        task.finished = True
        if task.thread is not None:
            task.thread._is_stopped = True  # 3.11 and 3.12 read this after the run
    run.idle += [carrier for carrier in run.resting if not carrier.retired]
    run.ident = 0


def has_ended(run: Run, task: Task, until: float, aborting: bool = False) -> bool:
    """Wait for the end of a task. With `aborting`, raise Abort in it again and again: it may swallow some."""
    while True:
        came = run.done.acquire(timeout=GLANCE / 4)
        if task.finished:
            return True
        if aborting:
            send_abort(task)
        if not came and monotonic() > until:
            return False


def send_abort(task: Task) -> None:
    """Raise Abort in a thread that comes to no step. What is raised is made there, and sees that the thread ends."""
    ident = task.carrier.ident if task.carrier is not None else 0
    raise_in(ident, Sent)
    look_no_more()


def raise_in(ident: int, error: type[BaseException]) -> None:
    """Have a thread raise an exception at its next instruction."""
    import ctypes  # imported only here, because a model that loops for ever is rare

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(error))


class Nothing(BaseException):
    """Raised in the own thread, and caught there."""


def look_no_more() -> None:
    """Let no other thread look for an exception that was sent to one that sleeps.

    Before 3.13, all threads look for it at each call until somebody has raised one, and a thread that is traced does
    nothing else: it hangs. So this one raises one. The thread that sleeps keeps its own, and raises it when it wakes.
    """
    try:
        raise_in(get_ident(), Nothing)
        while True:
            pass
    except Nothing:
        pass
