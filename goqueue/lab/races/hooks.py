"""What watched code calls at each access: tell the run, let it choose who goes on, then do what the code asked for.

Each hook does exactly what the plain code would do, and in other threads nothing else. One call of a container's
method is one step, since that is what it is in Python; a loop over a container is a step for each item.
"""

from __future__ import annotations

import _thread
import builtins
import copy
import copyreg
import dataclasses
import gc
import queue
import random
import threading
import types
from _thread import get_ident
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

from .happens_before import Place
from .primitives import Lock, RLock, outside
from .recorder import short
from .rewriting import HOOK
from .scheduler import Active, Run, here
from .sources import WATCHED

CONTAINERS = (dict, list, set, deque)
VIEWS = {type(getattr(kind(), name)()) for kind in (dict, OrderedDict) for name in ("keys", "values", "items")}
KEYS = (str, int, bool, float, bytes, type(None))
READS = {"get", "copy", "count", "index", "isdisjoint", "issubset", "issuperset", "union", "intersection", "difference"}
READING = {"math", "operator", "_operator", "statistics", "json", "itertools", "functools", "_functools", "pprint"}
NEITHER = {"keys", "values", "items"}  # a view is made; nothing is read yet
REAL_LOCKS = (type(_thread.allocate_lock()), type(_thread.RLock()))
# What threads wait for: how to call it, and where it keeps its lock, or what it is built on.
WAITED_FOR: dict[Any, tuple[str, str]] = {
    **dict.fromkeys((*REAL_LOCKS, Lock, RLock), ("a lock", "")),
    queue.SimpleQueue: ("a SimpleQueue", ""),
    **dict.fromkeys((queue.Queue, queue.LifoQueue, queue.PriorityQueue), ("a Queue", "mutex")),
    threading.Condition: ("a Condition", "_lock"),
    threading.Event: ("an Event", "_cond"),
    **dict.fromkeys((threading.Semaphore, threading.BoundedSemaphore), ("a Semaphore", "_cond")),
    threading.Barrier: ("a Barrier", "_cond"),
    threading.local: ("", ""),
}

# Whether an attribute of a class holds data. Filled as code runs, and emptied now and then: it keeps classes alive.
DATA: dict[tuple[type, str], bool] = {}


# -- places ---------------------------------------------------------------------------------------------


def place_of(run: Run, thing: Any, name: str = "") -> Place:
    """Return the place of an object, a container or a scope; make it at the first access."""
    found = run.made.get(id(thing))
    if type(found) is Place:
        return found
    kind = type(thing)
    if kind is str:  # the variables of a module, or of a scope that began before
        place = Place(run.serial(), thing, "", thing, True)
    elif kind is Scope:
        place = Place(run.serial(), "variables", "", thing, True)
    elif issubclass(kind, CONTAINERS):
        place = Place(run.serial(), name or kind.__name__, name or numbered(run, kind.__name__), thing, False)
    else:
        named = issubclass(kind, type | types.ModuleType)
        kind_name = thing.__name__ if named else kind.__name__
        label = kind_name if named else numbered(run, kind_name)
        place = Place(run.serial(), kind_name, label, thing, True)
    run.made[id(thing)] = place
    return place


def numbered(run: Run, kind: str) -> str:
    """Return "Job#2" for the second Job that was touched."""
    count = run.names[kind, "object"] = run.names.get((kind, "object"), 0) + 1
    return f"{kind}#{count}"


class Scope:
    """One call of a function whose variables an inner function captures."""

    __slots__ = ()


def key_of(key: Any) -> Any:
    """Return what tells one key from another, or None: all of the container."""
    if issubclass(type(key), Enum):
        return key_of(key.value)
    if type(key) is tuple and all(type(item) in KEYS for item in key):
        return key
    return key if type(key) in KEYS and key is not None else None


def record(run: Run, place: Place, mode: str, shown: str, site: int, value: Any) -> None:
    """Write an access down, where somebody will read it."""
    if run.recorder is not None:
        if place.by_key:
            run.recorder.access(run, place.label + shown, mode, value, f"one value {place.label}{shown}")
        else:
            run.recorder.item(run, place.label, shown, mode, value, place.what)


