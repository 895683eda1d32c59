"""copy.deepcopy in steps: like the real one, it reads the fields of an object one after the other.

Objects whose class defines another way to copy them are copied by the real function. Each line of that function is a
step that reads all that the object leads to.
"""

from __future__ import annotations

import array
import collections
import copy
import copyreg
import functools
import types
import weakref
from collections.abc import Iterable
from typing import Any

from ....engine.identity import identity
from ....engine.places import VIEWS, is_container, place_of
from ....engine.run import Run
from ....engine.sources import ENGINE
from ....engine.words import CALL, READ, WRITE
from ...objects.fields_in_c import has_fields
from ...objects.iterating import is_iterator, parts_of
from ..attributes import load
from ..callbacks import Touched, settled
from ..containers import walk
from ..data_attributes import holds_data
from ..opaque import place_of_opaque, touched_beneath
from .library_code import line_by_line

MOST_REACHED = 1_000  # objects that one call may read
# Kinds of which copy.deepcopy returns the very object, without running or reading anything.
ATOMIC = frozenset({type(None), bool, int, float, complex, str, bytes, types.FunctionType, types.BuiltinFunctionType})

# What these hold is read when they are compared or shown by their methods in C.
HOLDERS: tuple[Any, ...] = (
    *(tuple, frozenset, slice, types.SimpleNamespace, types.MappingProxyType, functools.partial, BaseException),
    *(collections.UserDict, *VIEWS),
)

BUFFERS = (bytearray, array.array)  # what these hold is read when they are compared or shown

# The slots of a class. Filled as code runs; the classes are not kept alive.
SLOTS: weakref.WeakKeyDictionary[type, list[str]] = weakref.WeakKeyDictionary()


def deep(run: Run, thing: Any, site: int, seen: dict[int, Any]) -> Any:
    """Return what copy.deepcopy would, reading the fields of an object one after the other."""
    kind = type(thing)
    if kind in ATOMIC:
        return thing
    if id(thing) in seen:
        return seen[id(thing)]
    if kind is tuple:
        parts = tuple([deep(run, part, site, seen) for part in thing])
        same = all(part is old for part, old in zip(parts, thing, strict=True))
        return thing if same else seen.setdefault(id(thing), parts)  # already seen: it contains itself
    if kind not in (dict, list) and not is_plain(thing):
        return copied_otherwise(run, thing, site, seen)
    seen.setdefault(id(seen), []).append(thing)  # kept alive, as in copy.py, so that its id is not reused
    if kind is list or kind is dict:
        return deep_container(run, thing, site, seen)
    made = seen[id(thing)] = object.__new__(kind)
    deep_fields(run, thing, made, site, seen)
    return made


def deep_fields(run: Run, thing: Any, made: Any, site: int, seen: dict[int, Any]) -> None:
    """Give a copy deep copies of all fields. Like the real function, iterate over the `__dict__` in use."""
    slots = slots_of(thing)
    own = load(thing, "__dict__", site) if hasattr(thing, "__dict__") else None
    if slots:
        run.access(place_of(run, thing), READ, None, CALL, site, "")  # all at once
    values = [getattr(thing, name) for name in slots]
    if own is not None:  # one that is empty is read, too
        made.__dict__.update(deep_container(run, own, site, seen))
    for name, value in zip(slots, values, strict=True):
        setattr(made, name, deep(run, value, site, seen))


def copied_otherwise(run: Run, thing: Any, site: int, seen: dict[int, Any]) -> Any:
    """Return what the real copy.deepcopy makes of an object."""

    def gather() -> Touched:
        own = [(place_of_opaque(run, thing), WRITE), *touched_beneath(run, thing)] if is_iterator(thing) else []
        return [*reached(run, [thing]), *own]

    touched = settled(run, gather, site)
    if not touched:
        return copy.deepcopy(thing, seen)
    return line_by_line(run, copy.deepcopy, touched, site)(thing, seen)


