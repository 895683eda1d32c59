"""Where watched code reads and writes: the objects, containers and variables of one run, and their names."""

from __future__ import annotations

import contextlib
import gc
import sys
import types
import weakref
from collections import OrderedDict, deque
from enum import Enum
from typing import TYPE_CHECKING, Any

from .happens_before import SEVERAL, Place
from .identity import identity

if TYPE_CHECKING:
    from .run import Run

CONTAINERS = (dict, list, set, deque)

VIEWS = {type(getattr(kind(), name)()) for kind in (dict, OrderedDict) for name in ("keys", "values", "items")}

KEYS = (str, int, bool, float, bytes, type(None))
ADDRESSES = 1 << 32  # numbers from here on may be an id(), or a hash() that comes from one


def place_of(run: Run, thing: Any, name: str = "") -> Place:
    """Return the place of an object, a container or a scope. It is made at the first access."""
    found = run.made.get(identity(thing))
    if type(found) is Place:
        return found
    kind = type(thing)
    module = module_name(thing)
    if module:  # its attributes, and the items of globals(), are its variables
        place = place_of(run, sys.intern(module))
    elif kind is str:  # the variables of a module
        place = Place(run.serial(), thing, "", thing, True)
    elif kind is types.CellType:  # a variable of a function
        place = Place(run.serial(), "variables", "", thing, True)
    elif issubclass(kind, CONTAINERS):
        place = Place(run.serial(), name or kind.__name__, name or numbered(run, kind.__name__), thing, False)
    else:
        named = issubclass(kind, type | types.FunctionType)
        kind_name = thing.__name__ if named else kind.__name__
        label = kind_name if named else label_of(run, thing)
        place = Place(run.serial(), kind_name, label, thing, True)
        if issubclass(kind, UNKEPT):
            let_end(run, place)
        elif hasattr(kind, "__del__") or weakref.getweakrefcount(thing) > 1:  # one is that of the label
            let_end_if_told(run, thing, place)
    run.made[identity(thing)] = place
    return place


UNKEPT = (types.GeneratorType, types.FunctionType, BaseException)


def let_end(run: Run, place: Place) -> None:
    """Do not keep an object alive whose end may run code: a generator, or an exception that holds frames with one."""
    key, made = identity(place.what), run.made
    with contextlib.suppress(TypeError):  # most exceptions of Python itself allow no weak reference
        place.what = weakref.ref(place.what, lambda _: made.pop(key, None))


def let_end_if_told(run: Run, thing: Any, place: Place | None = None) -> None:
    """Do not keep an object alive whose end somebody is told of: its `__del__`, or who has a weak reference to it.

    The end is no step. So if several threads have touched the object, another might have ended it, and elsewhere: then
    the verdict names its class.
    """
    place = run.made.get(identity(thing)) if place is None else place
    kind = type(thing)
    if type(place) is not Place or place.what is not thing or issubclass(kind, type) or is_of_library(kind):
        return
    made = run.made

    def ended(_: object) -> None:
        for key in [key for key, found in made.items() if found is place]:  # its own, and that of its __dict__
            del made[key]
        if place.sole == SEVERAL and not run.over:
            run.name_unseen(f"the end of {kind.__name__}", "another thread may be the last to let go")

    with contextlib.suppress(TypeError):  # its class allows no weak reference
        place.what = weakref.ref(thing, ended)


def own_dict(thing: Any) -> Any:
    """Return the attributes of a thing itself, without running the model's own code: none, if it has only slots."""
    try:
        return object.__getattribute__(thing, "__dict__")
    except AttributeError:
        return {}


def is_of_library(kind: type) -> bool:
    """Whether a class belongs to the standard library."""
    return str(kind.__module__).partition(".")[0] in sys.stdlib_module_names


def module_name(thing: Any) -> str:
    """Return the name of a module, or of the module whose variables a dict holds, else ""."""
    if issubclass(type(thing), types.ModuleType):
        return str(thing.__name__)
    name = thing.get("__name__") if type(thing) is dict and "__builtins__" in thing else ""
    return name if type(name) is str else ""


def label_of(run: Run, thing: Any) -> str:
    """Return the name of an object in reports, without keeping the object alive."""
    known = run.labels.get(identity(thing))
    if known is not None and known[0]() is thing:
        return known[1]
    label = numbered(run, type(thing).__name__)
    with contextlib.suppress(TypeError):  # not weakly referenceable: it may get another name later
        run.labels[identity(thing)] = (weakref.ref(thing), label)
    return label


def numbered(run: Run, kind: str) -> str:
    """Return "Job#2" for the second Job that was touched."""
    count = run.names[kind, "object"] = run.names.get((kind, "object"), 0) + 1
    return f"{kind}#{count}"


def key_of(key: Any) -> Any:
    """Return what identifies a key, or None: the access counts for the whole container.

    An object's id() is none, because it differs from run to run: no later run would come to the place that an earlier
    one has found to matter.
    """
    plain = plain_key(key)
    return None if type(plain) is not str and is_address(plain) else plain  # first what is most frequent


def plain_key(key: Any) -> Any:
    """Return a key as a report shows it, or None: it is no plain value."""
    if issubclass(type(key), Enum):
        return plain_key(key.value)
    if type(key) is tuple and all(type(item) in KEYS for item in key):
        return key
    return key if type(key) in KEYS and key is not None else None


def is_address(key: Any) -> bool:
    """Whether a key may be the address of an object, or a tuple with one."""
    if type(key) is int:
        return not -ADDRESSES < key < ADDRESSES
    return type(key) is tuple and any(map(is_address, key))


def record(run: Run, place: Place, mode: str, shown: str, value: Any) -> None:
    """Record an access, if this run is recorded."""
    if run.recorder is not None:
        if place.by_key:
            run.recorder.access(run, place.label + shown, mode, value, f"one value {place.label}{shown}")
        else:
            run.recorder.item(run, place.label, shown, mode, value, place.what)


def spot(run: Run, thing: Any, key: Any, text: str) -> tuple[Place, Any, str]:
    """Return the place of a container, and its key: as the engine compares it, and as a report shows it."""
    if type(thing) in (list, deque) and type(key) is int and key < 0:
        key += len(thing)
    plain, compared = plain_key(key), key_of(key)
    place = place_of(run, thing, name_of(text))
    if place.by_key and plain is not None:  # the __dict__ of an object
        return place, compared, f".{plain}"
    shown = f"[{plain!r}]" if plain is not None else "[:]" if type(key) is slice else "[…]"
    return place, compared, shown


def name_of(text: str) -> str:
    """Return the source text of a container if it is a plain name, or "", because then its kind is a better name."""
    return text if text.isidentifier() else ""


def is_container(thing: Any) -> bool:
    """Whether the items of `thing` are watched. Avoids isinstance, which may run the model's own code."""
    return issubclass(type(thing), CONTAINERS)


def container_of(thing: Any) -> Any:
    """Return the container behind a container or a view of a dict, else None."""
    if is_container(thing):
        return thing
    if type(thing) in VIEWS:
        return gc.get_referents(thing)[0]
    return None
