"""What can hold state, each with a way to put it back: containers, objects, classes, functions, caches, counters.

A holder keeps what was in it, shallowly. It stays the same object when that is put back, because others refer to it.
"""

from __future__ import annotations

import itertools
import re
from collections import OrderedDict, deque
from types import GeneratorType, MemberDescriptorType, MethodWrapperType, ModuleType
from typing import Any

from ..doubles.stage.references import HEAP

Items = list[tuple[Any, Any]]


class Holder:
    """One thing that holds state. `put_back` returns whether that was needed; it may raise CannotPutBack."""

    def __init__(self, thing: Any, path: str) -> None:
        self.thing, self.path = thing, path
        self.before = self.items()

    def items(self) -> Items:
        """Return what the thing holds now: names or keys, and values."""
        raise NotImplementedError

    def restore(self) -> None:
        """Make the thing hold what it held before."""
        raise NotImplementedError

    def put_back(self) -> bool:
        """Restore the thing, if it has changed. Return whether it had."""
        changed = not same(self.items(), self.before)
        if changed:
            self.restore()
        return changed


def same(now: Items, before: Items) -> bool:
    """Whether both hold the same objects. Runs no code of the model, as `==` would."""
    return len(now) == len(before) and all(
        left[0] is right[0] and left[1] is right[1] for left, right in zip(now, before, strict=True)
    )


class Mapping(Holder):
    """A dict, or one that belongs to an object."""

    def items(self) -> Items:
        """Keys and values."""
        return list(self._base().items(self.thing))

    def restore(self) -> None:
        """In place."""
        self._base().clear(self.thing)
        self._base().update(self.thing, self.before)

    def _base(self) -> Any:
        """Return the class whose methods are not the model's own."""
        return OrderedDict if isinstance(self.thing, OrderedDict) else dict


class Attributes(Mapping):
    """The dict of an object's attributes. A run may give the object another one."""

    def __init__(self, owner: Any, own: dict[str, Any], path: str) -> None:
        super().__init__(own, path)
        self.owner = owner

    def put_back(self) -> bool:
        """Give the object its own dict again."""
        exchanged = object.__getattribute__(self.owner, "__dict__") is not self.thing
        if exchanged:
            object.__setattr__(self.owner, "__dict__", self.thing)
        return super().put_back() or exchanged


class Sequence(Holder):
    """A list, a deque, or a bytearray."""

    def items(self) -> Items:
        """The items, each with itself."""
        return [(item, None) for item in type(self).base(self.thing).__iter__(self.thing)]

    def restore(self) -> None:
        """In place."""
        base = type(self).base(self.thing)
        base.clear(self.thing)
        base.extend(self.thing, [item for item, _ in self.before])

    @staticmethod
    def base(thing: Any) -> Any:
        """Return the class whose methods are not the model's own."""
        return next(kind for kind in (list, deque, bytearray) if isinstance(thing, kind))


class Set(Holder):
    """A set."""

    def items(self) -> Items:
        """The items, each with itself."""
        return [(item, None) for item in set.__iter__(self.thing)]

    def put_back(self) -> bool:
        """Compare in any order, because a set has none."""
        before = {id(item) for item, _ in self.before}
        changed = before != {id(item) for item in set.__iter__(self.thing)}
        if changed:
            self.restore()
        return changed

    def restore(self) -> None:
        """In place."""
        set.clear(self.thing)
        set.update(self.thing, [item for item, _ in self.before])


class Globals(Holder):
    """The globals of a module, or the attributes of a class: each name that is no `__name__`.

    A counter made by itertools.count cannot be wound back, so each run gets another that begins at the same number.
    """

    def __init__(self, thing: Any, path: str) -> None:
        super().__init__(thing, path)
        self._names = dict(self.before)
        self.counters: dict[str, Any] = {}

    def renew(self, name: str, counter: Any) -> None:
        """Before each run, bind a name to another counter, which begins where this one is."""
        self.counters[name] = counter
        self._bind(name, counter_like(counter))

    def items(self) -> Items:
        """Names and values. A module inside is none, because an import adds it once only."""
        space = self.thing if type(self.thing) is dict else vars(self.thing)
        return [
            (name, value)
            for name, value in list(space.items())
            if not (type(name) is str and name.startswith("__")) and not isinstance(value, ModuleType)
        ]

    def put_back(self) -> bool:
        """Bind each name to its old value."""
        now = dict(self.items())
        changed = False
        for name in now.keys() - self._names.keys():
            changed = True
            self._unbind(name)
        for name, value in self._names.items():
            if name in self.counters:
                if not is_counter(now.get(name)) or repr(counter_of(now[name])) != repr(counter_of(value)):
                    changed = True
                    self._bind(name, counter_like(value))
            elif now.get(name, now) is not value:
                changed = True
                self._bind(name, value)
        return changed

    def end(self) -> None:
        """After the last run, bind the counters of before."""
        for name, counter in self.counters.items():
            self._bind(name, counter)

    def _bind(self, name: str, value: Any) -> None:
        if type(self.thing) is dict:
            self.thing[name] = value
        else:
            type.__setattr__(self.thing, name, value)

    def _unbind(self, name: str) -> None:
        if type(self.thing) is dict:
            del self.thing[name]
        else:
            type.__delattr__(self.thing, name)