# -- attributes ------------------------------------------------------------------------------------------


def holds_data(thing: Any, name: str) -> bool:
    """Whether `thing.name` is data of its own: not a method, a property, or what a class or module defines."""
    kind = type(thing)
    known = DATA.get((kind, name))
    if known is None:
        known = DATA[kind, name] = _holds_data(kind, name)
    if known and issubclass(kind, type | types.ModuleType):
        value = thing.__dict__.get(name, print)
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


def load(thing: Any, name: str, site: int) -> Any:
    """thing.name"""
    run = Active.run  # half of all that watched code does is this, so here() is written out, and methods come first
    kind = type(thing)
    if run is None or run.ident != get_ident() or (DATA.get((kind, name)) is False and kind not in WAITED_FOR):
        return getattr(thing, name)
    if not holds_data(thing, name):
        if kind in WAITED_FOR:
            check_made_here(run, thing)
        return getattr(thing, name)
    place = place_of(run, thing)
    run.access(place, "r", name, "plain", site, "." + name)
    value = getattr(thing, name)
    if type(value) in CONTAINERS and id(value) not in run.made:
        place_of(run, value, f"{place.label}.{name}")
    if run.recorder is not None:
        record(run, place, "r", "." + name, site, value)
    return value


def store(value: Any, thing: Any, name: str, site: int) -> None:
    """thing.name = value"""
    run = here()
    if run is None or not holds_data(thing, name):
        if run is not None and type(thing) is threading.local:
            run.retire_carrier()
        setattr(thing, name, value)
        return
    place = place_of(run, thing)
    run.access(place, "w", name, "plain", site, "." + name)
    setattr(thing, name, value)
    record(run, place, "w", "." + name, site, value)


def remove(thing: Any, name: str, site: int) -> None:
    """del thing.name"""
    run = here()
    if run is not None and holds_data(thing, name):
        run.access(place_of(run, thing), "w", name, "plain", site, "." + name)
    delattr(thing, name)


# -- variables -------------------------------------------------------------------------------------------


def scope() -> Scope:
    """A function begins whose variables are captured."""
    return Scope()


def touch(token: Any, name: str, site: int) -> None:
    """A variable is about to be read. Returns None: the code says `touch(…) or name`."""
    run = here()
    if run is not None:
        place = place_of(run, token)
        run.access(place, "r", name, "plain", site, name)
        if run.recorder is not None:
            value = run.values.get((place.serial, name), UNKNOWN)
            run.recorder.access(run, name, "r", value, f"one value {name}")


def write(value: Any, token: Any, name: str, site: int) -> Any:
    """A variable is about to be written. Returns the value: the code says `name = write(value, …)`."""
    run = here()
    if run is not None:
        place = place_of(run, token)
        run.access(place, "w", name, "plain", site, name)
        if run.recorder is not None:
            run.values[place.serial, name] = value
        record(run, place, "w", name, site, value)
    return value


class Unknown:
    """The value of a variable that was not written while it was watched."""

    __name__ = "(not known)"

    def __call__(self) -> None:
        """Be shown by name."""


UNKNOWN = Unknown()


# -- items -----------------------------------------------------------------------------------------------


def spot(run: Run, thing: Any, key: Any, text: str) -> tuple[Place, Any, str]:
    """Return the place of a container, its key as the engine compares it, and as a report shows it."""
    if type(thing) in (list, deque) and type(key) is int and key < 0:
        key += len(thing)
    compared = key_of(key)
    shown = f"[{compared!r}]" if compared is not None else "[:]" if type(key) is slice else "[…]"
    return place_of(run, thing, name_of(text)), compared, shown


def name_of(text: str) -> str:
    """Return the source text of a container if it is a plain name: else its kind is a better name."""
    return text if text.isidentifier() else ""


def item(thing: Any, key: Any, text: str, site: int) -> Any:
    """thing[key]"""
    run = here()
    if run is None or not is_container(thing):
        return thing[key]
    place, compared, shown = spot(run, thing, key, text)
    run.access(place, "r", compared, "call" if type(key) is slice else "plain", site, shown)
    value = thing[key]
    record(run, place, "r", shown, site, value)
    return value


