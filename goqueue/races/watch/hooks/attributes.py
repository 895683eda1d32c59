"""Hooks for attributes: reading, writing and deleting one."""

from __future__ import annotations

import contextlib
import functools
import gc
import sys
import threading
import types
from collections import Counter, OrderedDict, defaultdict
from typing import Any

from ...doubles.factories import BY_IDENTITY
from ...doubles.stage.snapshots import Contents, Snapshots
from ...doubles.stand_ins import controlled
from ...engine.active import Active, here
from ...engine.carrying import get_ident
from ...engine.happens_before import Place
from ...engine.identity import identity
from ...engine.places import CONTAINERS, is_of_library, own_dict, place_of, record
from ...engine.run import Run
from ...engine.words import PLAIN, READ, WRITE, Mode
from ..objects import fields_in_c, kinds, linked
from ..objects.fields_in_c import DESCRIPTORS, decides, tell
from ..objects.unwatched import is_memory
from ..objects.weak import PROXIES, followed
from . import callbacks, sections, shadowing
from .data_attributes import (
    ALIASES,
    BY_VALUE,
    CACHED,
    CLASS_OR_MODULE,
    DATA,
    IN_C,
    LEADING,
    behaves,
    classes_of,
    getter_in_c,
    holder_of,
    holds_data,
    in_watched_code,
    is_field,
    is_opaque_property,
)
from .library import generated
from .opaque import of_opaque, place_of_opaque
from .shadowing import declared
from .waited_for import LOCKS, WAITED_FOR, in_this_run

# The attributes of these kinds need a second look, even when they hold no data.
SPECIAL = WAITED_FOR | set(CONTAINERS) | {Counter, OrderedDict, defaultdict}

# Attributes of a class that are data, and whose setting nothing else depends on. Filled and emptied like DATA.
PLAINLY_SET: set[tuple[type, str]] = set()

# Names in modules -> functions and classes that need no stand-in. Filled and emptied like DATA.
FIXED: dict[str, Any] = {}

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
