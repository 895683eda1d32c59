"""Rewriting of operators and conditions: orders == more, 1 < n < 3, if orders: …"""

from __future__ import annotations

import ast
import functools
from typing import Any

from .base import place, walked
from .reads import Reads

SYMBOLS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip
OPERATORS: dict[type[ast.AST], str] = {
    ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge",
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Mod: "mod",
    ast.BitAnd: "and_", ast.BitOr: "or_", ast.BitXor: "xor",
}  # fmt: skip
OF_NO_CONTAINER = (ast.Compare, ast.Constant, ast.JoinedStr, ast.Lambda)  # what these give is no shared container


class Conditions(Reads, ast.NodeTransformer):
    """Rewrites what compares, computes and decides."""

    def visit_Compare(self, node: ast.Compare) -> Any:
        """Look for an item: `key in orders`."""
        if len(node.ops) > 1 and self._scope.is_watched and not self._iterables:
            return self._chained(node)
        if any(isinstance(op, ast.In | ast.NotIn) for op in node.ops[1:]):
            return self.generic_visit(node)
        if not isinstance(node.ops[0], ast.In | ast.NotIn):
            if len(node.ops) == 1 and self._may_call_back(node.ops[0], node.left, node.comparators[0]):
                return self._operated(node.ops[0], node.left, node.comparators[0], node)
            node.left, *node.comparators = [self._side(node, side) for side in (node.left, *node.comparators)]
            return node
        if len(node.ops) > 1:
            return self.generic_visit(node)
        container = node.comparators[0]
        text, site = self._text(container), self._site(node)
        call = self._hook("contains", self.visit(node.left), self.visit(container), text, site, at=node)
        return call if isinstance(node.ops[0], ast.In) else place(ast.UnaryOp(ast.Not(), call), node)

    def _chained(self, node: ast.Compare) -> ast.expr:
        """Write `a < b < c` as `a < (x := b) and x < c`, and forget x."""
        left, parts, names = node.left, list[ast.expr](), list[str]()
        for op, right in zip(node.ops, node.comparators, strict=True):
            at, middle = right, right
            if right is not node.comparators[-1]:
                names.append(self._temporary())
                self._stands_for[names[-1]] = walked(right)
                middle = place(ast.NamedExpr(ast.Name(names[-1], ast.Store()), right), right)
            parts.append(self._expression(place(ast.Compare(left, [op], [middle]), node)))
            left = place(ast.Name(names[-1], ast.Load()), at)
        self._scope.left += names
        forgotten = [ast.NamedExpr(ast.Name(name, ast.Store()), ast.Constant(None)) for name in names]
        both = ast.Tuple([ast.BoolOp(ast.And(), parts), *forgotten], ast.Load())
        return place(ast.Subscript(both, ast.Constant(0), ast.Load()), node)

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        """Read two whole containers: orders + more."""
        if self._may_call_back(node.op, node.left, node.right):
            return self._operated(node.op, node.left, node.right, node)
        node.left, node.right = self._operand(node.left), self._operand(node.right)
        return node

    def _may_call_back(self, op: ast.AST, left: ast.expr, right: ast.expr) -> bool:
        """Whether an operator may call methods of what containers hold: not beside a number, nor between constants."""
        values = [side.value for side in (left, right) if isinstance(side, ast.Constant)]
        return type(op) in OPERATORS and len(values) < 2 and all(isinstance(value, str) for value in values)

    def _operated(self, op: ast.AST, left: ast.expr, right: ast.expr, at: ast.expr) -> Any:
        texts = [ast.Constant(self._stands_for.get(walked(side), walked(side))) for side in (left, right)]
        sides = self._expression(left), self._expression(right)
        return self._hook("operate", ast.Constant(OPERATORS[type(op)]), *sides, *texts, self._site(at), at=at)

    def _truth(self, test: ast.expr) -> ast.expr:
        """Rewrite an expression that is tested for truth: it may be a container, wherever that comes from."""
        if isinstance(test, ast.BoolOp):
            test.values = [self._truth(value) for value in test.values]
            return test
        if isinstance(test, OF_NO_CONTAINER) or (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)):
            return self._expression(test)
        text, site = self._text(test), self._site(test)
        return self._hook("truth", self._expression(test), text, site, at=test)

    def visit_If(self, node: Any) -> Any:
        """Test a condition."""
        node.test = self._truth(node.test)
        if isinstance(node.body, list):
            node.body, node.orelse = self._block(node.body), self._block(node.orelse)
        else:
            node.body, node.orelse = self.visit(node.body), self.visit(node.orelse)
        return node

    visit_IfExp = visit_If

    def visit_While(self, node: ast.While) -> Any:
        """Tell the run of each round, before the condition is tested: the thread may poll."""
        self.visit_If(node)
        if not self._scope.is_watched:
            return node
        name = self._temporary()
        begun = place(ast.Assign([ast.Name(name, ast.Store())], self._hook("rounds", at=node)), node)
        told = self._hook("next_round", ast.Name(name, ast.Load()), at=node.test)
        node.test = place(ast.BoolOp(ast.Or(), [told, node.test]), node.test)
        return [begun, node, self._forget([name], node)]

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        """Test several values in turn, but not the last one, which may be the result."""
        *tested, last = node.values
        node.values = [*map(self._truth, tested), self._expression(last)]
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
        rewrite = self._expression if type(test.ops[0]) in OPERATORS else functools.partial(self._side, test)
        sides = zip(names, (test.left, test.comparators[0]), strict=True)
        before = [place(ast.Assign([ast.Name(name, ast.Store())], rewrite(side)), side) for name, side in sides]
        left, right = (place(ast.Name(name, ast.Load()), node) for name in names)
        node.msg = self._hook("explain", left, ast.Constant(SYMBOLS[type(test.ops[0])]), right, at=node)
        node.test = self._compared(test, left, right)
        return [*before, node, self._forget(names, node)]

    def _side(self, test: ast.Compare, side: ast.expr) -> ast.expr:
        """Rewrite one side of a comparison. `handler is print` must not compare what stands in for `print`."""
        made = self._operand(side)
        is_identity = any(isinstance(op, ast.Is | ast.IsNot) for op in test.ops)
        beside_constant = any(isinstance(one, ast.Constant) for one in (test.left, *test.comparators))
        return self._hook("real", made, at=side) if is_identity and not beside_constant else made

    def _compared(self, test: ast.Compare, left: ast.expr, right: ast.expr) -> ast.expr:
        if type(test.ops[0]) not in OPERATORS:
            return place(ast.Compare(left, test.ops, [right]), test)
        texts = [ast.Constant(walked(side)) for side in (test.left, test.comparators[0])]
        name = ast.Constant(OPERATORS[type(test.ops[0])])
        return self._hook("operate", name, left, right, *texts, self._site(test), at=test)