def put(value: Any, thing: Any, key: Any, text: str, site: int) -> None:
    """thing[key] = value"""
    run = here()
    if run is None or not is_container(thing):
        thing[key] = value
        return
    place, compared, shown = spot(run, thing, key, text)
    is_new = issubclass(type(thing), dict) and (compared is None or not dict.__contains__(thing, compared))
    sort = "insert" if is_new else "call" if type(key) is slice else "plain"
    run.access(place, "w", None if is_new else compared, sort, site, shown)
    thing[key] = value
    record(run, place, "w", shown, site, value)


def drop(thing: Any, key: Any, text: str, site: int) -> None:
    """del thing[key]"""
    run = here()
    if run is not None and is_container(thing):
        place, _, shown = spot(run, thing, key, text)
        run.access(place, "w", None, "insert", site, shown)
    del thing[key]


def contains(key: Any, thing: Any, text: str, site: int) -> bool:
    """key in thing"""
    run = here()
    if run is None or not is_container(thing):
        return key in thing
    place, compared, shown = spot(run, thing, key, text)
    run.access(place, "r", compared if issubclass(type(thing), dict | set) else None, "call", site, shown)
    found = key in thing
    if run.recorder is not None:
        what = f"looks for {shown[1:-1]} in {place.label}: {'found' if found else 'not there'}"
        run.recorder.whole(run, what, place.label, thing)
    return found


def is_container(thing: Any) -> bool:
    """Whether its items are watched. Not isinstance, which may run the model's own code."""
    return issubclass(type(thing), CONTAINERS)


# -- whole containers ------------------------------------------------------------------------------------


def container_of(thing: Any) -> Any:
    """Return the container behind a container or a view of a dict, else None."""
    if is_container(thing):
        return thing
    if type(thing) in VIEWS:
        return gc.get_referents(thing)[0]
    return None


def method(thing: Any, name: str, text: str, site: int, /, *args: Any, **options: Any) -> Any:
    """thing.name(…), one step if it is a container's"""
    run = here()
    if thing is copy or thing is dataclasses:
        return call(getattr(thing, name), "", site, *args, **options)
    if run is None or not is_container(thing) or name in NEITHER:
        return load(thing, name, site)(*args, **options)
    place = place_of(run, thing, name_of(text))
    by_key = issubclass(type(thing), dict) and name == "get" and bool(args)
    mode = "r" if name in READS else "w"
    run.access(place, mode, key_of(args[0]) if by_key else None, "call", site, f"[{args[0]!r}]" if by_key else "")
    try:
        result = getattr(thing, name)(*args, **options)
    except Exception as error:
        if run.recorder is not None:
            run.recorder.whole(run, f"{place.label}.{name} raises {type(error).__name__}", place.label, thing)
        raise
    if run.recorder is not None:
        run.recorder.call(run, place.label, name, args, result, mode, thing)
    return result


def library(function: Callable[..., Any], text: str, site: int, /, *args: Any, **options: Any) -> Any:
    """A call that may hand a container to code that is not watched: one step, which may change the container"""
    run = here()
    if run is None or not is_library(function):
        return function(*args, **options)
    mode = "r" if str(getattr(function, "__module__", "")).partition(".")[0] in READING else "w"
    places = [(place_of(run, arg, name_of(text)), arg) for arg in args if is_container(arg)]
    for place, _ in places:
        run.access(place, mode, None, "call", site, "")
    result = function(*args, **options)
    if run.recorder is not None:
        for place, arg in places:
            what = "looks at" if mode == "r" else "may change"
            run.recorder.whole(run, f"{function.__name__} {what} {place.label}", place.label, arg, mode)
    return result


def is_library(function: Any) -> bool:
    """Whether a function is not watched: one in C, or of a module that is not."""
    kind = type(function)
    if kind is types.FunctionType:
        return function.__code__.co_filename not in WATCHED
    if kind is types.BuiltinFunctionType:
        return isinstance(function.__self__, types.ModuleType)
    return kind is types.MethodType and isinstance(function.__self__, random.Random)


