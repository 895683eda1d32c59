"""Which names of a file threads can share: globals that a function changes, and variables that closures capture."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

# Builtins that touch what they get, as values: f = setattr
FUNCTIONS_IN_C = frozenset(
    ("getattr", "hasattr", "setattr", "delattr", "next", "iter", "len", "vars", "sorted", "print")
)


@dataclass(eq=False)
class Scope:
    """A function, a class, or the file. A comprehension belongs to the scope around it: the same thread runs it."""

    number: int
    node: ast.AST
    parent: Scope | None
    bound: set[str] = field(default_factory=set)  # names that get a value here, parameters included
    outer: set[str] = field(default_factory=set)  # declared nonlocal
    globals: set[str] = field(default_factory=set)  # declared global
    hidden: set[str] = field(default_factory=set)  # targets of comprehensions, which are not names of the function
    captured: set[str] = field(default_factory=set)  # names that an inner function also uses
    left: list[str] = field(default_factory=list)  # temporaries that exist at its end

    @property
    def is_watched(self) -> bool:
        """Whether its lines run as watched code. Those of a file and of its own classes ran when it was imported."""
        return self.is_function or (self.parent is not None and self.parent.is_watched)

    @property
    def is_function(self) -> bool:
        """Whether names that are bound here are variables of a function."""
        return isinstance(self.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)


class Scopes:
    """The scopes of a file, found by one walk over its syntax tree."""

    def __init__(self, tree: ast.Module) -> None:
        self.of: dict[ast.AST, Scope] = {}
        self.changed_globals: set[str] = set()  # a notebook adds the globals that other cells change
        self.stored: set[str] = set()  # attributes and keys that are written: mod.x = 1, globals()["x"] = 1
        self._imported: set[str] = set()  # names that may be those of functions in C: from operator import setitem
        self._uses: list[tuple[Scope, str]] = []
        future = any(
            isinstance(node, ast.ImportFrom)
            and node.module == "__future__"
            and any(each.name == "annotations" for each in node.names)
            for node in tree.body
        )
        self.annotates = sys.version_info < (3, 14) and not future  # annotations are evaluated where they stand
        self._add(tree, None)
        for scope, name in self._uses:
            owner = self.owner(scope, name)
            if owner is not None and owner is not scope:
                owner.captured.add(name)

    def owner(self, scope: Scope, name: str) -> Scope | None:
        """Return the function whose variable `name` is, as seen from `scope`; None for a global or a builtin."""
        here: Scope | None = scope
        while here is not None:
            if name in here.globals:
                return None
            if here.is_function and name in here.bound and name not in here.outer:
                return here
            if name in here.hidden and here is scope:
                return None
            here = here.parent
        return None

    def is_shared_global(self, scope: Scope, name: str) -> bool:
        """Whether `name` is a global that some function of the file changes."""
        return name in self.changed_globals and self.owner(scope, name) is None and name not in scope.hidden

    def may_be_in_c(self, scope: Scope, name: str) -> bool:
        """Whether a name may be that of a builtin function, or of an imported one."""
        if name in self._imported:
            return True
        return name in FUNCTIONS_IN_C and self.owner(scope, name) is None and name not in scope.hidden

    def _add(self, node: ast.AST, parent: Scope | None) -> None:
        scope = self.of[node] = Scope(len(self.of), node, parent)
        if isinstance(node, Function):
            scope.bound |= {arg.arg for arg in parameters(node.args)}
        for child in body_of(node):
            self._walk(child, scope)

    def _walk(self, node: ast.AST, scope: Scope) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            scope.bound.add(node.name)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            for outside in (*around(node), *(annotations_of(node) if self.annotates else ())):
                self._walk(outside, scope)
            self._add(node, scope)
            return
        if isinstance(node, COMPREHENSIONS):
            scope.hidden |= {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
        self._bind(node, scope)
        for child in ast.iter_child_nodes(node):
            self._walk(child, scope)

    def _bind(self, node: ast.AST, scope: Scope) -> None:
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                self._uses.append((scope, node.id))
            elif node.id not in scope.hidden:
                scope.bound.add(node.id)
        elif isinstance(node, ast.Global):
            scope.globals |= set(node.names)
            self.changed_globals |= set(node.names)
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            self.stored.add(node.attr)
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            if isinstance(node.slice.value, str) and not isinstance(node.ctx, ast.Load):
                self.stored.add(node.slice.value)  # perhaps in globals()
        elif isinstance(node, ast.Nonlocal):
            scope.outer |= set(node.names)
            self._uses += [(scope, name) for name in node.names]
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            scope.bound.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            scope.bound.add(node.rest)
        elif isinstance(node, ast.alias):
            name = (node.asname or node.name).partition(".")[0]
            scope.bound.add(name)
            self._imported.add(name)


def parameters(args: ast.arguments) -> Iterator[ast.arg]:
    """Yield all parameters."""
    yield from args.posonlyargs + args.args + args.kwonlyargs
    yield from (arg for arg in (args.vararg, args.kwarg) if arg is not None)


def annotations_of(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the annotations of a function."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        found = [*(arg.annotation for arg in parameters(node.args)), node.returns]
        yield from (annotation for annotation in found if annotation is not None)


def body_of(node: ast.AST) -> list[ast.AST]:
    """Return what runs inside a scope."""
    body = getattr(node, "body", [])
    return list(body) if isinstance(body, list) else [body]


def around(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what a definition evaluates outside its own scope: decorators, defaults, bases."""
    yield from getattr(node, "decorator_list", [])
    if isinstance(node, Function):
        yield from node.args.defaults
        yield from (default for default in node.args.kw_defaults if default is not None)
    else:
        yield from getattr(node, "bases", [])
        yield from (keyword.value for keyword in getattr(node, "keywords", []))
