"""The rule for functions that are not watched: a call is one step, which reads or may change each container it gets.

If items of a container have special methods in Python, which the function may call, each answer is followed by another
step.
"""

from __future__ import annotations

import array
import decimal
import io
import itertools
import types
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from typing import Any

from ....engine.happens_before import Place
from ....engine.places import container_of, name_of, place_of
from ....engine.run import Run
from ....engine.words import READ, WRITE, Mode
from ...objects.fields_in_c import has_fields, parts
from ...objects.iterating import is_iterator, is_python, is_used_up, unwrapped
from ...objects.kinds import OPAQUE, READERS, how, reads_given, reads_when_made
from ...objects.linked import linked_to
from ..callbacks import Touched, any_answers, called_back, settled, within
from ..containers import pairs_in
from ..opaque import place_of_opaque, places_of, touched_beneath
from .copying import HOLDERS, containers_below
from .dispatching import dispatching
from .format_fields import is_formatting, shown_fields
from .library_code import lazily, line_by_line

Handler = Callable[[Run, Any, str, int, tuple[Any, ...], dict[str, Any]], Any]

READING = {"builtins", "math", "operator", "_operator", "statistics", "json", "itertools", "functools", "_functools"}
READING |= {"inspect", "pprint", "copy", "collections", "_collections", *READERS}

# Classes in C that read what they get.
CLASSES: frozenset[Any] = frozenset(
    {list, tuple, set, frozenset, dict, str, bool, bytes, bytearray, enumerate, zip, map, filter, reversed, deque}
    | {int, float}
    | {Counter, OrderedDict, defaultdict, array.array, io.BytesIO, decimal.Decimal}
    | {kind for kind in vars(itertools).values() if isinstance(kind, type)}
)

# Functions and classes in C that look at no item of the containers that they get.
SHALLOW: frozenset[Any] = frozenset({len, next, iter})
TAKING_ITEMS = CLASSES - {str, decimal.Decimal}

OF_PAIRS: frozenset[Any] = frozenset({dict, OrderedDict, defaultdict})  # made of pairs, which may be lists


def generic(run: Run, function: Any, text: str, site: int, args: Any, options: Any, mode: Mode | None = None) -> Any:
    """Call a function that is not watched: one step, and more if it calls back."""
    if mode is None:
        mode = READ if only_reads(function) else WRITE
    asked = False  # by methods and generators in Python, which the function may run
    owner = getattr(function, "__self__", None)
    given = (*((owner,) if issubclass(type(owner), tuple) else ()), *args, *options.values())

    def gather() -> Touched:
        nonlocal asked
        found = touched_by(run, function, text, given, mode)
        if not is_shallow(function):
            found += below(run, given)
        elif function in OF_PAIRS:
            found += pairs_in(run, given)
        if is_formatting(function):
            found += shown_fields(run, function, args, options)
        asked = any_answers(given, found) or asked
        return found

    touched = settled(run, gather, site)
    if not touched:
        return function(*args, **options)
    shown = [(place_of(run, each), each) for each in map(container_of, args) if each is not None]
    asked = asked or (any(type(arg) is types.GeneratorType for arg in args[:1]) and bool(text or function is next))
    do = function
    if type(function) in (types.FunctionType, types.MethodType) or (reads_when_made(function) and is_python(function)):
        do = line_by_line(run, function, touched, site)
    if any_answers(given, touched) or asked:
        do = within(run, do, touched)
    if callable(options.get("key")):
        options = {**options, "key": called_back(run, options["key"], touched, site)}
    made = told_to_recorder(run, do, function, mode, shown, tuple(map(unwrapped, args)), options)
    return lazily(run, made, touched, site)


def only_reads(function: Any) -> bool:
    """Whether a function that is not watched changes nothing that it gets, as far as can be told."""
    if getattr(function, "__name__", "") in ("pack_into", "dump"):  # these write into what they are given
        return False
    owner, module = getattr(function, "__self__", None), str(getattr(function, "__module__", "")).partition(".")[0]
    constructs = (type(function) is type and function in CLASSES) or reads_when_made(function)
    return module in READING or constructs or isinstance(owner, str | type) or reads_given(type(owner))


def touched_by(run: Run, function: Any, text: str, args: Any, mode: Mode) -> Touched:
    """Return what a call touches of its arguments themselves."""
    touched: Touched = []
    for arg in args:
        container = container_of(arg)
        if container is not None:
            touched.append((place_of(run, container, name_of(text)), mode))
        elif is_iterator(arg):
            if text or function is next or type(arg) is not types.GeneratorType:  # another thread may have it, too
                touched.append((place_of_opaque(run, arg), WRITE))
            touched += touched_beneath(run, arg)
        elif OPAQUE in (how(type(arg), "__iter__"), how(type(arg), "__len__"), how(type(arg), "read")):
            used_up = is_used_up(arg) and function is not iter
            leading = place_of_opaque(run, arg), WRITE if used_up else mode
            touched += [leading, *touched_beneath(run, arg), *places_of(run, linked_to(run, arg), leading)]
        elif has_fields(type(arg)) and (mode == READ or type(arg) is not types.FunctionType):
            touched.append((place_of_opaque(run, arg), READ))
    return touched


def is_shallow(function: Any) -> bool:
    """Whether a function looks at no item of the containers that it gets."""
    kind = type(function)
    return (kind is types.BuiltinFunctionType and function in SHALLOW) or (kind is type and function in TAKING_ITEMS)


def below(run: Run, args: Any) -> Touched:
    """Return reads of all containers that are in the arguments of a call, however deep."""
    found: Touched = []
    for arg in args:
        container = container_of(arg)
        if container is not None or issubclass(type(arg), HOLDERS):
            found += containers_below(run, arg if container is None else container)
        elif has_fields(type(arg)):
            found += containers_below(run, parts(arg))
    return found


def told_to_recorder(
    run: Run, do: Any, function: Any, mode: Mode, shown: list[tuple[Place, Any]], args: Any, options: Any
) -> Any:
    """Call a function, and let the recorder note what it did to the containers that it got."""
    told = "looks at" if mode == READ else "may change"
    name = getattr(function, "__name__", type(function).__name__)
    if getattr(function, "__module__", "") == "builtins" and run.recorder is not None:
        for place, container in shown:
            run.recorder.whole(run, f"looks at all of {place.label}", place.label, container)
        return do(*args, **options)
    try:
        return do(*args, **options)
    except Exception as error:
        told = f"raises {type(error).__name__}, given"
        raise
    finally:
        if run.recorder is not None:
            for place, container in shown:
                run.recorder.whole(run, f"{name} {told} {place.label}", place.label, container, mode)


def library(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """Call a function in Python that is not watched, or any other callable object."""
    name = getattr(getattr(function, "__code__", None), "co_qualname", "")
    if name.startswith("singledispatch."):
        return dispatching(run, function, site, args, options)
    return generic(run, function, text, site, args, options)
