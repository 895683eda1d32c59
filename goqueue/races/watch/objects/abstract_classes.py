"""Abstract classes: other classes are registered with them, and isinstance() asks them and all classes below.

They keep what they have answered, and who is registered, longer than a run takes. So each run forgets the answers of a
class when it first asks it, and the next run finds the same classes registered.
"""

from __future__ import annotations

import importlib
from abc import ABCMeta
from collections.abc import Iterable, Iterator
from typing import Any

from ...doubles.stage.snapshots import Snapshots
from ...engine.identity import identity
from ...engine.places import is_of_library

C: Any = importlib.import_module("_abc")  # what abstract classes are made of


def is_abstract(kind: Any) -> bool:
    """Whether other classes can be registered with a class."""
    return type(kind) is not type and issubclass(type(kind), ABCMeta)


def begin(kind: Any) -> None:
    """A run asks an abstract class, or registers with it, perhaps for the first time."""
    Snapshots.take(kind, AbstractClass)


class AbstractClass:
    """Who is registered with an abstract class when a run first asks."""

    def __init__(self, kind: Any) -> None:
        self._kind, self._registered = kind, registered(kind)
        for each in with_subclasses(kind):
            C._reset_caches(each)

    def restore(self) -> None:
        """Let the same classes be registered again."""
        if registered(self._kind) != self._registered:
            C._reset_registry(self._kind)
            for each in self._registered:
                ABCMeta.register(self._kind, each)


def registered(kind: Any) -> list[Any]:
    """Return the classes that are registered with an abstract class."""
    return sorted(filter(None, (each() for each in C._get_dump(kind)[0])), key=identity)


def with_subclasses(kind: Any) -> Iterator[Any]:
    """Yield an abstract class and all below it, which it asks."""
    yield kind
    for each in type.__subclasses__(kind):
        if is_abstract(each):
            yield from with_subclasses(each)


def whose(kind: Any) -> Any:
    """Return in whose name a step asks who is registered with an abstract class. All of the library's have one name."""
    return ABCMeta if is_of_library(kind) else kind


def registries(kinds: Iterable[Any]) -> dict[Any, None]:
    """Return in whose names these abstract classes are asked, each once, in their order."""
    return dict.fromkeys(whose(each) for kind in kinds for each in with_subclasses(kind))
