"""Whether an attribute is data: what an object holds, and no method, property, or what a class or module defines."""

from __future__ import annotations

import functools
import threading
import types
from enum import Enum
from typing import Any, Generic, TypeVar

from ...doubles.thread_locals import LocalReference
from ...engine.places import own_dict
from ...engine.sources import WATCHED
from ..objects import kinds
from ..objects.fields_in_c import DESCRIPTORS
from ..objects.unwatched import is_memory
from ..objects.weak import PROXIES
from . import shadowing
from .library import generated
from .shadowing import declared

# Whether an attribute of a class holds data. Filled as code runs. Emptied now and then, because it keeps classes alive.
DATA: dict[tuple[type, str], bool | str] = {}

# In DATA, besides True and False:
CACHED = "cached"  # a cached_property, whose value is computed at the first read
IN_C = "in C"  # a descriptor, which comes before what the object itself or its class keeps under the name
BY_VALUE = "by value"  # of a class or a module: the value decides whether it is data
ONLY_ONE = "only one"  # the content of a cell, which code names as its variable

T = TypeVar("T")


class Of(Generic[T]):
    """A class of which there are aliases: Of[int]."""


ALIASES: tuple[Any, ...] = (types.GenericAlias, type(Of[int]))

LEADING: set[type] = {*PROXIES, *ALIASES}  # whose attributes are another object's; `calls` adds the lab's stand-ins

CLASS_OR_MODULE = (type, types.ModuleType)


def holds_data(thing: Any, name: str) -> bool:
    """Whether `thing.name` is the object's own data: not a method, a property, or what a class or module defines."""
    kind = type(thing)
    known = DATA.get((kind, name))
    if known is None:
        from .attributes import load  # imported here, because attributes imports this file

        generated.replace_methods(kind, load)
        known = DATA[kind, name] = _holds_data(kind, name)
    if known is BY_VALUE:
        holder = holder_of(thing, name)
        value = holder.__dict__.get(name)  # None if there is none yet
        return not (behaves(value) or issubclass(type(value), types.ModuleType | Enum))
    return bool(known)


def _holds_data(kind: type, name: str) -> bool | str:
    if name == "__dict__" or kind in LEADING or is_memory(kind) or kinds.how_in_c(kind, name) is not kinds.PLAIN:
        return ""  # not data, but it needs a second look each time
    if in_watched_code(kind.__getattribute__):
        return False
    if not is_field(kind, name):
        if shadowing.is_looked_for(kind, name, declared(kind, name)):
            return True
        if getter_in_c(kind, name) is not None or kind is super:
            return ""
        return False if kinds.how(kind, name) is kinds.PLAIN else ""  # as a value, it needs a stand-in each time
    found = declared(kind, name)
    if type(found) in DESCRIPTORS:
        return IN_C
    if is_cached(found):
        return CACHED
    return BY_VALUE if issubclass(kind, CLASS_OR_MODULE) else ONLY_ONE if kind is types.CellType else True


def getter_in_c(kind: type, name: str) -> Any:
    """Return the function of a property that is not written in Python, such as an attrgetter, or None."""
    found = declared(kind, name)
    getter = found.fget if type(found) is property else None
    return None if type(getter) is types.FunctionType else getter


def is_opaque_property(kind: type, name: str) -> bool:
    """Whether an attribute is a property in Python of a class of the library, whose object has state."""
    return type(declared(kind, name)) is property and kinds.how(kind, name) is kinds.OPAQUE


def behaves(value: Any) -> bool:
    """Whether a value is called, or answers for itself when it is looked up: a method, a property, a class."""
    return callable(value) or hasattr(type(value), "__get__")


def in_watched_code(method: Any) -> bool:
    """Whether a special method for attributes is watched code: what it touches is a step there."""
    code = getattr(method, "__code__", None)
    return code is not None and (code.co_filename in WATCHED or code.co_filename.startswith("<"))


def is_field(kind: type, name: str) -> bool:
    """Whether the attribute of an object is data, unless the class or module that defines it says otherwise."""
    if name in ("__dict__", "__class__", "__weakref__") or issubclass(kind, super | threading.local | LocalReference):
        return False
    found = declared(kind, name)
    if type(found) is property:
        return is_of_calm_object(found)
    return is_cached(found) or isinstance(found, DESCRIPTORS) or not hasattr(type(found), "__get__")


def is_of_calm_object(found: property) -> bool:
    """Whether a property is that of an object which the lab controls otherwise: the name of a thread, for example."""
    return found.fset is not None and getattr(found.fset, "__module__", "") in ("threading", "logging")


def is_cached(found: Any) -> bool:
    """Whether what a class keeps is a cached_property, whose value is kept among the object's own data."""
    return getattr(type(found), "__get__", None) is functools.cached_property.__get__


def classes_of(thing: Any) -> tuple[type, ...]:
    """Return the classes in which Python looks for what a thing itself has not: of a class, its bases come first."""
    kind = type(thing)
    of_class: tuple[type, ...] = thing.__mro__[1:] if issubclass(kind, type) else ()
    return of_class + kind.__mro__


def holder_of(thing: Any, name: str) -> Any:
    """Return the owner of `thing.name`: the thing itself or, if it has no such attribute, the class that has one."""
    if name not in own_dict(thing):
        for base in classes_of(thing):
            if name in base.__dict__:
                return thing if isinstance(base.__dict__[name], DESCRIPTORS) else base
    return thing
