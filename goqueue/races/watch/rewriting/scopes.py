"""Which names of a file threads can share: globals that a function changes, and variables that closures capture."""

from __future__ import annotations

import ast
import math
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
NAMESPACES = {"locals", "vars", "eval", "exec", "dir"}  # these show all variables of a function
LOOPS = (ast.For, ast.AsyncFor, ast.While, *COMPREHENSIONS)

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
    parameters: set[str] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)  # names that get a value here, parameters included
    outer: set[str] = field(default_factory=set)  # declared nonlocal
    globals: set[str] = field(default_factory=set)  # declared global
    hidden: set[str] = field(default_factory=set)  # targets of comprehensions, which are not names of the function
    captured: dict[str, int] = field(default_factory=dict)  # names that an inner function also uses -> since when
    last_bound: dict[str, float] = field(default_factory=dict)  # name -> the last moment at which it gets a value
    uses: Counter[str] = field(default_factory=Counter)  # how often a name stands here
    own_lists: Counter[str] = field(default_factory=Counter)  # of these, where it is a list that goes nowhere else
    begins: int = 0  # the moment at which the scope around it comes to it
    loops: int = 0  # around the place where the walk is
    whiles: int = 0  # of these, `while` loops
    left: list[str] = field(default_factory=list)  # temporaries that exist at its end

    @property
    def is_watched(self) -> bool:
        """Whether its lines run as watched code. Those of a file and of its own classes ran when it was imported."""
        return self.is_function or (self.parent is not None and self.parent.is_watched)

    def bind(self, name: str, moment: float) -> None:
        """Note that a name gets a value. In a loop, that may be again and again."""
        self.bound.add(name)
        self.last_bound[name] = max(self.last_bound.get(name, 0), math.inf if self.loops else moment)

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
        self._moment = 0  # counts statements in the order in which they run, but for loops
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
                self._capture(owner, scope, name)

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

    def can_change(self, owner: Scope, name: str) -> bool:
        """Whether a variable may get a value when an inner function exists already, which may see both."""
        since = owner.captured.get(name)
        return since is not None and (owner.last_bound[name] >= since or "cell_contents" in self.stored)

    def _capture(self, owner: Scope, scope: Scope, name: str) -> None:
        """Note that an inner scope uses a variable of `owner`: directly, or in a scope of its own."""
        if name in scope.outer:
            owner.last_bound[name] = math.inf
        inner = scope
        while inner.parent is not None and inner.parent is not owner:
            inner = inner.parent
        owner.captured[name] = min(owner.captured.get(name, inner.begins), inner.begins)

    def _capture_lazily(self, node: ast.GeneratorExp, scope: Scope) -> None:
        """Note that a generator expression uses variables: perhaps later, and in another thread."""
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                scope.captured.setdefault(part.id, self._moment)

    def is_shared_global(self, scope: Scope, name: str) -> bool:
        """Whether `name` is a global that some function of the file changes."""
        return name in self.changed_globals and self.owner(scope, name) is None and name not in scope.hidden

    def is_own_list(self, scope: Scope, name: str) -> bool:
        """Whether a name is always a list that this function makes, and that nobody else can come to."""
        made = scope.is_function and name in scope.bound and scope.uses[name] == scope.own_lists[name]
        given = name in scope.captured or name in scope.hidden | scope.outer | scope.globals | scope.parameters
        return made and not (given or NAMESPACES & scope.uses.keys())

    def may_be_in_c(self, scope: Scope, name: str) -> bool:
        """Whether a name may be that of a builtin function, or of an imported one."""
        if name in self._imported:
            return True
        return name in FUNCTIONS_IN_C and self.owner(scope, name) is None and name not in scope.hidden

    def _add(self, node: ast.AST, parent: Scope | None) -> None:
        scope = self.of[node] = Scope(len(self.of), node, parent, begins=self._moment)
        if isinstance(node, Function):
            scope.parameters |= {arg.arg for arg in parameters(node.args)}
            for name in scope.parameters:
                scope.bind(name, -1)
        for child in body_of(node):
            self._walk(child, scope)

    def _walk(self, node: ast.AST, scope: Scope) -> None:
        self._moment += isinstance(node, ast.stmt)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            at_once = isinstance(node, Function) and not any(around(node))  # no code runs before it has its name
            scope.bind(node.name, self._moment - at_once / 2)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            for outside in (*around(node), *(annotations_of(node) if self.annotates else ())):
                self._walk(outside, scope)
            self._add(node, scope)
            return
        if isinstance(node, ast.GeneratorExp):
            self._capture_lazily(node, scope)
        if isinstance(node, COMPREHENSIONS):
            scope.hidden |= {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
        self._bind(node, scope)
        scope.loops += isinstance(node, LOOPS)
        scope.whiles += isinstance(node, ast.While)
        for child in ast.iter_child_nodes(node):
            self._walk(child, scope)
        scope.loops -= isinstance(node, LOOPS)
        scope.whiles -= isinstance(node, ast.While)

    def _bind(self, node: ast.AST, scope: Scope) -> None:
        if not (scope.whiles and isinstance(node, ast.Call)):  # who polls may count its rounds by a list
            scope.own_lists[own_list(node)] += 1
        if isinstance(node, ast.Name):
            scope.uses[node.id] += 1
            if isinstance(node.ctx, ast.Load):
                self._uses.append((scope, node.id))
            elif node.id not in scope.hidden:
                scope.bind(node.id, self._moment)
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
        elif isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
            scope.bind(node.name, self._moment)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            scope.bind(node.name, math.inf)  # it loses its value behind the clause
        elif isinstance(node, ast.MatchMapping) and node.rest:
            scope.bind(node.rest, self._moment)
        elif isinstance(node, ast.alias):
            name = (node.asname or node.name).partition(".")[0]
            scope.bind(name, self._moment)
            self._imported.add(name)


def own_list(node: ast.AST) -> str:
    """Return the name of a list that is made, walked over or added to here, and is nobody else's by that; else ""."""
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.List | ast.ListComp) and len(node.targets) == 1:
        found: ast.AST = node.targets[0]
    elif isinstance(node, ast.For | ast.comprehension):
        found = node.iter
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
        found = node.func.value
    else:
        return ""
    return found.id if isinstance(found, ast.Name) else ""


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
