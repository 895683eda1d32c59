"""Calls into C that call back: what they work on is touched once more after each callback.

    orders.sort(key=size)      a step, then the list is empty; size(…), a step; size(…), a step; then it is full again
    orders.extend(made())      a step; the next of made(), a step, the item is appended; …
    job in orders              a step; Job.__eq__ runs, and a step comes before its answer

The result stays that of the real function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import FunctionType
from typing import Any

from ...engine.active import here
from ...engine.happens_before import Place
from ...engine.identity import identity
from ...engine.run import Run
from ...engine.words import Mode
from ..objects.iterating import parts_of
from ..objects.kinds import ANSWERS

Touched = list[tuple[Place, Mode]]

KNOWN: dict[type, bool] = {}  # filled as code runs; emptied now and then, because it keeps classes alive


def answers(thing: Any) -> bool:
    """Whether the class of a thing has special methods in Python, which C functions call."""
    kind = type(thing)
    known = KNOWN.get(kind)
    if known is None:
        from . import attributes  # imported here, because both import this file
        from .library import generated

        generated.replace_methods(kind, attributes.load)
        known = KNOWN[kind] = any(isinstance(getattr(kind, name, None), FunctionType) for name in ANSWERS)
    return known


def any_answers(things: Iterable[Any], touched: Touched) -> bool:
    """Whether something among these things, in a tuple among them, or in a touched container has such methods."""
    left, found = [*things, *(part for place, _ in touched for part in parts_of(place.what))], False
    while left:
        thing = left.pop()
        if issubclass(type(thing), tuple):
            left += tuple.__iter__(thing)
        found = answers(thing) or found  # each class is looked at: its generated methods are replaced
    return found


def settled(run: Run, gather: Callable[[], Touched], site: int) -> Touched:
    """Touch all that `gather` returns, in one step. What this is may change while the caller waits for its turn."""
    touched = gather()
    known = {identity(place) for place, _ in touched}
    moved = -1
    while touched and moved != run.handovers:
        moved = run.handovers
        run.together(touched, site)
        if moved != run.handovers:
            touched = gather()
            if known.issuperset(identity(place) for place, _ in touched):
                return touched
            known |= {identity(place) for place, _ in touched}
    return touched


def within(run: Run, do: Callable[..., Any], touched: Touched) -> Callable[..., Any]:
    """Return a function that calls `do`, in which each answer of a special method is followed by a step."""

    def call(*args: Any, **options: Any) -> Any:
        index = run.current.index
        before = run.within.get(index)
        run.within[index] = touched
        try:
            return do(*args, **options)
        finally:
            if before is None:
                run.within.pop(index, None)
            else:
                run.within[index] = before

    return call


def answer(value: Any) -> Any:
    """return value, in a special method"""
    run = here()
    if run is not None and run.within:
        run.amid()
    return value


def called_back(run: Run, function: Callable[..., Any], touched: Touched, site: int) -> Callable[..., Any]:
    """Return a callback with a step behind each call, also behind one that raises: sort() then fills its list again."""
    from .calls import called  # imported here, because calls imports this file

    function = called(function, "", site)

    def call(*args: Any, **options: Any) -> Any:
        try:
            result = function(*args, **options)
        except Exception:
            run.together(touched, site)
            raise
        run.together(touched, site)
        return result

    return call


def stepping(run: Run, source: Iterator[Any], touched: Touched, site: int) -> Iterator[Any]:
    """Yield what an iterator yields, with a step behind each item."""
    for value in source:
        run.together(touched, site)
        yield value
