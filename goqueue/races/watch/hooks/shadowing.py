"""What an object keeps under the name of a method or a descriptor of its class: Python takes that first.

    box.__dict__["conn"] = made     hides a descriptor without `__set__`: a lazy property that somebody wrote
    box.run = faster                hides a method

So a read of such a name reads the object's own attributes. Nobody hides most methods, and they are read often. So a
method is looked for among these attributes only once a run has hidden one: then the exploration begins anew.
"""

from __future__ import annotations

import types
import weakref
from collections.abc import Iterable
from typing import Any, ClassVar

from ...engine.sources import WATCHED


class Hidden:
    """What is known in this exploration. Only the thread that holds the baton, or its starter, uses it."""

    names: ClassVar[weakref.WeakKeyDictionary[type, set[str]]] = weakref.WeakKeyDictionary()
    grew: ClassVar[bool] = False  # since somebody asked


def declared(kind: type, name: str) -> Any:
    """Return what a class or a base of it keeps under a name, as it is kept there, or None."""
    return next((base.__dict__[name] for base in kind.__mro__ if name in base.__dict__), None)


def forget() -> None:
    """Begin another exploration."""
    Hidden.names.clear()
    Hidden.grew = False


def grew() -> bool:
    """Whether a name more has been hidden since the last call."""
    found, Hidden.grew = Hidden.grew, False
    return found


def may_be_hidden(found: Any) -> bool:
    """Whether an object's own attribute comes before what its class keeps: not before a property."""
    kind = type(found)
    return hasattr(kind, "__get__") and not (hasattr(kind, "__set__") or hasattr(kind, "__delete__"))


def is_watched(found: Any) -> bool:
    """Whether a method, or the `__get__` of a descriptor, is watched code."""
    function = found if type(found) is types.FunctionType else getattr(type(found), "__get__", None)
    code = getattr(function, "__code__", None)
    return code is not None and code.co_filename in WATCHED


def is_looked_for(kind: type, name: str, found: Any) -> bool:
    """Whether a read of `thing.name` is one of the object's own attributes, although its class has `found`."""
    if not may_be_hidden(found):
        return False
    own_way = type(found) is not types.FunctionType and is_watched(found)
    return own_way or name in Hidden.names.get(kind, ())


def hide(kind: type, names: Iterable[Any]) -> None:
    """Objects of a class get attributes of their own with these names."""
    for name in names:
        found = declared(kind, name)
        if found is not None and may_be_hidden(found) and name not in Hidden.names.setdefault(kind, set()):
            Hidden.names[kind].add(name)
            Hidden.grew = True
