"""Objects of the library that belong together: what is done to one, another may show.

    cursor ──> connection <── cursor       two cursors of one connection see the same tables
    element <──> document                  a document prints what was set in its element
    writer ──> text                        a writer writes into a file in memory

Such an object is touched together with all that it leads to. So two threads that use two cursors touch the same
connection.
"""

from __future__ import annotations

import gc
import types
from collections import deque
from typing import Any

from ...engine.identity import identity
from ...engine.places import is_of_library
from ...engine.run import Run
from .kinds import is_calm
from .unwatched import FILES_IN_MEMORY, is_named, told

MOST = 500  # objects that are looked at; a document may have very many, and the verdict says so
THROUGH = (dict, list, tuple, set, frozenset, deque, types.BuiltinFunctionType, types.MethodType)
KNOWN: dict[type, bool] = {}  # whether objects of a class may lead to others


def linked_to(run: Run, thing: Any) -> list[Any]:
    """Return the objects of the library to which an object of the library leads."""
    found: list[Any] = []
    if type(thing) in FILES_IN_MEMORY or not may_belong(type(thing)):
        return found
    seen, left = {identity(thing)}, [thing]
    for owner in left:  # which grows
        if len(seen) > MOST:
            run.name_unseen(f"what belongs to {told(type(thing))}", f"more than {MOST} objects")
            break
        for part in gc.get_referents(owner):
            leads = issubclass(type(part), THROUGH)
            if identity(part) not in seen and (leads or has_state(part)):
                seen.add(identity(part))
                left.append(part)
                if not leads:
                    found.append(part)
    return found


def has_state(thing: Any) -> bool:
    """Whether a thing is an object of the library that can change."""
    kind = type(thing)
    if not may_belong(kind):
        return False
    return not (kind.__dictoffset__ and not vars(thing) and kind.__basicsize__ <= Empty.__basicsize__)


class Empty:
    """An object that has no state yet."""


def may_belong(kind: type) -> bool:
    """Whether objects of a class of the library have state that the lab does not see."""
    known = KNOWN.get(kind)
    if known is None:
        own = next(each for each in kind.__mro__ if "__setattr__" in vars(each))
        fixed = isinstance(vars(own)["__setattr__"], types.FunctionType)  # as those of a policy are
        mock = kind.__module__ == "unittest.mock"  # whose parents are told of all that is done to it
        known = is_of_library(kind) and is_named(kind) and not (mock or fixed or is_calm(kind))
        known = KNOWN[kind] = known and kind is not types.GeneratorType  # its variables are seen in its own code
    return known
