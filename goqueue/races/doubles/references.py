"""Who refers to some objects: the references are replaced while an exploration lasts, and put back afterwards.

A real lock is a C object without a `__dict__`, so nothing can be changed in it. But the collector knows who refers to
it: the variables of a module, a class or an object, a list, a closure, the defaults of a function, a bound method.

    LOCK ──> the real lock            becomes   LOCK ──> a stand-in ──> the real lock
    cond.acquire ──> lock.acquire     becomes   cond.acquire ──> stand_in.acquire

What is not found: items of tuples and sets, the local variables of running functions, and what C code keeps.
"""

from __future__ import annotations

import gc
import logging
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from types import BuiltinMethodType, CellType, FunctionType, MemberDescriptorType
from typing import Any

from ..engine.sources import ENGINE
from .replacements import Replacements

# These keep the real things, because they run beside every model, and change nothing that a model shares.
RUNNERS = frozenset(
    {
        "_frozen_importlib", "_frozen_importlib_external", "_pytest", "_thread", "asyncio", "coverage", "debugpy",
        "execnet", "importlib", "ipykernel", "IPython", "jupyter_client", "multiprocessing", "pluggy", "pydevd",
        "pytest", "threading", "tornado", "traitlets", "xdist", "zmq",
    }
)  # fmt: skip

HEAP, IMMUTABLE = 1 << 9, 1 << 8  # flags of a class: it is made by Python code; it cannot be changed

Put = Callable[[Any], object]


class Reference:
    """One place that refers to an object: what it is called, whose it is, and how to change it."""

    __slots__ = ("get", "module", "name", "put")

    def __init__(self, name: str, module: str, get: Callable[[], Any], put: Put) -> None:
        self.name, self.module, self.get, self.put = name, module, get, put


def replace_references(pairs: Iterable[tuple[Any, Any]], replaced: Replacements) -> dict[int, str]:
    """Replace the references to the first of each pair by the second. Return what the objects are called, by id."""
    substitutes = {id(real): (real, stand_in) for real, stand_in in pairs}
    names: dict[int, str] = {}
    for real, reference in references_to([real for real, _ in substitutes.values()]):
        if callable(real) and not reference.module:
            continue  # a clock or a class in some table: only names are replaced
        if id(real) not in substitutes:  # a bound method of one
            substitute = getattr(substitutes[id(real.__self__)][1], real.__name__, None)
        else:
            substitute = substitutes[id(real)][1]
            both = (names.get(id(real), ""), reference.name)
            names[id(real)] = min(both, key=lambda name: (not name, name))
        if substitute is not None and not is_a_runners(reference):
            reference.put(substitute)
            replaced.later(undo(reference, substitute, real))
    return names


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
    owners = owners_of([one for one in found if type(one) is dict or type(one) is tuple])
    for holder in found:
        for name, value, reference in spots(holder, owners, by_id):
            if id(value) in by_id and by_id[id(value)] is value:
                yield value, reference(name)


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


Spot = tuple[str, Any, Callable[[str], Reference]]


def spots(holder: Any, owners: dict[int, Any], wanted: dict[int, Any]) -> Iterator[Spot]:
    """Yield what a holder refers to, as far as it can be replaced: a name, the value, and how to make a Reference."""
    kind = type(holder)
    if kind is dict:
        yield from spots_of_dict(holder, owners.get(id(holder)), wanted)
    elif kind in (list, deque):
        for at, value in enumerate(holder):
            if id(value) in wanted:
                yield "", value, in_items(holder, at, "")
    elif kind is CellType:
        yield "", holder.cell_contents, in_cell(holder)
    elif kind is tuple:
        owner = owners.get(id(holder))
        if isinstance(owner, FunctionType):
            yield from spots_of_defaults(owner, wanted)
    elif not isinstance(holder, type) and kind is not BuiltinMethodType:
        yield from spots_of_object(holder, wanted)


