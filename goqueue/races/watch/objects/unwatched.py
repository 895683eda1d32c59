"""Objects of classes that are not watched: how a verdict names them, what they belong to, into what they write."""

from __future__ import annotations

import contextvars
import functools
import gc
import io
import types
from typing import Any

from ...engine.places import CONTAINERS
from .kinds import ENVIRONMENT

TEXT = "text given to exec() or eval()"  # how a verdict names it
FILES_IN_MEMORY = (io.StringIO, io.BytesIO)
WRITERS = ("_csv", "csv", "_io", "gzip", "codecs", "_pickle", "pickle")  # whose objects write into others


def written_by(thing: Any) -> list[Any]:
    """Return the files in memory into which an object writes, or from which it reads: csv.writer(text), for example."""
    if type(thing).__module__ not in WRITERS or type(thing) in FILES_IN_MEMORY:
        return []
    found, left = list[Any](), [thing]
    for _ in range(10):
        if not left:
            break
        for part in gc.get_referents(left.pop()):
            part = getattr(part, "__self__", part) if isinstance(part, types.BuiltinFunctionType) else part
            if type(part) in FILES_IN_MEMORY:
                found.append(part)
            elif type(part).__module__ in WRITERS or type(part) is dict:
                left.append(part)
    return found


def told(kind: type) -> str:
    """Return how a verdict names a class that is not watched: WeakValueDictionary (weakref)."""
    return f"{kind.__name__.removeprefix('_').removesuffix('_wrapper')} ({kind.__module__.removeprefix('_')})"


def is_named(kind: type) -> bool:
    """Whether a verdict names objects of a class: what happens inside of a builtin's methods is known to be atomic.

    A generator is named, because a thread may ask for an item while another runs it, up to its very end.
    """
    if kind is types.GeneratorType:
        return True
    atomic = (*CONTAINERS, BaseException, types.SimpleNamespace, functools.partial, ENVIRONMENT, contextvars.Context)
    if kind is types.MappingProxyType:
        return False
    return kind.__module__ not in ("builtins", "itertools") and not issubclass(kind, atomic)


def is_memory(kind: type) -> bool:
    """Whether the objects of a class of ctypes are views of memory, which other objects may show as well."""
    return type(kind).__module__ == "_ctypes"


def whole_of(thing: Any) -> Any:
    """Return the array of numpy behind a slice of it, or the thing itself."""
    kind = type(thing)
    while kind.__module__ == "numpy" and type(getattr(thing, "base", None)) is kind:
        thing = thing.base
    return thing
