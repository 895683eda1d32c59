"""Who refers to some objects: the references are replaced while an exploration lasts, and put back afterwards.

A real lock is a C object without a `__dict__`, so nothing can be changed in it. But the collector knows who refers to
it: the variables of a module, a class or an object, a list, a closure, the defaults of a function, a bound method.

    LOCK ──> the real lock            becomes   LOCK ──> a stand-in ──> the real lock
    cond.acquire ──> lock.acquire     becomes   cond.acquire ──> stand_in.acquire

What is not found: items of tuples and sets, the local variables of running functions, and what C code keeps.
"""

from __future__ import annotations

import dataclasses
import functools
import gc
import itertools
import operator
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from types import BuiltinMethodType, CellType, FunctionType, MemberDescriptorType, ModuleType
from typing import Any

from ...engine.sources import ENGINE
from .replacements import Replacements

# These keep the real things, because they run beside every model, and change nothing that a model shares.
RUNNERS = frozenset(
    {
        "_frozen_importlib", "_frozen_importlib_external", "_pytest", "asyncio", "coverage", "debugpy",
        "execnet", "importlib", "ipykernel", "IPython", "jupyter_client", "multiprocessing", "pluggy", "pydevd",
        "pytest", "tornado", "traitlets", "xdist", "zmq",
    }
)  # fmt: skip

HEAP, IMMUTABLE = 1 << 9, 1 << 8  # flags of a class: it is made by Python code; it cannot be changed


class Reference:
    """One place that refers to an object: what it is called, whose it is, and how to change it.

    `owner` returns the holder, or None if it is gone: a cache of references must keep nothing alive.
    """

    __slots__ = ("again", "at", "get_in", "key", "kind", "module", "name", "owner", "put_in", "searches")

    def __init__(
        self, name: str, module: str, holder: Any, key: Any, access: tuple[Callable[..., Any], Callable[..., Any]]
    ) -> None:
        self.name, self.module, self.key = name, module, key
        self.get_in, self.put_in = access
        self.kind: type | None = None
        self.at = id(holder)
        self.again: Callable[[], Any] = nobody
        self.searches = 0
        try:
            self.owner: Callable[[], Any] = weakref.ref(holder)
        except TypeError:  # a dict, a list, a cell, or an object with slots alone
            self.owner = lambda: holder
            if type(holder) is not dict or not is_module(holder):
                self.kind = type(holder)

    def rest(self) -> None:
        """Keep nothing alive until the next exploration, which finds the holder again, in the end by its type and id.

        A closure that holds a factory or a clock keeps nothing else alive.
        """
        if self.kind is not None and not (self.kind is CellType and callable(self.get())):
            self.owner = self.again

    def get(self) -> Any:
        """Return what the place refers to now."""
        holder = self.owner()
        return None if holder is None else self.get_in(holder, self.key)

    def put(self, value: Any) -> None:
        """Make the place refer to something else."""
        holder = self.owner()
        if holder is not None:
            self.put_in(holder, self.key, value)


def nobody() -> None:
    """Stand for a holder that is to be found anew."""


class Pair:
    """A real thing and what replaces it."""

    __slots__ = ("count", "found", "real", "stand_in")

    def __init__(self, real: Any, stand_in: Any) -> None:
        self.real, self.stand_in = real, stand_in
        self.count = 0
        self.found: list[tuple[Reference, str]] = []


# What was found for a real thing, with how many references it had then. Empty: nothing is to be replaced.
FOUND: weakref.WeakKeyDictionary[Any, tuple[int, list[tuple[Reference, str]]]] = weakref.WeakKeyDictionary()


def replace_references(pairs: Iterable[tuple[Any, Any]], replaced: Replacements) -> dict[int, str]:
    """Replace the references to the first of each pair by the second. Return what the objects are called, by id."""
    substitutes = {id(real): Pair(real, stand_in) for real, stand_in in pairs}
    search(substitutes)
    replaced.later(lambda: rest(substitutes))
    names: dict[int, str] = {}
    for pair in substitutes.values():
        for reference, attribute in pair.found:
            before = reference.get()
            substitute = getattr(pair.stand_in, attribute, None) if attribute else pair.stand_in
            if substitute is not None and (before is pair.real or (attribute and is_bound(before, pair.real))):
                if not attribute and reference.name:
                    names[id(pair.real)] = min(names.get(id(pair.real), reference.name), reference.name)
                reference.put(substitute)
                replaced.later(undo(reference, substitute, before))
    return names


