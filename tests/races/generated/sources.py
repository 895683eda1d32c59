"""Where an expression gets a thing from, and what only asks for its truth: ways that any statement may take.

jobs.append(3)  ──>  same(jobs).append(3), [jobs][0].append(3), (None or jobs).append(3), …
len(jobs)       ──>  1 if len(jobs) else 0, not len(jobs), …
"""

from __future__ import annotations

import ast
import random

SOURCES = (
    "(lambda: X)()",
    "same(X)",
    "[X][0]",
    "(0, X)[1]",
    "{0: X}[0]",
    "(X if True else None)",
    "(None or X)",
    "(True and X)",
    "next(iter((X,)))",
    "functools.partial(same, X)()",
    "operator.itemgetter(0)((X,))",
    "types.SimpleNamespace(it=X).it",
)
ASKING = ("bool({})", "(1 if {} else 0)", "(not {})", "bool(0 or {})", "bool({} and 1)", "[1 for _ in '1' if {}]")


class Detours(ast.NodeTransformer):
    """Replaces some reads of shared names by expressions that give the same thing."""

    def __init__(self, chance: random.Random, names: set[str]) -> None:
        self._chance, self._names = chance, names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Take a way round, now and then."""
        if node.id not in self._names or not isinstance(node.ctx, ast.Load) or self._chance.random() < 0.5:
            return node
        made = ast.parse(self._chance.choice(SOURCES).replace("X", node.id), mode="eval")
        return made.body

    def visit_MatchClass(self, node: ast.MatchClass) -> ast.MatchClass:
        """The class of a pattern must be a name."""
        return node


def by_detours(chance: random.Random, statement: str, names: set[str]) -> str:
    """Return a statement that gets some of the things with these names from elsewhere."""
    return ast.unparse(ast.fix_missing_locations(Detours(chance, names).visit(ast.parse(statement))))


def asked_for_truth(chance: random.Random, expression: str, names: set[str]) -> str:
    """Return an expression that says whether another one, or a shared thing itself, is true."""
    return chance.choice(ASKING).format(f"({chance.choice([expression, *sorted(names)])})")
