"""Rewriting of reads: names, attributes, items, calls, comparisons, conditions."""

from __future__ import annotations

import ast
import functools
import re
from typing import Any

from ..objects.kinds import ANSWERS
from .base import Base, place, walked

SYMBOLS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip
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
    "isinstance",
    "issubclass",
    "type",
    "id",
    "callable",
    "range",
}
NUMBERS = {"int", "float"}  # these read a bytearray
OPERATORS: dict[type[ast.AST], str] = {
    ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge",
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Mod: "mod",
    ast.BitAnd: "and_", ast.BitOr: "or_", ast.BitXor: "xor",
}  # fmt: skip
CACHES = re.compile(r"\b(lru_cache|cache)\b")  # decorators in C, which call the function
# These calls pass functions on, to a thread or to a function that calls back.
PASSING = {"Thread", "Timer", "submit", "map", "partial", "start_new_thread", "add_done_callback", "apply_async"}
STORES = (ast.Attribute, ast.Subscript)  # targets that write to what threads may share
NAMES = (ast.Name, ast.Attribute, ast.Subscript, ast.NamedExpr)  # expressions that may give what other threads have
# Methods of dict, list, set and deque. Objects of other kinds may have methods of these names; the hook checks.
METHODS = {
    name for kind in (dict, list, set) for name in dir(kind) if not name.startswith("_")
} | {
    "appendleft", "popleft", "extendleft", "rotate", "move_to_end", "most_common", "elements", "subtract", "total",
}  # fmt: skip


