"""Rewriting of reads: names, attributes, items, calls, comparisons, conditions."""

from __future__ import annotations

import ast
from typing import Any

from .rewriting_base import Base, place, walked

SYMBOLS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip
# Builtins that read a whole container, or iterate over it; and deepcopy, which reads field after field.
WHOLE = {"len", "list", "tuple", "set", "frozenset", "dict", "sorted", "sum", "min", "max", "any", "all", "bool"}
WHOLE |= {"reversed", "str", "repr"}
# These look at the frame of their caller, so no hook may come between; or they look at no container.
CALLERS_FRAME = {
    "eval", "exec", "vars", "locals", "globals", "dir", "super", "namedtuple", "TypeVar", "NewType", "warn",
    "isinstance", "issubclass", "type", "id", "hash", "callable", "range", "int", "float",
}  # fmt: skip
PRINTS = {"print"}  # output goes to the trace, because a model runs thousands of times
WALKS = {"iter", "enumerate", "zip", "map", "filter"}
COPIES = {"copy", "deepcopy", "replace", "asdict"}
BY_NAME = {"getattr", "setattr", "delattr", "hasattr"}
# Methods of dict, list, set and deque. Objects of other kinds may have methods of these names; the hook checks.
METHODS = {
    name for kind in (dict, list, set) for name in dir(kind) if not name.startswith("_")
} | {
    "appendleft", "popleft", "extendleft", "rotate", "move_to_end", "most_common", "elements", "subtract", "total",
}  # fmt: skip


