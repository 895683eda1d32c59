"""Hooks for calls: watched Python code is called as it is; all else gets a stand-in, which makes its steps.

    called(f, …)(a, b)                 f is watched             f(a, b)
                                       f is sorted, setattr …   perform(f, (a, b)): the steps, then the real function
    load(orders, "get", …)             a method in C as a value is a stand-in too, wherever it is called from later

No hook stands between watched code and the watched function that it calls, so functions that look at their caller's
frame see it.
"""

from __future__ import annotations

import functools
import operator
import types
from abc import ABCMeta
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

from ...engine.active import Active, here
from ...engine.carrying import get_ident
from ...engine.identity import identity
from ...engine.places import VIEWS, is_container, place_of
from ...engine.run import Run
from ...engine.sources import SWAPPED, WATCHED
from ...engine.words import CALL, READ
from ..objects.fields_in_c import DESCRIPTORS, has_method
from ..objects.kinds import (
    BOUND,
    CACHE,
    GLOBAL_RANDOM,
    IN_C,
    LOOKING_AT_NOTHING,
    OPAQUE,
    PLAIN,
    STEPLESS_CLASSES,
    STEPLESS_METHODS,
    how,
    how_in_c,
    is_library_function,
    reads_given,
    reads_when_made,
)
from ..objects.weak import WEAK, tell_of_weak
from . import attributes, sections
from .containers import of_container, of_view
from .data_attributes import LEADING
from .library.class_checks import registering
from .library.copy_functions import OF_SLOTS
from .library.format_fields import FORMATTER, by_formatter
from .library.functions_in_c import FUNCTIONS, mapped
from .library.general_rule import CLASSES, Handler, generic, library
from .library.operator_functions import get_by
from .opaque import of_opaque

UNBOUND = IN_C

METHODS: dict[Any, Handler] = {Executor.map: mapped, ABCMeta.register: registering}
METHODS |= {**OF_SLOTS, **dict.fromkeys(FORMATTER, by_formatter)}

WHOLE = ("__reduce__", "__reduce_ex__", "__getstate__", "__dir__")  # of `object`: these read all attributes

ATTRIBUTES = ("__getattribute__", "__setattr__", "__delattr__")
READING_METHODS = ("join", "format", "format_map", "translate")  # of strings: these read what they get
OF_OBJECT = frozenset({*ATTRIBUTES, *WHOLE})

GETTERS: tuple[Any, ...] = (operator.itemgetter, operator.attrgetter, operator.methodcaller)

CALLABLE: tuple[Any, ...] = (functools.partial, *GETTERS, *WEAK)

MADE_IN_STEPS = CLASSES | {*WEAK}

# These look at the frame of their caller.
LOOKS_AT_FRAME = {"eval", "exec", "locals", "globals", "dir", "super", "breakpoint", "__import__", "__build_class__"}
LOOKS_AT_FRAME |= {"callable", "id", "_getframe", "get_ident"}  # or have no state


class StandIn:
    """A function that is not watched. It does the same, in steps, and equals the real one."""

    __slots__ = ("__weakref__", "function", "site", "text")

    def __init__(self, function: Any, text: str, site: int) -> None:
        self.function, self.text, self.site = function, text, site

    def __call__(self, /, *args: Any, **options: Any) -> Any:
        return perform(self.function, self.text, self.site, args, options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.function, name)

    def __eq__(self, other: object) -> bool:
        return bool(self.function == (other.function if isinstance(other, StandIn) else other))

    def __hash__(self) -> int:
        return hash(self.function)

    def __repr__(self) -> str:
        return repr(self.function)

    def __reduce__(self) -> Any:
        return operator.getitem, ((self.function,), 0)  # a copy is the real one

    def __get__(self, thing: Any, kind: Any = None) -> Any:
        bind = getattr(type(self.function), "__get__", None)
        return self if bind is None else StandIn(bind(self.function, thing, kind), self.text, self.site)


LEADING.add(StandIn)


def called(function: Any, text: str, site: int) -> Any:
    """Return what `function(…)` is to call."""
    run = Active.run
    if run is None or run.ident != get_ident():
        return function
    if identity(function) in SWAPPED:
        return function
    kind = type(function)
    if kind is types.FunctionType and function.__code__.co_filename in WATCHED:
        return function
    made = stands_in(function, text, site, direct=True)
    if made is function and run.current.section is not None:
        sections.call_inside(run, function)
    return made


