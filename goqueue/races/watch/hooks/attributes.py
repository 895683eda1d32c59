"""Hooks for attributes: reading, writing and deleting one; and the check that locks and events were made in the run."""

from __future__ import annotations

import contextlib
import functools
import gc
import queue
import sys
import threading
import types
from collections import Counter, OrderedDict, defaultdict
from enum import Enum
from typing import Any, Generic, TypeVar

from ...doubles.factories import BY_IDENTITY
from ...doubles.locks import Lock, RLock
from ...doubles.stage.snapshots import Contents, Snapshots
from ...doubles.stand_ins import BUILT_ON, REAL_SIMPLE_QUEUE, controlled, innermost, queue_of, run_of
from ...doubles.thread_locals import LocalReference
from ...engine.active import Active, here
from ...engine.carrying import get_ident
from ...engine.ends.ending import REAL_LOCKS
from ...engine.happens_before import Place
from ...engine.identity import identity
from ...engine.places import CONTAINERS, is_of_library, own_dict, place_of, record
from ...engine.run import Run
from ...engine.sources import WATCHED
from ...engine.words import PLAIN, READ, WRITE, Mode
from ..objects import fields_in_c, kinds, linked
from ..objects.fields_in_c import DESCRIPTORS, decides, tell
from ..objects.unwatched import is_memory
from ..objects.weak import PROXIES, followed
from . import callbacks, sections, shadowing
from .library import generated
from .opaque import of_opaque, place_of_opaque
from .shadowing import declared

LOCKS = frozenset({*REAL_LOCKS, Lock, RLock})

# What threads wait for.
WAITED_FOR = frozenset({*LOCKS, *BUILT_ON, REAL_SIMPLE_QUEUE, threading.local}) | {
    queue.LifoQueue, queue.PriorityQueue, threading.BoundedSemaphore
}  # fmt: skip

# The attributes of these kinds need a second look, even when they hold no data.
SPECIAL = WAITED_FOR | set(CONTAINERS) | {Counter, OrderedDict, defaultdict}

# Whether an attribute of a class holds data. Filled as code runs. Emptied now and then, because it keeps classes alive.
DATA: dict[tuple[type, str], bool | str] = {}

# In DATA, besides True and False:
CACHED = "cached"  # a cached_property, whose value is computed at the first read
IN_C = "in C"  # a descriptor, which comes before what the object itself or its class keeps under the name
BY_VALUE = "by value"  # of a class or a module: the value decides whether it is data
ONLY_ONE = "only one"  # the content of a cell, which code names as its variable

# Attributes of a class that are data, and whose setting nothing else depends on. Filled and emptied like DATA.
PLAINLY_SET: set[tuple[type, str]] = set()

T = TypeVar("T")


class Of(Generic[T]):
    """A class of which there are aliases: Of[int]."""


ALIASES: tuple[Any, ...] = (types.GenericAlias, type(Of[int]))

# Names in modules -> functions and classes that need no stand-in. Filled and emptied like DATA.
FIXED: dict[str, Any] = {}

LEADING: set[type] = {*PROXIES, *ALIASES}  # whose attributes are another object's; `calls` adds the lab's stand-ins

CLASS_OR_MODULE = (type, types.ModuleType)

ABSENT = object()
LOCKED_CACHES = sys.version_info < (3, 12)  # a cached_property holds a lock while it computes its value


def forget() -> None:
    """Forget all classes."""
    DATA.clear()
    PLAINLY_SET.clear()
    FIXED.clear()
    kinds.HOW.clear()
    kinds.STEPLESS_METHODS.clear()
    kinds.STEPLESS_CLASSES.clear()
    linked.KNOWN.clear()
    fields_in_c.KNOWN.clear()
    callbacks.KNOWN.clear()
    generated.restore()


def holds_data(thing: Any, name: str) -> bool:
    """Whether `thing.name` is the object's own data: not a method, a property, or what a class or module defines."""
    kind = type(thing)
    known = DATA.get((kind, name))
    if known is None:
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


