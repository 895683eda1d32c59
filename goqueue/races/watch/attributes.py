"""Hooks for attributes: reading, writing and deleting one; and the check that locks and events were made in the run."""

from __future__ import annotations

import functools
import queue
import sys
import threading
import types
from _thread import get_ident
from collections import Counter, OrderedDict, defaultdict
from enum import Enum
from typing import Any

from ..doubles.locks import Lock, RLock
from ..doubles.stand_ins import BUILT_ON, REAL_SIMPLE_QUEUE, controlled, innermost, queue_of, run_of
from ..engine.active import Active, here
from ..engine.ending import REAL_LOCKS
from ..engine.happens_before import Place
from ..engine.places import CONTAINERS, place_of, record
from ..engine.run import Run
from ..engine.words import PLAIN, READ, WRITE
from . import callbacks, generated, kinds

LOCKS = frozenset({*REAL_LOCKS, Lock, RLock})

# What threads wait for.
WAITED_FOR = frozenset({*LOCKS, *BUILT_ON, REAL_SIMPLE_QUEUE, threading.local}) | {
    queue.LifoQueue, queue.PriorityQueue, threading.BoundedSemaphore
}  # fmt: skip

# The attributes of these kinds need a second look, even when they hold no data.
SPECIAL = WAITED_FOR | set(CONTAINERS) | {Counter, OrderedDict, defaultdict}

# Whether an attribute of a class holds data. Filled as code runs. Emptied now and then, because it keeps classes alive.
DATA: dict[tuple[type, str], bool | str] = {}

CACHED = "cached"  # in DATA: a cached_property, whose value is computed at the first read


def forget() -> None:
    """Forget all classes."""
    DATA.clear()
    kinds.HOW.clear()
    callbacks.KNOWN.clear()
    generated.restore()


def holds_data(thing: Any, name: str) -> bool:
    """Whether `thing.name` is the object's own data: not a method, a property, or what a class or module defines."""
    kind = type(thing)
    known = DATA.get((kind, name))
    if known is None:
        generated.replace_methods(kind, load)
        known = DATA[kind, name] = _holds_data(kind, name)
    if known and issubclass(kind, type | types.ModuleType):
        holder = holder_of(thing, name)
        value = holder.__dict__.get(name, print)
        return not (callable(value) or hasattr(type(value), "__get__") or issubclass(type(value), types.ModuleType))
    return bool(known)


def _holds_data(kind: type, name: str) -> bool | str:
    if name == "__dict__" or kinds.how_in_c(kind, name) is not kinds.PLAIN:
        return ""  # not data, but it needs a second look each time
    if type(kind.__getattribute__) is types.FunctionType or not is_field(kind, name):
        return False
    return CACHED if type(getattr(kind, name, None)) is functools.cached_property else True


def is_field(kind: type, name: str) -> bool:
    """Whether the attribute of an object is data, unless the class or module that defines it says otherwise."""
    if name.startswith("__") or issubclass(kind, Enum | super | threading.local) or "Enum" in kind.__name__:
        return False
    for base in kind.__mro__:
        if name in base.__dict__:
            found = base.__dict__[name]
            if type(found) is functools.cached_property:  # its value is kept among the object's own data
                return sys.version_info >= (3, 12)  # before, a lock is held while it is computed
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
        return load_other(run, thing, name, site)
    place = read(run, thing, name, site)
    value = getattr(thing, name) if DATA.get((kind, name)) is not CACHED else compute(run, place, thing, name, site)
    if type(value) in CONTAINERS and id(value) not in run.made:
        place_of(run, value, f"{place.label}.{name}")
    if run.recorder is not None:
        record(run, place, READ, "." + name, value)
    return value


def load_other(run: Run, thing: Any, name: str, site: int) -> Any:
    """thing.name, which is no data: a method, a property, the dict of all attributes, or what to wait for"""
    from .calls import stands_in  # imported here, because calls imports this file

    if type(thing) in WAITED_FOR or issubclass(type(thing), threading.local):
        thing = in_this_run(run, thing)
        if type(thing) is threading.Condition and name in ("acquire", "release"):  # its own, of the real lock
            thing = controlled(run, thing._lock)  # type: ignore[attr-defined]
    value = getattr(thing, name)
    if name == "__dict__" and type(value) is dict:
        run.made.setdefault(id(value), place_of(run, thing))  # its items are the attributes
    return stands_in(value, "", site)  # because a call from elsewhere is a step as well


def compute(run: Run, place: Place, thing: Any, name: str, site: int) -> Any:
    """Do what a cached_property does: look, compute, keep. Between these, others may move."""
    own = thing.__dict__
    if name not in own:
        value = getattr(type(thing), name).func(thing)
        run.access(place, WRITE, name, PLAIN, site, "." + name)
        own[name] = value
    return own[name]


def store(value: Any, thing: Any, name: str, site: int) -> None:
    """thing.name = value"""
    run = here()
    kind = type(thing)
    if (
        run is None
        or type(kind.__setattr__) is types.FunctionType  # it calls object.__setattr__, which is a step
        or not (holds_data(thing, name) or issubclass(kind, type))
    ):
        if run is not None and issubclass(kind, threading.local):
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
    if run is not None and holds_data(thing, name) and type(type(thing).__delattr__) is not types.FunctionType:
        run.access(place_of(run, thing), WRITE, name, PLAIN, site, "." + name)
    delattr(thing, name)


def by_object(run: Run, thing: Any, way: str, do: Any, site: int, args: tuple[Any, ...]) -> Any:
    """object.__getattribute__(thing, name), object.__setattr__(thing, name, value), object.__delattr__(thing, name)"""
    name = args[0]
    if not (isinstance(name, str) and (is_field(type(thing), name) or issubclass(type(thing), type))):
        value = do(*args)
        if name == "__dict__" and type(value) is dict:
            run.made.setdefault(id(value), place_of(run, thing))
        return value
    place, mode = place_of(run, thing), READ if way == "__getattribute__" else WRITE
    run.access(place, mode, name, PLAIN, site, "." + name)
    value = do(*args)
    record(run, place, mode, "." + name, args[1] if way == "__setattr__" else value)
    return value


def enter(thing: Any) -> Any:
    """with thing:"""
    run = here()
    return in_this_run(run, thing) if run is not None and type(thing) in WAITED_FOR else thing


def in_this_run(run: Run, thing: Any) -> Any:
    """Return what stands in for something that threads wait for, in this run: most often the thing itself."""
    if issubclass(type(thing), threading.local):
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
