"""dataclasses.asdict and astuple in steps: like the real ones, they read field by field, and item by item."""

from __future__ import annotations

import dataclasses
from typing import Any

from ....engine.run import Run
from ..attributes import load
from ..containers import walk
from .copying import deep


def as_dict(run: Run, thing: Any, site: int) -> Any:
    """Return what dataclasses.asdict makes of a value."""
    return converted(run, thing, site, dict)


def as_tuple(run: Run, thing: Any, site: int) -> Any:
    """Return what dataclasses.astuple makes of a value."""
    return converted(run, thing, site, lambda pairs: tuple(value for _, value in pairs))


def converted(run: Run, thing: Any, site: int, make: Any) -> Any:
    """Return a dataclass as `make` has it, a container of what its items become, and a deep copy of all else."""

    def inner(value: Any) -> Any:
        return converted(run, value, site, make)

    kind = type(thing)
    if hasattr(kind, "__dataclass_fields__"):
        return make([(field.name, inner(load(thing, field.name, site))) for field in dataclasses.fields(thing)])
    if issubclass(kind, tuple) and hasattr(thing, "_fields"):
        return kind(*[inner(value) for value in thing])
    if issubclass(kind, list | tuple):
        return kind([inner(value) for value in walk(thing, "", site)])
    if issubclass(kind, dict) and hasattr(kind, "default_factory"):
        made = kind(thing.default_factory)
        made.update((inner(key), inner(value)) for key, value in walk(thing.items(), "", site))
        return made
    if issubclass(kind, dict):
        return kind((inner(key), inner(value)) for key, value in walk(thing.items(), "", site))
    return deep(run, thing, site, {})
