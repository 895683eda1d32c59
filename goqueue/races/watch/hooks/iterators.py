"""What iter(orders) is in watched code: an iterator that looks like the real one, and takes a step for each item.

Whoever asks it for items, watched code or a function in C, comes to a step before each one. It has the name, the class
and the length of the real iterator, and its copies are copies of the real one.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

from ...engine.active import here
from ...engine.places import container_of, name_of, place_of
from ...engine.run import Run
from ...engine.words import ITERATION, READ, WRITE
from ..objects.iterating import is_iterator, is_used_up
from ..objects.kinds import OPAQUE, PLAIN, how
from .callbacks import within
from .opaque import place_of_opaque, touched_beneath


class Walk:
    """An iterator over a container (`whole`), or over another iterator, which threads may share."""

    __slots__ = ("name", "site", "source", "whole")

    def __init__(self, source: Iterator[Any], whole: Any, name: str, site: int) -> None:
        self.source, self.whole, self.name, self.site = source, whole, name, site

    def __iter__(self) -> Walk:
        return self

    def __next__(self) -> Any:
        run = here()
        if run is None:
            return next(self.source)
        return self.touch(run, next)(self.source)

    def touch(self, run: Run, then: Any) -> Any:
        """Come to the step before an item. Return what is to be called then."""
        own = (place_of_opaque(run, self), WRITE)
        if container_of(self.whole) is None:
            whole = (place_of_opaque(run, self.whole), WRITE if is_used_up(self.whole) else READ)
            both = [whole] if self.whole is self.source else [own, whole]
            run.together([*both, *touched_beneath(run, self.whole)], self.site)
            return within(run, then, [whole]) if type(self.whole) is types.GeneratorType else then
        place = place_of(run, self.whole, self.name)
        run.together([own, (place, READ)], self.site, ITERATION)
        if run.recorder is not None:
            run.recorder.whole(run, f"asks for the next of {place.label}", place.label, self.whole)
        return then

    def __reduce__(self) -> Any:
        return self.source.__reduce__()  # a copy is the real one


Walk.__module__ = "builtins"  # as the real iterators: a call of its methods is an access to it

LIKE: dict[type, type[Walk]] = {}  # the class of an iterator in C -> the one that looks like it


def walk_like(kind: type) -> type[Walk]:
    """Return a class of iterators that looks like one in C."""
    if kind not in LIKE:
        space: dict[str, Any] = {"__slots__": (), "__module__": kind.__module__, "__class__": property(lambda _: kind)}
        space |= {name: passing_on(name) for name in ("__length_hint__", "__setstate__") if hasattr(kind, name)}
        LIKE[kind] = type(kind.__name__, (Walk,), space)
    return LIKE[kind]


def handing(value: Any, site: int) -> Any:
    """return value, in `__iter__`: whoever takes items of it comes to a step before each one, also a loop or C"""
    run = here()
    if run is None or type(value) is types.GeneratorType or not is_iterator(value):
        return value
    return walking(run, value, "", site)


def passing_on(name: str) -> Any:
    """Return a method that calls that of the real iterator."""

    def method(self: Walk, *args: Any) -> Any:
        return getattr(self.source, name)(*args)

    method.__name__ = name
    return method


def walking(run: Run, thing: Any, text: str, site: int) -> Any:
    """Return an iterator over a thing that takes a step for each item, or the thing itself, if its code is watched."""
    container, way = container_of(thing), how(type(thing), "__iter__")
    if issubclass(type(thing), Walk) or (container is None and way is not OPAQUE):
        return thing
    if container is thing and way is PLAIN:
        return thing
    if container is not None and type(container) is not list:  # the other kinds notice a change after this
        run.access(place_of(run, container, name_of(text)), READ, None, ITERATION, site, "")
    source = iter(thing)
    return walk_like(type(source))(source, thing if container is None else container, name_of(text), site)
