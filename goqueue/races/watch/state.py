"""State that outlives a run is put back after each: what the model's modules hold in globals, classes and functions.

    before the first run   walk from the modules that the model can reach, and keep what each holder holds
    after each run         put back each holder that was ever seen to change; after some runs, look at all of them
    a change seen late     runs in between began with it, so begin anew, and look at this holder after each run

Without this, the first run fills a cache, and no other run sees how it is filled. What cannot be put back is named.
So is an object in C whose state nobody can read, if a run calls what may change it.
"""

from __future__ import annotations

import contextlib
import sys
from collections import deque
from collections.abc import Container, Iterable, Iterator
from types import FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import Any

from ..doubles.factories import BY_IDENTITY
from ..engine.identity import identity
from .holders import Attributes, CannotPutBack, Globals, Holder, Slots, Variable, holder_of, slots_of
from .holders_in_c import holder_in_c
from .positions import another_like, has_position, is_alone, owner_of
from .selection import is_anybodys
from .unreadable import drawn_from, hides_state, is_written

MOST_HOLDERS = 20_000
NOT_WRITABLE = (CannotPutBack, AttributeError, TypeError, ValueError, BufferError)  # all but one from Python
# References to an iterator that has one name: that name, those of its holder, and those of the call that counts them.
# Python 3.14 saves one of these.
SOLE = 5 - (sys.version_info >= (3, 14))
# Their objects hold no state of the model, or the lab has stand-ins for them.
NOT_ENTERED = {"threading", "_thread", "logging", "queue", "_queue", "builtins", "types", "typing", "enum", "abc", "re"}
NOT_ENTERED |= {"_io", "concurrent", "multiprocessing", "asyncio", "contextvars", "unittest", "pytest"}
NOT_ENTERED |= {"_pytest", "pluggy"}
# A cell that Python makes itself, from 3.12 on, with the dict of a class. Python finds the attributes of a class in a
# cache that only `setattr` keeps right. Whoever writes to the dict leaves functions in that cache that are gone.
CLASS_DICT = "__classdict__"


