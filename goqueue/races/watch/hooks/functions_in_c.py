"""What some functions of the standard library touch: builtins, operator, copy, heapq; `general_rule` has the rest."""

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
from collections.abc import Callable
from typing import Any

from ...engine.places import container_of, is_container, place_of
from ...engine.run import Run
from ...engine.words import CALL, PLAIN, READ, WRITE
from ...report.recorder import short
from ..objects.kinds import (
    CONTAINER,
    FILES_IN_MEMORY,
    OPAQUE,
    how,
    is_iterator,
    is_memory,
    runs_python,
    unwrapped,
)
from ..objects.settings import SETTINGS
from ..objects.weak import MAKING
from . import attributes
from .as_dict import as_dict, as_tuple
from .callbacks import Touched, any_answers, called_back, settled, stepping, within
from .containers import follow, looks_at, of_container, truth
from .copying import deep, fields_of, is_plain, reached, read_field
from .general_rule import below, generic, touched_by
from .iterators import walking
from .library_code import line_by_line
from .opaque import of_opaque, place_of_opaque
from .operators import OPERATIONS, found_in, operate
from .redirected import print_to

Handler = Callable[[Run, Any, str, int, tuple[Any, ...], dict[str, Any]], Any]


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
    if attributes.holds_data(thing, name):
        attributes.read(run, thing, name, site)
        return function(*args)
    found = function(*args)
    if function is hasattr:
        return found
    if name == "__dict__" or (is_memory(type(thing)) and hasattr(thing, name)):
        return attributes.load(thing, name, site)
    from .calls import stands_in  # imported here, because calls imports this file

    return stands_in(found, "", site)


