"""The functions and locks of the process, as the collector knows them. Each pass looks only at what is new.

    first exploration   one pass over all objects ──> functions by file and by module; locks, and what is built on them
    later explorations  a pass over what was made since: it is younger than the `mark` that the last one left

A process of a test suite has hundreds of thousands of objects, so the passes run in C, and compare nothing but types.
The collector moves objects to an older generation all together, the mark among them. While the mark is young, so is all
that was made after it. Before the collector moves the mark, `on_collection` makes a pass. If the mark was moved unseen,
or the collector has no such generations (Python 3.14, free threads), the next pass looks at all objects.
"""

from __future__ import annotations

import gc
import itertools
import operator
import sys
import sysconfig
from collections.abc import Container, Iterable
from types import CodeType, FunctionType
from typing import Any
from weakref import ref

from ...engine.sources import FOLDER
from ...engine.tasks import OWN_LOCKS

HAS_GENERATIONS = sys.version_info < (3, 14) and not sysconfig.get_config_var("Py_GIL_DISABLED")
MOST_PASSES = 200  # before one over all objects, which forgets what has died
IDLE = 20  # collections without an exploration, after which no more passes are made


class Mark:
    """An object that tells how old those beside it are."""


class Collected:
    """What the passes found. Only weak references: nothing is kept alive. One exploration at a time."""

    mark: Mark | None = None
    passes = 0
    idle = 0
    staged = False  # an exploration lasts: what was made before it is frozen
    kinds: tuple[type, ...] = ()
    by_file: dict[str, list[ref[FunctionType]]] = {}  # noqa: RUF012
    by_space: dict[int, list[ref[FunctionType]]] = {}  # noqa: RUF012
    locks: list[ref[Any]] = []  # noqa: RUF012

    @classmethod
    def forget(cls) -> None:
        """Begin anew."""
        cls.by_file, cls.by_space, cls.locks, cls.passes, cls.mark = {}, {}, [], 0, None


def begin(kinds: tuple[type, ...]) -> list[Any]:
    """Bring what is known up to date, before an exploration. Return the objects of these kinds, the locks."""
    Collected.kinds = kinds
    if Collected.passes >= MOST_PASSES:
        gc.collect()  # because what was frozen and thawed does not count for the collector's own decision
        Collected.mark = None
    if gc.get_freeze_count() or not look_at_young():
        look_at_all()
    Collected.staged, Collected.idle = True, 0
    found = {id(thing): thing for one in Collected.locks if (thing := one()) is not None}
    Collected.locks = [ref(thing) for thing in found.values()]
    return list(found.values())


def end() -> None:
    """Note what was made in an exploration, and unfreeze the rest."""
    Collected.staged = False
    if Collected.mark is not None:
        look_at(gc.get_objects(2))  # to where collections during the exploration moved them
        Collected.mark = Mark()
    gc.unfreeze()


def look_at_all() -> None:
    """Make a pass over all objects. What was frozen is not any more: else no search would see it.

    Python 3.12 starts with a few hundred frozen objects. To freeze them again, the lab would have to freeze all.
    """
    gc.unfreeze()
    Collected.forget()
    look_at(gc.get_objects())
    if HAS_GENERATIONS:
        if on_collection not in gc.callbacks:
            gc.callbacks.append(on_collection)
        Collected.mark = Mark()


def look_at_young() -> bool:
    """Make a pass over the objects that are younger than the mark. Return whether it was found."""
    young = gc.get_objects(0) + gc.get_objects(1) if HAS_GENERATIONS and Collected.mark is not None else []
    if not any(map(operator.is_, young, itertools.repeat(Collected.mark))):
        return False
    Collected.passes += 1
    look_at(young)
    return True


def on_collection(phase: str, told: dict[str, int]) -> None:
    """Make a pass before the collector moves young objects to the oldest generation, where nobody would find them."""
    if Collected.staged or Collected.mark is None or not told["generation"]:
        return
    if phase == "start":
        Collected.idle += 1
        if Collected.idle > IDLE or not look_at_young():
            Collected.forget()
            gc.callbacks.remove(on_collection)
    else:
        Collected.mark = Mark()


def look_at(things: list[Any]) -> None:
    """Note the functions and the locks among some objects."""
    types = list(map(type, things))
    functions = list(of_types(things, types, {FunctionType}))
    for function, code in zip(functions, codes_of(functions), strict=True):
        if code.co_filename.startswith(FOLDER):
            continue  # the lab is never watched, and each exploration makes a few functions
        one = ref(function)
        Collected.by_file.setdefault(code.co_filename, []).append(one)
        Collected.by_space.setdefault(id(function.__globals__), []).append(one)
    kinds = {kind for kind in set(types) if issubclass(kind, Collected.kinds) and kind.__hash__ is not None}
    own: set[ref[Any]] = OWN_LOCKS.data  # type: ignore[attr-defined]  # asking the set itself runs Python code
    Collected.locks += itertools.filterfalse(own.__contains__, map(ref, of_types(things, types, kinds)))


def of_types(things: list[Any], types: list[type], kinds: Container[type]) -> Iterable[Any]:
    """Return the objects whose type is one of `kinds`."""
    return itertools.compress(things, map(kinds.__contains__, types))


def codes_of(functions: list[FunctionType]) -> list[CodeType]:
    """Return the code of each function.

    Reading `__code__` raises an audit event, which calls the lab's own hook and costs more than all the rest. A
    function's references raise one event in all, and its code is the first of them.
    """
    references = gc.get_referents(*functions)
    codes = list(of_types(references, list(map(type, references)), (CodeType,)))
    if len(codes) != len(functions):  # a function refers to further code, as a default value or an attribute
        codes = [function.__code__ for function in functions]
    return codes


def functions_of(files: Iterable[str], spaces: Iterable[int] = ()) -> list[FunctionType]:
    """Return the functions whose code is from one of these files, or whose globals have one of these ids.

    Those that were made in this exploration are among them. Some may be in the list twice.
    """
    wanted, ids = set(files), set(spaces)
    found = [function for name in wanted for function in living(Collected.by_file, name)]
    found += [one for at in ids for one in living(Collected.by_space, at) if id(one.__globals__) == at]
    new = new_functions()
    codes = zip(new, codes_of(new), strict=True)
    return found + [one for one, code in codes if code.co_filename in wanted or id(one.__globals__) in ids]


def living(known: dict[Any, list[ref[FunctionType]]], key: Any) -> list[FunctionType]:
    """Return the functions that are known under a key, and forget those that are gone."""
    functions = [function for one in known.get(key, ()) if (function := one()) is not None]
    if functions:
        known[key] = list(map(ref, functions))
    else:
        known.pop(key, None)
    return functions


def new_functions() -> list[FunctionType]:
    """Return the functions that were made in this exploration: what was made before is frozen."""
    things = gc.get_objects()
    return list(of_types(things, list(map(type, things)), {FunctionType}))


def known_files() -> set[str]:
    """Return the names of all files that functions of the process come from."""
    return set(Collected.by_file) | {code.co_filename for code in codes_of(new_functions())}