class Reads(Base, ast.NodeTransformer):
    """Rewrites reads."""

    def visit_Name(self, node: ast.Name) -> Any:
        """Read a variable: report it, then read it."""
        token = self._token(node.id) if isinstance(node.ctx, ast.Load) else None
        if token is None:
            return node
        touch = self._hook("touch", token, ast.Constant(node.id), self._site(node), at=node)
        return place(ast.BoolOp(ast.Or(), [touch, node]), node)

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        """Read an attribute."""
        if not isinstance(node.ctx, ast.Load):
            return self.generic_visit(node)
        value = self.visit(node.value)
        load = self._hook("load", value, ast.Constant(self._mangled(node.attr)), self._site(node), at=node)
        load.lineno = node.end_lineno or node.lineno  # a traceback shows the attribute's line
        load.col_offset = (node.end_col_offset or 0) - len(node.attr.encode())
        return load

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

    def _spread(self, value: ast.expr) -> ast.expr:
        text, site = walked(value), self._site(value)
        name = ast.Constant(self._stands_for.get(text, text))
        return self._hook("spread", self.visit(value), name, site, at=value)

    def visit_Compare(self, node: ast.Compare) -> Any:
        """Look for an item: `key in orders`."""
        if any(isinstance(op, ast.In | ast.NotIn) for op in node.ops[1:]):
            return self.generic_visit(node)
        if not isinstance(node.ops[0], ast.In | ast.NotIn):
            node.left, node.comparators = self._operand(node.left), [self._operand(side) for side in node.comparators]
            return node
        if len(node.ops) > 1:
            return self.generic_visit(node)
        container = node.comparators[0]
        text, site = self._text(container), self._site(node)
        call = self._hook("contains", self.visit(node.left), self.visit(container), text, site, at=node)
        return call if isinstance(node.ops[0], ast.In) else place(ast.UnaryOp(ast.Not(), call), node)

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        """Read two whole containers: orders + more."""
        node.left, node.right = self._operand(node.left), self._operand(node.right)
        return node

    def visit_FormattedValue(self, node: ast.FormattedValue) -> Any:
        """Read a whole container: f"{orders}"."""
        node.value, node.format_spec = self._operand(node.value), node.format_spec and self.visit(node.format_spec)
        return node

    def visit_YieldFrom(self, node: ast.YieldFrom) -> Any:
        """Iterate over a container, item by item."""
        text, site = ast.Constant(walked(node.value)), self._site(node.value)
        node.value = self._hook("walk", self.visit(node.value), text, site, at=node.value)
        return node

    def _operand(self, value: ast.expr) -> ast.expr:
        """Rewrite an operand that may be a container, all of which is read."""
        if isinstance(value, ast.Name | ast.Attribute | ast.Subscript):
            return self._spread(value)
        return self._expression(value)

    def visit_Call(self, node: ast.Call) -> Any:
        """Call a method of a container, or a builtin that reads one."""
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr == "join":  # ", ".join(orders)
            node.func, node.args = self.visit(called), [self._operand(arg) for arg in node.args]
            node.keywords = [self.visit(keyword) for keyword in node.keywords]
            return node
        if isinstance(called, ast.Attribute) and called.attr in METHODS | COPIES:
            text, site = self._text(called.value), self._site(node)
            owner, name = self.visit(called.value), ast.Constant(called.attr)
            args, keywords = self._arguments(node)
            return self._hook("method", owner, name, text, site, *args, at=node, keywords=keywords)
        if isinstance(called, ast.Name) and called.id in WHOLE | WALKS | COPIES | PRINTS | BY_NAME:
            text = ast.Constant(walked(node.args[0]) if node.args else "")
            site, function = self._site(node), self.visit(called)
            args, keywords = self._arguments(node)
            return self._hook("call", function, text, site, *args, at=node, keywords=keywords)
        if self._scope.is_function and may_touch(node):
            text, site = ast.Constant(walked(node.args[0])), self._site(node)
            function = self.visit(called)
            args, keywords = self._arguments(node)
            return self._hook("library", function, text, site, *args, at=node, keywords=keywords)
        return self.generic_visit(node)

    def _truth(self, test: ast.expr) -> ast.expr:
        """Rewrite an expression that is only tested for truth: a plain name may be a container."""
        if not isinstance(test, ast.Name | ast.Attribute):
            return self._expression(test)
        text, site = self._text(test), self._site(test)
        return self._hook("truth", self.visit(test), text, site, at=test)

    def visit_If(self, node: Any) -> Any:
        """Test a condition."""
        node.test = self._truth(node.test)
        if isinstance(node.body, list):
            node.body, node.orelse = self._block(node.body), self._block(node.orelse)
        else:
            node.body, node.orelse = self.visit(node.body), self.visit(node.orelse)
        return node

    visit_While = visit_IfExp = visit_If  # noqa: N815

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        """Test several conditions in turn."""
        node.values = [self._truth(value) for value in node.values]
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        """Test the opposite of a condition."""
        node.operand = self._truth(node.operand) if isinstance(node.op, ast.Not) else self.visit(node.operand)
        return node

    def visit_Assert(self, node: ast.Assert) -> Any:
        """Test an assertion."""
        test = node.test
        if node.msg is None and isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in SYMBOLS:
            return self._explained(node, test)
        node.test, node.msg = self._truth(test), node.msg and self.visit(node.msg)
        return node

    def _explained(self, node: ast.Assert, test: ast.Compare) -> list[ast.stmt]:
        """Let a failing assertion name the two values that it compared."""
        names = [self._temporary(), self._temporary()]
        sides = zip(names, (test.left, test.comparators[0]), strict=True)
        before = [place(ast.Assign([ast.Name(name, ast.Store())], self._operand(side)), side) for name, side in sides]
        left, right = (place(ast.Name(name, ast.Load()), node) for name in names)
        node.msg = self._hook("explain", left, ast.Constant(SYMBOLS[type(test.ops[0])]), right, at=node)
        node.test = place(ast.Compare(left, test.ops, [right]), test)
        return [*before, node, self._forget(names, node)]

    def _arguments(self, node: ast.Call) -> tuple[list[ast.expr], list[ast.keyword]]:
        return [self.visit(arg) for arg in node.args], [self.visit(keyword) for keyword in node.keywords]

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        """Iterate over a container, item by item."""
        text = ast.Constant(walked(node.iter))
        self.generic_visit(node)
        node.iter = self._hook("walk", node.iter, text, self._site(node.iter), at=node.iter)
        return node

    def visit_match_case(self, node: ast.match_case) -> Any:
        """Rewrite all but the pattern, which must stay a pattern."""
        node.guard = node.guard and self.visit(node.guard)
        node.body = self._block(node.body)
        return node


def may_touch(node: ast.Call) -> bool:
    """Whether a call may pass a container to a library function: `heappush(orders, 17)`, `heapq.heappush(…)`."""
    called = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    given = any(isinstance(arg, ast.Name | ast.Attribute) for arg in node.args)
    return isinstance(called, ast.Name) and name not in CALLERS_FRAME and given