def read(run: Run, thing: Any, name: str, site: int) -> Place:
    """`thing.name` is about to be read. If the thing has no such attribute, its class's is read."""
    place = place_of(run, thing)
    run.access(place, READ, key_of(thing, name), PLAIN, site, "." + name)
    if DATA.get((type(thing), name)) is not IN_C:
        read_from_class(run, thing, name, site)
    return place


def read_from_class(run: Run, thing: Any, name: str, site: int) -> None:
    """If the thing itself has no such attribute, its class's is read: the first that there is, or may be one day."""
    run.current.joined = ((place_of(run, thing).serial, READ, name),)
    for base in looked_through(thing, name):
        place = place_of(run, base)
        run.access(place, READ, name, PLAIN, site, "." + name)
        run.current.joined = (*run.current.joined, (place.serial, READ, name))
    run.current.joined = ()


def looked_through(thing: Any, name: str) -> list[Any]:
    """Return the classes in which Python looks for `thing.name`, up to the one that has it. The library's stay."""
    if name in own_dict(thing):
        return []
    found: list[Any] = []
    for base in classes_of(thing):
        if name in base.__dict__:
            return [] if isinstance(base.__dict__[name], DESCRIPTORS) else [*found, base]
        if not is_of_library(base):
            found.append(base)
    return found


def key_of(thing: Any, name: str) -> str | None:
    """Return what identifies a field. A cell has one, which code names as its variable."""
    return None if type(thing) is types.CellType else name


def load(thing: Any, name: str, site: int) -> Any:
    """thing.name"""
    run = Active.run  # half of all hook calls come here, so this calls little, and what is most frequent comes first
    kind = type(thing)
    if run is None or run.ident != get_ident():
        return getattr(thing, name)
    known = DATA.get((kind, name))
    if known is True:
        place = run.made.get(identity(thing))
        if type(place) is not Place:
            place = place_of(run, thing)
        run.access(place, READ, name, PLAIN, site, "." + name)
        if name not in own_dict(thing):
            read_from_class(run, thing, name, site)
        value = getattr(thing, name)
    elif known is BY_VALUE and kind is types.ModuleType and FIXED.get(name, ABSENT) is vars(thing).get(name):
        run.open_section()
        return FIXED[name]
    elif known is False and kind not in SPECIAL:
        if run.current.section is not None:
            sections.look_inside(run, kind, name)
        return getattr(thing, name)
    elif holds_data(thing, name):
        place = read(run, thing, name, site)
        value = getattr(thing, name) if DATA.get((kind, name)) is not CACHED else compute(run, place, thing, name, site)
    else:
        return load_other(run, thing, name, site)
    if type(value) in CONTAINERS and identity(value) not in run.made:
        if kind is types.ModuleType and value is not sys.modules:
            Snapshots.take(value, Contents)
        place_of(run, value, f"{place.label}.{name}")
    if run.recorder is not None:
        record(run, place, READ, "." + name, value)
    return value


def led_to(run: Run, thing: Any, name: str) -> Any:
    """Return what has an attribute: what a weak proxy leads to, the function of a stand-in, the class of an alias."""
    kind = type(thing)
    if kind in ALIASES:
        return thing if name in own_dict(thing) or hasattr(kind, name) else thing.__origin__
    return followed(run, thing) if kind in PROXIES else thing.function


def load_other(run: Run, thing: Any, name: str, site: int) -> Any:
    """thing.name, which is no data: a method, a property, the dict of all attributes, or what to wait for"""
    from .calls import called, stands_in  # imported here, because calls imports this file

    if type(thing) not in CONTAINERS and type(thing) not in LOCKS:
        run.open_section()
    if type(thing) is types.ModuleType and name != "__dict__":
        return load_of_module(thing, name, site)
    if type(thing) in LEADING and (owner := led_to(run, thing, name)) is not thing:
        return load(owner, name, site)
    getter = getter_in_c(type(thing), name)
    if getter is not None:
        return called(getter, "", site)(thing)
    if is_opaque_property(type(thing), name):
        return of_opaque(run, thing, name, functools.partial(getattr, thing, name), site, (), {}, READ)
    if type(thing) is super:
        read_by_super(run, thing, name, site)
    if is_memory(type(thing)) and name != "__dict__":
        touch_memory(run, thing, READ, site)
    if type(thing) in WAITED_FOR or issubclass(type(thing), threading.local):
        thing = in_this_run(run, thing)
        if type(thing) is threading.Condition and name in ("acquire", "release"):  # its own, of the real lock
            thing = controlled(run, thing._lock)  # type: ignore[attr-defined]
    value = getattr(thing, name)
    if name == "__dict__" and type(value) in (dict, types.MappingProxyType):
        run.access(place_of(run, thing), READ, name, PLAIN, site, "." + name)
        value = getattr(thing, name)
        items = gc.get_referents(value)[0] if type(value) is types.MappingProxyType else value
        run.made.setdefault(identity(items), place_of(run, thing))  # its items are the attributes
    made = stands_in(value, "", site)  # because a call from elsewhere is a step as well
    if made is not value:
        DATA[type(thing), name] = ""  # so the next one gets a stand-in, too
    return made


