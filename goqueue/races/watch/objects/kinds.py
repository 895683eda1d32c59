"""How the state of an object is seen when one of its methods is called.

PLAIN      the method is watched Python code, or the object has no state of its own: the call needs no step
CONTAINER  the method is the container's own, written in C: it reads or changes items
OPAQUE     the method belongs to a class that is not watched: one call is one access to the whole object

The class that *defines* the method decides, so a subclass of dict is judged by the methods that it writes itself.
"""

from __future__ import annotations

import array
import collections
import contextlib
import contextvars
import functools
import inspect
import operator
import os
import random
import re
import reprlib
import sys
import textwrap
import types
import weakref
from enum import Enum
from typing import Any

from ...engine.places import CONTAINERS, VIEWS
from ...engine.sources import ENGINE, WATCHED

PLAIN, CONTAINER, OPAQUE = "plain", "container", "opaque"

CACHE: Any = type(functools.lru_cache(lambda: None))  # and of functools.cache

# Classes without state that threads could share, or whose state is seen in another way.
STATELESS: frozenset[Any] = frozenset(
    {
        object, type, int, str, float, complex, bool, bytes, tuple, frozenset, range, slice, property, staticmethod,
        classmethod, super, type(None), type(Ellipsis), type(NotImplemented), re.Pattern, re.Match, functools.partial,
        functools.cached_property, operator.itemgetter, operator.attrgetter, operator.methodcaller, weakref.ref,
        weakref.ProxyType, weakref.CallableProxyType, weakref.finalize, weakref.WeakMethod,
    }
    | {kind for kind in vars(types).values() if isinstance(kind, type)} - {types.GeneratorType, types.MappingProxyType}
    | VIEWS
)  # fmt: skip

# Modules of the standard library whose objects are immutable, or under the lab's control, or only for people.
CALM = frozenset(
    [
        "threading",
        "_thread",
        "queue",
        "_queue",
        "concurrent",
        "logging",
        "time",
        "datetime",
        "_datetime",
        "decimal",
        "_decimal",
        "fractions",
        "uuid",
        "pathlib",
        "enum",
        "types",
        "typing",
        "_typing",
        "abc",
        "_abc",
        "dataclasses",
        "contextlib",
        "contextvars",
        "_contextvars",
        "operator",
        "_operator",
        "numbers",
        "ipaddress",
        "zoneinfo",
        "struct",
        "_struct",
        "inspect",
        "string",
        "math",
        "warnings",
        "traceback",
        "sys",
        "os",
        "posix",
        "nt",
        "posixpath",
        "ntpath",
        "importlib",
        "unittest",
        "pytest",
        "_pytest",
        "greenlet",
        "reprlib",
        "textwrap",
        "keyword",
        "signal",
        "_frozen_importlib",
        "_frozen_importlib_external",
    ]
)

# Among them, those whose functions and methods read what they are given: Template.substitute(shared), for example.
READERS = frozenset(
    ["string", "struct", "_struct", "reprlib", "textwrap", "posixpath", "ntpath", "genericpath", "traceback", "inspect"]
) | {"ipaddress", "types"}

LOOKING_AT_NOTHING = CALM - READERS  # whose functions look at nothing that they are given

IMMUTABLE_READERS: frozenset[Any] = frozenset({bytes, tuple, frozenset, re.Pattern})  # whose methods do

ENVIRONMENT: Any = type(os.environ)

# Of a calm module, in spite of which calls change them.
STATEFUL: frozenset[Any] = frozenset(
    {*contextlib.ExitStack.__mro__[:2], ENVIRONMENT, contextvars.Context, textwrap.TextWrapper, reprlib.Repr}
    | {inspect.BoundArguments}
)

# What is made by these keeps what it is given, and reads it later.
HOLDING: tuple[Any, ...] = (
    BaseException,
    collections.ChainMap,
    functools.singledispatchmethod,
    functools.partialmethod,
)
KEEPERS = frozenset(
    ["builtins", "io", "_io", "weakref", "itertools", "asyncio", "multiprocessing", "socket", "socketserver"]
)

ABSTRACT = ("__getitem__", "__contains__", "__iter__", "__len__")  # that methods of collections.abc call

IN_C: tuple[Any, ...] = (types.MethodDescriptorType, types.WrapperDescriptorType, types.ClassMethodDescriptorType)

METHOD_OF_CLASS: Any = type(array.array("b").extend)  # of a method in C that gets its class, too

BOUND: tuple[Any, ...] = (types.BuiltinFunctionType, METHOD_OF_CLASS, types.MethodWrapperType)  # to what they are of

WHEN_MADE = "when made"  # in HOW, beside the names of methods
HOW: dict[tuple[type, str], str] = {}  # filled as code runs; emptied now and then, because it keeps classes alive

