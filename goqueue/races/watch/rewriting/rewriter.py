"""Watched code: the syntax tree of a file, in which each access to what threads may share goes through a hook.

    job.attempts += 1         becomes     box = job; value = load(box, "attempts", 7); value += 1
                                          store(value, box, "attempts", 7)

7 is the number of the site: file, line, function. Line numbers stay as they are, and the file is not touched. The
hooks are in `watching`; watched code finds them among the builtins while an exploration lasts.
"""

from __future__ import annotations

import ast
from typing import Any

from .base import named, names_in, place
from .patterns import Patterns

IN_PLACE: dict[type[ast.operator], str] = {
    ast.Add: "iadd", ast.Sub: "isub", ast.Mult: "imul", ast.MatMult: "imatmul", ast.Div: "itruediv",
    ast.FloorDiv: "ifloordiv", ast.Mod: "imod", ast.Pow: "ipow", ast.LShift: "ilshift", ast.RShift: "irshift",
    ast.BitAnd: "iand", ast.BitOr: "ior", ast.BitXor: "ixor",
}  # fmt: skip


# In these, code runs that is not that of the function: its caller's, a module's.
LEAVING = (ast.Yield, ast.YieldFrom, ast.Await, ast.Import, ast.ImportFrom, ast.ClassDef)


def leaves(body: list[ast.stmt]) -> bool:
    """Whether code that stands elsewhere runs between the statements of a block."""
    return any(isinstance(node, LEAVING) for part in body for node in ast.walk(part))


def uses(body: list[ast.stmt], name: str) -> bool:
    """Whether code reads a variable, and does nothing else with it."""
    names = [node.ctx for part in body for node in ast.walk(part) if isinstance(node, ast.Name) and node.id == name]
    return bool(names) and all(isinstance(context, ast.Load) for context in names)


