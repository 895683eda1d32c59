"""Fields of the standard library's classes that a thread reads without a lock: each access is a possible step."""

from __future__ import annotations

import threading
from typing import Any

from ..engine.active import here
from ..engine.naming import a
from ..engine.words import CALL, READ, WRITE, Mode
from .stage.replacements import Replacements
from .waits import place_in

# Barrier.broken and n_waiting take no lock. All else of these classes is ordered by locks, whose steps suffice.
UNLOCKED: dict[type, tuple[str, ...]] = {threading.Barrier: ("_state", "_count")}


class Field:
    """Replaces an attribute of each instance. The value stays in the instance's dict."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, thing: Any, owner: type | None = None) -> Any:
        if thing is None:
            return self
        self.touch(thing, READ)
        try:
            return thing.__dict__[self._name]
        except KeyError:
            raise AttributeError(self._name) from None

    def __set__(self, thing: Any, value: Any) -> None:
        self.touch(thing, WRITE)
        thing.__dict__[self._name] = value

    def touch(self, thing: Any, mode: Mode) -> None:
        """A thread is about to read or write the field of a thing."""
        run = here()
        if run is not None:
            run.access(place_in(run, thing, f"the state of {a(type(thing).__name__)}"), mode, None, CALL, 0, "")


def replace_fields(replaced: Replacements) -> None:
    """Let each access to these fields be seen."""
    for owner, names in UNLOCKED.items():
        for name in names:
            replaced.set(owner, name, Field(name))
