"""copy.deepcopy in steps: like the real one, it reads the fields of an object one after the other.

Objects whose class defines another way to copy them are copied by the real function. Each line of that function is a
step that reads all that the object leads to.
"""

from __future__ import annotations

import copy
import copyreg
import gc
import types
from collections.abc import Iterable
from dataclasses import is_dataclass
from typing import Any

from ..engine.places import is_container, place_of
from ..engine.run import Run
from ..engine.words import READ
from .attributes import holds_data, load
from .callbacks import Touched
from .containers import walk
from .kinds import PLAIN, how
from .library_code import line_by_line

MOST_REACHED = 1_000  # objects that one call may read


def deep(run: Run, thing: Any, site: int, seen: dict[int, Any]) -> Any:
    """Return what copy.deepcopy would, reading the fields of an object one after the other."""
    if id(thing) in seen:
        return seen[id(thing)]
    kind = type(thing)
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
    for name in fields_of(thing):
        value = deep(run, read_field(run, thing, name, site), site, seen)
        if name in getattr(thing, "__dict__", ()):
            made.__dict__[name] = value
        else:
            setattr(made, name, value)
    return made


def copied_otherwise(run: Run, thing: Any, site: int, seen: dict[int, Any]) -> Any:
    """Return what the real copy.deepcopy makes of an object."""
    touched = reached(run, [thing])
    if not touched:
        return copy.deepcopy(thing, seen)
    run.together(touched, site)
    return line_by_line(run, copy.deepcopy, touched, site)(thing, seen)


def reached(run: Run, things: Iterable[Any]) -> Touched:
    """Return reads of all containers and objects to which things lead, because a call reads them to the bottom."""
    found: dict[int, Any] = {}
    left = list(things)
    while left and len(found) < MOST_REACHED:
        thing = left.pop()
        kind = type(thing)
        if id(thing) in found or issubclass(kind, type | types.ModuleType | types.FunctionType):
            continue
        if kind in (tuple, frozenset):
            left += thing
        elif is_container(thing):
            found[id(thing)] = thing
            left += gc.get_referents(thing)
        elif (how(kind, "__init__") is PLAIN or is_dataclass(kind)) and kind.__module__ not in (
            "builtins",
            "threading",
            "_thread",
        ):
            own = fields_of(thing)
            if own:
                found[id(thing)] = thing
                left += [getattr(thing, "__dict__", {}).get(name) for name in own]
    return [(place_of(run, thing), READ) for thing in found.values()]


def containers_below(run: Run, thing: Any) -> Touched:
    """Return reads of all containers that a container or a tuple holds, however deep."""
    found: dict[int, Any] = {}
    left = [thing]
    while left and len(found) < MOST_REACHED:
        for value in gc.get_referents(left.pop()):  # without running methods that a subclass may have
            if type(value) is tuple:
                left.append(value)
            elif is_container(value) and value is not thing and id(value) not in found:
                found[id(value)] = value
                left.append(value)
    return [(place_of(run, value), READ) for value in found.values()]


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
    slots = [
        name
        for base in type(thing).__mro__
        for name, value in vars(base).items()
        if isinstance(value, types.MemberDescriptorType) and hasattr(thing, name)
    ]
    return [*getattr(thing, "__dict__", ()), *slots]


def read_field(run: Run, thing: Any, name: str, site: int) -> Any:
    """Return a field as a copy reads it: ignoring a property of the same name."""
    own = getattr(thing, "__dict__", {})
    if name not in own or holds_data(thing, name):
        return load(thing, name, site)
    return own[name]
