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
import gc
import io
import itertools
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

from ...engine.identity import identity
from ...engine.places import CONTAINERS, VIEWS, container_of
from ...engine.sources import ENGINE, WATCHED

PLAIN, CONTAINER, OPAQUE = "plain", "container", "opaque"

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
    ["string", "struct", "_struct", "reprlib", "textwrap", "posixpath", "ntpath", "genericpath", "traceback"]
)

IMMUTABLE_READERS: frozenset[Any] = frozenset({bytes, tuple, frozenset, re.Pattern})  # whose methods do

ENVIRONMENT: Any = type(os.environ)

# Of a calm module, in spite of which calls change them.
STATEFUL: frozenset[Any] = frozenset(
    {*contextlib.ExitStack.__mro__[:2], ENVIRONMENT, contextvars.Context, textwrap.TextWrapper, reprlib.Repr}
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

WHEN_MADE = "when made"  # in HOW, beside the names of methods
HOW: dict[tuple[type, str], str] = {}  # filled as code runs; emptied now and then, because it keeps classes alive

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
    found = decorated(getattr(found, "__func__", found))
    if isinstance(found, types.FunctionType):
        name = found.__code__.co_filename
        made = name.startswith("<") and not name.startswith("<frozen")  # by @dataclass, for example
        return name in WATCHED or made or is_calm(base)
    return isinstance(found, property) or is_calm(base)


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


OF_TEE: Any = type(gc.get_referents(itertools.tee(())[0])[-1])  # what the iterators of one tee() share
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


CALLS_UNTIL = type(iter(int, 1))
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
    found: list[Any] = []
    if type(thing) is memoryview:
        with contextlib.suppress(ValueError):  # released
            found.append(thing.obj)
    if type(thing) is types.MappingProxyType:
        found += gc.get_referents(thing)
    left = [thing] if is_iterator(thing) else []
    while left:
        for value in gc.get_referents(left.pop()):
            container = container_of(value)
            if container is not None:
                found.append(container)
                if type(thing) in (
                    itertools.chain,
                    itertools.starmap,
                ):  # perhaps one that iterates over what the container holds
                    found += [part for part in gc.get_referents(container) if issubclass(type(part), CONTAINERS)]
            elif (
                type(value) is not types.GeneratorType
                and how(type(value), "__iter__") is OPAQUE
                and not is_iterator(value)
            ):
                found.append(value)
            elif type(value) in (tuple, OF_TEE) or (is_iterator(value) and type(value) is not types.GeneratorType):
                left.append(value)
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


def reads_when_made(kind: type) -> bool:
    """Whether a class of the standard library may read what it is called with: TopologicalSorter(orders)."""
    known = HOW.get((kind, WHEN_MADE))
    if known is None:
        module = str(kind.__module__).partition(".")[0]
        reads = module in sys.stdlib_module_names - {*KEEPERS, *(CALM - READERS)}
        reads = reads and not issubclass(kind, HOLDING) and not is_seen(kind, vars(kind).get("__init__"))
        known = HOW[kind, WHEN_MADE] = OPAQUE if reads else PLAIN
    return known is OPAQUE


def is_library_function(function: types.FunctionType) -> bool:
    """Whether a Python function belongs to the standard library, and is not watched."""
    module = str(function.__globals__.get("__name__")).partition(".")[0]
    return module in sys.stdlib_module_names and function.__code__.co_filename not in WATCHED


GLOBAL_RANDOM: Any = random.random.__self__  # type: ignore[attr-defined]  # seeded anew before each run