def load_of_module(module: Any, name: str, site: int) -> Any:
    """module.name, which is no data: a function or a class"""
    from .calls import stands_in  # imported here, because calls imports this file

    value = getattr(module, name)
    made = stands_in(BY_IDENTITY.get(identity(value), value), "", site)  # datetime.datetime has a double
    if made is value:
        FIXED[name] = value
    return made


def read_by_super(run: Run, thing: Any, name: str, site: int) -> None:
    """super().name: what the next class has under the name is read, if it is data."""
    kinds_around = thing.__self_class__.__mro__
    for base in kinds_around[kinds_around.index(thing.__thisclass__) + 1 :]:
        if name in base.__dict__:
            if not behaves(base.__dict__[name]):
                run.access(place_of(run, base), READ, name, PLAIN, site, "." + name)
            return


def compute(run: Run, place: Place, thing: Any, name: str, site: int) -> Any:
    """Do what a cached_property does: look, compute, keep. Between these, others may move.

    Before Python 3.12, it takes a lock if it has found nothing, and looks again.
    """
    own, field = thing.__dict__, getattr(type(thing), name)
    value = own.get(name, ABSENT)
    if value is not ABSENT:
        return value
    with in_this_run(run, field.lock) if LOCKED_CACHES else contextlib.nullcontext():
        if LOCKED_CACHES:
            run.access(place, READ, name, PLAIN, site, "." + name)
            value = own.get(name, ABSENT)
        if value is ABSENT:
            value = field.func(thing)
            run.access(place, WRITE, name, PLAIN, site, "." + name)
            own[name] = value
    return value


def store(value: Any, thing: Any, name: str, site: int) -> None:
    """thing.name = value"""
    run = here()
    kind = type(thing)
    plainly = (kind, name) in PLAINLY_SET
    if run is None or not (plainly or is_set_here(thing, name)):
        if run is not None and kind in LEADING and (owner := led_to(run, thing, name)) is not thing:
            store(value, owner, name, site)
            return
        if run is not None:
            run.open_section()
            store_other(run, thing, name, site, value)
        setattr(thing, name, value)
        return
    place = place_of(run, thing)
    run.access(place, WRITE, key_of(thing, name), PLAIN, site, "." + name)
    if not plainly and not tell_what_decides(run, thing, name, value) and DATA.get((kind, name)) is True:
        PLAINLY_SET.add((kind, name))
    setattr(thing, name, value)
    record(run, place, WRITE, "." + name, value)


def is_set_here(thing: Any, name: str) -> bool:
    """Whether `thing.name = …` sets data, and not by watched code, which calls object.__setattr__: a step there."""
    kind = type(thing)
    if in_watched_code(kind.__setattr__):
        return False
    of_class = issubclass(kind, type) and not is_property_of_class(kind, name)
    return holds_data(thing, name) or of_class or is_hidden(kind, name)


def is_property_of_class(kind: type, name: str) -> bool:
    """Whether a metaclass has a property of this name: its code is watched, and the class itself keeps nothing."""
    return type(declared(kind, name)) is property


def is_hidden(kind: type, name: str) -> bool:
    """Whether an attribute is data that watched code reads in its own way, but that is set in the usual way."""
    return in_watched_code(kind.__getattribute__) and is_field(kind, name)


