"""Iterators in C: what one draws from, and whether it runs code in Python; the lab's own stand before real ones."""

from __future__ import annotations

import gc
import itertools
import types
from collections import deque
from typing import Any

from ...engine.identity import identity
from ...engine.places import container_of
from .kinds import METHOD_OF_CLASS, OPAQUE, how

OF_TEE: Any = type(gc.get_referents(itertools.tee(())[0])[-1])  # what the iterators of one tee() share
CALLS_UNTIL = type(iter(int, 1))
OF_EACH = (itertools.chain, itertools.starmap)  # these may iterate over what a container holds
ATOMIC = (types.BuiltinFunctionType, METHOD_OF_CLASS, types.MethodDescriptorType)


def is_iterator(thing: Any) -> bool:
    """Whether a thing keeps its own place in what it iterates over: a generator, iter(…), map(…), itertools.count()."""
    kind = type(thing)
    return hasattr(kind, "__next__") and kind.__module__ in (
        "builtins",
        "itertools",
        "collections",
        "_collections",
        "array",
    )


def beneath(thing: Any) -> list[Any]:
    """Return what a thing in C will read: of chain(orders, more) both, of a memoryview the bytearray behind it."""
    found = shown_by(thing)
    left = [thing] if is_iterator(thing) else []
    while left:
        for value in gc.get_referents(left.pop()):
            container = container_of(value)
            if container is not None:
                found.append(container)
                if type(thing) in OF_EACH:
                    found += [each for part in parts_of(container) for each in holding_items(part)]
            elif (
                type(value) is not types.GeneratorType
                and how(type(value), "__iter__") is OPAQUE
                and not is_iterator(value)
            ):
                found += [value, *shown_by(value)]
            elif type(value) in (tuple, OF_TEE) or (is_iterator(value) and type(value) is not types.GeneratorType):
                left.append(value)
    return found


def is_used_up(thing: Any) -> bool:
    """Whether who takes an item of a thing leaves one less for others: of an iterator, or of a file."""
    return hasattr(type(thing), "__next__")


def holding_items(thing: Any) -> list[Any]:
    """Return a thing that is no iterator, but holds items, and what it shows; nothing for any other."""
    container = container_of(thing)
    if container is not None:
        return [container]
    return [] if is_iterator(thing) or how(type(thing), "__iter__") is not OPAQUE else [thing, *shown_by(thing)]


def shown_by(thing: Any) -> list[Any]:
    """Return what a memoryview or a MappingProxyType shows, which may be another one."""
    found: list[Any] = []
    while type(thing) in (memoryview, types.MappingProxyType):
        if type(thing) is memoryview:
            try:
                thing = thing.obj
            except ValueError:  # released
                break
        else:
            thing = gc.get_referents(thing)[0]
        found.append(thing)
    return found


def iterators_in(thing: Any) -> list[Any]:
    """Return the iterators from which another one draws: of zip(one, two) both, of islice(one, 3) that one."""
    found: dict[int, Any] = {}
    opens = is_iterator(thing) and type(thing) is not types.GeneratorType and not is_walk(thing)  # a Walk tells itself
    left = [thing] if opens else []
    while left:
        owner = left.pop()
        parts = gc.get_referents(owner)
        # The second tuple, and that of enumerate(), is the last item, which is kept to be filled again.
        tuples = [part for part in parts if type(part) is tuple][: 0 if type(owner) is enumerate else 1]
        if type(thing) in OF_EACH:  # what it will come to, such as the parts of chain.from_iterable([one, two])
            parts += [each for part in parts if type(part) in (list, deque) for each in part]
        for value in [part for part in parts if type(part) is not tuple] + tuples:
            if type(value) in (tuple, OF_TEE):
                left.append(value)
            elif is_iterator(value) and value is not thing and identity(value) not in found:
                if not is_walk(thing) or value is thing.whole:  # else it is the real one, which only `thing` has
                    found[identity(value)] = value
                left += [value] if type(value) is not types.GeneratorType else []
    return list(found.values())


def is_walk(thing: Any) -> bool:
    """Whether a thing is the lab's own iterator, which stands before a real one."""
    return hasattr(type(thing), "whole")


def unwrapped(thing: Any) -> Any:
    """Return the real iterator behind the lab's own, for code that has come to a step and takes all items in it."""
    return thing.source if is_walk(thing) else thing


def runs_python(thing: Any) -> bool:
    """Whether an iterator runs code in Python for an item: a generator does, or map() of a function."""
    inner = unwrapped(thing)
    return any(
        type(each) in (types.GeneratorType, CALLS_UNTIL)
        or (not is_walk(each) and any(map(is_python, gc.get_referents(each))))
        for each in (inner, *iterators_in(inner))
    )


def is_python(thing: Any) -> bool:
    """Whether a call of a thing runs code in Python: of a function, or of a class with an `__init__` of its own."""
    if isinstance(thing, type):
        return any(isinstance(getattr(thing, name), types.FunctionType) for name in ("__init__", "__new__"))
    return callable(thing) and type(thing) not in ATOMIC


def parts_of(thing: Any) -> list[Any]:
    """Return what a container holds. From 3.13 on, the collector does not find what vars(job) shares with a job."""
    if issubclass(type(thing), dict):
        return [*dict.keys(thing), *dict.values(thing)]
    return gc.get_referents(thing)
