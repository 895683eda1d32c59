"""Functions of the module `operator`: each does what its operator does, on what threads may share."""

from __future__ import annotations

import functools
import operator
from typing import Any

from ....engine.places import is_container
from ....engine.run import Run
from ...objects.iterating import is_iterator
from ...objects.kinds import CONTAINER, OPAQUE, how
from .. import attributes
from ..containers import follow, looks_at, of_container, truth
from ..opaque import of_opaque
from ..operators import OPERATIONS, found_in, operate
from .general_rule import Handler


def tested(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """operator.not_(orders), operator.truth(orders)"""
    for arg in args:
        truth(arg, text, site)
    return function(*args, **options)


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
    from ..calls import bound, perform  # imported here, because calls imports this file

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