class Reads(Base, ast.NodeTransformer):
    """Rewrites reads."""

    def visit_Name(self, node: ast.Name) -> Any:
        """Read a variable: report it, then read it. A builtin as a value may be called from elsewhere."""
        token = self._token(node.id) if isinstance(node.ctx, ast.Load) else None
        if token is None:
            as_value = (
                isinstance(node.ctx, ast.Load)
                and self._scope.is_function
                and self._scopes.may_be_in_c(self._scope, node.id)
            )
            return self._hook("value", node, self._site(node), at=node) if as_value else node
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

    def _spread(self, value: ast.expr, hook: str = "taken") -> ast.expr:
        text, site = walked(value), self._site(value)
        name = ast.Constant(self._stands_for.get(text, text))
        return self._hook(hook, self.visit(value), name, site, at=value)

    def visit_Compare(self, node: ast.Compare) -> Any:
        """Look for an item: `key in orders`."""
        if len(node.ops) > 1 and self._scope.is_function and not self._iterables:
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
        return node

    def _is_called_from_c(self) -> bool:
        """Whether the function around is a special method, or the function behind a cache."""
        given = " ".join(map(ast.unparse, getattr(self._scope.node, "decorator_list", ())))
        return self._scope.is_function and (self._names[-1] in ANSWERS or bool(CACHES.search(given)))

    def visit_Yield(self, node: ast.Yield) -> Any:
        """A generator answers whoever asked for the next item. Another thread may ask before that, in vain."""
        value = ast.Constant(None) if node.value is None else self._expression(node.value)
        node.value = self._hook("answer", value, at=node) if self._scope.is_function else value
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
            return self.generic_visit(node)
        if isinstance(called, ast.Name) and called.id in NUMBERS and self._token(called.id) is None:
            node.args = [self._operand(arg) for arg in node.args]
            node.keywords = [self.visit(keyword) for keyword in node.keywords]
            return node
        if isinstance(called, ast.Name) and called.id in BUILTINS and self._token(called.id) is None:
            text = ast.Constant(walked(given)) if given is not None and walked(given) else text
            args, keywords = self._arguments(node)
            return self._hook("call", called, text, site, *args, at=node, keywords=keywords)
        if isinstance(called, ast.Attribute) and called.attr in METHODS:
            owner, name = self.visit(called.value), ast.Constant(called.attr)
            text = self._text(called.value)
            args, keywords = self._arguments(node)
            hook = self._hook("method", owner, name, text, site, *args, at=node, keywords=keywords)
            hook.lineno = called.end_lineno or node.lineno  # a traceback shows the attribute's line
            hook.col_offset = (called.end_col_offset or 0) - len(called.attr.encode())
            return hook
        name_of_it = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if isinstance(called, ast.Attribute):
            node.func = self._bound(called, text if called.attr == "join" else self._text(called.value), site)
        elif self._scope.is_function:
            node.func = self._hook("called", self.visit(called), text, site, at=called)
        else:
            node.func = self.visit(called)
        node.args, node.keywords = self._arguments(node, name_of_it)
        return node

    def _bound(self, node: ast.Attribute, text: ast.expr, site: ast.expr) -> ast.expr:
        """Rewrite the attribute of an object that is about to be called."""
        name = ast.Constant(self._mangled(node.attr))
        hook = self._hook("bound", self.visit(node.value), name, text, site, at=node)
        hook.lineno = node.end_lineno or node.lineno  # a traceback shows the attribute's line
        hook.col_offset = (node.end_col_offset or 0) - len(node.attr.encode())
        return hook

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

    def _arguments(self, node: ast.Call, name: str = "") -> tuple[list[ast.expr], list[ast.keyword]]:
        args, keywords = [self.visit(arg) for arg in node.args], [self.visit(keyword) for keyword in node.keywords]
        if name in PASSING:
            args = [self._value(arg) for arg in args]
            for keyword in keywords:
                keyword.value = self._value(keyword.value)
        return args, keywords

    def _value(self, node: ast.expr) -> ast.expr:
        """Return an expression whose value may be a function in C, which is called from elsewhere."""
        is_name = isinstance(node, ast.Name | ast.BoolOp)  # rewritten, a variable that threads share is a BoolOp
        return self._hook("value", node, self._site(node), at=node) if is_name and self._scope.is_function else node

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        """Iterate over a container, item by item."""
        self._iterables += 1
        node.iter = self._iterated(node.iter)
        self._iterables -= 1
        node.target = self.visit(node.target) if isinstance(node.target, ast.Name) else node.target
        node.ifs = [self._truth(condition) for condition in node.ifs]
        return node if isinstance(node.target, ast.Name) else self._taking_apart(node)

    def _iterated(self, iterable: ast.expr) -> ast.expr:
        """Rewrite what is iterated over. Nobody else has a list that was just written down."""
        if isinstance(iterable, ast.List | ast.Tuple | ast.Set | ast.Dict):
            return self._expression(iterable)
        hook, text, site = "follow" if isinstance(iterable, NAMES) else "walk", walked(iterable), self._site(iterable)
        return self._hook(hook, self.visit(iterable), ast.Constant(text), site, at=iterable)

    def _taking_apart(self, node: ast.comprehension) -> list[ast.comprehension]:
        """Write `for a, (b, c) in pairs` as `for x in pairs for a, y in [x] for b, c in [y]`; a hook reads x and y.

        `for job.n in numbers` becomes `for x in numbers for y in [store(x, job, "n")]`.
        """
        conditions, node.ifs = node.ifs, []
        pattern: Any = node.target
        node.target, clause = self._apart(pattern)
        made, patterns = [node, clause], [pattern]
        for pattern in patterns:  # which grows
            for at, item in enumerate(getattr(pattern, "elts", ())):
                if self._is_unpacked(item) or (self._scope.is_function and isinstance(item, STORES)):
                    pattern.elts[at], clause = self._apart(item)
                    made.append(clause)
                    patterns.append(item)
        made[-1].ifs = conditions
        return made

    def _stored(self, target: Any, value: ast.expr) -> ast.Call:
        """Return the call that writes a value to an attribute or an item."""
        owner, site = self.visit(target.value), self._site(target)
        if isinstance(target, ast.Attribute):
            return self._hook("store", value, owner, ast.Constant(self._mangled(target.attr)), site, at=target)
        text, key = self._text(target.value), self._index(target.slice)
        return self._hook("put", value, owner, key, text, site, at=target)

    def _apart(self, pattern: Any) -> tuple[ast.expr, ast.comprehension]:
        """Return a name that takes a value, and the clause that takes the value apart."""
        name, at = self._temporary(), ast.Constant("")
        if isinstance(pattern, STORES):
            stored = self._stored(pattern, place(ast.Name(name, ast.Load()), pattern))
            nothing = place(ast.Name(self._temporary(), ast.Store()), pattern)
            values = place(ast.List([stored], ast.Load()), pattern)
            return place(ast.Name(name, ast.Store()), pattern), ast.comprehension(nothing, values, [], 0)
        taken = self._hook("taken", ast.Name(name, ast.Load()), at, self._site(pattern), at=pattern)
        values = place(ast.List([taken], ast.Load()), pattern)
        return place(ast.Name(name, ast.Store()), pattern), ast.comprehension(pattern, values, [], 0)
