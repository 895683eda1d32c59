"""Which code is watched: by default, all Python code outside of the standard library that the model runs through.

    modules=None             the model's own module, and each that it runs through
    modules=[]               the model's own module alone
    modules=["shop", queue]  besides the model's own, these, with the modules in them
    modules=[..., "queue"]   these, besides what is watched by default

The lab, test runners, debuggers and notebook kernels are never watched by default.
"""

from __future__ import annotations

import collections
import importlib
import inspect
import linecache
import os
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import PurePath
from types import CodeType, EllipsisType, FunctionType, ModuleType
from typing import Any

from ..doubles.stage.collected import functions_of, known_files
from ..engine.homes import SITE, TOOLS, Home, home_of
from ..engine.sources import ENGINE

Modules = Iterable[ModuleType | str | EllipsisType] | None


def is_anybodys(filename: str) -> bool:
    """Whether a file belongs to neither the standard library, nor the lab, nor a test runner or the like."""
    if filename.startswith("<"):  # a notebook's cell, or generated code, whose source may be kept as that of attrs is
        return filename.startswith("<ipython-input") or (filename in linecache.cache and filename != "<string>")
    return home_of(filename) is Home.PROGRAM


@cache
def is_installed(filename: str) -> bool:
    """Whether a file was installed, so that it is no part of the project whose code is tested."""
    return any(part in SITE for part in PurePath(os.path.realpath(filename)).parts)


def own_parts(model: FunctionType) -> list[FunctionType]:
    """Return a model and the function behind its decorators, without what a decorator of the library has made.

    `@mock.patch(…)` and what a context manager decorates are functions of the library, which the model only goes
    through. The first function returned stands for the model.
    """
    inner: FunctionType = inspect.unwrap(model)
    outer = [model] if model is not inner and is_anybodys(model.__code__.co_filename) else []
    return [*outer, inner]


real_path = cache(os.path.realpath)


class Selection:
    """The code that one exploration watches. Raises TypeError or ValueError if `modules` names no modules."""

    def __init__(self, model: FunctionType, modules: Modules) -> None:
        given = checked(modules)
        named = [module_of(one) for one in given if one is not ...]
        self.by_default = modules is None or ... in given
        parts = own_parts(model)
        self.files = {part.__code__.co_filename for part in parts}  # it grows
        self._spaces = {id(part.__globals__) for part in parts} | {id(vars(module)) for module in named}
        self._paths = {real_path(path) for module in named if (path := getattr(module, "__file__", None))}
        self._folders = tuple(
            real_path(folder) + os.sep for module in named for folder in getattr(module, "__path__", ())
        )

    def holds(self, filename: str, space: dict[str, Any]) -> bool:
        """Whether code of a file, whose globals are `space`, is watched already."""
        return filename in self.files or id(space) in self._spaces or self._names(filename)

    def functions(self) -> list[FunctionType]:
        """Return those functions of the process that are watched already."""
        files = set(self.files)
        if self._paths or self._folders:
            files |= {name for name in known_files() if self._names(name)}
        return functions_of(files, self._spaces)

    def welcomes(self, filename: str, space: dict[str, Any]) -> bool:
        """Whether such code should be watched, now that the model runs through it."""
        return (
            self.holds(filename, space)
            or (self.by_default and is_anybodys(filename))
            or filename == collections.__file__  # Counter, ChainMap, UserDict: each of their calls is many steps
        )

    def misses(self, code: CodeType, space: dict[str, Any]) -> bool:
        """Whether such a function was generated from text that nobody keeps, so that it is named: it has no source.

        Not that of @dataclass, which hooks replace, nor what the standard library, a tool or the lab generates.
        """
        filename, module = code.co_filename, space.get("__name__")
        if not (self.by_default and filename.startswith("<")) or filename.startswith("<frozen "):
            return False
        if code.co_qualname.startswith("__create_fn__") or not code.co_flags & inspect.CO_OPTIMIZED:
            return False
        return type(module) is not str or not (
            module.startswith(("namedtuple_", ENGINE)) or module.partition(".")[0] in sys.stdlib_module_names | TOOLS
        )

    def _names(self, filename: str) -> bool:
        """Whether the caller named the module of a file, or a package around it."""
        if not (self._paths or self._folders):
            return False
        path = real_path(filename)
        return path in self._paths or path.startswith(self._folders)


def checked(modules: Modules) -> list[ModuleType | str | EllipsisType]:
    """Return what `modules` holds. Raises TypeError if that cannot be modules."""
    if isinstance(modules, str | ModuleType):
        raise TypeError(f"modules is {modules!r}: it must be a list, such as [{modules!r}]")
    found = list(modules or ())
    for one in found:
        if not isinstance(one, ModuleType | str | EllipsisType):
            raise TypeError(f"modules holds {one!r}: it must hold modules or their names, such as ['shop.stock']")
    return found


def module_of(one: Any) -> ModuleType:
    """Return a module. Raises ValueError if there is none of that name."""
    if isinstance(one, ModuleType):
        return one
    try:
        return sys.modules.get(one) or importlib.import_module(one)
    except (ImportError, ValueError) as error:
        raise ValueError(f"modules holds {one!r}, which cannot be imported: {error}; name a module that can") from error


def with_parts(module: ModuleType) -> list[dict[str, Any]]:
    """Return the globals of a module and, if it is a package, of all modules in it that it names."""
    spaces = [vars(module)]
    for part in list(vars(module).values()):
        if isinstance(part, ModuleType) and part.__name__.startswith(f"{module.__name__}."):
            spaces += with_parts(part)
    return spaces
