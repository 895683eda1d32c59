"""The methods that @dataclass generates: they have no source, so a run replaces them by these, which read in steps."""

from __future__ import annotations

import dataclasses
import operator
import reprlib
import sys
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

from .callbacks import answer

Load = Callable[[Any, str, int], Any]

COMPARISONS = {"__eq__": operator.eq, "__lt__": operator.lt, "__le__": operator.le, "__gt__": operator.gt}
COMPARISONS["__ge__"] = operator.ge

REPLACED: list[tuple[type, str, Any]] = []


def replace_methods(kind: type, load: Load) -> None:
    """Replace the generated methods of a dataclass until `restore`. `load` reads an attribute, in a step."""
    if "__dataclass_fields__" not in kind.__dict__:
        return
    fields = dataclasses.fields(kind)
    compared = [field.name for field in fields if field.compare]
    hashed = [field.name for field in fields if (field.compare if field.hash is None else field.hash)]
    makers: dict[str, Callable[..., Any]] = {name: comparing(compared, op, load) for name, op in COMPARISONS.items()}
    makers["__repr__"] = representing([field.name for field in fields if field.repr], load)
    makers["__hash__"] = hashing(hashed, load)
    for name, made in makers.items():
        old = kind.__dict__.get(name)
        if is_generated(old):
            made.__name__, made.__qualname__, made.__module__ = name, f"{kind.__qualname__}.{name}", kind.__module__
            setattr(kind, name, made)
            REPLACED.append((kind, name, old))


def restore() -> None:
    """Give all classes their own methods back."""
    while REPLACED:
        kind, name, old = REPLACED.pop()
        setattr(kind, name, old)


def is_generated(function: Any) -> bool:
    """Whether a method was made by @dataclass."""
    inner = getattr(function, "__wrapped__", function)
    return isinstance(inner, FunctionType) and inner.__code__.co_filename == "<string>"


def fills_a_dataclass(code: CodeType) -> bool:
    """Whether @dataclass made this code, and it fills an object that no other thread has yet: `__init__`."""
    makes_one = code.co_name in ("__init__", "__create_fn__") or "__create_fn__" in code.co_names
    return code.co_filename == "<string>" and makes_one


def comparing(names: list[str], compare: Callable[[Any, Any], Any], load: Load) -> Callable[..., Any]:
    """Return `__eq__` or another comparison."""
    one_by_one = compare is operator.eq and sys.version_info >= (3, 13)

    def method(self: Any, other: Any) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        if one_by_one:
            return answer(self is other or all(load(self, name, 0) == load(other, name, 0) for name in names))
        mine = tuple([load(self, name, 0) for name in names])
        return answer(compare(mine, tuple([load(other, name, 0) for name in names])))

    return method


def representing(names: list[str], load: Load) -> Callable[..., Any]:
    """Return `__repr__`."""

    @reprlib.recursive_repr()
    def method(self: Any) -> str:
        shown = ", ".join([f"{name}={load(self, name, 0)!r}" for name in names])
        return str(answer(f"{self.__class__.__qualname__}({shown})"))

    return method


def hashing(names: list[str], load: Load) -> Callable[..., Any]:
    """Return `__hash__`."""

    def method(self: Any) -> int:
        return int(answer(hash(tuple([load(self, name, 0) for name in names]))))

    return method
