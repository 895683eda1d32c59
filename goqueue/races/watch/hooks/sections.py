"""What watched code does in a critical section: if not all of that is seen, the section is open.

    with self._lock:                  a section that may be one step, because it begins and ends in one function
        job = self._jobs[name]        an access, which the section notes
        audit(job)                    watched code: its own accesses are noted
        self._file.write(name)        who knows what that touches? The order with other sections matters from here on

Whatever is not known to be seen opens a section, so a mistake here costs schedules and no outcome.
"""

from __future__ import annotations

import threading
import types
from typing import Any

from ...doubles.locks import Lock, RLock
from ...engine.identity import identity
from ...engine.places import CONTAINERS, VIEWS
from ...engine.run import Run
from ...engine.sources import SWAPPED, WATCHED
from ..objects.kinds import BOUND, IN_C
from .shadowing import declared

IMMUTABLE = frozenset({str, bytes, int, float, bool, type(None)})
KEPT = frozenset({*CONTAINERS, *VIEWS, *IMMUTABLE})  # whose methods in C touch what the lab sees, or nothing

# Functions in C all of whose accesses are seen.
SEEN: frozenset[Any] = frozenset({len, isinstance, list, tuple, dict, set, frozenset, bool, int, float})

METHODS = (types.FunctionType, types.MethodDescriptorType, staticmethod, classmethod)  # whose look-up runs no code


def lock_of(thing: Any) -> Any:
    """Return the controlled lock that `with thing:` takes, if that is one."""
    inner: Any = vars(thing)["_lock"] if type(thing) is threading.Condition else thing
    return inner if type(inner) in (Lock, RLock) else None


def begin(run: Run, thing: Any, whole: bool) -> None:
    """`with thing:` is about to take a lock. `whole`: in between, no code of the caller runs, as in a generator."""
    if whole and run.knows_sections:
        run.current.enters = lock_of(thing)


def is_watched(function: Any) -> bool:
    """Whether a function, or that of a method, is watched code."""
    inner = function.__func__ if type(function) is types.MethodType else function
    if identity(inner) in SWAPPED:
        return True
    return type(inner) is types.FunctionType and inner.__code__.co_filename in WATCHED


def call_inside(run: Run, function: Any, args: Any = ()) -> None:
    """A function is about to be called in a section."""
    if not (is_watched(function) or is_seen(function, args)):
        run.open_section()


def is_seen(function: Any, args: Any) -> bool:
    """Whether all that a function in C does with what threads share is an access."""
    kind = type(function)
    if kind in IN_C:
        return bool(args) and type(args[0]) in KEPT
    if kind in BOUND:
        return type(function.__self__) in KEPT or (function.__self__ is not None and function in SEEN)
    return (kind is type and function in SEEN) or (
        kind is types.MethodType and type(function.__self__) in (Lock, RLock)
    )


def look_inside(run: Run, kind: type, name: str) -> None:
    """What is no data is looked up in a section: a method, a property, or something in C."""
    found = declared(kind, name)
    getter = found.fget if type(found) is property else found
    if not (type(found) in METHODS or is_watched(getter)) or not is_plain(kind):
        run.open_section()


def is_plain(kind: type) -> bool:
    """Whether attributes of a class are looked up as usual, or by watched code."""
    look_up: Any = kind.__getattribute__
    return look_up in (object.__getattribute__, types.ModuleType.__getattribute__) or is_watched(look_up)
