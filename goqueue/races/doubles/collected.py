"""The objects that the collector knows: one pass over them for each exploration, shared by all who need it.

    begin of an exploration ──> one pass ──> the locks and what is built on them, the functions, some holders
    later                   ──> a pass over what was made since: what was there before is frozen by then

A process of a test suite has hundreds of thousands of objects, so the passes run in C, and compare nothing but types.
"""

from __future__ import annotations

import gc
import itertools
import operator
from collections.abc import Container, Iterator
from types import CodeType, FunctionType
from typing import Any


class Collected:
    """What the pass of the current exploration found. Empty between explorations."""

    functions: list[FunctionType] = []  # noqa: RUF012  # one exploration at a time

    @classmethod
    def forget(cls) -> None:
        """Keep nothing alive."""
        cls.functions = []


def every_object() -> list[Any]:
    """Return all objects that the collector knows. What was frozen is not any more: else no search would see it.

    Python 3.12 starts with a few hundred frozen objects. To freeze them again, the lab would have to freeze all.
    """
    gc.unfreeze()
    return gc.get_objects()


def of_kinds(things: list[Any], kinds: Container[type]) -> Iterator[Any]:
    """Return the objects whose type is one of `kinds`."""
    return itertools.compress(things, map(kinds.__contains__, map(type, things)))


def functions_in(things: list[Any]) -> list[FunctionType]:
    """Return the functions among some objects."""
    return list(itertools.compress(things, map(operator.is_, map(type, things), itertools.repeat(FunctionType))))


def codes_of(functions: list[FunctionType]) -> list[CodeType]:
    """Return the code of each function.

    Reading `__code__` raises an audit event, which calls the lab's own hook and costs more than all the rest. A
    function's references raise one event in all, and its code is the first of them.
    """
    references = gc.get_referents(*functions)
    codes = list(of_kinds(references, (CodeType,)))
    if len(codes) != len(functions):  # a function refers to further code, as a default value or an attribute
        codes = [function.__code__ for function in functions]
    return codes


def every_function() -> list[FunctionType]:
    """Return all functions of the process: those of the pass, and those made since. Some may be in it twice."""
    if not Collected.functions:
        return functions_in(gc.get_objects())
    new = functions_in(gc.get_objects())
    return new if len(new) >= len(Collected.functions) else Collected.functions + new
