"""Watched code: the syntax tree of a file, in which each access that threads may share goes through a hook.

    job.attempts += 1         becomes     box = job; value = load(box, "attempts", 7); value += 1
                                          store(value, box, "attempts", 7)

7 is the number of the site: file, line, function. Line numbers stay as they are, and the file is not touched. The
hooks are in `watching`; watched code finds them among the builtins while an exploration lasts.
"""

from __future__ import annotations

import ast
from typing import Any, TypeVar

from .scopes import Scope, Scopes
from .sources import SITES, Site

HOOK = "__goqueue_{}__"
SYMBOLS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip
# Builtins that look at a whole container, or walk over it; and deepcopy, which reads field after field.
WHOLE = {"len", "list", "tuple", "set", "frozenset", "dict", "sorted", "sum", "min", "max", "any", "all", "bool"}
WHOLE |= {"reversed", "str", "repr"}
# They look at the frame that calls them, so nothing may come between; or they look at no container.
CALLERS_FRAME = {
    "eval", "exec", "vars", "locals", "globals", "dir", "super", "namedtuple", "TypeVar", "NewType", "warn",
    "isinstance", "issubclass", "type", "id", "hash", "callable", "range", "int", "float",
}  # fmt: skip
PRINTS = {"print"}  # into the trace: a model is run thousands of times
WALKS = {"iter", "enumerate", "zip", "map", "filter"}
COPIES = {"copy", "deepcopy", "replace", "asdict"}
BY_NAME = {"getattr", "setattr", "delattr", "hasattr"}
# Methods of dict, list, set and deque. Objects of other kinds may have methods of these names: a hook tells.
METHODS = {
    name for kind in (dict, list, set) for name in dir(kind) if not name.startswith("_")
} | {"appendleft", "popleft", "extendleft", "rotate"}  # fmt: skip

Node = TypeVar("Node", bound=ast.AST)


