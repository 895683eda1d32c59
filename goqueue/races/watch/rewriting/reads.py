"""Rewriting of reads: names, attributes, items, whole containers, calls."""

from __future__ import annotations

import ast
import re
from typing import Any

from ..objects.kinds import ANSWERS
from .base import Base, place, walked
from .scopes import own_list

# Builtins that read a whole container, iterate over it, or touch an attribute by name.
BUILTINS = {
    "len",
    "list",
    "tuple",
    "set",
    "frozenset",
    "dict",
    "sorted",
    "sum",
    "min",
    "max",
    "any",
    "all",
    "bool",
    "reversed",
    "str",
    "repr",
    "print",
    "iter",
    "enumerate",
    "zip",
    "map",
    "filter",
    "next",
    "getattr",
    "setattr",
    "delattr",
    "hasattr",
    "vars",
    "dir",
}
# These look at the frame of their caller, so no hook may come between; or they look at no container.
CALLERS_FRAME = {
    "eval",
    "exec",
    "vars",
    "locals",
    "globals",
    "dir",
    "super",
    "namedtuple",
    "TypeVar",
    "NewType",
    "warn",
    "type",
    "id",
    "callable",
    "range",
}
# These make a class of what they are given, and look at the frame of their caller.
MAKING_CLASSES = {"type", "namedtuple", "NamedTuple", "TypedDict", "make_dataclass", "new_class"}
MAKING_CLASSES |= {"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"}
MAKING_ITERATORS = ("__iter__", "__reversed__")  # Python takes items of what these return
RUNNING = {"eval", "exec"}  # text, in dicts that are theirs and the model's
NUMBERS = {"int", "float"}  # these read a bytearray
CACHES = re.compile(r"\b(lru_cache|cache)\b")  # decorators in C, which call the function
# These calls pass functions on, to a thread or to a function that calls back.
PASSING = {"Thread", "Timer", "submit", "map", "partial", "start_new_thread", "add_done_callback", "apply_async"}
FUNCTIONS_PASSED = ("target", "function", "initializer", "callback", "func", "fn")  # so they name what is called
NAMES = (ast.Name, ast.Attribute, ast.Subscript, ast.NamedExpr)  # expressions that may give what other threads have
# Methods of dict, list, set and deque. Objects of other kinds may have methods of these names; the hook checks.
METHODS = {
    name for kind in (dict, list, set) for name in dir(kind) if not name.startswith("_")
} | {
    "appendleft", "popleft", "extendleft", "rotate", "move_to_end", "most_common", "elements", "subtract", "total",
}  # fmt: skip