def call(function: Callable[..., Any], text: str, site: int, /, *args: Any, **options: Any) -> Any:
    """A builtin that looks at whole containers, in one step; or that walks over them, in many; or a copy."""
    run = here()
    if run is None:
        return function(*args, **options)
    if function is print and options.get("file") is None:
        if run.recorder is not None:
            run.recorder.note(run, f"prints {' '.join(short(run, arg) for arg in args)}")
        return None
    if function is copy.copy and len(args) == 1 and is_plain(args[0]):
        place = place_of(run, args[0])
        run.access(place, "r", None, "plain", site, "")  # all fields in one step
        if run.recorder is not None:
            run.recorder.note(run, f"copies {place.label}")
        return function(*args)
    if function is copy.deepcopy and len(args) == 1 and not options:
        return deep(run, args[0], site, {})
    if function in BY_NAME and len(args) > 1 and type(args[1]) is str:
        return by_name(run, function, args, site)
    if function in WALKERS:
        args = tuple(walk(arg, text, site) for arg in args)
    elif function in COPIERS and args and is_plain(args[0]):
        for name in fields_of(args[0]):
            read_field(run, args[0], name, site)
    elif type(function).__module__ == "builtins" and getattr(function, "__module__", "") in ("builtins", "copy"):
        for arg in args:
            container = container_of(arg)
            if container is not None:
                run.access(place_of(run, container, name_of(text)), "r", None, "call", site, "")
                if run.recorder is not None:
                    label = place_of(run, container).label
                    run.recorder.whole(run, f"looks at all of {label}", label, container)
    return function(*args, **options)


WALKERS: tuple[Any, ...] = (iter, enumerate, zip, map, filter)
BY_NAME: tuple[Any, ...] = (getattr, hasattr, setattr, delattr)
COPIERS: tuple[Any, ...] = (dataclasses.replace, dataclasses.asdict)


def by_name(run: Run, function: Callable[..., Any], args: tuple[Any, ...], site: int) -> Any:
    """getattr(thing, name), and its like"""
    thing, name, *rest = args
    if function is setattr and len(rest) == 1:
        store(rest[0], thing, name, site)
        return None
    if holds_data(thing, name):
        run.access(place_of(run, thing), "w" if function is delattr else "r", name, "plain", site, "." + name)
    return function(*args)


def truth(thing: Any, text: str, site: int) -> Any:
    """if thing: … looks whether a container is empty"""
    run = here()
    if run is not None and is_container(thing):
        place = place_of(run, thing, name_of(text))
        run.access(place, "r", None, "call", site, "")
        if run.recorder is not None:
            run.recorder.whole(run, f"looks whether {place.label} is empty: {not thing}", place.label, thing)
    return thing


def spread(thing: Any, text: str, site: int) -> Any:
    """[*thing], f(**thing), thing + other, one, two = thing: all of a container, in one step"""
    container = container_of(thing)
    run = here() if container is not None else None
    if run is not None:
        place = place_of(run, container, name_of(text))
        run.access(place, "r", None, "call", site, "")
        if run.recorder is not None:
            run.recorder.whole(run, f"looks at all of {place.label}", place.label, container)
    return thing


def change(value: Any, thing: Any, text: str, site: int) -> Any:
    """thing += value: a change in place, if it is a container"""
    run = here() if is_container(thing) else None
    if run is not None:
        place = place_of(run, thing, name_of(text))
        run.access(place, "w", None, "call", site, "")
        if run.recorder is not None:
            run.recorder.whole(run, f"changes {place.label} in place", place.label, thing, "w")
    return value


def walk(thing: Any, text: str, site: int) -> Any:
    """for … in thing: each item is a step of its own"""
    run = here()
    container = container_of(thing) if run is not None else None
    if run is None or container is None:
        return thing
    place_of(run, container, name_of(text))
    return items(iter(thing), container, site)


def items(source: Iterator[Any], container: Any, site: int) -> Iterator[Any]:
    """Yield what `source` yields, and tell the run before each."""
    while True:
        run = here()
        if run is not None:
            place = place_of(run, container)
            run.access(place, "r", None, "iteration", site, "")
            if run.recorder is not None:
                run.recorder.whole(run, f"asks for the next of {place.label}", place.label, container)
        try:
            following = next(source)
        except StopIteration:
            return
        yield following


