"""Watch the code of some modules for the length of an exploration: swap the code of their functions, then put it back.

    module ── functions, methods, properties ── by file ── source ── syntax tree ── rewritten ── compiled
                    └── function.__code__ = the rewritten one

Nothing is imported again, so classes, functions and objects stay the same ones. A notebook cell is a file, whose
source IPython keeps. Functions that are made while the model runs come from rewritten code already.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import linecache
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from . import attributes, hooks
from .rewriting import Rewriter
from .scopes import Scopes
from .sources import WATCHED
from .staging import BY_VALUE, Replacements

Key = tuple[str, int]  # qualified name and first line of a function


def watch(model: FunctionType, modules: Iterable[ModuleType] | None, replaced: Replacements) -> None:
    """Watch the model's own module, and `modules`: by default, every module of the course that the model uses.

    Raises OSError if the model's source cannot be found.
    """
    spaces = [model.__globals__, *(course_spaces(model) if modules is None else named_spaces(modules))]
    found: dict[int, FunctionType] = {}
    for space in spaces:
        for function in functions_of(space):
            found.setdefault(id(function), function)
        use_virtual_names(space, replaced)
    for function in reachable(model):
        found.setdefault(id(function), function)
    if not source_of(model.__code__.co_filename):
        raise OSError(f"the source of {model.__qualname__} cannot be found: write it in a file or a notebook cell")
    changed = changed_globals(found.values())
    watched = [(function, watched_code(function, changed)) for function in found.values()]
    replaced.later(WATCHED.clear)
    replaced.later(attributes.DATA.clear)
    hooks.install()
    for function, code in watched:  # now that all is compiled: from here on, watched code runs
        for cell in function.__closure__ or ():
            swap_cell(cell, replaced)
        if code is not None:
            WATCHED.add(code.co_filename)
            replaced.code(function, code)


def named_spaces(modules: Iterable[ModuleType]) -> list[dict[str, Any]]:
    """Return the globals of modules that the caller names. Raises TypeError if one is no module."""
    for module in modules:
        if not isinstance(module, ModuleType):
            raise TypeError(f"modules holds {module!r}: it must hold modules, such as [shop.stock]")
    return [space for module in modules for space in with_parts(module)]


# -- which functions -------------------------------------------------------------------------------------


def functions_of(space: dict[str, Any]) -> list[FunctionType]:
    """Return the functions that a module defines, those of its classes and closures included."""
    found = Functions(str(space.get("__name__")))
    for value in list(space.values()):
        found.add(value)
    return found.functions


def reachable(function: FunctionType) -> list[FunctionType]:
    """Return a function, and those of its module in its closure."""
    found = Functions(str(function.__globals__.get("__name__")))
    found.add(function)
    return found.functions


class Functions:
    """Gathers the functions of one module from what holds them."""

    def __init__(self, module: str) -> None:
        self.functions: list[FunctionType] = []
        self._module = module
        self._seen: set[int] = set()

    def add(self, value: Any) -> None:
        """Add what is in a function, a class, a property or a wrapper, if it belongs to the module."""
        if id(value) in self._seen:
            return
        self._seen.add(id(value))
        if isinstance(value, FunctionType):
            # Not __module__: a wrapper that a library made has copied that.
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
    """Add the globals behind a value, if it belongs to the course: of a module, or of where its class was defined.

    And of what they use in turn. Not by way of sys.modules: a version that was loaded afresh is another one.
    """
    if isinstance(value, ModuleType):
        spaces = [vars(value)] if is_course(value.__name__) else []
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
    """Yield the names that a function and those inside of it use."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from names_in(constant)


def with_parts(package: ModuleType) -> list[dict[str, Any]]:
    """Return the globals of a module, and of those in it, if it is a package."""
    parts = [
        part
        for part in list(vars(package).values())
        if isinstance(part, ModuleType) and part.__name__.startswith(f"{package.__name__}.")
    ]
    return [vars(package), *map(vars, parts)]


def is_course(name: str) -> bool:
    """Whether a module belongs to the course, and not to the lab or the promises."""
    top, _, rest = name.partition(".")
    return top in ("steps", "goqueue") and not rest.startswith(("lab", "promises"))


# -- swapping code ---------------------------------------------------------------------------------------


def source_of(filename: str) -> str:
    """Return the source of a file or notebook cell, or ""."""
    return "".join(linecache.getlines(filename))


