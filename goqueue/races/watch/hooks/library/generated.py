"""The methods that @dataclass generates: they have no source, so a run replaces them by these, which read in steps."""

from __future__ import annotations

import dataclasses
import functools
import operator
import reprlib
import sys
from collections.abc import Callable, Iterable
from types import CodeType, FunctionType, MethodType
from typing import Any, cast

from ....doubles.stage.collected import functions_of
from ....engine.active import here
from ....engine.happens_before import Place
from ....engine.identity import identity
from ....engine.words import CALL, WRITE
from ..callbacks import answer

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
    name, first = "__init__", cast("Any", kind.__dict__.get("__init__"))
    if is_generated(first) and first.__code__.co_filename == "<string>":  # not wrapped already
        setattr(kind, name, initialising(first))
        REPLACED.append((kind, name, first))


def restore() -> None:
    """Give all classes their own methods back."""
    while REPLACED:
        kind, name, old = REPLACED.pop()
        setattr(kind, name, old)


def is_generated(function: Any) -> bool:
    """Whether a method was made by @dataclass."""
    inner = getattr(function, "__wrapped__", function)
    return isinstance(inner, FunctionType) and inner.__code__.co_filename == "<string>"


def harmless(codes: Iterable[CodeType]) -> set[CodeType]:
    """Return those of these codes that only fill new objects: the `__init__` of dataclasses.

    What makes a default value is watched if it is a function in Python, and new if it is a class. `count().__next__`
    is neither, so it may hide what threads share.
    """
    generated = {code for code in codes if code.co_filename == "<string>"}
    # What @dataclass itself runs: the text that it hands to exec(), and the function in that text. And namedtuples.
    makers = {code for code in generated if "__create_fn__" in (code.co_name, *code.co_names)}
    makers |= {code for code in codes if code.co_name == "<lambda>" and code.co_names == ("_tuple_new",)}
    wanted = {code for code in generated if code.co_name == "__init__"}
    if not wanted:
        return makers
    made = [(function.__code__, function) for function in functions_of(["<string>"])]
    made = [(code, function) for code, function in made if code in wanted]
    return makers | {code for code, _ in made} - {code for code, function in made if hides(function)}


def hides(function: FunctionType) -> bool:
    """Whether a generated `__init__` calls what is neither a class nor a function in Python."""
    if not function.__code__.co_qualname.startswith("__create_fn__."):
        return True
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    defaults = [cell.cell_contents for name, cell in cells if "dflt_" in name]
    return any(callable(value) and not isinstance(value, type | FunctionType | MethodType) for value in defaults)


def initialising(real: Callable[..., None]) -> Callable[..., None]:
    """Return `__init__`. On an object that is in use already, a call of it is one access, and the verdict says so."""

    @functools.wraps(real)
    def method(self: Any, /, *args: Any, **options: Any) -> None:
        run = here()
        place = run.made.get(identity(self)) if run is not None else None
        if run is not None and type(place) is Place:
            run.opaque[place.kind] = f"{type(self).__qualname__}.__init__ (called again)"
            run.access(place, WRITE, None, CALL, 0, "")
        real(self, *args, **options)

    return method


def performed(function: Any, *values: Any) -> Any:
    """Call a builtin function, in a step that reads what it reads of the values."""
    from ..calls import perform  # imported here, because calls leads to this file

    return perform(function, "", 0, values, {})


def comparing(names: list[str], compare: Callable[[Any, Any], Any], load: Load) -> Callable[..., Any]:
    """Return `__eq__` or another comparison."""
    one_by_one = compare is operator.eq and sys.version_info >= (3, 13)

    def method(self: Any, other: Any) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        if one_by_one:
            return answer(
                self is other or all(performed(compare, load(self, name, 0), load(other, name, 0)) for name in names)
            )
        mine = tuple([load(self, name, 0) for name in names])
        return answer(performed(compare, mine, tuple([load(other, name, 0) for name in names])))

    return method


def representing(names: list[str], load: Load) -> Callable[..., Any]:
    """Return `__repr__`."""

    @reprlib.recursive_repr()
    def method(self: Any) -> str:
        shown = ", ".join([f"{name}={performed(repr, load(self, name, 0))}" for name in names])
        return str(answer(f"{self.__class__.__qualname__}({shown})"))

    return method


def hashing(names: list[str], load: Load) -> Callable[..., Any]:
    """Return `__hash__`."""

    def method(self: Any) -> int:
        return int(answer(performed(hash, tuple([load(self, name, 0) for name in names]))))

    return method