def variables(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """vars(thing)"""
    return attributes.load(args[0], "__dict__", site) if len(args) == 1 else function(*args)


def listing(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """dir(thing)"""
    run.access(place_of(run, args[0]), READ, None, CALL, site, "")
    return function(*args)


def statically(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """inspect.getattr_static(thing, name)"""
    if len(args) > 1 and type(args[1]) is str:
        attributes.read(run, args[0], args[1], site)
    return function(*args, **options)


# -- copies ---------------------------------------------------------------------------------------------


def shallow(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """copy.copy(thing)"""
    if len(args) != 1 or not is_plain(args[0]):
        kept = len(args) == 1 and (how(type(args[0]), "__len__") is OPAQUE or is_iterator(args[0]))
        if kept and not is_container(args[0]):
            return of_opaque(run, args[0], "copy", lambda: function(*args), site, (), {})
        if len(args) == 1 and not is_container(args[0]):
            return to_the_bottom(run, function, text, site, args, options)
        return generic(run, function, text, site, args, options, READ)
    place = place_of(run, args[0])
    run.access(place, READ, None, PLAIN, site, "")  # all fields, in one step
    if run.recorder is not None:
        run.recorder.note(run, f"copies {place.label}")
    return function(*args)


def to_the_bottom(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """pickle.dumps(thing), json.dumps(thing), dataclasses.asdict(thing): reads all that a thing leads to"""
    written: Touched = [
        (place_of_opaque(run, arg), WRITE) for arg in (*args[1:], *options.values()) if type(arg) in FILES_IN_MEMORY
    ]
    touched = settled(run, lambda: [*reached(run, args[:1]), *written], site)
    if not touched:
        return function(*args, **options)
    do = line_by_line(run, function, touched, site) if type(function) is types.FunctionType else function
    return within(run, do, touched)(*args, **options)


def dumping(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """json.dumps(thing, default=…): asks the model's code for what it cannot write, and reads that to the bottom"""
    if options.get("default") is not None:
        touched = reached(run, args[:1])
        options = {**options, "default": called_back(run, options["default"], touched, site)}
    elif options.get("cls") is None:
        return generic(run, function, text, site, args, options)
    return to_the_bottom(run, function, text, site, args, options)


def mapped(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """executor.map(f, jobs): takes one job in a step, submits it, takes the next"""
    sources = [walking(run, arg, text, site) for arg in args[1:]]
    return function(*args[:1], *sources, **options)


def variable(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """os.getenv(name)"""
    run.access(place_of(run, os.environ), READ, None, CALL, site, "")
    return function(*args, **options)


def deepcopy(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """copy.deepcopy(thing)"""
    if len(args) == 1 and not options:
        return deep(run, args[0], site, {})
    return generic(run, function, text, site, args, options, READ)


def fields(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """dataclasses.replace(thing, …), copy.replace(thing, …)"""
    if not args or not is_plain(args[0]):
        return to_the_bottom(run, function, text, site, args, options)
    for name in fields_of(args[0]):
        read_field(run, args[0], name, site)
    return function(*args, **options)


def as_fields(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """dataclasses.asdict(thing), dataclasses.astuple(thing)"""
    if len(args) != 1 or options or not dataclasses.is_dataclass(args[0]) or isinstance(args[0], type):
        return to_the_bottom(run, function, text, site, args, options)
    return (as_dict if function is dataclasses.asdict else as_tuple)(run, args[0], site)


# -- iterating ------------------------------------------------------------------------------------------


def iterating(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """iter(orders), zip(orders, names), map(f, orders), reduce(f, orders), itertools.groupby(orders, f)"""
    from .calls import called  # imported here, because calls imports this file

    if function is iter and len(args) == 2:
        return iter(called(args[0], "", site), args[1])
    if function is iter and len(args) == 1 and is_iterator(args[0]):
        return iter(args[0])
    at = FIRST.get(function)  # where the function stands that is called for each item
    functions = [arg for number, arg in enumerate(args) if number == at] + [
        options[name] for name in options if name in BY_NAME
    ]
    options = {name: called(option, "", site) if name in BY_NAME else option for name, option in options.items()}
    given = [
        called(arg, "", site) if number == at else walking(run, arg, text, site) for number, arg in enumerate(args)
    ]
    if function in BY_ITEM and not any(map(callable, functions)) and not any(map(runs_python, given)):
        given = [unwrapped(each) for each in given]  # one item of each, in one step
    return function(*given, **options)


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


def tested(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """operator.not_(orders), operator.truth(orders)"""
    for arg in args:
        truth(arg, text, site)
    return function(*args, **options)


# -- operators ------------------------------------------------------------------------------------------


def operating(name: str) -> Handler:
    """Return the handler of an operator that is a method of its first argument: operator.setitem(orders, key, 1)"""

    def handle(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
        if args:
            thing, kind = args[0], type(args[0])
            way = how(kind, name)
            if is_container(thing) and way is CONTAINER:
                return of_container(run, thing, name, functools.partial(function, thing), text, site, args[1:], {})
            if function.__name__ in OPERATIONS and len(args) == 2:
                return operate(function.__name__, args[0], args[1], "", "", site)
            if way is OPAQUE:
                return of_opaque(run, thing, name, functools.partial(function, thing), site, args[1:], {})
            if name == "__contains__" and len(args) == 2:
                if is_iterator(thing):
                    return function(follow(thing, text, site), args[1])
                return found_in(run, args[1], thing, site)
        for arg in args[1:]:
            looks_at(run, arg, "", site)
        return function(*args, **options)

    return handle


OPERATORS = {name: f"__{name.strip('_')}__" for name in dir(operator) if f"__{name.strip('_')}__" in dir(operator)}
# No class has methods of these names.
OPERATORS |= {"concat": "__add__", "iconcat": "__iadd__"}


def get_by(run: Run, getter: Any, args: Any, site: int) -> Any:
    """operator.itemgetter(…)(thing), operator.attrgetter(…)(thing), operator.methodcaller(…)(thing)"""
    from .calls import bound, perform  # imported here, because calls imports this file

    thing, kind, (_, made_with, *_) = args[0], type(getter), getter.__reduce__()
    if kind is operator.methodcaller:
        made = getter.__reduce__()[0]
        options = made.keywords if isinstance(made, functools.partial) else {}
        name, *rest = (*made.args, *made_with) if isinstance(made, functools.partial) else made_with
        return bound(thing, name, "", site)(*rest, **options)
    if kind is operator.itemgetter:
        found = tuple(perform(operator.getitem, "", site, (thing, key), {}) for key in made_with)
    else:
        found = tuple(
            functools.reduce(lambda at, part: attributes.load(at, part, site), name.split("."), thing)
            for name in made_with
        )
    return found if len(found) > 1 else found[0]


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
    vars: variables,
    **dict.fromkeys((dir, inspect.getmembers, inspect.getmembers_static), listing),
    inspect.getattr_static: statically,
    copy.copy: shallow,
    copy.deepcopy: deepcopy,
    os.getenv: variable,
    **SETTINGS,
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