def spots_of_dict(holder: dict[Any, Any], owner: Any, wanted: dict[int, Any]) -> Iterator[Spot]:
    """Yield the items of the variables of a module, a class or an object, or of a plain dict."""
    if isinstance(owner, type):
        if owner.__flags__ & IMMUTABLE or not owner.__flags__ & HEAP:
            return
        for name, value in list(holder.items()):
            if id(value) in wanted:
                yield f"{owner.__name__}.{name}", value, in_class(owner, name)
        return
    module = str(holder.get("__name__", "")) if "__builtins__" in holder or "__spec__" in holder else ""
    if module and (module in sys.stdlib_module_names or module.partition(".")[0] in sys.stdlib_module_names):
        return  # its locks guard its caches, which the first run fills; its clocks are replaced by name
    if owner is not None and not module:
        if is_kept(owner):
            return
        module, prefix = str(type(owner).__module__), f"{type(owner).__name__}."
    else:
        prefix = ""
    for key, value in list(holder.items()):
        if id(value) in wanted:
            yield f"{prefix}{key}" if isinstance(key, str) else "", value, in_items(holder, key, module)


def spots_of_object(holder: Any, wanted: dict[int, Any]) -> Iterator[Spot]:
    """Yield the attributes and slots of an object."""
    if is_kept(holder):
        return
    kind, module = type(holder).__name__, str(type(holder).__module__)
    own = dict_of(holder) or {}
    for name, value in list(own.items()):
        if id(value) in wanted:
            yield f"{kind}.{name}", value, in_items(own, name, module)
    for base in type(holder).__mro__:
        for name, slot in vars(base).items() if "__slots__" in vars(base) else ():
            if type(slot) is MemberDescriptorType:
                try:
                    value = slot.__get__(holder)
                except (AttributeError, TypeError):
                    continue
                if id(value) in wanted:
                    yield f"{kind}.{name}", value, in_slot(slot, holder, module)


def is_kept(owner: Any) -> bool:
    """Whether an object keeps its real locks: a real thread, and a handler of logging's or of a test runner's."""
    if isinstance(owner, logging.Handler):
        return type(owner).__module__.partition(".")[0] in ("logging", *RUNNERS)
    return isinstance(owner, threading.Thread)


def spots_of_defaults(function: FunctionType, wanted: dict[int, Any]) -> Iterator[Spot]:
    """Yield the defaults of a function's arguments."""
    module = str(function.__module__)
    if module.partition(".")[0] in sys.stdlib_module_names:
        return
    for at, value in enumerate(function.__defaults__ or ()):
        if id(value) in wanted:
            yield "", value, in_defaults(function, at, module)


def in_items(holder: Any, key: Any, module: str) -> Callable[[str], Reference]:
    def get() -> Any:
        return holder.get(key) if type(holder) is dict else holder[key] if key < len(holder) else None

    return lambda name: Reference(name, module, get, lambda value: holder.__setitem__(key, value))


def in_class(owner: type, key: str) -> Callable[[str], Reference]:
    def put(value: Any) -> None:
        type.__setattr__(owner, key, value)

    return lambda name: Reference(name, str(owner.__module__), lambda: vars(owner).get(key), put)


def in_cell(cell: CellType) -> Callable[[str], Reference]:
    def put(value: Any) -> None:
        cell.cell_contents = value

    def get() -> Any:
        try:
            return cell.cell_contents
        except ValueError:  # emptied meanwhile
            return None

    return lambda name: Reference(name, "a closure", get, put)


def in_slot(slot: MemberDescriptorType, holder: Any, module: str) -> Callable[[str], Reference]:
    def put(value: Any) -> None:
        slot.__set__(holder, value)

    def get() -> Any:
        try:
            return slot.__get__(holder)
        except AttributeError:  # deleted meanwhile
            return None

    return lambda name: Reference(name, module, get, put)


def in_defaults(function: FunctionType, at: int, module: str) -> Callable[[str], Reference]:
    def get() -> Any:
        defaults = function.__defaults__ or ()
        return defaults[at] if at < len(defaults) else None

    def put(value: Any) -> None:
        defaults = list(function.__defaults__ or ())
        defaults[at] = value
        function.__defaults__ = tuple(defaults)

    return lambda name: Reference(name, module, get, put)