def find_holders() -> None:
    """Find the holders of earlier explorations to which no weak reference can be kept.

    Most refer to the real thing itself, and the interpreter finds these fast. All objects are searched for the others.
    Another object may have the id of one that is gone. That does no harm: it is looked at before it is used.
    """
    unknown = {real: [one for one, _ in found if one.owner is nobody] for real, (_, found) in FOUND.items()}
    reals = [real for real, missing in unknown.items() if missing]
    if reals:
        missing = find_among(gc.get_referrers(*reals), list(itertools.chain.from_iterable(unknown.values())))
        if missing:
            find_among(gc.get_objects(), missing)


def find_among(things: list[Any], missing: list[Reference]) -> list[Reference]:
    """Give references the holders that are among these things. Return those that have none."""
    wanted = {reference.at for reference in missing}
    holders = {id(one): one for one in itertools.compress(things, map(wanted.__contains__, map(id, things)))}
    found = [reference for reference in missing if type(holders.get(reference.at)) is reference.kind]
    for reference in found:
        reference.searches += 1
        if reference.searches == OFTEN:
            reference.again = way_to(holders[reference.at], {id(things), id(holders)})
    for reference in found:  # not before: a way must not begin at what keeps a holder for now
        reference.owner = functools.partial(operator.itemgetter(0), (holders[reference.at],))
    return [reference for reference in missing if reference.owner is nobody]


OFTEN = 4  # searches for a holder: one that is found so often will live on, so a way to it is worth its price
LEVELS = 5  # between a holder and what a weak reference can be kept to: a cell, a closure, its function


def way_to(holder: Any, ours: set[int]) -> Callable[[], Any]:
    """Return a function that finds a holder again, from a thing above it to which a weak reference can be kept."""
    level = [holder]
    ways: dict[int, tuple[tuple[int, type], ...]] = {id(holder): ((id(holder), type(holder)),)}
    for _ in range(LEVELS):
        above = [one for one in referrers(level) if id(one) not in ours and id(one) not in ways]
        ours.add(id(level))
        above.sort(key=lambda one: not isinstance(one, (type, ModuleType)))  # these live longest
        for one in above:
            below = next(below for below in gc.get_referents(one) if id(below) in ways)
            try:
                return functools.partial(walk, weakref.ref(one), ways[id(below)])
            except TypeError:
                ways[id(one)] = ((id(one), type(one)), *ways[id(below)])
        level = above
    return nobody


def walk(anchor: Callable[[], Any], way: tuple[tuple[int, type], ...]) -> Any:
    """Return the thing at the end of a way, or None if the way is broken."""
    thing = anchor()
    for at, kind in way:
        thing = next((one for one in gc.get_referents(thing) if id(one) == at and type(one) is kind), None)
    return thing


def rest(substitutes: dict[int, Pair]) -> None:
    """Let go of all holders, after the exploration."""
    for pair in substitutes.values():
        for reference, _ in pair.found:
            reference.rest()


def search(substitutes: dict[int, Pair]) -> None:
    """Find the references to each real thing: from the cache, if it has as many as when they were found."""
    unknown = []
    for pair in substitutes.values():
        # Each object refers to its class, so for a class only a new module can have a new name for it.
        pair.count = len(sys.modules) if isinstance(pair.real, type) else sys.getrefcount(pair.real)
        known = FOUND.get(pair.real)
        if known is not None and known[0] == pair.count and all(still(pair.real, *one) for one in known[1]):
            pair.found = known[1]
        else:
            unknown.append(pair.real)
    if not unknown:
        return
    for value, reference in references_to(unknown):
        method = id(value) not in substitutes
        pair = substitutes[id(value.__self__ if method else value)]
        if is_a_runners(reference) or (callable(pair.real) and not reference.module):
            continue  # a clock in some table, for instance: only names are replaced
        pair.found.append((reference, value.__name__ if method else ""))
    for real in unknown:
        pair = substitutes[id(real)]
        FOUND[real] = (pair.count, pair.found)


