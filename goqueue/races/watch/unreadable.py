"""Objects in C: which ones have state that nobody can read, and to what they lead.

A database connection, a hash or an iterator over a dict shows nothing that could be compared after a run. So it is
named if a run calls what may change it.
"""

from __future__ import annotations

import csv
import gc
import io
import struct
from functools import partial
from types import BuiltinFunctionType, MethodType, MethodWrapperType, ModuleType
from typing import Any

from ..doubles.stage.references import HEAP
from ..engine.happens_before import Place
from ..engine.places import CONTAINERS
from ..engine.words import WRITE
from .objects.iterating import shown_by
from .objects.kinds import is_calm
from .objects.unwatched import written_by
from .positions import KNOWN, WITHOUT_STATE

METHODS = (MethodType, BuiltinFunctionType, MethodWrapperType)
NOT_FOLLOWED = (type, ModuleType, *CONTAINERS)  # in `keep = [].append` a model may gather what its runs did
WRITER = type(csv.writer(io.StringIO()))  # has no state besides its file
POINTER = struct.calcsize("P")


def hides_state(thing: Any) -> bool:
    """Whether an object in C may have state that nobody can read."""
    kind = type(thing)
    if kind in WITHOUT_STATE or kind is WRITER or is_function(kind):
        return False
    if kind.__module__ == "_io":
        return bool(written_by(thing))  # not a file of the outside world
    return any(adds_fields(base) and not is_calm(base) for base in kind.__mro__)


def is_function(kind: type) -> bool:
    """Whether objects of a class are called, and have a name, as numpy.add: such seldom have state."""
    return {"__call__", "__name__"} <= {name for base in kind.__mro__ for name in vars(base)}


def adds_fields(base: type) -> bool:
    """Whether the objects of a class have fields in C that those of its base have not."""
    if base.__base__ is None or (base.__flags__ & HEAP and "__slots__" in vars(base)):
        return False
    of_python = POINTER * sum(name in vars(base) for name in ("__dict__", "__weakref__"))
    return base.__basicsize__ - base.__base__.__basicsize__ > (of_python if base.__flags__ & HEAP else 0)


def drawn_from(thing: Any) -> list[Any]:
    """Return what an object in C uses that may have state: iterators, the owner of a method, the file of a writer."""
    kind = type(thing)
    if kind in METHODS:
        return [] if issubclass(type(thing.__self__), NOT_FOLLOWED) else [thing.__self__]
    if kind is partial:
        return [thing.func, thing.args, thing.keywords]
    if kind is memoryview:
        return shown_by(thing)
    return gc.get_referents(thing) if kind in KNOWN else written_by(thing)


def is_written(place: Any) -> bool:
    """Whether a run has called what may change an object. `place` is what the run has made of it."""
    if type(place) is not Place:
        return False
    return any(mode == WRITE for accesses in place.accesses.values() for _, mode, _, _ in accesses)