def reached(run: Run, things: Iterable[Any]) -> Touched:
    """Return reads of all containers and objects to which things lead, because a call reads them to the bottom."""
    found: dict[int, Any] = {}
    met: dict[int, Any] = {}  # that hold others, and have no state
    left = list(things)
    while left and len(found) < MOST_REACHED:
        thing = left.pop()
        kind = type(thing)
        if identity(thing) in found or issubclass(kind, type | types.ModuleType | types.FunctionType):
            continue
        if kind.__module__.startswith(ENGINE):  # a lock of the run, which leads to the run itself
            continue
        if is_container(thing) or kind in BUFFERS:
            found[identity(thing)] = thing
            left += parts_of(thing)
            continue
        if issubclass(kind, HOLDERS) and identity(thing) not in met:
            met[identity(thing)] = thing  # kept, because a tuple may be new, and its identity soon another's
            left += held_by(thing)
        of_python = kind.__module__ not in ("builtins", "threading", "_thread")
        if has_fields(kind) or (of_python and (kind.__dictoffset__ or fields_of(thing))):  # even if it has none yet
            found[identity(thing)] = thing
            left += [*getattr(thing, "__dict__", {}).values(), *(getattr(thing, name) for name in slots_of(thing))]
    return [(place_of(run, thing), READ) for thing in found.values()]


def containers_below(run: Run, thing: Any) -> Touched:
    """Return reads of all containers that a container, a tuple or another holder holds, however deep."""
    found: dict[int, Any] = {}
    met, left = {identity(thing)}, [thing]
    while left and len(met) < MOST_REACHED:
        for value in held_by(left.pop()):
            if identity(value) in met:
                continue
            contains = is_container(value)
            if contains or has_fields(type(value)) or type(value) in BUFFERS:
                found[identity(value)] = value
            if contains or issubclass(type(value), HOLDERS):
                met.add(identity(value))
                left.append(value)
    return [(place_of(run, value), READ) for value in found.values()]


def held_by(thing: Any) -> list[Any]:
    """Return what a container or a holder holds, without running methods that a subclass may have."""
    if issubclass(type(thing), BaseException):  # its traceback leads to all variables of the functions that it has left
        return list(vars(BaseException)["args"].__get__(thing))
    return parts_of(thing)


def deep_container(run: Run, thing: Any, site: int, seen: dict[int, Any]) -> Any:
    """Return a deep copy of a dict or list. The real function iterates over it, item by item, and so does this one."""
    made: Any = type(thing)()
    seen[id(thing)] = made
    if type(thing) is list:
        for value in walk(thing, "", site):
            made.append(deep(run, value, site, seen))
    else:
        for key, value in walk(thing.items(), "", site):
            made[deep(run, key, site, seen)] = deep(run, value, site, seen)
    return made


OBJECTS_OWN = ("__new__", "__reduce__", "__reduce_ex__", "__getstate__", "__getattribute__")

COPYING = ("__copy__", "__deepcopy__", "__setstate__", "__getnewargs__", "__getnewargs_ex__")


def is_plain(thing: Any) -> bool:
    """Whether an object is copied field by field, because its class defines no other way."""
    kind = type(thing)
    return (
        kind not in copyreg.dispatch_table
        and all(getattr(kind, name) is getattr(object, name) for name in OBJECTS_OWN)
        and not any(hasattr(kind, name) for name in COPYING)
        and not hasattr(kind, "__getattr__")  # it may answer for the names above, too
        and "__deepcopy__" not in getattr(thing, "__dict__", ())
    )


def fields_of(thing: Any) -> list[str]:
    """Return the names of all fields of an object, including slots."""
    return [*getattr(thing, "__dict__", ()), *slots_of(thing)]


def slots_of(thing: Any) -> list[str]:
    """Return the names of all slots of an object that are set."""
    kind = type(thing)
    names = SLOTS.get(kind)
    if names is None:
        slots = ((name, value) for base in kind.__mro__ for name, value in vars(base).items())
        names = SLOTS[kind] = [name for name, value in slots if isinstance(value, types.MemberDescriptorType)]
    return [name for name in names if hasattr(thing, name)]


def read_field(run: Run, thing: Any, name: str, site: int) -> Any:
    """Return a field as a copy reads it: ignoring a property of the same name."""
    own = getattr(thing, "__dict__", {})
    if name not in own or holds_data(thing, name):
        return load(thing, name, site)
    return own[name]