def still(real: Any, reference: Reference, attribute: str) -> bool:
    """Whether a reference that was found earlier refers to the same thing as then."""
    now = reference.get()
    return is_bound(now, real) if attribute else now is real


def is_bound(method: Any, thing: Any) -> bool:
    """Whether a method is one of this thing."""
    return type(method) is BuiltinMethodType and method.__self__ is thing


def undo(reference: Reference, substitute: Any, real: Any) -> Callable[[], None]:
    """Return a function that puts the real thing back, unless the program has put something else there."""

    def put_back() -> None:
        if reference.get() is substitute:
            reference.put(real)

    return put_back


def is_a_runners(reference: Reference) -> bool:
    """Whether a reference belongs to the lab, or to a program that runs models."""
    return reference.module.partition(".")[0] in RUNNERS or f"{reference.module}.".startswith(ENGINE)


def references_to(targets: list[Any]) -> Iterator[tuple[Any, Reference]]:
    """Yield each target, or a bound method of one, with a reference to it."""
    found, ids = referrers(targets), set(map(id, targets))
    bound = [one for one in found if type(one) is BuiltinMethodType and is_method_of(one, ids)]
    found += [one for one in referrers(bound) if one is not found] if bound else []
    by_id = {id(target): target for target in [*targets, *bound]}
    owners = owners_of([one for one in found if may_have_an_owner(one, by_id)])
    for holder in found:
        for value, reference in spots(holder, owners, by_id):
            if id(value) in by_id:
                yield value, reference


def may_have_an_owner(holder: Any, wanted: dict[int, Any]) -> bool:
    """Whether a holder may be the `__dict__` of a class or an object, or the defaults of a function."""
    if type(holder) is dict:
        return not is_module(holder)
    if type(holder) is not tuple or len(holder) > 20:
        return False
    return any(id(value) in wanted and not isinstance(value, type) for value in holder)


def is_module(holder: dict[Any, Any]) -> bool:
    """Whether a dict holds the variables of a module."""
    return "__builtins__" in holder or "__spec__" in holder


def is_method_of(method: BuiltinMethodType, ids: set[int]) -> bool:
    """Whether a bound method is one of a lock or a queue among the targets."""
    return id(method.__self__) in ids and not callable(method.__self__)


def referrers(targets: list[Any]) -> list[Any]:
    """Return who refers to the targets, without this list itself."""
    return [one for one in gc.get_referrers(*targets) if one is not targets and type(one) is not type(sys._getframe())]


def owners_of(holders: list[Any]) -> dict[int, Any]:
    """Return, by the id of a dict or a tuple, the class, object or function that it is a part of."""
    owners: dict[int, Any] = {}
    ids = {id(holder) for holder in holders}
    for owner in referrers(holders) if holders else ():
        if isinstance(owner, FunctionType):
            part: Any = owner.__defaults__
        elif isinstance(owner, type):
            part = next((one for one in gc.get_referents(owner) if id(one) in ids and type(one) is dict), None)
        elif type(owner) in (dict, list, tuple):
            continue
        else:
            part = dict_of(owner)
        if part is not None and id(part) in ids:
            owners[id(part)] = owner
    return owners


def dict_of(thing: Any) -> dict[str, Any] | None:
    """Return the `__dict__` of an object, without running code of its own."""
    try:
        found = object.__getattribute__(thing, "__dict__")
    except (AttributeError, TypeError):
        return None
    return found if type(found) is dict else None


Spot = tuple[Any, Reference]


