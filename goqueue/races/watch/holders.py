"""What can hold state, each with a way to put it back: containers, objects, classes, functions, caches.

A holder keeps what was in it, shallowly. It stays the same object when that is put back, because others refer to it.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from types import MemberDescriptorType, ModuleType
from typing import Any

from ..doubles.stage.references import HEAP
from .positions import another_like, owner_of, position_of, stands_at

Items = list[tuple[Any, Any]]


class Holder:
    """One thing that holds state. `put_back` returns whether that was needed; it may raise CannotPutBack."""

    looks_at_others = False  # whether it can be put back only after what others hold

    def __init__(self, thing: Any, path: str) -> None:
        self.thing, self.path = thing, path
        self.before = self.items()

    def items(self) -> Items:
        """Return what the thing holds now: names or keys, and values."""
        raise NotImplementedError

    def restore(self) -> None:
        """Make the thing hold what it held before."""
        raise NotImplementedError

    def is_changed(self) -> bool:
        """Whether the thing holds something else than before."""
        return not same(self.items(), self.before)

    def put_back(self) -> bool:
        """Restore the thing, if it has changed. Return whether it had."""
        changed = self.is_changed()
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
    """A list or a deque."""

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
        return next(kind for kind in (list, deque) if isinstance(thing, kind))


class Set(Holder):
    """A set."""

    def items(self) -> Items:
        """The items, each with itself."""
        return [(item, None) for item in set.__iter__(self.thing)]

    def is_changed(self) -> bool:
        """Compare in any order, because a set has none."""
        before = {id(item) for item, _ in self.before}
        return before != {id(item) for item in set.__iter__(self.thing)}

    def restore(self) -> None:
        """In place."""
        set.clear(self.thing)
        set.update(self.thing, [item for item, _ in self.before])


class Globals(Holder):
    """The globals of a module, or the attributes of a class: each name that is no `__name__`.

    An iterator in C cannot be wound back, so each run gets another one that begins at the same position.
    """

    looks_at_others = True  # a copy of an iterator over a list needs its items

    def __init__(self, thing: Any, path: str) -> None:
        super().__init__(thing, path)
        self._names = dict(self.before)
        self._renewed: dict[str, tuple[Any, Any]] = {}  # iterators of before, and their positions

    def renew(self, name: str, iterator: Any) -> None:
        """Before each run, bind a name to another iterator, which begins where this one is."""
        self._renewed[name] = iterator, position_of(owner_of(iterator))
        self._bind(name, another_like(iterator))

    def is_changed(self) -> bool:
        """Leave out the names that stand for another iterator in each run."""
        now, before = (
            [pair for pair in items if pair[0] not in self._renewed] for items in (self.items(), self.before)
        )
        return not same(now, before)

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
            if name in self._renewed:
                if not stands_at(now.get(name), self._renewed[name][1]):
                    changed = True
                    self._bind(name, another_like(value))
            elif now.get(name, now) is not value:
                changed = True
                self._bind(name, value)
        return changed

    def end(self) -> None:
        """After the last run, bind the iterators of before."""
        for name, (iterator, _) in self._renewed.items():
            self._bind(name, iterator)

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


class Variable(Holder):
    """A variable of a function, which the functions in it share."""

    def items(self) -> Items:
        """Its value, or nothing if it has none."""
        try:
            return [("", self.thing.cell_contents)]
        except ValueError:
            return []

    def restore(self) -> None:
        """Set or delete it."""
        if self.before:
            self.thing.cell_contents = self.before[0][1]
        else:
            del self.thing.cell_contents


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

    def is_changed(self) -> bool:
        """Compare numbers."""
        return self.items() != self.before

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


def holder_of(thing: Any, path: str) -> Holder | None:
    """Return the holder of a container, a cache or an exception."""
    kind = type(thing)
    if issubclass(kind, dict):
        return Mapping(thing, path)
    if issubclass(kind, list | deque):
        return Sequence(thing, path)
    if issubclass(kind, set):
        return Set(thing, path)
    if hasattr(kind, "cache_info") and hasattr(kind, "cache_clear"):
        return LruCache(thing, path)
    return Fault(thing, path) if issubclass(kind, BaseException) else None
