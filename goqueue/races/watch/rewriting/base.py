"""What all rewriting shares: sites, hooks, temporary names, and the scope of a line."""

from __future__ import annotations

import ast
import sys
from typing import Any, TypeVar

from ...engine.sources import SITES, Site
from .scopes import Scope, Scopes, parameters

HOOK = "__goqueue_{}__"
CELL = "__goqueue__"  # the parameter of a function that only hands a hook the cell of a variable
Node = TypeVar("Node", bound=ast.AST)


class Base(ast.NodeTransformer):
    """Rewrites the scopes of one file."""

    def __init__(self, filename: str, module: str, scopes: Scopes) -> None:
        self._filename, self._module, self._scopes = filename, sys.intern(module), scopes
        self._scope: Scope = next(iter(scopes.of.values()))
        self._names: list[str] = []  # of the enclosing functions and classes
        self._temporaries = 0
        self._iterables = 0  # of comprehensions, around the place: no name can be bound there
        self._stands_for: dict[str, str] = {}  # a temporary -> the source text that it replaces

    # -- building blocks ------------------------------------------------------------------------------

    def _site(self, node: ast.AST) -> ast.expr:
        SITES.append(Site(self._filename, getattr(node, "lineno", 0), ".".join(self._names)))
        return ast.Constant(len(SITES) - 1)

    def _hook(self, name: str, *args: ast.expr, at: ast.AST, keywords: list[ast.keyword] | None = None) -> ast.Call:
        call = ast.Call(ast.Name(HOOK.format(name), ast.Load()), list(args), keywords or [])
        return place(call, at)

    def _expression(self, node: ast.expr) -> ast.expr:
        """Rewrite an expression. The result is an expression, too."""
        made: ast.expr = self.visit(node)
        return made

    def _temporary(self) -> str:
        self._temporaries += 1
        return f"__goqueue_{self._temporaries}__"

    def _text(self, node: ast.expr) -> ast.expr:
        """Return the name of the variable that holds a container, which reports may use, or ""."""
        text = named(node)
        return ast.Constant(self._stands_for.get(text, text))

    def _mangled(self, attr: str) -> str:
        """Return a private name as the compiler mangles it: self.__jobs in class Pool is _Pool__jobs."""
        if not attr.startswith("__") or attr.endswith("__"):
            return attr
        names = [scope.node.name.lstrip("_") for scope in self._around() if isinstance(scope.node, ast.ClassDef)]
        return f"_{names[0]}{attr}" if names and names[0] else attr

    def _around(self) -> list[Scope]:
        found = [self._scope]
        while (outer := found[-1].parent) is not None:
            found.append(outer)
        return found

    def _token(self, name: str) -> ast.expr | None:
        """Return what identifies the variable `name` at run time, or None if threads cannot share it.

        A global is identified by its module. A variable of a function is identified by its cell, which all functions
        that capture it share, whether or not they were made before watching began. Only a closure shows its cell.
        """
        if name.startswith("__goqueue_") or not (self._scope.is_function or self._is_from_around(name)):
            return None
        owner = self._scopes.owner(self._scope, name)
        if owner is None:
            return ast.Constant(sys.intern(self._module)) if self._scopes.is_shared_global(self._scope, name) else None
        if isinstance(owner.node, ast.Lambda) or not self._scopes.can_change(owner, name):
            return None
        parameters = ast.arguments([], [ast.arg(CELL)], None, [], [], None, [ast.Constant(None)])
        return ast.Lambda(parameters, ast.Name(name, ast.Load()))

    def _is_from_around(self, name: str) -> bool:
        """Whether the body of a class, inside of a function, can only mean a variable that is not the class's own."""
        around = self._around()
        own = self._scope.bound - self._scope.outer - self._scope.globals
        return name not in own | self._scope.hidden and any(scope.is_function for scope in around)

    def _write(self, value: ast.expr, token: Any, name: ast.Name) -> ast.expr:
        """Return a call that reports a value and passes it on to a variable."""
        return self._hook("write", value, token, ast.Constant(name.id), self._site(name), at=name)

    def _forget(self, names: list[str], at: ast.AST) -> ast.stmt:
        """Return a statement that deletes temporaries, which would keep objects alive."""
        return place(ast.Delete([ast.Name(name, ast.Del()) for name in names]), at)

    def _emptied(self, names: list[str], at: ast.AST) -> ast.stmt:
        """Return a statement that gives temporaries a value, so that they can be deleted whichever way code took."""
        targets: list[ast.expr] = [ast.Name(name, ast.Store()) for name in names]
        return place(ast.Assign(targets, ast.Constant(None)), at)

    # -- scopes ---------------------------------------------------------------------------------------

    def _enter(self, node: Any) -> Any:
        """Rewrite a definition: first its decorators and defaults, then its body in its own scope."""
        if hasattr(node, "decorator_list"):
            node.decorator_list = [self._decorator(item) for item in node.decorator_list]
        if isinstance(node, ast.ClassDef):
            node.bases, node.keywords = self._parts(node.bases), self._parts(node.keywords)
        if hasattr(node, "args"):
            node.args.defaults = [self.visit(item) for item in node.args.defaults]
            node.args.kw_defaults = [item and self.visit(item) for item in node.args.kw_defaults]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and self._is_annotated():
            for arg in parameters(node.args):
                arg.annotation = arg.annotation and self._expression(arg.annotation)
            node.returns = node.returns and self._expression(node.returns)
        outer, self._scope = self._scope, self._scopes.of[node]
        self._names.append(getattr(node, "name", "<lambda>"))
        if isinstance(node, ast.Lambda):
            node.body = self.visit(node.body)
        else:
            node.body = self._block(node.body)
        if isinstance(node, ast.ClassDef) and self._scope.left:
            node.body += [self._emptied(self._scope.left, node.body[-1]), self._forget(self._scope.left, node.body[-1])]
        self._names.pop()
        self._scope = outer
        return node

    def _is_annotated(self) -> bool:
        """Whether annotations are evaluated here, in code that is watched."""
        return self._scopes.annotates and self._scope.is_watched

    def _decorator(self, node: ast.expr) -> ast.expr:
        """Rewrite a decorator. One that registers a function is called: @show.register; @wraps(…) reads attributes."""
        called = node.func if isinstance(node, ast.Call) else node
        name = called.attr if isinstance(called, ast.Attribute) else named(called)
        made: ast.expr = self.visit(node)
        if self._scope.is_watched and name == ("wraps" if isinstance(node, ast.Call) else "register"):
            made = self._hook("called", made, ast.Constant(""), self._site(node), at=node)
        return made

    visit_Lambda = _enter

    def _block(self, body: list[Any]) -> list[Any]:
        found: list[Any] = []
        for statement in body:
            made = self.visit(statement)
            found += made if isinstance(made, list) else [made]
        return found

    def _parts(self, values: list[Any]) -> list[Any]:
        """Rewrite the parts of an expression. For a clause of a comprehension there may come several."""
        found: list[Any] = []
        for value in values:
            made = self.visit(value) if isinstance(value, ast.AST) else value
            found += made if isinstance(made, list) else [made]
        return found

    def _is_unpacked(self, target: ast.expr) -> bool:
        """Whether a target takes a value apart, in code that is watched."""
        return isinstance(target, ast.Tuple | ast.List) and self._scope.is_watched

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Rewrite the parts of any other node."""
        for name, value in ast.iter_fields(node):
            if name == "annotation" and (self._scope.is_function or not self._is_annotated()):
                continue
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                setattr(node, name, self._block(value))
            elif isinstance(value, list):
                setattr(node, name, self._parts(value))
            elif isinstance(value, ast.AST):
                setattr(node, name, self.visit(value))
        return node


def place(node: Node, at: ast.AST) -> Node:
    """Give `node`, and each new node in it, the position of another node. What has a position, keeps it."""
    for name in node._attributes:  # of position
        setattr(node, name, getattr(at, name, None))
    for child in ast.iter_child_nodes(node):
        if child._fields and "lineno" not in child.__dict__:
            place(child, at)
    return node


def walked(iterable: ast.expr) -> str:
    """Return the name of the container that is iterated over, or "": of orders.items(), "orders"."""
    if isinstance(iterable, ast.Call) and isinstance(iterable.func, ast.Attribute) and not iterable.args:
        iterable = iterable.func.value
    return named(iterable)


def named(node: ast.AST) -> str:
    """Return the name of a variable, or "" for any other expression."""
    return node.id if isinstance(node, ast.Name) else ""


def names_in(node: ast.AST) -> list[ast.Name]:
    """Return the names in a target: in (a, [b, *c]), three."""
    return [part for part in ast.walk(node) if isinstance(part, ast.Name)]
