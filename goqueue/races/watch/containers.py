"""Hooks for whole containers: their methods, loops over them, and functions that receive one.

One call of a container's method is one step, because it is atomic in Python. A loop takes a step for each item. A call
of a library function is also one step, in which the function may change its arguments.
"""

from __future__ import annotations

import copy
import dataclasses
import random
import types
from collections.abc import Callable, Iterator
from typing import Any

from ..engine.active import here
from ..engine.places import container_of, is_container, key_of, name_of, place_of
from ..engine.run import Run
from ..engine.sources import WATCHED
from ..engine.words import CALL, ITERATION, PLAIN, READ, WRITE
from ..report.recorder import short
from .attributes import holds_data, load, read, store
from .copying import deep, fields_of, is_plain, read_field

READS = {"get", "copy", "count", "index", "isdisjoint", "issubset", "issuperset", "union", "intersection", "difference"}
READS |= {"most_common", "elements", "total"}

READING = {"math", "operator", "_operator", "statistics", "json", "itertools", "functools", "_functools", "pprint"}

NEITHER = {"keys", "values", "items"}  # these make a view; nothing is read yet


def method(thing: Any, name: str, text: str, site: int, /, *args: Any, **options: Any) -> Any:
    """thing.name(…): one step if `thing` is a container"""
    run = here()
    if thing is copy or thing is dataclasses:
        return call(getattr(thing, name), "", site, *args, **options)
    if run is None or not is_container(thing) or name in NEITHER:
        return load(thing, name, site)(*args, **options)
    place = place_of(run, thing, name_of(text))
    by_key = issubclass(type(thing), dict) and name == "get" and bool(args)
    mode = READ if name in READS else WRITE
    run.access(place, mode, key_of(args[0]) if by_key else None, CALL, site, f"[{args[0]!r}]" if by_key else "")
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
    """A call that may pass a container to unwatched code: one step, which may change the container"""
    run = here()
    if run is None or not is_library(function):
        return function(*args, **options)
    mode = READ if str(getattr(function, "__module__", "")).partition(".")[0] in READING else WRITE
    places = [(place_of(run, arg, name_of(text)), arg) for arg in args if is_container(arg) or function is next]
    for place, _ in places:
        run.access(place, mode, None, CALL, site, "")
    told = "looks at" if mode == READ else "may change"
    try:
        return function(*args, **options)
    except Exception as error:
        told = f"raises {type(error).__name__}, given"
        raise
    finally:
        if run.recorder is not None:
            for place, arg in places:
                run.recorder.whole(run, f"{function.__name__} {told} {place.label}", place.label, arg, mode)


def is_library(function: Any) -> bool:
    """Whether a function is not watched: it is written in C, or its module is not watched."""
    kind = type(function)
    if kind is types.FunctionType:
        return function.__code__.co_filename not in WATCHED
    if kind is types.BuiltinFunctionType:
        return isinstance(function.__self__, types.ModuleType)
    return kind is types.MethodType and isinstance(function.__self__, random.Random)


def call(function: Callable[..., Any], text: str, site: int, /, *args: Any, **options: Any) -> Any:
    """A builtin that reads whole containers in one step, or iterates over them in many, or a copy"""
    run = here()
    if run is None:
        return function(*args, **options)
    if function is print and options.get("file") is None:
        if run.recorder is not None:
            run.recorder.note(run, f"prints {' '.join(short(run, arg) for arg in args)}")
        return None
    if function is copy.copy and len(args) == 1 and is_plain(args[0]):
        place = place_of(run, args[0])
        run.access(place, READ, None, PLAIN, site, "")  # all fields, in one step
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
                run.access(place_of(run, container, name_of(text)), READ, None, CALL, site, "")
                if run.recorder is not None:
                    label = place_of(run, container).label
                    run.recorder.whole(run, f"looks at all of {label}", label, container)
    return function(*args, **options)


WALKERS: tuple[Any, ...] = (iter, enumerate, zip, map, filter)

BY_NAME: tuple[Any, ...] = (getattr, hasattr, setattr, delattr)

COPIERS: tuple[Any, ...] = (dataclasses.replace, dataclasses.asdict)


def by_name(run: Run, function: Callable[..., Any], args: tuple[Any, ...], site: int) -> Any:
    """getattr(thing, name), and likewise hasattr, setattr and delattr"""
    thing, name, *rest = args
    if function is setattr and len(rest) == 1:
        store(rest[0], thing, name, site)
        return None
    if holds_data(thing, name) and function is delattr:
        run.access(place_of(run, thing), WRITE, name, PLAIN, site, "." + name)
    elif holds_data(thing, name):
        read(run, thing, name, site)
    return function(*args)


def truth(thing: Any, text: str, site: int) -> Any:
    """if thing: … checks whether a container is empty"""
    run = here()
    if run is not None and is_container(thing):
        place = place_of(run, thing, name_of(text))
        run.access(place, READ, None, CALL, site, "")
        if run.recorder is not None:
            run.recorder.whole(run, f"looks whether {place.label} is empty: {not thing}", place.label, thing)
    return thing


def spread(thing: Any, text: str, site: int) -> Any:
    """[*thing], f(**thing), thing + other, one, two = thing: reads all of a container in one step"""
    container = container_of(thing)
    run = here() if container is not None else None
    if run is not None:
        place = place_of(run, container, name_of(text))
        run.access(place, READ, None, CALL, site, "")
        if run.recorder is not None:
            run.recorder.whole(run, f"looks at all of {place.label}", place.label, container)
    return thing


def change(value: Any, thing: Any, text: str, site: int) -> Any:
    """thing += value: changes a container in place"""
    run = here() if is_container(thing) else None
    if run is not None:
        place = place_of(run, thing, name_of(text))
        run.access(place, WRITE, None, CALL, site, "")
        if run.recorder is not None:
            run.recorder.whole(run, f"changes {place.label} in place", place.label, thing, WRITE)
    return value


def walk(thing: Any, text: str, site: int) -> Any:
    """for … in thing: each item is a step of its own"""
    run = here()
    container = container_of(thing) if run is not None else None
    if run is None or container is None:
        return thing
    place = place_of(run, container, name_of(text))
    if type(container) is not list:  # the other kinds notice a change after this
        run.access(place, READ, None, ITERATION, site, "")
    return items(iter(thing), container, site)


def items(source: Iterator[Any], container: Any, site: int) -> Iterator[Any]:
    """Yield what `source` yields, and tell the run before each item."""
    while True:
        run = here()
        if run is not None:
            place = place_of(run, container)
            run.access(place, READ, None, ITERATION, site, "")
            if run.recorder is not None:
                run.recorder.whole(run, f"asks for the next of {place.label}", place.label, container)
        try:
            following = next(source)
        except StopIteration:
            return
        yield following
