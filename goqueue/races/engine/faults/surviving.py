"""What survives a crash: what `survives` made, and all that it holds. Nothing of it is called, so its methods may lie.

a dict, a list, …, an object with or without __slots__, a partial, a bound method ──> what it refers to
a function ──> its variables of functions around it        a class ──> its attributes, if `survives` returned it
modules, other classes, generators, threads' locks and other objects of the lab ──> nothing
"""

from __future__ import annotations

import contextlib
import gc
import os
import queue
import threading
import types
from collections.abc import Iterator
from typing import Any

from ..identity import identity
from ..sources import ENGINE
from .plans import Crashes

FAILS = "_goqueue_power_fails"  # the method of a Disk that a crash calls
MOST_REACHED = 100_000  # objects that may survive a crash
PLAIN = frozenset({str, bytes, int, float, bool, complex, type(None)})  # which cannot change, and hold nothing
CLOSED = (type, types.ModuleType, types.GeneratorType, types.CoroutineType, types.FrameType, types.CodeType)
SYNCHRONIZERS = (threading.Event, threading.Condition, threading.Semaphore, threading.Barrier)
OF_ONE_PROCESS = (*SYNCHRONIZERS, queue.Queue, queue.SimpleQueue)


class TooMany(ValueError):
    """More survives a crash than the lab can look through at each access."""


def reached(survivor: Any) -> dict[int, Any]:
    """Return what survives, by identity. Raises TooMany."""
    found, left = dict[int, Any](), [survivor]
    while left:
        thing = left.pop()
        key = identity(thing)
        if key not in found:
            found[key] = thing
            left += held_by(thing, thing is survivor)
            if len(found) > MOST_REACHED:
                raise TooMany(f"more than {MOST_REACHED} objects survive a crash: let fewer survive")
    return found


def kept(survivor: Any) -> set[int]:
    """Return the identities of what survives, and of its dicts of attributes, which C does not always show."""
    found = reached(survivor)
    identities = set(found)
    for thing in found.values():
        with contextlib.suppress(AttributeError):
            identities.add(identity(object.__getattribute__(thing, "__dict__")))
    return identities


def held_by(thing: Any, is_first: bool) -> Iterator[Any]:
    """Yield what a thing holds, as C sees it: no method of it is called."""
    kind = type(thing)
    if kind is types.FunctionType:
        parts: Any = (*(thing.__closure__ or ()), *(thing.__defaults__ or ()), thing.__dict__)
    elif issubclass(kind, type):
        parts = CLASS_DICT(thing).values() if is_first else ()
    elif issubclass(kind, CLOSED) or (str(kind.__module__).startswith(ENGINE) and not hasattr(kind, FAILS)):
        parts = ()
    else:
        parts = gc.get_referents(thing)
    for part in parts:
        kind = type(part)
        if kind not in PLAIN and not issubclass(kind, type):
            yield part


CLASS_DICT: Any = type.__dict__["__dict__"].__get__


def unseen(survivor: Any, crashes: Crashes) -> TypeError | None:
    """Return the error for something whose changes can never be seen, or None."""
    kind = type(survivor)
    if crashes.calls:
        return None
    if kind in PLAIN or issubclass(kind, str | bytes | int | float | os.PathLike):
        return TypeError(
            f"survives makes {kind.__name__} objects, whose changes the lab cannot see: let it make a dict, "
            'a list, an object or a Disk, or name the calls that change it, such as calls=("execute",)'
        )
    if issubclass(kind, OF_ONE_PROCESS):
        return TypeError(
            f"survives makes {kind.__name__} objects, which end with their process, and whose changes the lab does not "
            'see: let it make a dict, a list, an object or a Disk, or name the calls, such as calls=("put",)'
        )
    return None
