"""Operators between two values: left == right, left + right, left & right.

numbers, strings            no step
containers                  one step, which reads both to the bottom
items with methods of their own, such as Job.__eq__    one more step after each answer
"""

from __future__ import annotations

import operator
from typing import Any

from ...engine.active import here
from ...engine.places import container_of, is_container, name_of, place_of
from ...engine.run import Run
from ...engine.words import READ, WRITE
from ..objects.fields_in_c import has_fields
from ..objects.iterating import unwrapped
from ..objects.kinds import OPAQUE, PLAIN, how
from .callbacks import Touched, any_answers, settled, stepping, within
from .containers import many_steps, pairs_in
from .library.copying import HOLDERS, containers_below
from .opaque import place_of_opaque, taken_from

SIMPLE = {int, str, float, bool, bytes, complex, type(None)}
NAMES = ("eq", "ne", "lt", "le", "gt", "ge", "add", "sub", "mul", "mod", "and_", "or_", "xor")
OPERATIONS: dict[str, Any] = {name: getattr(operator, name) for name in NAMES}
IN_PLACE: dict[str, Any] = {
    name: getattr(operator, name)
    for name in ("iadd", "isub", "imul", "imatmul", "itruediv", "ifloordiv", "imod", "ipow", "ilshift", "irshift")
} | {name: getattr(operator, name) for name in ("iand", "ior", "ixor")}


def operate(name: str, left: Any, right: Any, left_text: str, right_text: str, site: int) -> Any:
    """left == right, left + right, and the like"""
    run, do = here(), OPERATIONS[name]
    if run is None or (type(left) in SIMPLE and type(right) in SIMPLE):
        return do(left, right)
    asked = False

    def gather() -> Touched:
        nonlocal asked
        found = [*looked_at(run, left, left_text), *looked_at(run, right, right_text)]
        asked = any_answers((left, right), found) or asked
        return found

    touched = settled(run, gather, site)
    if not touched:
        return do(left, right)
    if run.recorder is not None:
        for side in filter(is_container, map(container_of, (left, right))):
            place = place_of(run, side)
            run.recorder.whole(run, f"looks at all of {place.label}", place.label, side)
    if any_answers((left, right), touched) or asked:
        do = within(run, do, touched)
    return do(left, right)


def found_in(run: Run, key: Any, thing: Any, site: int) -> bool:
    """key in thing, which is no container itself: the key is compared with items, and both are read to the bottom"""
    given = taken_from(run, thing)
    if type(key) in SIMPLE and not given:
        return key in thing
    touched = settled(run, lambda: [*taken_from(run, thing), *containers_below(run, (thing, key))], site)
    look = within(run, operator.contains, touched) if any_answers((key, thing), touched) else operator.contains
    return bool(look(thing, key))


def change(name: str, thing: Any, value: Any, text: str, site: int) -> Any:
    """thing += value: changes a container in place, or makes something new of both. Returns it."""
    run, do = here(), IN_PLACE[name]
    if run is None or (type(value) in SIMPLE and type(thing) in SIMPLE):
        return do(thing, value)
    kind = type(thing)
    if (is_container(thing) and how(kind, "__iadd__") is not PLAIN) or how(kind, "__ior__") not in (PLAIN, OPAQUE):
        place = place_of(run, thing, name_of(text))
        touched = [(place, WRITE), *taken_from(run, value)]
        touched += pairs_in(run, (value,)) if issubclass(kind, dict) else []
        run.together(touched, site)
        if run.recorder is not None:
            run.recorder.whole(run, f"changes {place.label} in place", place.label, thing, WRITE)
        value = stepping(run, value, touched, site) if many_steps(value) else unwrapped(value)
    else:
        touched = looked_at(run, value, "")
        if OPAQUE in (how(kind, "__iadd__"), how(kind, "__ior__")):
            touched = [(place_of_opaque(run, thing), WRITE), *touched]
        if touched:
            run.together(touched, site)
    if touched and any_answers((thing, value), touched):
        do = within(run, do, touched)
    return do(thing, value)


def looked_at(run: Run, thing: Any, text: str) -> Touched:
    """Return what an operator reads of one side."""
    container = container_of(thing)
    if container is not None:
        place = place_of(run, container, name_of(text))
        return [(place, READ), *containers_below(run, container)]
    held = containers_below(run, thing) if issubclass(type(thing), HOLDERS) else []
    if how(type(thing), "__iter__") is OPAQUE:
        return [*taken_from(run, thing), *held]
    return [(place_of_opaque(run, thing), READ), *held] if has_fields(type(thing)) else held