# (function, class) of methods whose calls are no steps, and classes whose objects are made in no step: likewise.
STEPLESS_METHODS: set[tuple[types.FunctionType, type]] = set()
STEPLESS_CLASSES: set[type] = set()

# Special methods that C functions call while they work on a container.
ANSWERS = [
    "__eq__",
    "__ne__",
    "__hash__",
    "__lt__",
    "__gt__",
    "__le__",
    "__ge__",
    "__bool__",
    "__len__",
    "__add__",
    "__radd__",
    "__iter__",
    "__next__",
    "__index__",
    "__repr__",
    "__str__",
    "__format__",
    "__getitem__",
    "__contains__",
    "default",  # of a JSONEncoder
]


def how(kind: type, name: str) -> str:
    """Return PLAIN, CONTAINER or OPAQUE for a method of a class."""
    known = HOW.get((kind, name))
    if known is None:
        known = HOW[kind, name] = _how(kind, name)
    return known


def _how(kind: type, name: str) -> str:
    for base in kind.__mro__:
        if name in base.__dict__:
            if base.__module__ == "collections.abc" and name not in ABSTRACT:
                return OPAQUE if OPAQUE in [_how(kind, each) for each in ABSTRACT] else PLAIN
            return PLAIN if is_seen(base, base.__dict__[name]) else CONTAINER if is_of_container(base) else OPAQUE
    return PLAIN


def how_in_c(kind: type, name: str) -> str:
    """Return the same for the method in C that a class has inherited, perhaps under one of its own."""
    known = HOW.get((kind, name + " in C"))
    if known is None:
        known = PLAIN
        for base in kind.__mro__:
            if type(base.__dict__.get(name)) in IN_C:
                known = PLAIN if is_calm(base) else CONTAINER if is_of_container(base) else OPAQUE
                break
        HOW[kind, name + " in C"] = known
    return known


def is_of_container(base: type) -> bool:
    """Whether a class is a container, or adds methods to one that are not watched, as Counter does."""
    return issubclass(base, CONTAINERS)


def is_seen(base: type, found: Any) -> bool:
    """Whether what a class defines is watched, or touches no state of its own."""
    if isinstance(found, property):
        return not isinstance(found.fget, types.FunctionType) or is_seen(base, found.fget)
    found = decorated(getattr(found, "__func__", found))
    if isinstance(found, types.FunctionType):
        name = found.__code__.co_filename
        made = name.startswith("<") and not name.startswith("<frozen")  # by @dataclass, for example
        return name in WATCHED or made or is_calm(base)
    return is_calm(base)


def decorated(found: Any) -> Any:
    """Return the function behind one that a calm module made of it, as @contextmanager does: it adds no state."""
    while isinstance(found, types.FunctionType) and hasattr(found, "__wrapped__"):
        if str(found.__globals__.get("__name__")).partition(".")[0] not in CALM:
            break
        found = found.__wrapped__
    return found


def is_calm(base: type) -> bool:
    """Whether the objects of a class have no state, or state that the lab sees elsewhere."""
    module = str(getattr(base, "__module__", ""))
    if base in STATEFUL or module == "unittest.mock":
        return False
    return (
        base in STATELESS
        or module.partition(".")[0] in CALM
        or module.startswith((ENGINE, "collections.abc", "_collections_abc"))
        or issubclass(base, BaseException | Enum | type | types.ModuleType)
        or (base.__basicsize__ == object.__basicsize__ and not base.__dictoffset__)  # no fields, as an abstract class
    )


def reads_given(kind: type) -> bool:
    """Whether the objects of a class are calm, but their methods read what they are given: b"".join(parts)."""
    return kind in IMMUTABLE_READERS or str(kind.__module__).partition(".")[0] in READERS


def reads_when_made(kind: Any) -> bool:
    """Whether a thing is a class of the standard library that may read what it is called with: TopologicalSorter."""
    if not issubclass(type(kind), type):
        return False
    known = HOW.get((kind, WHEN_MADE))
    if known is None:
        module = str(kind.__module__).partition(".")[0]
        reads = module in sys.stdlib_module_names and module not in KEEPERS | LOOKING_AT_NOTHING
        seen = module not in READERS and is_seen(kind, vars(kind).get("__init__"))
        reads = reads and not (seen or issubclass(kind, HOLDING))
        known = HOW[kind, WHEN_MADE] = OPAQUE if reads else PLAIN
    return known is OPAQUE


def is_library_function(function: types.FunctionType) -> bool:
    """Whether a Python function belongs to the standard library, and is not watched."""
    module = str(function.__globals__.get("__name__")).partition(".")[0]
    return module in sys.stdlib_module_names and function.__code__.co_filename not in WATCHED


GLOBAL_RANDOM: Any = random.random.__self__  # type: ignore[attr-defined]  # seeded anew before each run