class Rewriter(Patterns, ast.NodeTransformer):
    """Rewrites one file: reads, patterns, and here writes."""

    def visit_For(self, node: Any) -> Any:
        """Iterate over a container, item by item. What is iterated over asynchronously is no container."""
        node.iter = self._iterated(node.iter) if isinstance(node, ast.For) else self._expression(node.iter)
        node.target, stores = self._received(node.target)
        node.body = stores + self._block(node.body)
        node.orelse = self._block(node.orelse)
        return node

    visit_AsyncFor = visit_For

    def visit_With(self, node: Any) -> Any:
        """Call a hook that checks the manager: a lock that was made outside would block everything."""
        first, *rest = node.items
        if rest:  # the second may use what the first one returns
            node.items, node.body = [first], [place(type(node)(rest, node.body), rest[0].context_expr)]
        stores: list[ast.stmt] = []
        at, first.context_expr = first.context_expr, self._expression(first.context_expr)
        if isinstance(node, ast.With):
            whole = ast.Constant(self._scope.is_function and not leaves(node.body))
            first.context_expr = self._hook("enter", first.context_expr, whole, at=at)
        if first.optional_vars is not None:
            first.optional_vars, stores = self._received(first.optional_vars)
        node.body = stores + self._block(node.body)
        return node

    visit_AsyncWith = visit_With

    def visit_Assign(self, node: ast.Assign) -> Any:
        """Write to each target in turn, from the left."""
        if len(node.targets) == 1:
            return self._assign(node.targets[0], node.value, node)
        text, value = named(node.value), self.visit(node.value)
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
        """Return statements that write the value of an expression, not rewritten yet, to one target."""
        if isinstance(target, ast.Tuple | ast.List):
            value = self.visit(value) if isinstance(value, ast.Tuple | ast.List) else self._spread(value)
            target, stores = self._taken_apart(target)
            return [place(ast.Assign([target], value), at), *stores]
        return [self._set(target, self.visit(value), at)]

    def _set(self, target: Any, value: ast.expr, at: ast.AST) -> ast.stmt:
        """Return the statement that writes a value to an attribute, an item or a variable."""
        if not self._is_shared(target):
            return place(ast.Assign([self._plain(target)], value), at)
        if isinstance(target, ast.Name):
            return place(ast.Assign([target], self._write(value, self._token(target.id), target)), at)
        return place(ast.Expr(self._stored(target, value)), at)

    def _plain(self, target: Any) -> Any:
        """Return a target that threads cannot share, with its parts rewritten."""
        return self.generic_visit(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        """Write. In the body of a class, the annotation of a name is kept; any other is evaluated, after the write."""
        is_kept = bool(node.simple) and not self._scope.is_function
        if node.value is None or is_kept or not self._scope.is_watched:
            return self.generic_visit(node)
        made = self._assign(node.target, node.value, node)
        if self._is_annotated() and not self._scope.is_function:
            made.append(place(ast.Expr(self.visit(node.annotation)), node))
        return made

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        """Read, change, write: three steps, between which another thread may run."""
        if not self._is_shared(node.target):
            value = self.visit(node.value)
            if isinstance(node.target, ast.Name):
                name = node.target.id
                return place(ast.Assign([node.target], self._changed(node, name, name, value)), node)
            node.value = value
            return node
        before, read, write = self._fixed(node.target)
        name = self._temporary()
        fetch = place(ast.Assign([ast.Name(name, ast.Store())], self.visit(read)), node)
        value = self._changed(node, name, named(node.target), self.visit(node.value))
        change = place(ast.Assign([ast.Name(name, ast.Store())], value), node)
        store = self._set(write, place(ast.Name(name, ast.Load()), node), node)
        parts = [target.id for each in before for target in each.targets]
        return [*before, fetch, change, store, self._forget([name, *parts], node)]

    def _changed(self, node: ast.AugAssign, name: str, text: str, value: ast.expr) -> ast.expr:
        """Return what becomes of `orders += value`, which changes a container in place."""
        args = ast.Constant(IN_PLACE[type(node.op)]), ast.Name(name, ast.Load()), value, ast.Constant(text)
        return self._hook("change", *args, self._site(node.value), at=node)

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
                made += [*self._before_binding([name.id for name in names_in(target)], target)]
                made.append(place(ast.Delete([target]), node))
        return made

    def _before_binding(self, names: list[str], at: ast.AST) -> list[ast.stmt]:
        """Return statements that report that variables are about to get or to lose their values."""
        tokens = [(name, self._token(name)) for name in names]
        hooks = [
            self._hook("bind", token, ast.Constant(name), self._site(at), at=at)
            for name, token in tokens
            if token is not None
        ]
        return [place(ast.Expr(hook), at) for hook in hooks]

    def visit_Import(self, node: ast.Import) -> Any:
        """Write the variables that an import binds."""
        return [
            *self._before_binding([(each.asname or each.name).partition(".")[0] for each in node.names], node),
            node,
        ]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        """Write the variables that an import binds."""
        return [*self._before_binding([each.asname or each.name for each in node.names], node), node]

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> Any:
        """Write the variable that holds the exception, and delete it at the end, as Python does."""
        node.type = node.type and self.visit(node.type)
        name = ast.Name(node.name or "", ast.Store())
        if node.name is None or not self._is_shared(name):
            looked_at = node.name is not None and uses(node.body, node.name)
            node.body = self._block(node.body)
            if node.name is not None and looked_at:
                node.body = [self._letting_go(node.name, node.body)]
            return node
        at, node.name = node.body[0], self._temporary()
        first = self._set(place(name, at), place(ast.Name(node.name, ast.Load()), at), at)
        empty = self._set(place(ast.Name(name.id, ast.Store()), at), place(ast.Constant(None), at), at)
        delete = self.visit_Delete(place(ast.Delete([ast.Name(name.id, ast.Del())]), at))
        node.body = [place(ast.Try([first, *self._block(node.body)], [], [], [empty, *delete]), at)]
        return node

    def _letting_go(self, name: str, body: list[ast.stmt]) -> ast.stmt:
        """Return statements that forget an exception at their end, unless it is kept."""
        at = body[-1]
        hook = self._hook("let_go", place(ast.Name(name, ast.Load()), at), at=at)
        return place(ast.Try(body, [], [], [place(ast.Expr(hook), at)]), body[0])

    def _visit_definition(self, node: Any) -> Any:
        """Write the variable that a `def` or a `class` binds, after its decorators."""
        token, at = self._token(node.name), (node.decorator_list or [node])[0]
        site = self._site(node)
        node = self._enter(node)
        if token is not None:
            binding = self._hook("binding", token, ast.Constant(node.name), site, at=at)
            node.decorator_list.insert(0, binding)
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _visit_definition

    def _is_shared(self, target: ast.expr) -> bool:
        """Whether threads may share the target."""
        if isinstance(target, ast.Tuple | ast.List):
            return any(self._is_unpacked(item) or self._is_shared(item) for item in target.elts)
        if isinstance(target, ast.Starred):
            return self._is_shared(target.value)
        if isinstance(target, ast.Name):
            return self._token(target.id) is not None
        return self._scope.is_watched

    def _received(self, target: Any) -> tuple[Any, list[ast.stmt]]:
        """Return a target that is safe to assign to, and the statements that pass the value on to the real target."""
        if not (self._is_unpacked(target) or self._is_shared(target)):
            return self._plain(target), []
        names: list[str] = []
        target, stores = self._lower(target, names)
        return target, [*stores, self._forget(names, target)]

    def _taken_apart(self, target: Any) -> tuple[Any, list[ast.stmt]]:
        """Return the same for a pattern whose value is taken apart in this step: each of its items is passed on."""
        if not self._is_shared(target):
            return self._plain(target), []
        names: list[str] = []
        pairs = [self._lower(item, names) for item in target.elts]
        target.elts = [pair[0] for pair in pairs]
        return target, [*(statement for pair in pairs for statement in pair[1]), self._forget(names, target)]

    def _lower(self, target: Any, names: list[str]) -> tuple[Any, list[ast.stmt]]:
        """Return a target of temporaries, and the stores from them, in order; add the temporaries to `names`."""
        if isinstance(target, ast.Starred):
            target.value, stores = self._lower(target.value, names)
            return target, stores
        names.append(self._temporary())
        stores = self._assign(target, place(ast.Name(names[-1], ast.Load()), target), target)
        return place(ast.Name(names[-1], ast.Store()), target), stores

    def _fixed(self, target: Any) -> tuple[list[Any], Any, Any]:
        """Return statements that evaluate the parts of a target once, and expressions that read and write it."""
        if isinstance(target, ast.Name):
            return [], place(ast.Name(target.id, ast.Load()), target), target
        before: list[Any] = []
        parts: list[str] = []
        for part in (target.value, *([target.slice] if isinstance(target, ast.Subscript) else [])):
            name = self._temporary()
            self._stands_for[name] = named(part)
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
