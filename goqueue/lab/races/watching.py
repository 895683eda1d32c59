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
import sys
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from . import hooks
from .rewriting import Rewriter
from .scopes import Scopes
from .sources import WATCHED
from .staging import BY_VALUE, Replacements

Key = tuple[str, int]  # qualified name and first line of a function


def watch(model: FunctionType, modules: Iterable[ModuleType] | None, replaced: Replacements) -> None:
    """Watch the model's own module, and `modules`: by default, every module of the course that the model uses.

    Raises OSError if the model's source cannot be found.
    """
    spaces = [model.__globals__, *([*map(vars, modules)] if modules is not None else course_spaces(model))]
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
    for function, code in watched:  # now that all is compiled: from here on, watched code runs
        for cell in function.__closure__ or ():
            swap_cell(cell, replaced)
        if code is not None:
            WATCHED.add(code.co_filename)
            replaced.code(function, code)
    hooks.install(replaced.set)
    replaced.later(WATCHED.clear)


# -- which functions -------------------------------------------------------------------------------------


def functions_of(space: dict[str, Any]) -> Iterator[FunctionType]:
    """Yield the functions that a module defines, those of its classes included."""
    name = space.get("__name__")
    for value in list(space.values()):
        if getattr(value, "__module__", None) == name:
            yield from functions_in(value, name)


def functions_in(value: Any, module: Any) -> Iterator[FunctionType]:
    """Yield the functions inside of a function's closure, a class, a property or a wrapper."""
    if isinstance(value, FunctionType):
        if value.__globals__.get("__name__") == module:  # a class may hold functions that a library made
            yield from reachable(value)
    elif isinstance(value, staticmethod | classmethod):
        yield from functions_in(value.__func__, module)
    elif isinstance(value, property):
        for part in (value.fget, value.fset, value.fdel):
            yield from functions_in(part, module)
    elif isinstance(value, functools.cached_property):
        yield from functions_in(value.func, module)
    elif isinstance(value, type) and value.__module__ == module:
        for part in list(vars(value).values()):
            if part is not value:
                yield from functions_in(part, module)


def reachable(function: FunctionType, seen: set[int] | None = None) -> Iterator[FunctionType]:
    """Yield a function, and those in its closure."""
    seen = set() if seen is None else seen
    if id(function) in seen:
        return
    seen.add(id(function))
    yield function
    for cell in function.__closure__ or ():
        value = None
        with contextlib.suppress(ValueError):  # not set yet
            value = cell.cell_contents
        if isinstance(value, FunctionType) and value.__module__ == function.__module__:
            yield from reachable(value, seen)
        elif isinstance(value, type) and value.__module__ == function.__module__:
            yield from functions_in(value, function.__module__)


def course_spaces(model: FunctionType) -> list[dict[str, Any]]:
    """Return the globals of the modules of `steps` and `goqueue` that the model, or its module, uses."""
    found: dict[int, dict[str, Any]] = {}
    for function in [*reachable(model), *functions_of(model.__globals__)]:
        used = [function.__globals__.get(name) for name in names_in(function.__code__)]
        for cell in function.__closure__ or ():
            with contextlib.suppress(ValueError):  # not set yet
                used.append(cell.cell_contents)
        for value in used:
            for space in spaces_of(value):
                found[id(space)] = space
    return list(found.values())


def names_in(code: CodeType) -> Iterator[str]:
    """Yield the names that a function and those inside of it use."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from names_in(constant)


def spaces_of(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the globals behind a value: of a package and what is in it, or of where a class was defined."""
    if isinstance(value, ModuleType):
        if is_course(value.__name__):
            yield from with_parts(value)
        return
    kind = value if isinstance(value, type | FunctionType) else type(value)
    if is_course(str(getattr(kind, "__module__", ""))):
        # Not sys.modules: a version that was loaded afresh is another one.
        for function in functions_in(kind, kind.__module__):
            package = sys.modules.get(kind.__module__.rpartition(".")[0])
            if package is not None and function.__globals__.get("__package__") == package.__name__:
                yield from with_parts(package)
            yield function.__globals__
            return


def with_parts(package: ModuleType) -> Iterator[dict[str, Any]]:
    """Yield the globals of a module, and of those in it, if it is a package."""
    yield vars(package)
    for part in list(vars(package).values()):
        if isinstance(part, ModuleType) and part.__name__.startswith(f"{package.__name__}."):
            yield vars(part)


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