def deep(run: Run, thing: Any, site: int, seen: dict[int, Any]) -> Any:
    """Return what copy.deepcopy would: it reads the fields of an object one after the other, and so do we."""
    if id(thing) in seen:
        return seen[id(thing)]
    kind = type(thing)
    if kind is tuple:
        parts = tuple([deep(run, part, site, seen) for part in thing])
        same = all(part is old for part, old in zip(parts, thing, strict=True))
        return thing if same else seen.setdefault(id(thing), parts)  # seen: it holds itself
    if kind not in (dict, list) and not is_plain(thing):
        return copy.deepcopy(thing, seen)
    seen.setdefault(id(seen), []).append(thing)  # as copy does: kept alive, so that its id is not used again
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


def deep_container(run: Run, thing: Any, site: int, seen: dict[int, Any]) -> Any:
    """Return a deep copy of a dict or list."""
    run.access(place_of(run, thing), "r", None, "call", site, "")
    made: Any = type(thing)()
    seen[id(thing)] = made
    if type(thing) is list:
        for value in list(thing):
            made.append(deep(run, value, site, seen))
    else:
        for key, value in list(thing.items()):
            made[deep(run, key, site, seen)] = deep(run, value, site, seen)
    return made


OBJECTS_OWN = ("__new__", "__reduce__", "__reduce_ex__", "__getstate__", "__getattribute__")
COPYING = ("__copy__", "__deepcopy__", "__setstate__", "__getnewargs__", "__getnewargs_ex__")


def is_plain(thing: Any) -> bool:
    """Whether an object is copied field by field: its class says nothing else."""
    kind = type(thing)
    return (
        kind not in copyreg.dispatch_table
        and all(getattr(kind, name) is getattr(object, name) for name in OBJECTS_OWN)
        and not any(hasattr(kind, name) for name in COPYING)
        and not hasattr(kind, "__getattr__")  # it may answer for those, too
        and "__deepcopy__" not in getattr(thing, "__dict__", ())
    )


def fields_of(thing: Any) -> list[str]:
    """Return the names of all that an object holds, slots included."""
    slots = [
        name
        for base in type(thing).__mro__
        for name, value in vars(base).items()
        if isinstance(value, types.MemberDescriptorType) and hasattr(thing, name)
    ]
    return [*getattr(thing, "__dict__", ()), *slots]


def read_field(run: Run, thing: Any, name: str, site: int) -> Any:
    """Return a field as a copy reads it: past a property of the same name."""
    own = getattr(thing, "__dict__", {})
    if name not in own or holds_data(thing, name):
        return load(thing, name, site)
    return own[name]


def explain(left: Any, symbol: str, right: Any) -> str:
    """assert left == right: what the assertion says when it fails"""
    run = here()
    return f"{short(run, left)} {symbol} {short(run, right)}" if run is not None else f"{left!r} {symbol} {right!r}"


def enter(thing: Any) -> Any:
    """with thing:"""
    run = here()
    if run is not None and type(thing) in WAITED_FOR:
        check_made_here(run, thing)
    return thing


def check_made_here(run: Run, thing: Any) -> None:
    """Raise Outside for something that threads wait for, if this run does not control it."""
    if type(thing) is threading.local:
        run.retire_carrier()
        return
    what, inner = WAITED_FOR[type(thing)]
    while inner:
        thing = getattr(thing, inner)
        inner = WAITED_FOR[type(thing)][1] if type(thing) in WAITED_FOR else ""
    if not (isinstance(thing, Lock) and thing.belongs_to(run)):
        raise outside(what)


HOOKS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        load, store, remove, scope, touch, write, item, put, drop, contains, method, call, library, truth, walk,
        spread, change, explain, enter
    )
}  # fmt: skip
HOOKS["slice"] = slice


def install() -> None:
    """Put the hooks among the builtins, before any code is swapped; and leave them there.

    Watched code may outlive its exploration: in a thread of the caller's own, in a generator, in a finaliser. Outside
    of a run each hook does what the plain code does.
    """
    vars(builtins).update({HOOK.format(name): function for name, function in HOOKS.items()})
