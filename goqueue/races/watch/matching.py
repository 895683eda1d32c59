"""match thing: a step before each case, in which its pattern reads all that it looks at.

case Order(status="paid"):     becomes     case box if look(box, …): pass          look() is never true
                                           case Order(status="paid"):

Python compares piece by piece: the length, then the items, then what they hold. Here all that is one step, so the
verdict names what is compared if threads race for it.
"""

from __future__ import annotations

from typing import Any

from ..engine.active import here
from ..engine.happens_before import Place
from ..engine.places import container_of, place_of
from ..engine.run import Run
from ..engine.words import READ, Mode
from .kinds import is_calm


def look(thing: Any, depth: int, site: int) -> bool:
    """A pattern that goes so deep is about to be compared with a thing. Returns False."""
    run = here()
    if run is not None:
        touched: list[tuple[Place, Mode]] = []
        gather(run, thing, depth, touched)
        for place, _ in touched:
            run.opaque.setdefault(place.kind, f"{place.kind} (compared with a pattern, which is more than one step)")
        if touched:
            run.together(touched, site)
    return False


def gather(run: Run, thing: Any, depth: int, touched: list[tuple[Place, Mode]]) -> None:
    """Add the places of a thing, and of what it holds."""
    container = container_of(thing)
    if container is not None:
        touched.append((place_of(run, container), READ))
        held = list(container.values()) if issubclass(type(container), dict) else list(container)
    elif issubclass(type(thing), tuple):
        held = list(tuple.__iter__(thing))
    elif is_calm(type(thing)):
        return
    else:
        touched.append((place_of(run, thing), READ))
        held = list(getattr(thing, "__dict__", {}).values())
    for part in held if depth > 1 else ():
        gather(run, part, depth - 1, touched)
