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
from ..objects.kinds import OPAQUE, how, is_iterator
from .callbacks import Touched, any_answers, settled, within
from .copying import HOLDERS, containers_below
from .opaque import place_of_opaque, touched_beneath

SIMPLE = {int, str, float, bool, bytes, complex, type(None)}
NAMES = ("eq", "ne", "lt", "le", "gt", "ge", "add", "sub", "mul", "mod", "and_", "or_", "xor")
OPERATIONS: dict[str, Any] = {name: getattr(operator, name) for name in NAMES}


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


def looked_at(run: Run, thing: Any, text: str) -> Touched:
    """Return what an operator reads of one side."""
    container = container_of(thing)
    if container is not None:
        place = place_of(run, container, name_of(text))
        return [(place, READ), *containers_below(run, container)]
    held = containers_below(run, thing) if issubclass(type(thing), HOLDERS) else []
    if how(type(thing), "__iter__") is OPAQUE:
        own = place_of_opaque(run, thing), WRITE if is_iterator(thing) else READ
        return [own, *touched_beneath(run, thing), *held]
    return [(place_of_opaque(run, thing), READ), *held] if has_fields(type(thing)) else held
