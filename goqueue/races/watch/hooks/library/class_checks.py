"""What isinstance() and its like look at: who is registered with an abstract class, a protocol's names, annotations.

    Payment.register(Cash)         a step, which changes who is registered with Payment
    isinstance(order, Payment)     each line of the library that looks at that is a step; it also looks at the class of
                                   the order and, if Payment is a protocol, at the order itself
    get_type_hints(Order)          likewise, at the annotations of the class and of its bases

Each run begins with the same classes registered: see `abstract_classes`.
"""

from __future__ import annotations

import inspect
import typing
from abc import ABCMeta
from collections.abc import Iterator
from types import FunctionType, UnionType
from typing import Any

from ....engine.happens_before import Place
from ....engine.places import is_of_library, place_of
from ....engine.run import Run
from ....engine.words import READ, WRITE, Mode
from ...objects.abstract_classes import begin, is_abstract, registries, whose, with_subclasses
from ...objects.kinds import STATELESS
from ..callbacks import Touched
from .general_rule import Handler
from .library_code import line_by_line

CHECKS = frozenset(["__instancecheck__", "__subclasscheck__"])  # of abstract classes and protocols
LOOKING = frozenset(["_proto_hook", "get_type_hints", "get_annotations"])  # at what threads may change


def in_steps(run: Run, function: Any, kinds: list[Any], touched: Touched, site: int) -> Any:
    """Return a function whose lines are steps, as far as they look; these abstract classes forget their answers."""
    for kind in kinds:
        begin(kind)
    asked = [each for kind in kinds for each in with_subclasses(kind)]

    def looks(frame: Any) -> bool:
        name = frame.f_code.co_name
        return name in LOOKING or (name in CHECKS and any(frame.f_locals.get("cls") is each for each in asked))

    return line_by_line(run, function, touched, site, looks)


def registering(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """Payment.register(Cash), ABCMeta.register(Payment, Cash)"""
    kind = getattr(function, "__self__", None) or args[0]
    begin(kind)
    run.together([(place_of(run, whose(kind)), WRITE)], site)
    return function(*args, **options)


def asking(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """isinstance(order, Payable), issubclass(Order, (Payable, Payment))"""
    kinds = [kind for kind in each_of(args[1:2]) if is_abstract(kind)]
    if not kinds:
        return function(*args, **options)
    touched: Touched = [
        (place, keeps_answers(run, place)) for place in (place_of(run, each) for each in registries(kinds))
    ]
    touched += [
        (place_of(run, each), READ) for each in own_classes(args[0] if function is issubclass else type(args[0]))
    ]
    by_name = function is isinstance and any(vars(each).get("_is_protocol") for each in kinds)
    if by_name and type(args[0]) not in STATELESS:
        touched.append((place_of(run, args[0]), READ))
    return in_steps(run, function, kinds, touched, site)(*args, **options)


def keeps_answers(run: Run, place: Place) -> Mode:
    """Return how a question touches an abstract class: if others are registered meanwhile, its answers, which it keeps.

    CPython may keep an answer that was given before a class was registered, if another question comes in between.
    """
    return WRITE if (place.kind, None) in run.hot else READ


def each_of(kinds: Any) -> Iterator[Any]:
    """Yield the classes that isinstance() is given: one, a tuple, which may hold tuples, or a union."""
    parts = kinds if type(kinds) is tuple else kinds.__args__ if type(kinds) is UnionType else None
    if parts is None:
        yield kinds
    else:
        for part in parts:
            yield from each_of(part)


def own_classes(kind: Any) -> list[Any]:
    """Return a class and its bases, without those of the library, which nobody changes."""
    return [each for each in getattr(kind, "__mro__", ()) if not is_of_library(each)]


def reading_annotations(run: Run, function: Any, text: str, site: int, args: Any, options: Any) -> Any:
    """typing.get_type_hints(Order), inspect.get_annotations(deliver), inspect.signature(deliver)"""
    touched: Touched = []
    thing = next(iter((*args, *options.values())), None)
    for owner in own_classes(thing) if isinstance(thing, type) else (thing,):
        if isinstance(owner, type | FunctionType):
            touched.append((place_of(run, owner), READ))
            kept = vars(owner).get("__annotations__") if isinstance(owner, type) else owner.__annotations__
            touched += [(place_of(run, kept), READ)] if type(kept) is dict else []
    return in_steps(run, function, [], touched, site)(*args, **options)


CLASS_CHECKS: dict[Any, Handler] = {
    ABCMeta.register: registering,
    isinstance: asking,
    issubclass: asking,
    typing.get_type_hints: reading_annotations,
    inspect.get_annotations: reading_annotations,
    inspect.signature: reading_annotations,
}
