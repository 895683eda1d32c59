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
PRINTS = {"print"}  # into the trace: a model is run thousands of times
WALKS = {"iter", "enumerate", "zip", "map", "filter"}
COPIES = {"copy", "deepcopy", "replace", "asdict"}
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
        classes = [scope for scope in self._around() if isinstance(scope.node, ast.ClassDef)]
        if attr.startswith("__") and not attr.endswith("__") and classes:
            return f"_{classes[0].node.name.lstrip('_')}{attr}"  # type: ignore[attr-defined]
        return attr

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
        return self._hook("load", value, ast.Constant(self._mangled(node.attr)), self._site(node), at=node)

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        """Read an item."""
        if not isinstance(node.ctx, ast.Load) or has_slice(node.slice):
            return self.generic_visit(node)
        text, site = self._text(node.value), self._site(node)
        return self._hook("item", self.visit(node.value), self.visit(node.slice), text, site, at=node)

    def visit_Compare(self, node: ast.Compare) -> Any:
        """Look for an item: `key in orders`."""
        if len(node.ops) != 1 or not isinstance(node.ops[0], ast.In | ast.NotIn):
            return self.generic_visit(node)
        container = node.comparators[0]
        text, site = self._text(container), self._site(node)
        call = self._hook("contains", self.visit(node.left), self.visit(container), text, site, at=node)
        return call if isinstance(node.ops[0], ast.In) else place(ast.UnaryOp(ast.Not(), call), node)

    def visit_Call(self, node: ast.Call) -> Any:
        """Call a method of a container, or a builtin that looks at one."""
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr in METHODS | COPIES:
            text, site = self._text(called.value), self._site(node)
            owner, name = self.visit(called.value), ast.Constant(called.attr)
            args, keywords = self._arguments(node)
            return self._hook("method", owner, name, text, site, *args, at=node, keywords=keywords)
        if isinstance(called, ast.Name) and called.id in WHOLE | WALKS | COPIES | PRINTS:
            text = ast.Constant(walked(node.args[0]) if node.args else "")
            site, function = self._site(node), self.visit(called)
            args, keywords = self._arguments(node)
            return self._hook("call", function, text, site, *args, at=node, keywords=keywords)
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
        return [*before, node]

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
        node.target, stores = self._lower(node.target)
        node.body = stores + self._block(node.body)
        node.orelse = self._block(node.orelse)
        return node

    def visit_With(self, node: ast.With) -> Any:
        """Enter what is watched for: a lock that was made outside would stop everything."""
        stores: list[ast.stmt] = []
        for item in node.items:
            item.context_expr = self._hook("enter", self.visit(item.context_expr), at=item.context_expr)
            if item.optional_vars is not None:
                item.optional_vars, more = self._lower(item.optional_vars)
                stores += more
        node.body = stores + self._block(node.body)
        return node

    def visit_Assign(self, node: ast.Assign) -> Any:
        """Write."""
        node.value = self.visit(node.value)
        stores: list[ast.stmt] = []
        if len(node.targets) > 1 and any(self._is_shared(target) for target in node.targets):
            name = self._temporary()
            first = place(ast.Assign([ast.Name(name, ast.Store())], node.value), node)
            rest = [place(ast.Assign([target], ast.Name(name, ast.Load())), node) for target in node.targets]
            return [first, *(made for each in rest for made in as_list(self.visit_Assign(each)))]
        for index, target in enumerate(node.targets):
            node.targets[index], more = self._lower(target)
            stores += more
        return [node, *stores]

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        """Write."""
        if node.value is None or not self._scope.is_function:
            return self.generic_visit(node)
        return self.visit_Assign(place(ast.Assign([node.target], node.value), node))

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        """Read, change, write: three steps, between which another thread may come."""
        if not self._is_shared(node.target):
            node.value = self.visit(node.value)
            return node
        before, read, write = self._fixed(node.target)
        name = self._temporary()
        fetch = place(ast.Assign([ast.Name(name, ast.Store())], self.visit(read)), node)
        change = place(ast.AugAssign(ast.Name(name, ast.Store()), node.op, self.visit(node.value)), node)
        stores = self.visit_Assign(place(ast.Assign([write], ast.Name(name, ast.Load())), node))
        return [*before, fetch, change, *stores]

    def visit_Delete(self, node: ast.Delete) -> Any:
        """Delete an attribute or an item."""
        made: list[ast.stmt] = []
        for target in node.targets:
            if isinstance(target, ast.Attribute):
                name = ast.Constant(self._mangled(target.attr))
                call = self._hook("remove", self.visit(target.value), name, self._site(target), at=target)
                made.append(place(ast.Expr(call), node))
            elif isinstance(target, ast.Subscript) and not has_slice(target.slice):
                text, site = self._text(target.value), self._site(target)
                call = self._hook("drop", self.visit(target.value), self.visit(target.slice), text, site, at=target)
                made.append(place(ast.Expr(call), node))
            else:
                made.append(place(ast.Delete([target]), node))
        return made

    def _is_shared(self, target: ast.expr) -> bool:
        if isinstance(target, ast.Name):
            return self._token(target.id) is not None
        if isinstance(target, ast.Tuple | ast.List):
            return any(self._is_shared(item) for item in target.elts)
        return isinstance(target, ast.Attribute | ast.Subscript | ast.Starred)

    def _lower(self, target: Any) -> tuple[Any, list[ast.stmt]]:
        """Return a target that is safe to assign to, and the statements that hand the value on to the real one."""
        if isinstance(target, ast.Tuple | ast.List):
            pairs = [self._lower(item) for item in target.elts]
            target.elts = [pair[0] for pair in pairs]
            return target, [statement for pair in pairs for statement in pair[1]]
        if isinstance(target, ast.Starred):
            target.value, stores = self._lower(target.value)
            return target, stores
        if not self._is_shared(target) or (isinstance(target, ast.Subscript) and has_slice(target.slice)):
            return self.generic_visit(target), []
        name = self._temporary()
        value = ast.Name(name, ast.Load())
        site = self._site(target)
        after: list[ast.stmt] = []
        if isinstance(target, ast.Attribute):
            attr = ast.Constant(self._mangled(target.attr))
            call = self._hook("store", value, self.visit(target.value), attr, site, at=target)
        elif isinstance(target, ast.Subscript):
            text = self._text(target.value)
            owner, key = self.visit(target.value), self.visit(target.slice)
            call = self._hook("put", value, owner, key, text, site, at=target)
        else:
            token = self._token(target.id)
            assert token is not None
            call = self._hook("write", value, token, ast.Constant(target.id), site, at=target)
            after = [place(ast.Assign([ast.Name(target.id, ast.Store())], ast.Name(name, ast.Load())), target)]
        return place(ast.Name(name, ast.Store()), target), [place(ast.Expr(call), target), *after]

    def _fixed(self, target: Any) -> tuple[list[ast.stmt], Any, Any]:
        """Return statements that evaluate the parts of a target once, and then how to read and to write it."""
        if isinstance(target, ast.Name):
            return [], place(ast.Name(target.id, ast.Load()), target), target
        before: list[ast.stmt] = []
        parts: list[str] = []
        for part in (target.value, *([target.slice] if isinstance(target, ast.Subscript) else [])):
            name = self._temporary()
            self._stands_for[name] = ast.unparse(part)
            parts.append(name)
            before.append(place(ast.Assign([ast.Name(name, ast.Store())], self.visit(part)), target))
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


def has_slice(index: ast.expr) -> bool:
    """Whether an index is, or holds, a slice."""
    return any(isinstance(node, ast.Slice) for node in ast.walk(index))


def walked(iterable: ast.expr) -> str:
    """Return the source text of what is walked over: of orders.items(), orders."""
    if isinstance(iterable, ast.Call) and isinstance(iterable.func, ast.Attribute) and not iterable.args:
        return ast.unparse(iterable.func.value)
    return ast.unparse(iterable)


def as_list(made: Any) -> list[Any]:
    """Return a list of statements, whatever a visit returned."""
    return made if isinstance(made, list) else [made]
