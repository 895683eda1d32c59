"""What a thread waits for, in words: at the end of a run, in vain, or in the middle of one.

A wait of the library's own is known by its functions: Queue.get waits "for an item of jobs".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from threading import Semaphore
from types import FrameType
from typing import TYPE_CHECKING, Any

from ..engine.identity import identity
from ..engine.naming import a, settled
from ..engine.sources import WATCHED, outside_engine

if TYPE_CHECKING:
    from ..engine.tasks import Task

# module and function of the library -> what it waits for
LIBRARY = {
    ("queue", "Queue.get"): "an item of {}",
    ("queue", "Queue.put"): "room in {}",
    ("queue", "Queue.join"): "all items of {} to be done",
    ("threading", "Semaphore.acquire"): "{}",
    ("threading", "Barrier.wait"): "the others at {}",
    ("concurrent.futures._base", "Future.result"): "the result of {}",
    ("concurrent.futures._base", "Future.exception"): "the result of {}",
    ("concurrent.futures._base", "wait"): "futures",
    ("concurrent.futures._base", "as_completed"): "a future",
}
IN_LIBRARY = ("condition", "library", "event")  # what such a function waits with
PART = re.compile(r"(^|\.)(not_empty|not_full|all_tasks_done|mutex)(?=#|$)")  # of a queue, whose own name is before


def waiting(task: Task, frame: FrameType | None) -> str:
    """Return what a task waits for in vain. `frame` is where it stands."""
    what, thing = task.waits_for
    told = of_library(task, frame)
    reasons: dict[str, Callable[[], str]] = {
        "lock": lambda: f"waits for {thing.name}, {owner(thing.owner, task)}",
        "condition": lambda: f"waits on {condition(thing)}, and nobody will notify it any more",
        "library": lambda: "waits, and nobody will wake it",
        "item": lambda: f"waits for an item of {thing.name}, and nobody will wake it",
        "event": lambda: f"waits for {thing.name}, and nobody will set it",
        "thread": lambda: f"waits for {thing.name} to end",
    }
    if told:
        return f"waits for {told}, and nobody will wake it"
    return reasons[what]() if what in reasons else "waits"


def waiting_now(task: Task, frame: FrameType | None) -> str:
    """Return what a task waits for in the middle of a run, when others may still wake it."""
    what, thing = task.waits_for
    reasons: dict[str, Callable[[], str]] = {
        "lock": lambda: f"waits for {thing.name}, {owner(thing.owner, task)}",
        "condition": lambda: f"waits on {condition(thing)} until somebody notifies it",
        "library": lambda: "waits until somebody wakes it",
        "item": lambda: f"waits for an item of {thing.name}",
        "event": lambda: f"waits until somebody sets {thing.name}",
        "thread": lambda: f"waits for {thing.name} to end",
        "time": lambda: "sleeps",
    }
    told = reasons[what]() if what in reasons else "waits"
    named = of_library(task, frame)
    if task.is_spare():
        told = "has no work"
    elif named:
        told = f"waits for {named}"
    until = "" if task.deadline is None else f" {'until' if what == 'time' else 'or until'} {task.deadline:.7g} s"
    return told + until


def of_library(task: Task, frame: FrameType | None) -> str:
    """Return what a function of the library waits for that the program has called; "" if there is none."""
    told, frame = "", outside_engine(frame) if task.waits_for[0] in IN_LIBRARY else None
    while frame is not None and frame.f_code.co_filename not in WATCHED:
        words = LIBRARY.get((str(frame.f_globals.get("__name__")), frame.f_code.co_qualname))
        if words is not None:  # the outermost one is what the program has called
            told = words.format(name_of(task, frame.f_locals.get("self")))
        frame = frame.f_back
    return told


def name_of(task: Task, thing: Any) -> str:
    """Return the name of a queue, a semaphore or the like, which waits on a condition of its own: "jobs", "a Queue"."""
    condition, run, kind = task.waits_for[1], task.run, a(type(thing).__name__)
    lock = getattr(condition, "_lock", None)
    of_lock = getattr(run.stand_ins.get(identity(lock), lock), "name", "")
    name = PART.sub("", settled(run, getattr(condition, "_goqueue_name", of_lock)))
    if not name or name.startswith(("a ", "an ")):
        return kind
    return f"{name} ({kind})" if isinstance(thing, Semaphore) else name


def owner(task: Task | None, asking: Task) -> str:
    """Say which thread holds a lock."""
    if task is asking:
        return "which it has itself"
    if task is None:
        return "which nobody has"
    return f"which {task.name} {'took and never gave back' if task.finished else 'has'}"


def condition(thing: object) -> str:
    """Return the name of a condition in reports."""
    return str(getattr(thing, "_goqueue_name", "a condition"))
