"""The functions that a model leads to, by the names in its code.

All functions of the process are found by the collector instead: see doubles/stage/collected.py.
"""

from __future__ import annotations

import contextlib
import functools
import types
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from .selection import is_anybodys, is_installed

MOST_ITEMS = 1_000  # of one container, that are looked at for functions


def led_to(model: FunctionType) -> set[str]:
    """Return the files of the project to which names in a model's code lead, and names in that code in turn.

    This spares most explorations a first run that only shows what to watch. It is a guess: an object that is passed on
    may lead to more, and an import inside a function, too.
    """
    seen: set[int] = set()
    files: set[str] = set()
    todo: list[Any] = [model]
    while todo:
        value = todo.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        function = value if isinstance(value, FunctionType) else None
        if function is None:
            todo += parts_of(value)
        elif function.__globals__ is model.__globals__ or is_projects(function):
            files.add(function.__code__.co_filename)
            todo += used_by(function)
    return files


def is_projects(function: FunctionType) -> bool:
    """Whether a function belongs to the project whose code is tested, and not to a library."""
    filename = function.__code__.co_filename
    return is_anybodys(filename) and not is_installed(filename)


def used_by(function: FunctionType) -> Iterator[Any]:
    """Yield what the names in a function's code stand for, as far as it can be known, and what its closure holds."""
    names = set(names_in(function.__code__))
    for name in names & function.__globals__.keys():
        value = function.__globals__[name]
        yield value
        if isinstance(value, ModuleType):
            yield from (vars(value)[inner] for inner in names & vars(value).keys())
    for cell in function.__closure__ or ():
        with contextlib.suppress(ValueError):  # not set yet
            yield cell.cell_contents
    yield getattr(function, "__wrapped__", None)
    yield from function.__defaults__ or ()


def parts_of(value: Any) -> list[Any]:
    """Return what leads on from a value that is no function."""
    if isinstance(value, type):
        return [part for base in value.__mro__ if base.__module__ != "builtins" for part in vars(base).values()]
    if isinstance(value, dict):
        return list(value.values())[:MOST_ITEMS]
    if isinstance(value, list | tuple | set | frozenset):
        return list(value)[:MOST_ITEMS]
    if isinstance(value, property):
        return [value.fget, value.fset, value.fdel]
    if isinstance(value, functools.partial):
        return [value.func, *value.args]
    if isinstance(value, types.MethodType | staticmethod | classmethod | functools.cached_property):
        return [getattr(value, "__func__", None) or getattr(value, "func", None), getattr(value, "__self__", None)]
    if hasattr(type(value), "__dict__") and not isinstance(value, ModuleType | str | int | type(None)):
        return [type(value)]
    return []


def names_in(code: CodeType) -> Iterator[str]:
    """Yield the names that a function and its inner functions use."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from names_in(constant)


def handed_to(model: Callable[..., object]) -> dict[str, Any]:
    """Return what all runs of a model share because it is handed in: the arguments of a partial function, by name."""
    given = {f"argument {number} of the model": value for number, value in enumerate(getattr(model, "args", ()), 1)}
    return {**given, **getattr(model, "keywords", {})}


def function_of(model: Callable[..., object]) -> FunctionType:
    """Return the function behind a callable: a method, a partial, or an object with `__call__`."""
    if isinstance(model, FunctionType):
        return model
    for name in ("__func__", "func", "__wrapped__"):
        if hasattr(model, name):
            return function_of(getattr(model, name))
    call = vars(type(model)).get("__call__")
    if isinstance(call, FunctionType):
        return call
    raise TypeError(f"model is {model!r}: it must be a function of Python code that takes no arguments")