class Rewriter(ast.NodeTransformer):
    """Rewrites one file. Scopes in `frozen` ran before watching began, so their variables are known by name only."""

    def __init__(self, filename: str, module: str, scopes: Scopes, frozen: frozenset[int]) -> None:
        self._filename, self._module, self._scopes, self._frozen = filename, module, scopes, frozen
        self._scope: Scope = next(iter(scopes.of.values()))
        self._names: list[str] = []  # of the functions and classes around
        self._temporaries = 0
        self._stands_for: dict[str, str] = {}  # a temporary -> the source text it stands for

    # -- building blocks ------------------------------------------------------------------------------

    def _site(self, node: ast.AST) -> ast.expr:
        SITES.append(Site(self._filename, getattr(node, "lineno", 0), ".".join(self._names)))
        return ast.Constant(len(SITES) - 1)

    def _hook(self, name: str, *args: ast.expr, at: ast.AST, keywords: list[ast.keyword] | None = None) -> Any:
        call = ast.Call(ast.Name(HOOK.format(name), ast.Load()), list(args), keywords or [])
        return place(call, at)

    def _temporary(self) -> str:
        self._temporaries += 1
        return f"__goqueue_{self._temporaries}__"

    def _text(self, node: ast.expr) -> ast.expr:
        """Return the source text of a container, by which reports may call it."""
        text = ast.unparse(node)
        return ast.Constant(self._stands_for.get(text, text))

    def _mangled(self, attr: str) -> str:
        """Return a private name as the compiler knows it: self.__jobs in class Pool is _Pool__jobs."""
        if not attr.startswith("__") or attr.endswith("__"):
            return attr
        names = [scope.node.name.lstrip("_") for scope in self._around() if isinstance(scope.node, ast.ClassDef)]
        return f"_{names[0]}{attr}" if names and names[0] else attr

    def _around(self) -> list[Scope]:
        found, scope = [], self._scope
        while scope is not None:
            found.append(scope)
            scope = scope.parent  # type: ignore[assignment]
        return found

    def _token(self, name: str) -> ast.expr | None:
        """Return what identifies the variable `name` at run time, or None if threads cannot share it."""
        if not self._scope.is_function or name.startswith("__goqueue_"):
            return None
        owner = self._scopes.owner(self._scope, name)
        if owner is None:
            return ast.Constant(self._module) if self._scopes.is_shared_global(self._scope, name) else None
        if name not in owner.captured or isinstance(owner.node, ast.Lambda):
            return None
        if owner.number in self._frozen:
            return ast.Constant(f"{self._module}, scope {owner.number}")
        return ast.Name(f"__goqueue_scope_{owner.number}__", ast.Load())

    # -- scopes ---------------------------------------------------------------------------------------

    def _enter(self, node: Any) -> Any:
        """Rewrite a definition: what is around it first, then its body in its own scope."""
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

    # -- reading --------------------------------------------------------------------------------------

    def visit_Name(self, node: ast.Name) -> Any:
        """Read a variable: tell of it, then read it."""
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
        load.lineno = node.end_lineno  # of several lines, a traceback shows the one with the attribute
        load.col_offset = (node.end_col_offset or 0) - len(node.attr.encode())
        return load

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        """Read an item."""
        if not isinstance(node.ctx, ast.Load):
            return self.generic_visit(node)
        text, site = self._text(node.value), self._site(node)
        return self._hook("item", self.visit(node.value), self._index(node.slice), text, site, at=node)

    def _index(self, index: ast.expr) -> ast.expr:
        """Rewrite an index, a slice among them: 1:2 becomes slice(1, 2, None), which may stand anywhere."""
        if isinstance(index, ast.Tuple):
            index.elts = [self._index(item) for item in index.elts]
            return index
        if not isinstance(index, ast.Slice):
            return self.visit(index)  # type: ignore[no-any-return]
        ends = [self.visit(end) if end else ast.Constant(None) for end in (index.lower, index.upper, index.step)]
        return self._hook("slice", *ends, at=index)  # type: ignore[no-any-return]

    def visit_NamedExpr(self, node: ast.NamedExpr) -> Any:
        """Write a variable, within an expression."""
        token = self._token(node.target.id)
        node.value = self.visit(node.value)
        if token is not None:
            node.value = self._write(node.value, token, node.target)
        return node

    def visit_Starred(self, node: ast.Starred) -> Any:
        """Look at a whole container: [*orders]."""
        if isinstance(node.ctx, ast.Load):
            node.value = self._spread(node.value)
            return node
        return self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> Any:
        """Look at a whole container: f(**orders)."""
        node.value = self.visit(node.value) if node.arg else self._spread(node.value)
        return node

    def visit_Dict(self, node: ast.Dict) -> Any:
        """Look at a whole container: {**orders}."""
        for index, key in enumerate(node.keys):
            node.keys[index] = key and self.visit(key)
            node.values[index] = self.visit(node.values[index]) if key else self._spread(node.values[index])
        return node

    def _spread(self, value: ast.expr) -> ast.expr:
        text, site = walked(value), self._site(value)
        name = ast.Constant(self._stands_for.get(text, text))
        return self._hook("spread", self.visit(value), name, site, at=value)  # type: ignore[no-any-return]

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
        """Look at two whole containers: orders + more."""
        node.left, node.right = self._operand(node.left), self._operand(node.right)
        return node

    def visit_FormattedValue(self, node: ast.FormattedValue) -> Any:
        """Look at a whole container: f"{orders}"."""
        node.value, node.format_spec = self._operand(node.value), node.format_spec and self.visit(node.format_spec)
        return node

    def visit_YieldFrom(self, node: ast.YieldFrom) -> Any:
        """Walk over a container, item by item."""
        text, site = ast.Constant(walked(node.value)), self._site(node.value)
        node.value = self._hook("walk", self.visit(node.value), text, site, at=node.value)
        return node

    def _operand(self, value: ast.expr) -> ast.expr:
        """Rewrite what may be a container, of which all is looked at."""
        if isinstance(value, ast.Name | ast.Attribute | ast.Subscript):
            return self._spread(value)
        return self.visit(value)  # type: ignore[no-any-return]

    def visit_Call(self, node: ast.Call) -> Any:
        """Call a method of a container, or a builtin that looks at one."""
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
        """Rewrite what is only asked whether it is true: a container, if it is a plain name."""
        if not isinstance(test, ast.Name | ast.Attribute):
            return self.visit(test)  # type: ignore[no-any-return]
        text, site = self._text(test), self._site(test)
        return self._hook("truth", self.visit(test), text, site, at=test)  # type: ignore[no-any-return]

    def visit_If(self, node: Any) -> Any:
        """Decide."""
        node.test = self._truth(node.test)
        if isinstance(node.body, list):
            node.body, node.orelse = self._block(node.body), self._block(node.orelse)
        else:
            node.body, node.orelse = self.visit(node.body), self.visit(node.orelse)
        return node

    visit_While = visit_IfExp = visit_If  # noqa: N815

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        """Decide, by several things in turn."""
        node.values = [self._truth(value) for value in node.values]
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        """Decide, the other way round."""
        node.operand = self._truth(node.operand) if isinstance(node.op, ast.Not) else self.visit(node.operand)
        return node

    def visit_Assert(self, node: ast.Assert) -> Any:
        """Decide whether all is well."""
        test = node.test
        if node.msg is None and isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in SYMBOLS:
            return self._explained(node, test)
        node.test, node.msg = self._truth(test), node.msg and self.visit(node.msg)
        return node

    def _explained(self, node: ast.Assert, test: ast.Compare) -> list[ast.stmt]:
        """Let an assertion that fails say which two values it compared."""
        names = [self._temporary(), self._temporary()]
        sides = zip(names, (test.left, test.comparators[0]), strict=True)
        before = [place(ast.Assign([ast.Name(name, ast.Store())], self.visit(side)), side) for name, side in sides]
        left, right = (place(ast.Name(name, ast.Load()), node) for name in names)
        node.msg = self._hook("explain", left, ast.Constant(SYMBOLS[type(test.ops[0])]), right, at=node)
        node.test = place(ast.Compare(left, test.ops, [right]), test)
        return [*before, node, self._forget(names, node)]

    def _arguments(self, node: ast.Call) -> tuple[list[ast.expr], list[ast.keyword]]:
        return [self.visit(arg) for arg in node.args], [self.visit(keyword) for keyword in node.keywords]

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        """Walk over a container, item by item."""
        text = ast.Constant(walked(node.iter))
        node = self.generic_visit(node)  # type: ignore[assignment]
        node.iter = self._hook("walk", node.iter, text, self._site(node.iter), at=node.iter)
        return node

    def visit_match_case(self, node: ast.match_case) -> Any:
        """Leave the pattern as it is: it must stay a pattern."""
        node.guard = node.guard and self.visit(node.guard)
        node.body = self._block(node.body)
        return node

    # -- writing --------------------------------------------------------------------------------------

    def visit_For(self, node: ast.For) -> Any:
        """Walk over a container, item by item."""
        text, site = ast.Constant(walked(node.iter)), self._site(node.iter)
        node.iter = self._hook("walk", self.visit(node.iter), text, site, at=node.iter)
        node.target, stores = self._received(node.target)
        node.body = stores + self._block(node.body)
        node.orelse = self._block(node.orelse)
        return node

    def visit_With(self, node: ast.With) -> Any:
        """Enter what is watched for: a lock that was made outside would stop everything."""
        first, *rest = node.items
        if rest:  # what the first one gives must be known to the second
            node.items, node.body = [first], [place(ast.With(rest, node.body), rest[0].context_expr)]
        stores: list[ast.stmt] = []
        first.context_expr = self._hook("enter", self.visit(first.context_expr), at=first.context_expr)
        if first.optional_vars is not None:
            first.optional_vars, stores = self._received(first.optional_vars)
        node.body = stores + self._block(node.body)
        return node

    def visit_Assign(self, node: ast.Assign) -> Any:
        """Write: to each target in turn, from the left."""
        if len(node.targets) == 1:
            return self._assign(node.targets[0], node.value, node)
        text, value = ast.unparse(node.value), self.visit(node.value)
        if not any(self._is_shared(target) for target in node.targets):
            node.value, node.targets = value, [self._plain(target) for target in node.targets]
            return node
        name = self._temporary()
        self._stands_for[name] = text
        made: list[ast.stmt] = [place(ast.Assign([ast.Name(name, ast.Store())], value), node)]
        for target in node.targets:
            made += self._assign(target, place(ast.Name(name, ast.Load()), node), node)
        return [*made, self._forget([name], node)]

    def _assign(self, target: Any, value: ast.expr, at: ast.AST) -> list[ast.stmt]:
        """Return what writes the value of an expression, yet to be rewritten, to one target."""
        if isinstance(target, ast.Tuple | ast.List):
            value = self.visit(value) if isinstance(value, ast.Tuple | ast.List) else self._spread(value)
            target, stores = self._received(target)
            return [place(ast.Assign([target], value), at), *stores]
        return [self._set(target, self.visit(value), at)]

    def _set(self, target: Any, value: ast.expr, at: ast.AST) -> ast.stmt:
        """Return the statement that writes a value to an attribute, an item or a variable."""
        if not self._is_shared(target):
            return place(ast.Assign([self._plain(target)], value), at)
        if isinstance(target, ast.Name):
            return place(ast.Assign([target], self._write(value, self._token(target.id), target)), at)
        owner, site = self.visit(target.value), self._site(target)
        if isinstance(target, ast.Attribute):
            call = self._hook("store", value, owner, ast.Constant(self._mangled(target.attr)), site, at=target)
        else:
            text, key = self._text(target.value), self._index(target.slice)
            call = self._hook("put", value, owner, key, text, site, at=target)
        return place(ast.Expr(call), at)

    def _plain(self, target: Any) -> Any:
        """Return a target that threads cannot share, with its parts rewritten."""
        return self.generic_visit(target)

    def _write(self, value: ast.expr, token: Any, name: ast.Name) -> ast.expr:
        """Return what tells of a value on its way into a variable."""
        return self._hook("write", value, token, ast.Constant(name.id), self._site(name), at=name)  # type: ignore[no-any-return]

    def _forget(self, names: list[str], at: ast.AST) -> ast.stmt:
        """Return what deletes temporaries: they would keep objects alive."""
        return place(ast.Delete([ast.Name(name, ast.Del()) for name in names]), at)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        """Write."""
        if node.value is None or not self._scope.is_function:
            return self.generic_visit(node)
        return self.visit_Assign(place(ast.Assign([node.target], node.value), node))

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        """Read, change, write: three steps, between which another thread may come."""
        if not self._is_shared(node.target):
            node.value = self.visit(node.value)
            if isinstance(node.target, ast.Name):
                node.value = self._changes(node.target.id, node.target.id, node.value)
            return node
        before, read, write = self._fixed(node.target)
        name = self._temporary()
        fetch = place(ast.Assign([ast.Name(name, ast.Store())], self.visit(read)), node)
        value = self._changes(name, ast.unparse(node.target), self.visit(node.value))
        change = place(ast.AugAssign(ast.Name(name, ast.Store()), node.op, value), node)
        store = self._set(write, place(ast.Name(name, ast.Load()), node), node)
        parts = [target.id for each in before for target in each.targets]
        return [*before, fetch, change, store, self._forget([name, *parts], node)]

    def _changes(self, name: str, text: str, value: ast.expr) -> ast.expr:
        """Return the right side of `orders += value`, which changes a container in place."""
        args = value, ast.Name(name, ast.Load()), ast.Constant(text), self._site(value)
        return self._hook("change", *args, at=value)  # type: ignore[no-any-return]

    def visit_Delete(self, node: ast.Delete) -> Any:
        """Delete an attribute or an item."""
        made: list[ast.stmt] = []
        for target in node.targets:
            if isinstance(target, ast.Attribute):
                name = ast.Constant(self._mangled(target.attr))
                call = self._hook("remove", self.visit(target.value), name, self._site(target), at=target)
                made.append(place(ast.Expr(call), node))
            elif isinstance(target, ast.Subscript):
                text, site = self._text(target.value), self._site(target)
                call = self._hook("drop", self.visit(target.value), self._index(target.slice), text, site, at=target)
                made.append(place(ast.Expr(call), node))
            else:
                made.append(place(ast.Delete([target]), node))
        return made

    def _is_shared(self, target: ast.expr) -> bool:
        """Whether threads may share what is written to. Not in the body of a class: temporaries would stay in it."""
        if isinstance(target, ast.Tuple | ast.List):
            return any(self._is_shared(item) for item in target.elts)
        if isinstance(target, ast.Starred):
            return self._is_shared(target.value)
        if isinstance(target, ast.Name):
            return self._token(target.id) is not None
        return self._scope.is_function

    def _received(self, target: Any) -> tuple[Any, list[ast.stmt]]:
        """Return a target that is safe to assign to, and the statements that hand the value on to the real one."""
        if not self._is_shared(target):
            return self._plain(target), []
        names: list[str] = []
        target, stores = self._lower(target, names)
        return target, [*stores, self._forget(names, target)]

    def _lower(self, target: Any, names: list[str]) -> tuple[Any, list[ast.stmt]]:
        """Return a target of temporaries, and the stores from them, in order; add the temporaries to `names`."""
        if isinstance(target, ast.Tuple | ast.List):
            pairs = [self._lower(item, names) for item in target.elts]
            target.elts = [pair[0] for pair in pairs]
            return target, [statement for pair in pairs for statement in pair[1]]
        if isinstance(target, ast.Starred):
            target.value, stores = self._lower(target.value, names)
            return target, stores
        names.append(self._temporary())
        store = self._set(target, place(ast.Name(names[-1], ast.Load()), target), target)
        return place(ast.Name(names[-1], ast.Store()), target), [store]

    def _fixed(self, target: Any) -> tuple[list[Any], Any, Any]:
        """Return statements that evaluate the parts of a target once, and then how to read and to write it."""
        if isinstance(target, ast.Name):
            return [], place(ast.Name(target.id, ast.Load()), target), target
        before: list[Any] = []
        parts: list[str] = []
        for part in (target.value, *([target.slice] if isinstance(target, ast.Subscript) else [])):
            name = self._temporary()
            self._stands_for[name] = ast.unparse(part)
            parts.append(name)
            before.append(place(ast.Assign([ast.Name(name, ast.Store())], self._index(part)), target))
        made: list[ast.expr] = []
        for context in (ast.Load(), ast.Store()):
            names = [place(ast.Name(name, ast.Load()), target) for name in parts]
            if isinstance(target, ast.Attribute):
                made.append(place(ast.Attribute(names[0], target.attr, context), target))
            else:
                made.append(place(ast.Subscript(names[0], names[1], context), target))
        return before, made[0], made[1]


def place(node: Node, at: ast.AST) -> Node:
    """Return `node`, and all in it that has no place, at the place of another."""
    ast.copy_location(node, at)
    return ast.fix_missing_locations(node)


def may_touch(node: ast.Call) -> bool:
    """Whether a call may hand a container to a function of a library: `heappush(orders, 17)`, `heapq.heappush(…)`."""
    called = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    given = any(isinstance(arg, ast.Name | ast.Attribute) for arg in node.args)
    return isinstance(called, ast.Name) and name not in CALLERS_FRAME and given


def walked(iterable: ast.expr) -> str:
    """Return the source text of what is walked over: of orders.items(), orders."""
    if isinstance(iterable, ast.Call) and isinstance(iterable.func, ast.Attribute) and not iterable.args:
        return ast.unparse(iterable.func.value)
    return ast.unparse(iterable)