class Reads(Base, ast.NodeTransformer):
    """Rewrites reads of names, attributes and items, and calls."""

    def visit_Name(self, node: ast.Name) -> Any:
        """Read a variable: report it, then read it. A builtin as a value may be called from elsewhere."""
        token = self._token(node.id) if isinstance(node.ctx, ast.Load) else None
        if token is None:
            as_value = (
                isinstance(node.ctx, ast.Load)
                and self._scope.is_watched
                and self._scopes.may_be_in_c(self._scope, node.id)
            )
            return self._hook("value", node, self._site(node), at=node) if as_value else node
        touch = self._hook("touch", token, ast.Constant(node.id), self._site(node), at=node)
        return place(ast.BoolOp(ast.Or(), [touch, node]), node)

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        """Read an attribute."""
        if not isinstance(node.ctx, ast.Load):
            return self.generic_visit(node)
        name = ast.Constant(self._mangled(node.attr))
        load = self._hook("load", self._owner(node.value), name, self._site(node), at=node)
        load.lineno = node.end_lineno or node.lineno  # a traceback shows the attribute's line
        load.col_offset = (node.end_col_offset or 0) - len(node.attr.encode())
        return load

    def _owner(self, node: ast.expr) -> ast.expr:
        """Rewrite what an attribute is read from. A function in C needs no stand-in for that."""
        return node if isinstance(node, ast.Name) and self._token(node.id) is None else self._expression(node)

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        """Read an item."""
        if not isinstance(node.ctx, ast.Load):
            return self.generic_visit(node)
        text, site = self._text(node.value), self._site(node)
        return self._hook("item", self.visit(node.value), self._index(node.slice), text, site, at=node)

    def _index(self, index: ast.expr) -> ast.expr:
        """Rewrite an index. A slice such as 1:2 becomes slice(1, 2, None), which is allowed anywhere."""
        if isinstance(index, ast.Tuple):
            index.elts = [self._index(item) for item in index.elts]
            return index
        if not isinstance(index, ast.Slice):
            return self._expression(index)
        ends = [self.visit(end) if end else ast.Constant(None) for end in (index.lower, index.upper, index.step)]
        return self._hook("slice", *ends, at=index)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> Any:
        """Write a variable, within an expression."""
        token = self._token(node.target.id)
        node.value = self.visit(node.value)
        if token is not None:
            node.value = self._write(node.value, token, node.target)
        return node

    def visit_Starred(self, node: ast.Starred) -> Any:
        """Read a whole container: [*orders]."""
        if isinstance(node.ctx, ast.Load):
            node.value = self._spread(node.value)
            return node
        return self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> Any:
        """Read a whole container: f(**orders)."""
        node.value = self.visit(node.value) if node.arg else self._spread(node.value)
        return node

    def visit_Dict(self, node: ast.Dict) -> Any:
        """Read a whole container: {**orders}."""
        for index, key in enumerate(node.keys):
            node.keys[index] = key and self.visit(key)
            node.values[index] = self.visit(node.values[index]) if key else self._spread(node.values[index])
        return node

    def _spread(self, value: ast.expr, hook: str = "taken") -> ast.expr:
        text, site = walked(value), self._site(value)
        name = ast.Constant(self._stands_for.get(text, text))
        return self._hook(hook, self.visit(value), name, site, at=value)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> Any:
        """Read a whole container, and call methods of what it holds: f"{orders}"."""
        if isinstance(node.value, ast.Constant | ast.JoinedStr):
            return self.generic_visit(node)
        text = ast.Constant(walked(node.value))
        spec: ast.expr = node.format_spec or place(ast.Constant(""), node)
        args = self._expression(node.value), ast.Constant(node.conversion), self._expression(spec), text
        return place(ast.FormattedValue(self._hook("form", *args, self._site(node), at=node.value), -1, None), node)

    def visit_Return(self, node: ast.Return) -> Any:
        """A special method answers a function in C, perhaps: a step comes before the answer."""
        node.value = node.value and self._expression(node.value)
        if node.value is not None and self._is_called_from_c():
            node.value = self._hook("answer", node.value, at=node.value)
        if node.value is not None and self._scope.is_function and self._names[-1] in MAKING_ITERATORS:
            node.value = self._hook("handing", node.value, self._site(node), at=node.value)
        return node

    def _is_called_from_c(self) -> bool:
        """Whether the function around is a special method, or the function behind a cache."""
        given = " ".join(map(ast.unparse, getattr(self._scope.node, "decorator_list", ())))
        return self._scope.is_function and (self._names[-1] in ANSWERS or bool(CACHES.search(given)))

    def visit_Yield(self, node: ast.Yield) -> Any:
        """A generator answers whoever asked for the next item. Another thread may ask before that, in vain."""
        value = ast.Constant(None) if node.value is None else self._expression(node.value)
        node.value = self._hook("answer", value, at=node) if self._scope.is_watched else value
        return node

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> Any:
        """Yield each item."""
        self.generic_visit(node)
        node.elt = self._hook("answer", node.elt, at=node.elt)
        return node

    def visit_YieldFrom(self, node: ast.YieldFrom) -> Any:
        """Iterate over a container, item by item."""
        text, site = ast.Constant(walked(node.value)), self._site(node.value)
        node.value = self._hook("delegate", self.visit(node.value), text, site, at=node.value)
        return node

    def _operand(self, value: ast.expr) -> ast.expr:
        """Rewrite an operand that may be a container, all of which is read."""
        if isinstance(value, (*NAMES, ast.Call, ast.IfExp, ast.BoolOp, ast.Await)):
            return self._spread(value, "spread")
        return self._expression(value)

    def visit_Call(self, node: ast.Call) -> Any:
        """Call a method of a container, or a builtin that reads one."""
        called = node.func
        given = node.args[0] if node.args else None
        text: ast.expr = ast.Constant((walked(given) or "…") if isinstance(given, NAMES) else "")  # "…" has no name
        site = self._site(node)
        if (
            isinstance(called, ast.Name)
            and called.id in CALLERS_FRAME
            and not (called.id in ("vars", "dir") and node.args)
        ):
            return self._called_as_it_is(node, called.id)
        if isinstance(called, ast.Name) and called.id in NUMBERS and self._token(called.id) is None:
            node.args = [self._operand(arg) for arg in node.args]
            node.keywords = [self.visit(keyword) for keyword in node.keywords]
            return node
        if isinstance(called, ast.Name) and called.id in BUILTINS and self._token(called.id) is None:
            text = ast.Constant(walked(given)) if given is not None and walked(given) else text
            args, keywords = self._arguments(node)
            return self._hook("call", called, text, site, *args, at=node, keywords=keywords)
        if self._scopes.is_own_list(self._scope, own_list(node)):
            node.args = self._arguments(node)[0]
            return node
        if isinstance(called, ast.Attribute) and called.attr in METHODS:
            owner, name = self._owner(called.value), ast.Constant(called.attr)
            text = self._text(called.value)
            args, keywords = self._arguments(node)
            hook = self._hook("method", owner, name, text, site, *args, at=node, keywords=keywords)
            hook.lineno = called.end_lineno or node.lineno  # a traceback shows the attribute's line
            hook.col_offset = (called.end_col_offset or 0) - len(called.attr.encode())
            return hook
        name_of_it = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if isinstance(called, ast.Attribute):
            node.func = self._bound(called, text if called.attr == "join" else self._text(called.value), site)
        elif self._scope.is_watched:
            node.func = self._hook("called", self.visit(called), text, site, at=called)
        else:
            node.func = self.visit(called)
        node.args, node.keywords = self._arguments(node, name_of_it)
        return node

    def _called_as_it_is(self, node: ast.Call, name: str) -> ast.Call:
        """Rewrite only the arguments: no hook may come between a function and the frame of its caller."""
        args, keywords = self._arguments(node, name)
        if name in RUNNING:
            args = [
                self._hook("unseen" if arg is args[0] else "namespace", arg, self._site(node), at=arg) for arg in args
            ]
        node.args, node.keywords = args, keywords
        return node

    def _bound(self, node: ast.Attribute, text: ast.expr, site: ast.expr) -> ast.expr:
        """Rewrite the attribute of an object that is about to be called."""
        name = ast.Constant(self._mangled(node.attr))
        hook = self._hook("bound", self._owner(node.value), name, text, site, at=node)
        hook.lineno = node.end_lineno or node.lineno  # a traceback shows the attribute's line
        hook.col_offset = (node.end_col_offset or 0) - len(node.attr.encode())
        return hook

    def _arguments(self, node: ast.Call, name: str = "") -> tuple[list[ast.expr], list[ast.keyword]]:
        visit = self._operand if name in MAKING_CLASSES else self._expression
        if name in PASSING:
            for keyword in node.keywords:
                keyword.value = self._passed(keyword.value, keyword.arg in FUNCTIONS_PASSED)
            first = 1 if name in ("Thread", "Timer") else 0  # after the group, or the seconds
            return [self._passed(arg, at == first) for at, arg in enumerate(node.args)], node.keywords
        return [visit(arg) for arg in node.args], [self.visit(keyword) for keyword in node.keywords]

    def _passed(self, node: ast.expr, called: bool) -> ast.expr:
        """Rewrite an argument that may be a function which is not watched. `called`: another thread will call it."""
        made, is_name = self._expression(node), isinstance(node, ast.Name | ast.Attribute)
        if not (is_name and self._scope.is_watched):
            return made
        return self._hook("value", made, self._site(node), ast.Constant(called), at=node)