class Slots(Holder):
    """The slots of an object."""

    def items(self) -> Items:
        """Descriptors and values."""
        found: Items = []
        for slot in slots_of(type(self.thing)):
            try:
                found.append((slot, slot.__get__(self.thing)))
            except AttributeError:
                continue
        return found

    def restore(self) -> None:
        """Set and delete, past the model's own `__setattr__`."""
        for slot, _ in self.items():
            slot.__delete__(self.thing)
        for slot, value in self.before:
            slot.__set__(self.thing, value)


class Fault(Holder):
    """An exception that was made before the run: to raise it changes it."""

    FIELDS = ("args", "__cause__", "__context__", "__suppress_context__", "__traceback__")

    def items(self) -> Items:
        """Names and values."""
        return [(name, getattr(self.thing, name)) for name in self.FIELDS]

    def restore(self) -> None:
        """Set each field. `__suppress_context__` comes after `__cause__`, which sets it as well."""
        for name, value in self.before:
            setattr(self.thing, name, value)


def slots_of(kind: type) -> list[Any]:
    """Return the descriptors of the slots of a class, as far as Python code declares them."""
    bases = [base for base in kind.__mro__ if "__slots__" in vars(base) and base.__flags__ & HEAP]
    return [value for base in bases for value in vars(base).values() if type(value) is MemberDescriptorType]


class CannotPutBack(Exception):
    """State has changed that nothing can put back."""


class LruCache(Holder):
    """What functools.lru_cache and functools.cache make. It can be emptied, and nothing else."""

    def items(self) -> Items:
        """How many results it holds. A hit changes nothing."""
        info = self.thing.cache_info()
        return [(info.misses, info.currsize)]

    def put_back(self) -> bool:
        """Empty the cache, if it was empty before. Raises CannotPutBack otherwise."""
        now, before = self.thing.cache_info(), self.before[0]
        if (now.misses, now.currsize) == before:
            return False
        if before[1]:
            self.before = self.items()
            raise CannotPutBack
        changed = bool(now.currsize)
        self.thing.cache_clear()
        self.before = self.items()
        return changed


class Counter(Holder):
    """The number at which an itertools.count is. `Globals` binds the name to another such counter before each run."""

    def items(self) -> Items:
        """The next number, as text."""
        return [(repr(self.thing), None)]

    def put_back(self) -> bool:
        """Raises CannotPutBack if it has counted."""
        if self.items() == self.before:
            return False
        self.before = self.items()
        raise CannotPutBack


class Generator(Counter):
    """A generator that was begun before the run."""

    def items(self) -> Items:
        """Where it is, and with which values."""
        frame = self.thing.gi_frame
        return [] if frame is None else [(frame.f_lasti, {name: id(value) for name, value in frame.f_locals.items()})]


def is_counter(thing: Any) -> bool:
    """Whether a thing is an itertools.count, or the `__next__` of one."""
    return type(counter_of(thing)) is itertools.count


def counter_of(thing: Any) -> Any:
    """Return what a `__next__` belongs to, and another thing itself."""
    return thing.__self__ if type(thing) is MethodWrapperType and thing.__name__ == "__next__" else thing


def counter_like(counter: Any) -> Any:
    """Return another itertools.count that goes on from the same number, or None for numbers of another kind.

    >>> next(counter_like(itertools.count(5, 2))), counter_like(itertools.count(7).__next__)()
    (5, 7)
    """
    if counter_of(counter) is not counter:
        return getattr(counter_like(counter_of(counter)), "__next__", None)
    match = re.fullmatch(r"count\((-?[\d.]+)(?:, (-?[\d.]+))?\)", repr(counter))
    if match is None:
        return None
    start, step = (float(text) if "." in text else int(text) for text in (match[1], match[2] or "1"))
    return itertools.count(start, step)


def holder_of(thing: Any, path: str) -> Holder | None:
    """Return the holder of a container, a cache, a counter or a generator."""
    kind = type(thing)
    if issubclass(kind, dict):
        return Mapping(thing, path)
    if issubclass(kind, list | deque | bytearray):
        return Sequence(thing, path)
    if issubclass(kind, set):
        return Set(thing, path)
    if hasattr(kind, "cache_info") and hasattr(kind, "cache_clear"):
        return LruCache(thing, path)
    if issubclass(kind, BaseException):
        return Fault(thing, path)
    if is_counter(thing):
        return Counter(counter_of(thing), path)
    return Generator(thing, path) if kind is GeneratorType else None