def bound(thing: Any, name: str, text: str, site: int) -> Any:
    """Return what `thing.name(…)` is to call."""
    function = attributes.load(thing, name, site)
    run = Active.run
    kind = type(function)
    if run is None or run.ident != get_ident():
        return function
    if kind is not StandIn and run.current.section is not None:
        sections.call_inside(run, function)
    if type(thing) is types.ModuleType:
        text = "…"  # the name of the module is not that of what its function is given
    if kind is StandIn:
        function.text = function.text or text
        return function
    if kind is types.MethodType:
        if type(function.__func__) is types.FunctionType and (function.__func__, type(thing)) in STEPLESS_METHODS:
            return function
        if identity(function.__func__) in SWAPPED:
            return function
        if not (is_step_of_method(function) or is_reader(function)):
            if type(function.__func__) is types.FunctionType and function.__self__ is thing:
                STEPLESS_METHODS.add((function.__func__, type(thing)))
            return function
        code = getattr(function.__func__, "__code__", None)
        if code is not None and code.co_filename in WATCHED:
            return function
    elif kind is types.FunctionType and function.__code__.co_filename in WATCHED:
        return function
    return stands_in(function, text, site, direct=True)


def stands_in(function: Any, text: str, site: int, direct: bool = False) -> Any:
    """Return a stand-in for a function whose calls are steps; all else as it is. `direct`: it is about to be called."""
    kind = type(function)
    if kind is type and function in STEPLESS_CLASSES:
        return function
    if kind in BOUND:
        return StandIn(function, text, site) if is_step(function, direct) else function
    if kind in UNBOUND:
        owner = function.__objclass__
        if owner is str:
            return StandIn(function, text, site) if function.__name__ in READING_METHODS else function
        needed = function.__name__ in OF_OBJECT or how(owner, function.__name__) is not PLAIN
        needed = needed or has_method(owner, function.__name__)
        return StandIn(function, text, site) if needed else function
    if kind is types.MethodType:
        needed = is_step_of_method(function) or (direct and is_reader(function))
    elif kind is types.FunctionType:
        needed = (function in FUNCTIONS or direct) and is_library_function(function) and is_steppable(function)
    elif kind is CACHE:
        needed = True
    elif direct:
        needed = kind in CALLABLE or (kind is type and function in MADE_IN_STEPS) or how(kind, "__call__") is OPAQUE
        needed = needed or reads_when_made(function)
        if kind is type and not needed:
            STEPLESS_CLASSES.add(function)
    else:
        needed = False
    return StandIn(function, text, site) if needed else function


def is_step(function: Any, direct: bool) -> bool:
    """Whether a call of a function in C, or of a method in C, is a step."""
    owner = function.__self__
    of_module = type(function) is not types.MethodWrapperType and issubclass(type(owner), types.ModuleType | type)
    if owner is None or of_module:  # a function, or dict.fromkeys
        return (direct or function in FUNCTIONS) and function.__name__ not in LOOKS_AT_FRAME
    if type(owner) is str:
        return function.__name__ in READING_METHODS
    if function.__name__ in READING_METHODS and issubclass(type(owner), str):
        return True
    if function.__name__ == "__call__" and type(owner) is types.BuiltinFunctionType:
        return True
    return owner is not GLOBAL_RANDOM and (
        type(owner) in VIEWS
        or function.__name__ in OF_OBJECT
        or is_access(owner, function.__name__)
        or (direct and reads_given(type(owner)))
        or how_in_c(type(owner), function.__name__) is not PLAIN
        or has_method(type(owner), function.__name__)
    )


def is_access(thing: Any, name: str) -> bool:
    """Whether a method reads or sets an attribute of another object: that of a slot, for example."""
    return type(thing) in DESCRIPTORS and name in ("__get__", "__set__", "__delete__")


def is_step_of_method(function: Any) -> bool:
    """Whether a method in Python is not watched, and its object has state."""
    method = function.__func__
    if type(method) is CACHE or getattr(method, "__module__", "") == "collections.abc":
        return True
    if type(method) is types.FunctionType and method in METHODS:
        return True
    return function.__self__ is GLOBAL_RANDOM or how(type(function.__self__), function.__name__) is not PLAIN


def is_reader(method: Any) -> bool:
    """Whether a method in Python that is not watched, of a calm object or of a class, reads what it is given."""
    owner, function = method.__self__, method.__func__
    if issubclass(type(owner), type) and type(function) is types.FunctionType:
        return is_library_function(function) and is_steppable(function)
    return reads_given(type(owner))


def is_steppable(function: Any) -> bool:
    """Whether a hook may stand between a function of the standard library and its caller."""
    module = str(function.__module__).partition(".")[0]
    looks = any(name.startswith("_getframe") for name in function.__code__.co_names)
    return function in FUNCTIONS or not (looks or module in LOOKING_AT_NOTHING)


