"""Watch the code of some modules during an exploration: swap the code of their functions, then restore it.

    module ── functions, methods, properties ── by file ── source ── syntax tree ── rewritten ── compiled
                    └── function.__code__ = the rewritten one

Nothing is imported again, so classes, functions and objects keep their identity. A notebook cell counts as a file,
because IPython keeps its source. Functions that are made while the model runs come from rewritten code already.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import linecache
from collections.abc import Iterable
from types import CodeType, FunctionType, ModuleType
from typing import Any

from ..doubles.factories import BY_VALUE
from ..doubles.replacements import Replacements
from ..engine.sources import WATCHED
from . import attributes, hooks
from .functions import course_spaces, functions_of, named_spaces, reachable
from .interrupting import Interruptible
from .rewriting import Rewriter
from .scopes import Scopes

Key = tuple[str, int]  # qualified name and first line of a function


def watch(
    model: FunctionType,
    modules: Iterable[ModuleType] | None,
    replaced: Replacements,
    points: frozenset[str] | None = None,
) -> None:
    """Watch the model's own module, and `modules`: by default, every module of the course that the model uses.

    With `points`, faults may come in the code: see `interrupting`. It names the calls that a crash may precede.
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
    watched = [(function, watched_code(function, changed, points)) for function in found.values()]
    replaced.later(WATCHED.clear)
    replaced.later(attributes.forget)
    hooks.install()
    for function, code in watched:  # after all is compiled, because from here on watched code runs
        for cell in function.__closure__ or ():
            swap_cell(cell, replaced)
        if code is not None:
            WATCHED.add(code.co_filename)
            replaced.code(function, code)


def source_of(filename: str) -> str:
    """Return the current source of a file or notebook cell, or ""."""
    linecache.checkcache(filename)
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
    """Return the syntax tree of a source and its scopes. Callers must not change them."""
    tree = ast.parse(source)
    return tree, Scopes(tree)


def watched_code(
    function: FunctionType, changed: dict[str, set[str]], points: frozenset[str] | None
) -> CodeType | None:
    """Return the watched code of a function, if its source is known and has not changed since."""
    code = function.__code__
    source = source_of(code.co_filename)
    if not source:
        return None
    key = (code.co_qualname, code.co_firstlineno)
    frozen = around(source, key)
    names = frozenset(changed.get(function.__module__, ()))
    found = compiled(source, code.co_filename, str(function.__module__), frozen, names, points).get(key, [])
    fitting = [new for new in found if new.co_freevars == code.co_freevars]
    return fitting[0] if len(fitting) == 1 else None


def swap_cell(cell: Any, replaced: Replacements) -> None:
    """Replace a real lock factory or clock that a closure holds, as that of a dataclass's `__init__` does."""
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
    """Return the numbers of the scopes around a function, which began before it was watched."""
    for scope in parsed(source)[1].of.values():
        if key_of(scope.node) == key[1] and scope.is_function and qualified(scope) == key[0]:
            numbers, outer = set(), scope.parent
            while outer is not None:
                numbers.add(outer.number)
                outer = outer.parent
            return frozenset(numbers)
    return frozenset()


def key_of(node: ast.AST) -> int:
    """Return the first line of a definition as its code knows it: the line of its first decorator."""
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
    source: str,
    filename: str,
    module: str,
    frozen: frozenset[int],
    changed: frozenset[str],
    points: frozenset[str] | None,
) -> dict[Key, list[CodeType]]:
    """Return the watched code of each function in a file."""
    tree = ast.parse(source)
    scopes = Scopes(tree)
    scopes.changed_globals |= changed
    rewriter = Rewriter(filename, module, scopes, frozen)
    tree = rewriter.visit(tree)
    if points is not None:
        tree = Interruptible(points).visit(tree)
    code = compile(tree, filename, "exec", dont_inherit=True)
    found: dict[Key, list[CodeType]] = {}
    collect(code, found)
    return found


def collect(code: CodeType, found: dict[Key, list[CodeType]]) -> None:
    """Add the code of each function inside of `code`."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found.setdefault((constant.co_qualname, constant.co_firstlineno), []).append(constant)
            collect(constant, found)
