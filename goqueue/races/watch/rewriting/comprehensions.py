"""Rewriting of what is iterated over, and of comprehensions, whose targets are written to as well."""

from __future__ import annotations

import ast
from typing import Any

from .base import place, walked
from .conditions import Conditions
from .reads import NAMES

STORES = (ast.Attribute, ast.Subscript)  # targets that write to what threads may share


class Comprehensions(Conditions, ast.NodeTransformer):
    """Rewrites iterables and comprehensions."""

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        """Iterate over a container, item by item."""
        self._iterables += 1
        node.iter = self._iterated(node.iter)
        self._iterables -= 1
        node.target = self.visit(node.target) if isinstance(node.target, ast.Name) else node.target
        node.ifs = [self._truth(condition) for condition in node.ifs]
        return node if isinstance(node.target, ast.Name) else self._taking_apart(node)

    def _iterated(self, iterable: ast.expr) -> ast.expr:
        """Rewrite what is iterated over. Nobody else has a list that was just written down, or is only known here."""
        if isinstance(iterable, ast.List | ast.Tuple | ast.Set | ast.Dict):
            return self._expression(iterable)
        if isinstance(iterable, ast.Name) and self._scopes.is_own_list(self._scope, iterable.id):
            return iterable
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
                if self._is_unpacked(item) or (self._scope.is_watched and isinstance(item, STORES)):
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