def spots(holder: Any, owners: dict[int, Any], wanted: dict[int, Any]) -> Iterator[Spot]:
    """Yield what a holder refers to, as far as it can be replaced, and where."""
    kind = type(holder)
    if kind is dict:
        yield from spots_of_dict(holder, owners.get(id(holder)), wanted)
    elif kind in (list, deque):
        for at, value in enumerate(holder):
            if id(value) in wanted:
                yield value, Reference("", "", holder, at, IN_ITEMS)
    elif kind is CellType:
        yield holder.cell_contents, Reference("", "a closure", holder, None, IN_CELL)
    elif kind is tuple:
        owner = owners.get(id(holder))
        if isinstance(owner, FunctionType) and not is_of_library(str(owner.__module__)):
            for at, value in enumerate(holder):
                if id(value) in wanted:
                    yield value, Reference("", str(owner.__module__), owner, at, IN_DEFAULTS)
    elif not isinstance(holder, type) and kind is not BuiltinMethodType:
        yield from spots_of_object(holder, wanted)


def spots_of_dict(holder: dict[Any, Any], owner: Any, wanted: dict[int, Any]) -> Iterator[Spot]:
    """Yield the items of the variables of a module, a class or an object, or of a plain dict."""
    module = str(holder.get("__name__", "")) if is_module(holder) else ""
    if isinstance(owner, type):
        if owner.__flags__ & IMMUTABLE or not owner.__flags__ & HEAP:
            return
        for name, value in list(holder.items()):
            if id(value) in wanted:
                yield value, Reference(f"{owner.__name__}.{name}", str(owner.__module__), owner, name, IN_CLASS)
    elif owner is not None and not module:
        yield from spots_of_object(owner, wanted)
    elif not is_of_library(module):  # a library's locks guard its caches, which the first run fills
        for key, value in list(holder.items()):
            if id(value) in wanted:
                yield value, Reference(key if isinstance(key, str) else "", module, holder, key, IN_ITEMS)


def is_of_library(module: str) -> bool:
    """Whether a module belongs to the standard library."""
    return module.partition(".")[0] in sys.stdlib_module_names


def spots_of_object(holder: Any, wanted: dict[int, Any]) -> Iterator[Spot]:
    """Yield the attributes and slots of an object."""
    if is_kept(holder):
        return
    kind, module = type(holder).__name__, str(type(holder).__module__)
    for name, value in list((dict_of(holder) or {}).items()):
        if id(value) in wanted:
            yield value, Reference(f"{kind}.{name}", module, holder, name, IN_OBJECT)
    for base in type(holder).__mro__:
        for name, slot in list(vars(base).items()) if "__slots__" in vars(base) else ():
            if type(slot) is MemberDescriptorType:
                value = in_slot(holder, slot)
                if id(value) in wanted:
                    yield value, Reference(f"{kind}.{name}", module, holder, slot, IN_SLOT)


def is_kept(owner: Any) -> bool:
    """Whether an object keeps the real things: a real thread, a Field.

    What a dataclass's fields hold is only read to make another class.
    """
    return isinstance(owner, threading.Thread | dataclasses.Field)


# -- how each kind of place is read and changed -------------------------------------------------------


def in_items(holder: Any, key: Any) -> Any:
    if type(holder) is dict:
        return holder.get(key)
    return holder[key] if key < len(holder) else None


def in_cell(cell: CellType, key: None) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # emptied meanwhile
        return None


def in_slot(holder: Any, slot: MemberDescriptorType) -> Any:
    try:
        return slot.__get__(holder)
    except (AttributeError, TypeError):  # deleted meanwhile
        return None


def in_defaults(function: FunctionType, at: int) -> Any:
    defaults = function.__defaults__ or ()
    return defaults[at] if at < len(defaults) else None


def put_in_defaults(function: FunctionType, at: int, value: Any) -> None:
    defaults = list(function.__defaults__ or ())
    defaults[at] = value
    function.__defaults__ = tuple(defaults)


IN_ITEMS = (in_items, operator.setitem)
IN_OBJECT = (lambda holder, key: (dict_of(holder) or {}).get(key), object.__setattr__)
IN_CLASS = (lambda holder, key: vars(holder).get(key), type.__setattr__)
IN_CELL = (in_cell, lambda cell, key, value: setattr(cell, "cell_contents", value))
IN_SLOT = (in_slot, lambda holder, slot, value: slot.__set__(holder, value))
IN_DEFAULTS = (in_defaults, put_in_defaults)
