"""What all rewriting shares: sites, hooks, temporary names, and the scope of a line."""

from __future__ import annotations

import ast
import sys
from typing import Any, TypeVar

from ..engine.sources import SITES, Site
from .scopes import Scope, Scopes

HOOK = "__goqueue_{}__"
Node = TypeVar("Node", bound=ast.AST)


class Base(ast.NodeTransformer):
    """Rewrites the scopes of one file. Those in `frozen` ran before watching began; their variables go by name."""

    def __init__(self, filename: str, module: str, scopes: Scopes, frozen: frozenset[int]) -> None:
        self._filename, self._module, self._scopes, self._frozen = filename, module, scopes, frozen
        self._scope: Scope = next(iter(scopes.of.values()))
        self._names: list[str] = []  # of the enclosing functions and classes
        self._temporaries = 0
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
        """Return the source text of a container, which reports may use as its name."""
        text = ast.unparse(node)
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
        """Return what identifies the variable `name` at run time, or None if threads cannot share it."""
        if not self._scope.is_function or name.startswith("__goqueue_"):
            return None
        owner = self._scopes.owner(self._scope, name)
        if owner is None:
            return ast.Constant(sys.intern(self._module)) if self._scopes.is_shared_global(self._scope, name) else None
        if name not in owner.captured or isinstance(owner.node, ast.Lambda):
            return None
        if owner.number in self._frozen:
            return ast.Constant(sys.intern(f"{self._module}, scope {owner.number}"))
        return ast.Name(f"__goqueue_scope_{owner.number}__", ast.Load())

    def _write(self, value: ast.expr, token: Any, name: ast.Name) -> ast.expr:
        """Return a call that reports a value and passes it on to a variable."""
        return self._hook("write", value, token, ast.Constant(name.id), self._site(name), at=name)

    def _forget(self, names: list[str], at: ast.AST) -> ast.stmt:
        """Return a statement that deletes temporaries, which would keep objects alive."""
        return place(ast.Delete([ast.Name(name, ast.Del()) for name in names]), at)

    # -- scopes ---------------------------------------------------------------------------------------

    def _enter(self, node: Any) -> Any:
        """Rewrite a definition: first its decorators and defaults, then its body in its own scope."""
        if hasattr(node, "decorator_list"):
            node.decorator_list = [self.visit(item) for item in node.decorator_list]
        if hasattr(node, "args"):
            node.args.defaults = [self.visit(item) for item in node.args.defaults]
            node.args.kw_defaults = [item and self.visit(item) for item in node.args.kw_defaults]
        outer, self._scope = self._scope, self._scopes.of[node]
        self._names.append(getattr(node, "name", "<lambda>"))
        if isinstance(node, ast.Lambda):
            node.body = self.visit(node.body)
        else:
            node.body = self._block(node.body)
            self._remember_scope(node)
        self._names.pop()
        self._scope = outer
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = visit_ClassDef = _enter  # noqa: N815

    def _remember_scope(self, node: Any) -> None:
        scope = self._scopes.of[node]
        if scope.is_function and scope.captured and scope.number not in self._frozen:
            first = 1 if ast.get_docstring(node, clean=False) is not None else 0
            name = ast.Name(f"__goqueue_scope_{scope.number}__", ast.Store())
            node.body.insert(first, place(ast.Assign([name], self._hook("scope", at=node.body[0])), node.body[0]))

    def _block(self, body: list[Any]) -> list[Any]:
        found: list[Any] = []
        for statement in body:
            made = self.visit(statement)
            found += made if isinstance(made, list) else [made]
        return found

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Rewrite the parts of any other node."""
        for name, value in ast.iter_fields(node):
            if name == "annotation":
                continue
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                setattr(node, name, self._block(value))
            elif isinstance(value, list):
                setattr(node, name, [self.visit(item) if isinstance(item, ast.AST) else item for item in value])
            elif isinstance(value, ast.AST):
                setattr(node, name, self.visit(value))
        return node


def place(node: Node, at: ast.AST) -> Node:
    """Give `node`, and each node in it that has no line number, the position of another node."""
    ast.copy_location(node, at)
    return ast.fix_missing_locations(node)


def walked(iterable: ast.expr) -> str:
    """Return the source text of the container that is iterated over: of orders.items(), "orders"."""
    if isinstance(iterable, ast.Call) and isinstance(iterable.func, ast.Attribute) and not iterable.args:
        return ast.unparse(iterable.func.value)
    return ast.unparse(iterable)