def perform(function: Any, text: str, site: int, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Call a function that is not watched, in steps."""
    run = here()
    if run is None:
        return function(*args, **options)
    kind = type(function)
    if kind is StandIn:
        return perform(function.function, text, site, args, options)
    if run.current.section is not None:
        sections.call_inside(run, function, args)
    try:
        known = FUNCTIONS.get(function)
    except TypeError:  # a callable object that has no hash
        known = None
    if known is not None:
        return known(run, function, text, site, args, options)
    if kind is types.MethodWrapperType and type(function.__self__) is types.BuiltinFunctionType:
        return perform(function.__self__, text, site, args, options)
    if kind is types.MethodWrapperType or (
        kind in BOUND and not (function.__self__ is None or type(function.__self__) is types.ModuleType)
    ):
        return of_receiver(run, function.__self__, function.__name__, function, text, site, args, options)
    if kind in UNBOUND and args and isinstance(args[0], function.__objclass__):
        do = function.__get__(args[0], type(args[0]))
        return of_receiver(run, args[0], function.__name__, do, text, site, args[1:], options)
    if kind is types.MethodType and type(function.__func__) is not types.FunctionType:
        return perform(function.__func__, text, site, (function.__self__, *args), options)
    if kind is types.MethodType and function.__func__ in METHODS:
        return METHODS[function.__func__](run, function, text, site, args, options)
    if kind is types.MethodType and function.__self__ is not GLOBAL_RANDOM:
        return of_receiver(run, function.__self__, function.__name__, function, text, site, args, options)
    if kind is types.FunctionType and args and is_method_of(function, type(args[0])):
        do = functools.partial(function, args[0])
        return of_receiver(run, args[0], str(function.__name__), do, text, site, args[1:], options)
    if kind is functools.partial:
        run.access(place_of(run, function), READ, None, CALL, site, "")
        inner = called(function.func, text, site)
        return inner(*function.args, *args, **{**function.keywords, **options})
    if kind is CACHE:
        return of_opaque(run, function, "__call__", function, site, args, options)
    if kind in WEAK:
        tell_of_weak(run)
        return function(*args, **options)
    if kind in GETTERS and len(args) == 1:
        return get_by(run, function, args, site)
    if how(kind, "__call__") is OPAQUE:
        return of_opaque(run, function, "__call__", function, site, args, options)
    return library(run, function, text, site, args, options)


def is_method_of(function: Any, kind: type) -> bool:
    """Whether a function is an unwatched method with state: Random.seed(numbers, 1) is numbers.seed(1)."""
    name = str(function.__name__)
    return getattr(kind, name, None) is function and how(kind, name) is OPAQUE


def of_receiver(
    run: Run, thing: Any, name: str, do: Callable[..., Any], text: str, site: int, args: Any, options: Any
) -> Any:
    """Call a method of an object that is not watched code."""
    if name in ATTRIBUTES and args:
        return attributes.by_object(run, thing, name, do, site, args)
    if is_access(thing, name) and args and args[0] is not None:
        return attributes.by_descriptor(run, thing, name, do, site, args)
    if is_container(thing):
        return of_container(run, thing, name, do, text, site, args, options)
    kind = type(thing)
    if kind in VIEWS:
        return of_view(run, thing, name, do, site, args)
    if how(kind, name) is not PLAIN or how_in_c(kind, name) is not PLAIN or has_method(kind, name):
        return of_opaque(run, thing, name, do, site, args, options)
    if name in WHOLE and not isinstance(thing, type):
        run.access(place_of(run, thing), READ, None, CALL, site, "")
    return generic(run, do, text, site, args, options)


def call(function: Callable[..., Any], text: str, site: int, /, *args: Any, **options: Any) -> Any:
    """A call of what is called like a builtin"""
    run = here()
    kind = type(function)
    if run is None or (kind is types.FunctionType and function.__code__.co_filename in WATCHED):
        return function(*args, **options)
    if kind in BOUND or function in CLASSES or kind is StandIn or kind is types.FunctionType:
        return perform(function, text, site, args, options)
    if run.current.section is not None:
        sections.call_inside(run, function)
    return function(*args, **options)


def method(thing: Any, name: str, text: str, site: int, /, *args: Any, **options: Any) -> Any:
    """thing.name(…), where containers have a method of this name"""
    run = here()
    kind = type(thing)
    if run is None:
        return getattr(thing, name)(*args, **options)
    if kind is list or kind is dict or kind is set:
        return of_container(run, thing, name, getattr(thing, name), text, site, args, options)
    return bound(thing, name, text, site)(*args, **options)


def real(thing: Any) -> Any:
    """One side of `thing is other`: a stand-in has the identity of the real function"""
    return thing.function if type(thing) is StandIn else thing


def value(function: Any, site: int, called: bool = False) -> Any:
    """A function that is not watched, as a value. `called`: Thread(target=shuffle, …), whose thread will call it"""
    run = here()
    return function if run is None else stands_in(function, "", site, direct=called)
