"""What some functions touch: builtins, iterators, settings; and which function of the library is handled where."""

from __future__ import annotations

import collections
import copy
import dataclasses
import functools
import heapq
import inspect
import itertools
import json
import marshal
import operator
import os
import pickle
import types
from enum import EnumMeta
from typing import Any

from ....engine.places import container_of, place_of
from ....engine.run import Run
from ....engine.words import CALL, READ, WRITE
from ....report.values import short
from ...objects.iterating import is_iterator, runs_python, unwrapped
from ...objects.settings import SETTINGS
from ...objects.unwatched import is_memory
from ...objects.weak import MAKING
from .. import attributes
from ..callbacks import Touched, any_answers, stepping, within
from ..data_attributes import LEADING, holds_data
from ..iterators import walking
from ..opaque import place_of_opaque
from .class_checks import CLASS_CHECKS, own_classes
from .copy_functions import as_fields, deepcopy, dumping, fields, shallow, to_the_bottom, wrapping
from .format_fields import FORMATTER, by_formatter
from .general_rule import Handler, below, generic, touched_by
from .operator_functions import OPERATORS, operating, tested
from .redirected import print_to

# -- attributes by name ---------------------------------------------------------------------------------


def by_name(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """getattr(thing, name), and likewise hasattr, setattr and delattr"""
    if len(args) < 2 or type(args[1]) is not str:
        return function(*args, **options)
    thing, name, *rest = args
    if function is setattr and len(rest) == 1:
        return attributes.store(rest[0], thing, name, site)
    if function is delattr:
        return attributes.remove(thing, name, site)
    if function is getattr and not rest:
        return attributes.load(thing, name, site)
    if type(thing) in LEADING:
        thing = attributes.led_to(run, thing, name)
        args = (thing, *args[1:])
    if holds_data(thing, name):
        attributes.read(run, thing, name, site)
        return function(*args)
    found = function(*args)
    if function is hasattr:
        return found
    if name == "__dict__" or (is_memory(type(thing)) and hasattr(thing, name)):
        return attributes.load(thing, name, site)
    from ..calls import stands_in  # imported here, because calls imports this file

    return stands_in(found, "", site)


def by_metaclass(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """type(Colour).__setattr__(Colour, name, value): the metaclass of enums has its own, in Python"""
    return attributes.by_object(run, args[0], function.__name__, functools.partial(function, args[0]), site, args[1:])


def variables(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """vars(thing)"""
    return attributes.load(args[0], "__dict__", site) if len(args) == 1 else function(*args)


def listing(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """dir(thing), inspect.getmembers(thing): the names of its own, and those that its classes have"""
    for thing in args[:1]:
        looked_at = own_classes(thing) if isinstance(thing, type) else [thing, *own_classes(type(thing))]
        run.together([(place_of(run, each), READ) for each in looked_at], site)
    return function(*args, **options)


def statically(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """inspect.getattr_static(thing, name)"""
    if len(args) > 1 and type(args[1]) is str:
        attributes.read(run, args[0], args[1], site)
    return function(*args, **options)


def mapped(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """executor.map(f, jobs): takes one job in a step, submits it, takes the next"""
    sources = [walking(run, arg, text, site) for arg in args[1:]]
    return function(*args[:1], *sources, **options)


def variable(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """os.getenv(name)"""
    run.access(place_of(run, os.environ), READ, None, CALL, site, "")
    return function(*args, **options)


# -- iterating ------------------------------------------------------------------------------------------


def iterating(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """iter(orders), zip(orders, names), map(f, orders), reduce(f, orders), itertools.groupby(orders, f)"""
    from ..calls import called  # imported here, because calls imports this file

    if function is iter and len(args) == 2:
        return iter(called(args[0], "", site), args[1])
    if function is iter and len(args) == 1 and is_iterator(args[0]):
        return iter(args[0])
    at = FIRST.get(function)  # where the function stands that is called for each item
    functions = [arg for number, arg in enumerate(args) if number == at] + [
        options[name] for name in options if name in BY_NAME
    ]
    options = {name: called(option, "", site) if name in BY_NAME else option for name, option in options.items()}
    args, first = (args[:2], args[2:]) if function is functools.reduce else (args, ())  # where it begins
    given = [
        called(arg, "", site) if number == at else walking(run, arg, text, site) for number, arg in enumerate(args)
    ]
    if function in BY_ITEM and not any(map(callable, functions)) and not any(map(runs_python, given)):
        given = [unwrapped(each) for each in given]  # one item of each, in one step
    return function(*given, *first, **options)


# Where the function stands that these call for each item.
FIRST: dict[Any, int] = {
    **dict.fromkeys((map, filter, functools.reduce, itertools.starmap), 0),
    **dict.fromkeys((itertools.filterfalse, itertools.takewhile, itertools.dropwhile), 0),
    **dict.fromkeys((itertools.groupby, itertools.accumulate), 1),
}
BY_NAME = ("key", "func")
BY_ITEM = (
    zip,
    enumerate,
    filter,
    itertools.zip_longest,
    itertools.filterfalse,
    itertools.groupby,
    itertools.accumulate,
)


def prints(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """print(…): output goes to the trace, because a model runs thousands of times; `__str__` is called in any case"""
    file = options.get("file")
    if file is None:
        file = print_to(run, site)
    shown = [*touched_by(run, str, "", args, READ), *below(run, args)]
    if file is not None:
        run.together([(place_of_opaque(run, file), WRITE), *shown], site)
        return function(*args, **options)
    if shown:
        run.together(shown, site)
    do = within(run, function, shown) if any_answers(args, shown) else function
    do(*args, **{**options, "file": NOWHERE})
    if run.recorder is not None:
        run.recorder.note(run, f"prints {' '.join(short(run, arg) for arg in args)}")
    return None


class Nowhere:
    """A file that keeps nothing."""

    def write(self, text: str) -> int:
        """Forget a text."""
        return len(text)

    def flush(self) -> None:
        """Do nothing."""


NOWHERE = Nowhere()


def counting(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """collections._count_elements(counts, things), which Counter.update calls"""
    counts, things = args
    touched: Touched = [(place_of(run, counts), WRITE)]
    container = container_of(things)
    if container is not None:
        touched.append((place_of(run, container), READ))
    run.together(touched, site)
    given = stepping(run, things, touched, site) if is_iterator(things) else things
    result = within(run, function, touched)(counts, given)
    if run.recorder is not None:
        run.recorder.call(run, touched[0][0].label, "update", (things,), result, WRITE, counts)
    return result


FUNCTIONS: dict[Any, Handler] = {
    collections._count_elements: counting,  # type: ignore[attr-defined]
    **dict.fromkeys((getattr, hasattr, setattr, delattr), by_name),
    **dict.fromkeys((EnumMeta.__setattr__, EnumMeta.__delattr__), by_metaclass),
    **dict.fromkeys(FORMATTER, by_formatter),
    vars: variables,
    **dict.fromkeys((dir, inspect.getmembers, inspect.getmembers_static), listing),
    inspect.getattr_static: statically,
    copy.copy: shallow,
    copy.deepcopy: deepcopy,
    functools.update_wrapper: wrapping,
    os.getenv: variable,
    **SETTINGS,
    **CLASS_CHECKS,
    **dict.fromkeys((json.dumps, json.dump), dumping),
    **dict.fromkeys((pickle.dumps, pickle.dump, marshal.dumps, marshal.dump), to_the_bottom),
    **{vars(module)["replace"]: fields for module in (dataclasses, copy) if hasattr(module, "replace")},
    **dict.fromkeys((dataclasses.asdict, dataclasses.astuple), as_fields),
    **dict.fromkeys((iter, *BY_ITEM, *FIRST), iterating),
    print: prints,
    **MAKING,
    **dict.fromkeys((next, len, sorted, sum, min, max, any, all, repr, format), generic),
    **dict.fromkeys((getattr(heapq, name) for name in heapq.__all__), generic),
    **{
        getattr(operator, name): operating(special)
        for name, special in OPERATORS.items()
        if isinstance(getattr(operator, name), types.BuiltinFunctionType)
    },
    **dict.fromkeys((operator.not_, operator.truth), tested),
}
