"""Hooks for attributes: reading, writing and deleting one; and the check that locks and events were made in the run."""

from __future__ import annotations

import functools
import queue
import threading
import types
from _thread import get_ident
from collections import Counter, OrderedDict, defaultdict
from enum import Enum
from typing import Any

from ..doubles.locks import Lock, RLock
from ..doubles.stand_ins import BUILT_ON, REAL_LOCKS, REAL_SIMPLE_QUEUE, controlled, innermost, queue_of, run_of
from ..engine.active import Active, here
from ..engine.happens_before import Place
from ..engine.places import CONTAINERS, is_container, place_of, record
from ..engine.run import Run
from ..engine.words import PLAIN, READ, WRITE
from .rewriting_reads import METHODS

LOCKS = frozenset({*REAL_LOCKS, Lock, RLock})

# What threads wait for.
WAITED_FOR = frozenset({*LOCKS, *BUILT_ON, REAL_SIMPLE_QUEUE, threading.local}) | {
    queue.LifoQueue, queue.PriorityQueue, threading.BoundedSemaphore
}  # fmt: skip

# The attributes of these kinds need a second look, even when they hold no data.
SPECIAL = WAITED_FOR | set(CONTAINERS) | {Counter, OrderedDict, defaultdict}

# Whether an attribute of a class holds data. Filled as code runs. Emptied now and then, because it keeps classes alive.
DATA: dict[tuple[type, str], bool] = {}


def holds_data(thing: Any, name: str) -> bool:
    """Whether `thing.name` is the object's own data: not a method, a property, or what a class or module defines."""
    kind = type(thing)
    known = DATA.get((kind, name))
    if known is None:
        known = DATA[kind, name] = _holds_data(kind, name)
    if known and issubclass(kind, type | types.ModuleType):
        holder = holder_of(thing, name)
        value = holder.__dict__.get(name, print)
        return not (callable(value) or hasattr(type(value), "__get__") or issubclass(type(value), types.ModuleType))
    return known


def _holds_data(kind: type, name: str) -> bool:
    if name.startswith("__") or issubclass(kind, Enum | super | threading.local) or "Enum" in kind.__name__:
        return False
    for base in kind.__mro__:
        if name in base.__dict__:
            found = base.__dict__[name]
            return isinstance(found, types.MemberDescriptorType) or not hasattr(type(found), "__get__")
    return True


def holder_of(thing: Any, name: str) -> Any:
    """Return the owner of `thing.name`: the thing itself or, if it has no such attribute, the class that has one."""
    kind = type(thing)
    try:
        own: Any = object.__getattribute__(thing, "__dict__")  # without running the model's own code
    except AttributeError:
        own = ()
    if name not in own:
        for base in thing.__mro__ if issubclass(kind, type) else kind.__mro__:
            if name in base.__dict__:
                return thing if isinstance(base.__dict__[name], types.MemberDescriptorType) else base
    return thing


def read(run: Run, thing: Any, name: str, site: int) -> Place:
    """`thing.name` is about to be read. If the thing has no such attribute, its class's is read."""
    place = place_of(run, thing)
    run.access(place, READ, name, PLAIN, site, "." + name)
    holder = holder_of(thing, name)
    if holder is not thing:
        run.access(place_of(run, holder), READ, name, PLAIN, site, "." + name)
    return place


def load(thing: Any, name: str, site: int) -> Any:
    """thing.name"""
    run = Active.run  # half of all hook calls come here, so here() is inlined and methods come first
    kind = type(thing)
    if run is None or run.ident != get_ident() or (DATA.get((kind, name)) is False and kind not in SPECIAL):
        return getattr(thing, name)
    if not holds_data(thing, name):
        if kind in SPECIAL and name in METHODS - {"keys", "values", "items"} and is_container(thing):
            from .containers import method  # imported here, because containers imports this file

            return functools.partial(method, thing, name, "", site)  # a call from elsewhere is a step as well
        if kind in WAITED_FOR:
            thing = in_this_run(run, thing)
            if type(thing) is threading.Condition and name in ("acquire", "release"):  # its own, of the real lock
                thing = controlled(run, thing._lock)  # type: ignore[attr-defined]
        return getattr(thing, name)
    place = read(run, thing, name, site)
    value = getattr(thing, name)
    if type(value) in CONTAINERS and id(value) not in run.made:
        place_of(run, value, f"{place.label}.{name}")
    if run.recorder is not None:
        record(run, place, READ, "." + name, value)
    return value


def store(value: Any, thing: Any, name: str, site: int) -> None:
    """thing.name = value"""
    run = here()
    if run is None or not (holds_data(thing, name) or issubclass(type(thing), type)):
        if run is not None and type(thing) is threading.local:
            run.retire_carrier()
        setattr(thing, name, value)
        return
    place = place_of(run, thing)
    run.access(place, WRITE, name, PLAIN, site, "." + name)
    setattr(thing, name, value)
    record(run, place, WRITE, "." + name, value)


def remove(thing: Any, name: str, site: int) -> None:
    """del thing.name"""
    run = here()
    if run is not None and holds_data(thing, name):
        run.access(place_of(run, thing), WRITE, name, PLAIN, site, "." + name)
    delattr(thing, name)


def enter(thing: Any) -> Any:
    """with thing:"""
    run = here()
    return in_this_run(run, thing) if run is not None and type(thing) in WAITED_FOR else thing


def in_this_run(run: Run, thing: Any) -> Any:
    """Return what stands in for something that threads wait for, in this run: most often the thing itself."""
    if type(thing) is threading.local:
        run.retire_carrier()
        return thing
    if type(thing) in LOCKS:
        return controlled(run, thing)
    if type(thing) is REAL_SIMPLE_QUEUE:
        return queue_of(run, thing)
    inner = innermost(thing)
    if inner is not None and not (isinstance(inner, Lock) and inner.belongs_to(run)):
        run_of(thing, inner)
    return thing