def changed_globals(functions: Iterable[FunctionType]) -> dict[str, set[str]]:
    """Return, by module, the globals that a function changes: in a notebook, perhaps in another cell."""
    changed: dict[str, set[str]] = {}
    for function in functions:
        source = source_of(function.__code__.co_filename)
        if source:
            changed.setdefault(function.__module__, set()).update(parsed(source)[1].changed_globals)
    return changed


@functools.lru_cache(maxsize=256)
def parsed(source: str) -> tuple[ast.Module, Scopes]:
    """Return the syntax tree of a source and its scopes. They are only read."""
    tree = ast.parse(source)
    return tree, Scopes(tree)


def watched_code(function: FunctionType, changed: dict[str, set[str]]) -> CodeType | None:
    """Return the watched code of a function, if its source is known and has not changed since."""
    code = function.__code__
    source = source_of(code.co_filename)
    if not source:
        return None
    key = (code.co_qualname, code.co_firstlineno)
    frozen = around(source, key)
    names = frozenset(changed.get(function.__module__, ()))
    found = compiled(source, code.co_filename, str(function.__module__), frozen, names).get(key, [])
    fitting = [new for new in found if new.co_freevars == code.co_freevars]
    return fitting[0] if len(fitting) == 1 else None


def swap_cell(cell: Any, replaced: Replacements) -> None:
    """Replace a real lock factory, or clock, that a closure holds: the fields of a dataclass do."""
    with contextlib.suppress(ValueError):  # not set yet
        value = cell.cell_contents
        if id(value) in BY_VALUE:
            replaced.cell(cell, BY_VALUE[id(value)])


def use_virtual_names(space: dict[str, Any], replaced: Replacements) -> None:
    """Replace what a module imported by name: `from threading import Lock`, `from time import sleep`."""
    for name, value in list(space.items()):
        if id(value) in BY_VALUE:
            replaced.item(space, name, BY_VALUE[id(value)])


@functools.lru_cache(maxsize=1024)
def around(source: str, key: Key) -> frozenset[int]:
    """Return the numbers of the scopes around a function: they began before it was watched."""
    for scope in parsed(source)[1].of.values():
        if key_of(scope.node) == key[1] and scope.is_function and qualified(scope) == key[0]:
            numbers, outer = set(), scope.parent
            while outer is not None:
                numbers.add(outer.number)
                outer = outer.parent
            return frozenset(numbers)
    return frozenset()


def key_of(node: ast.AST) -> int:
    """Return the first line of a definition, as its code knows it: the first decorator's."""
    decorators = getattr(node, "decorator_list", [])
    return int(min([getattr(node, "lineno", 0), *(item.lineno for item in decorators)]))


def qualified(scope: Any) -> str:
    """Return the qualified name of a function, as its code knows it."""
    name = getattr(scope.node, "name", "<lambda>")
    outer = scope.parent
    if outer is None or isinstance(outer.node, ast.Module):
        return str(name)
    return qualified(outer) + (".<locals>." if outer.is_function else ".") + str(name)


@functools.lru_cache(maxsize=512)
def compiled(
    source: str, filename: str, module: str, frozen: frozenset[int], changed: frozenset[str]
) -> dict[Key, list[CodeType]]:
    """Return the watched code of each function in a file."""
    tree = ast.parse(source)
    scopes = Scopes(tree)
    scopes.changed_globals |= changed
    rewriter = Rewriter(filename, module, scopes, frozen)
    code = compile(rewriter.visit(tree), filename, "exec", dont_inherit=True)
    found: dict[Key, list[CodeType]] = {}
    collect(code, found)
    return found


def collect(code: CodeType, found: dict[Key, list[CodeType]]) -> None:
    """Add the code of each function inside of `code`."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found.setdefault((constant.co_qualname, constant.co_firstlineno), []).append(constant)
            collect(constant, found)


def function_of(model: Callable[..., object]) -> FunctionType:
    """Return the function behind a callable: a method's, a partial's, an object's."""
    if isinstance(model, FunctionType):
        return model
    for name in ("__func__", "func", "__wrapped__"):
        if hasattr(model, name):
            return function_of(getattr(model, name))
    call = vars(type(model)).get("__call__")
    if isinstance(call, FunctionType):
        return call
    raise TypeError(f"model is {model!r}: it must be a function of Python code that takes no arguments")
