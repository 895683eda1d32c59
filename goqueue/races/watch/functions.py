"""Which functions are watched: those of the model's module, and of the modules of the course that it uses."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any


def named_spaces(modules: Iterable[ModuleType]) -> list[dict[str, Any]]:
    """Return the globals of the modules that the caller names. Raises TypeError if one of them is not a module."""
    for module in modules:
        if not isinstance(module, ModuleType):
            raise TypeError(f"modules holds {module!r}: it must hold modules, such as [shop.stock]")
    return [space for module in modules for space in with_parts(module)]


def functions_of(space: dict[str, Any]) -> list[FunctionType]:
    """Return the functions that a module defines, including those in its classes and closures."""
    found = Functions(str(space.get("__name__")))
    for value in list(space.values()):
        found.add(value)
    return found.functions


def reachable(function: FunctionType) -> list[FunctionType]:
    """Return a function, and the functions of its module that its closure holds."""
    found = Functions(str(function.__globals__.get("__name__")))
    found.add(function)
    return found.functions


class Functions:
    """Gathers the functions of one module from the objects that hold them."""

    def __init__(self, module: str) -> None:
        self.functions: list[FunctionType] = []
        self._module = module
        self._seen: set[int] = set()

    def add(self, value: Any) -> None:
        """Add the functions in a function, a class, a property or a wrapper, if they belong to the module."""
        if id(value) in self._seen:
            return
        self._seen.add(id(value))
        if isinstance(value, FunctionType):
            # Not __module__, because functools.wraps copies that to a wrapper.
            if value.__globals__.get("__name__") == self._module:
                self.functions.append(value)
            for cell in value.__closure__ or ():
                with contextlib.suppress(ValueError):  # not set yet
                    self.add(cell.cell_contents)
        elif isinstance(value, type) and value.__module__ == self._module:
            for part in list(vars(value).values()):
                self.add(part)
        else:
            for name in ("__func__", "fget", "fset", "fdel", "func", "__wrapped__"):
                if isinstance(
                    value, staticmethod | classmethod | property | functools.cached_property | functools.partial
                ):
                    self.add(getattr(value, name, None))


def course_spaces(model: FunctionType) -> list[dict[str, Any]]:
    """Return the globals of the modules of `steps` and `goqueue` that the model, or its module, uses."""
    found: dict[int, dict[str, Any]] = {}
    for function in [*reachable(model), *functions_of(model.__globals__)]:
        used = [function.__globals__.get(name) for name in names_in(function.__code__)]
        for cell in function.__closure__ or ():
            with contextlib.suppress(ValueError):  # not set yet
                used.append(cell.cell_contents)
        for value in used:
            add_spaces(value, found)
    return list(found.values())


def add_spaces(value: Any, found: dict[int, dict[str, Any]]) -> None:
    """Add the globals of a value of the course: of the module itself, or of the module that defines its class.

    Also add the globals of what that module uses in turn. Not through sys.modules, because load() makes a new module.
    """
    if isinstance(value, ModuleType):
        spaces = [vars(value)] if is_course(value.__name__) else []
        spaces = with_parts(value) if hasattr(value, "__goqueue_version__") else spaces  # load() says so
    else:
        kind = value if isinstance(value, type | FunctionType) else type(value)
        spaces = [
            function.__globals__
            for base in getattr(kind, "__mro__", (kind,))
            if is_course(str(getattr(base, "__module__", "")))
            for function in [*vars(base).values(), base]
            if isinstance(function, FunctionType) and is_course(str(function.__globals__.get("__name__")))
        ]
    for space in spaces:
        if id(space) not in found:
            found[id(space)] = space
            for used in list(space.values()):
                add_spaces(used, found)


def names_in(code: CodeType) -> Iterator[str]:
    """Yield the names that a function and its inner functions use."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from names_in(constant)


def with_parts(package: ModuleType) -> list[dict[str, Any]]:
    """Return the globals of a module and, if it is a package, of the modules in it."""
    parts = [
        part
        for part in list(vars(package).values())
        if isinstance(part, ModuleType) and part.__name__.startswith(f"{package.__name__}.")
    ]
    return [vars(package), *map(vars, parts)]


def is_course(name: str) -> bool:
    """Whether a module belongs to the course, and not to its labs or the promises."""
    top, _, rest = name.partition(".")
    return top in ("steps", "goqueue") and not rest.startswith(("lab", "races", "promises"))


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