def store_other(run: Run, thing: Any, name: str, site: int, value: Any) -> None:
    """thing.name = value, which is no data"""
    kind = type(thing)
    if is_memory(kind) and name != "__dict__":
        touch_memory(run, thing, WRITE, site)
    elif issubclass(kind, threading.local):
        run.retire_carrier()
    elif is_opaque_property(kind, name):
        of_opaque(run, thing, name, tuple, site, (), {}, WRITE)
    elif name == "__dict__":
        if type(value) is dict:  # other objects may have the same one
            run.together([(place_of(run, thing), WRITE), (place_of(run, value), WRITE)], site)
            run.made[identity(thing)] = place_of(run, value)
        else:
            run.access(place_of(run, thing), WRITE, None, PLAIN, site, "")
    elif not in_watched_code(kind.__setattr__):
        tell_what_decides(run, thing, name, value)


def tell_what_decides(run: Run, thing: Any, name: str, value: Any = None) -> bool:
    """Let the verdict name what is about to be set or deleted, if it is read where no code names it: return whether."""
    kind = type(thing)
    if issubclass(kind, CLASS_OR_MODULE) and is_property_of_class(kind, name):
        return False
    if issubclass(kind, CLASS_OR_MODULE):
        old = vars(holder_of(thing, name)).get(name)
        slot = declared(thing, name) if issubclass(kind, type) else None  # of a base: it will be hidden
        needed = any(behaves(one) for one in (old, slot, value))
    else:
        found = declared(kind, name)
        shadowing.hide(kind, [name])
        needed = shadowing.may_be_hidden(found) and not shadowing.is_watched(found)
    needed = needed or decides(kind, name)
    if needed:
        tell(run, thing, name)
    return needed


def remove(thing: Any, name: str, site: int) -> None:
    """del thing.name"""
    run = here()
    if run is not None and type(thing) in LEADING and type(thing) not in ALIASES:
        thing = led_to(run, thing, name)
    if run is not None:
        run.open_section()
    if run is not None and not in_watched_code(type(thing).__delattr__):
        if holds_data(thing, name) or is_hidden(type(thing), name):
            run.access(place_of(run, thing), WRITE, key_of(thing, name), PLAIN, site, "." + name)
        tell_what_decides(run, thing, name)
    delattr(thing, name)


def by_object(run: Run, thing: Any, way: str, do: Any, site: int, args: tuple[Any, ...]) -> Any:
    """object.__getattribute__(thing, name), object.__setattr__(thing, name, value), object.__delattr__(thing, name)"""
    name = args[0]
    kind = type(thing)
    if not (isinstance(name, str) and (is_field(kind, name) or holds_data(thing, name) or issubclass(kind, type))):
        value = do(*args)
        if name == "__dict__" and type(value) is dict:
            run.made.setdefault(identity(value), place_of(run, thing))
        if way != "__getattribute__":
            tell_what_decides(run, thing, name, args[-1])
        return value
    place, mode = place_of(run, thing), READ if way == "__getattribute__" else WRITE
    if is_memory(type(thing)):
        touch_memory(run, thing, mode, site)
    elif mode is READ:
        read(run, thing, name, site)
    else:
        run.access(place, mode, key_of(thing, name), PLAIN, site, "." + name)
    if way != "__getattribute__":
        tell_what_decides(run, thing, name, args[-1])
    value = do(*args)
    record(run, place, mode, "." + name, args[1] if way == "__setattr__" else value)
    return value


def by_descriptor(run: Run, field: Any, way: str, do: Any, site: int, args: tuple[Any, ...]) -> Any:
    """Thing.size.__get__(thing), Thing.size.__set__(thing, value), Thing.size.__delete__(thing)"""
    thing, mode = args[0], READ if way == "__get__" else WRITE
    if is_memory(type(thing)):
        touch_memory(run, thing, mode, site)
    else:
        run.access(place_of(run, thing), mode, field.__name__, PLAIN, site, "." + field.__name__)
    return do(*args)


def touch_memory(run: Run, thing: Any, mode: Mode, site: int) -> None:
    """An object of ctypes is read or written: it, and the memory, which other objects may show as well."""
    run.together([(place_of_opaque(run, thing), mode), (place_of(run, thing), mode)], site)


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