class State:
    """The state that a model's modules hold before the first run. `outlives` names what cannot be put back."""

    def __init__(
        self,
        spaces: Iterable[dict[str, Any]],
        functions: Iterable[FunctionType],
        handed: dict[str, Any] | None = None,
    ) -> None:
        """Begin with the globals of modules, the defaults of functions, and what a model is handed, by name."""
        self.outlives: set[str] = set()
        self._holders: list[Holder] = []
        self._seen: dict[int, Any] = {}
        self._changing: dict[int, Holder] = {}
        self._hidden: dict[int, tuple[Any, str]] = {}  # objects whose state nobody can read, by identity
        self._looked = 0  # the last run after which all holders were looked at
        self._todo: deque[tuple[Any, str]] = deque()
        for function in functions:
            self._enter_defaults(function, function.__qualname__)
        self._todo += ((value, name) for name, value in (handed or {}).items())
        self.begin_anew(spaces)

    def put_back(self, number: int, all_of_it: bool) -> bool:
        """Put back what run `number` has changed. Return whether an earlier run may have begun with a change."""
        thorough = all_of_it or not number & (number - 1)
        late = False
        for holder in in_order(self._holders if thorough else list(self._changing.values())):
            try:
                changed = holder.put_back()
            except NOT_WRITABLE:
                self.outlives.add(holder.path)
                continue
            if changed and id(holder) not in self._changing:
                self._changing[id(holder)] = holder
                late = late or self._looked < number - 1
        if thorough:
            self._looked = number
        return late

    def touched(self, made: dict[int, Any]) -> None:
        """Name each object that a run may have changed, and whose state nobody can read. `made`: places of the run."""
        for key in self._hidden.keys() & made.keys():
            if is_written(made[key]):
                self.outlives.add(self._hidden[key][1])

    def changed(self) -> set[int]:
        """Return the identities of what differs from before the run. An iterator with one name differs in each run."""
        found = set[int]()
        for holder in self._holders:
            with contextlib.suppress(*NOT_WRITABLE):
                if holder.is_changed():
                    found.add(identity(holder.thing))
        return found

    def forget(self, kept: Container[int]) -> None:
        """In the middle of a run a new process begins: put back all but what survives, whose identities are given."""
        for holder in in_order(self._holders):
            if identity(holder.thing) not in kept:
                with contextlib.suppress(*NOT_WRITABLE):
                    holder.put_back()

    def begin_anew(self, spaces: Iterable[dict[str, Any]] = ()) -> None:
        """Runs are counted from 1 again. `spaces`: the globals of more modules."""
        self._looked = 0
        for space in spaces:
            if "get_ipython" not in space:  # a notebook's cells gather in their variables what the runs did
                self._enter_globals(space, str(space.get("__name__")))
        self._walk()

    def end(self) -> None:
        """Put everything back, after the last run or after Ctrl-C."""
        self.put_back(1, all_of_it=True)
        for holder in self._holders:
            if isinstance(holder, Globals):
                holder.end()

    # -- finding the holders --------------------------------------------------------------------------

    def _walk(self) -> None:
        while self._todo and len(self._holders) < MOST_HOLDERS:
            thing, path = self._todo.popleft()
            if id(thing) not in self._seen:
                self._seen[id(thing)] = thing
                self._enter(thing, path)

    def _enter(self, thing: Any, path: str) -> None:
        kind = type(thing)
        if issubclass(kind, ModuleType) or kind in (str, int, float, bytes, bool, type(None)):
            return
        if kind is tuple or kind is frozenset:
            self._todo += ((item, path) for item in thing)
        elif issubclass(kind, type):  # not isinstance, which may run the model's own code
            self._enter_class(thing, path)
        elif kind is FunctionType:
            self._enter_function(thing, path)
        elif kind in (staticmethod, classmethod):
            self._todo.append((thing.__func__, path))
        elif kind is property:
            self._todo += ((part, path) for part in (thing.fget, thing.fset, thing.fdel))
        else:
            self._enter_object(thing, path)

    def _enter_object(self, thing: Any, path: str) -> None:
        if type(thing) is MethodType:
            self._todo.append((thing.__func__, path))
        holder = holder_of(thing, path)
        if holder is not None:
            self._holders.append(holder)
            self._todo += ((part, path) for pair in holder.before for part in pair)
        else:
            self._enter_in_c(thing, path)
        if type(thing).__module__ == "functools" and hasattr(thing, "__wrapped__"):
            self._todo.append((thing.__wrapped__, path))
        if type(thing).__module__.partition(".")[0] in NOT_ENTERED and type(thing) is not SimpleNamespace:
            return
        with contextlib.suppress(AttributeError):
            own = object.__getattribute__(thing, "__dict__")
            if type(own) is dict and id(own) not in self._seen:
                self._seen[id(own)] = own
                self._holders.append(Attributes(thing, own, path))
                self._todo += ((value, f"{path}.{name}") for name, value in list(own.items()))
        if slots_of(type(thing)):
            slots = Slots(thing, path)
            self._holders.append(slots)
            self._todo += ((value, path) for _, value in slots.before)

    def _enter_in_c(self, thing: Any, path: str) -> None:
        self._todo += ((part, path) for part in drawn_from(thing))
        if type(thing).__module__.partition(".")[0] in NOT_ENTERED - {"_io", "builtins"}:
            return
        holder = holder_in_c(thing, path)
        if holder is not None:
            self._holders.append(holder)
        elif hides_state(thing):
            self._hidden[identity(thing)] = thing, path

    def _enter_globals(self, space: dict[str, Any], module: str) -> None:
        if id(space) in self._seen:
            return
        self._seen[id(space)] = space
        holder = Globals(space, module)
        self._holders.append(holder)
        self._renew_iterators(holder)
        self._todo += ((value, f"{module}.{name}") for name, value in holder.before)

    def _enter_class(self, kind: type, path: str) -> None:
        home = sys.modules.get(kind.__module__)
        if kind.__flags__ & 1 << 8 or not is_anybodys(getattr(home, "__file__", None) or "<none>"):
            return  # immutable, or not of the model's modules
        holder = Globals(kind, path)
        self._holders.append(holder)
        self._renew_iterators(holder)
        held = {**vars(kind), **dict(holder.before)}  # with the iterators of before
        self._todo += ((value, f"{path}.{name}") for name, value in held.items() if name != "__dict__")

    def _enter_function(self, function: FunctionType, path: str) -> None:
        # Reading `__code__` raises an audit event, which costs more than all the rest.
        if not is_anybodys(function.__globals__.get("__file__") or function.__code__.co_filename):
            return
        self._enter_defaults(function, path)
        self._todo.append((function.__dict__, path))
        closure = function.__closure__
        for name, cell in zip(function.__code__.co_freevars, closure, strict=False) if closure else ():
            if name != CLASS_DICT and id(cell) not in self._seen:
                self._enter_variable(cell, f"{path}, {name}")

    def _enter_variable(self, cell: Any, path: str) -> None:
        self._seen[id(cell)] = cell
        variable = Variable(cell, path)
        values = [value for _, value in variable.before]
        if not any(identity(value) in BY_IDENTITY for value in values):  # else the lab replaces it
            self._holders.append(variable)
            self._todo += ((value, path) for value in values)

    def _enter_defaults(self, function: FunctionType, path: str) -> None:
        self._todo += ((value, f"{path}, a default") for value in function.__defaults__ or ())
        self._todo += ((value, f"{path}, a default") for value in (function.__kwdefaults__ or {}).values())

    def _renew_iterators(self, holder: Globals) -> None:
        """Let a name that stands for an iterator stand for another one, at the same position, before each run."""
        for name, value in holder.before:
            if not has_position(value) or id(value) in self._seen:
                continue
            alone = sys.getrefcount(value) <= SOLE and not is_shared(value) and is_alone(value)  # or others use it, too
            if alone and another_like(value) is not None:
                self._seen[id(value)] = value
                self._todo += ((part, f"{holder.path}.{name}") for part in drawn_from(owner_of(value)))
                holder.renew(name, value)
                self._changing[id(holder)] = holder


def in_order(holders: list[Holder]) -> list[Holder]:
    """Return holders in the order in which they can be put back."""
    return [
        *(holder for holder in holders if not holder.looks_at_others),
        *(holder for holder in holders if holder.looks_at_others),
    ]


def is_shared(step: Any) -> bool:
    """Whether the iterator behind a `__next__` is known elsewhere, too."""
    return owner_of(step) is not step and sys.getrefcount(step.__self__) > 2


def spaces_reached(start: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the globals of a module, and of all modules of anybody's that it names, directly or not."""
    seen: set[int] = set()
    todo = [start]
    while todo:
        space = todo.pop()
        if id(space) in seen:
            continue
        seen.add(id(space))
        yield space
        for value in list(space.values()):
            other = value if issubclass(type(value), ModuleType) else home_of(value)
            filename = getattr(other, "__file__", None)
            if filename and is_anybodys(filename):
                todo.append(vars(other))


def home_of(value: Any) -> ModuleType | None:
    """Return the module that defines a value's class or function."""
    kind = value if issubclass(type(value), type | FunctionType) else type(value)
    name = getattr(kind, "__module__", None)
    return sys.modules.get(name) if isinstance(name, str) else None
