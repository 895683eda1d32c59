"""The mutants of a source: each differs from it in one small change.

A mutant's name is made of what it is, not of where: the function, the operator, and the lines before and after. So it
stays the same when lines are added elsewhere. The order is that of the source.
"""

import ast
import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from . import branching, copying, locking, statements, values, waiting  # noqa: F401  # they register their operators
from .change import OPERATORS, Change, Place, places


@dataclass(frozen=True)
class Mutant:
    """A source with one change. `before` and `after` are the lines that differ; `text` is the whole."""

    function: str
    operator: str
    before: str
    after: str
    line: int
    text: str
    number: int = 1  # of those with the same function, operator and lines

    @property
    def key(self) -> str:
        """What stays the same when the lines move."""
        again = f" #{self.number}" if self.number > 1 else ""
        return f"{self.function} | {self.operator} | {self.before} -> {self.after}{again}"


def mutants(source: str) -> list[Mutant]:
    """Return all mutants of a source, in its order. Of those that are the same code, the first counts."""
    tree = ast.parse(source)
    seen = {ast.unparse(tree)}
    counts: Counter[str] = Counter()
    found = []
    for mutant in _all(tree):
        if mutant.text not in seen:
            seen.add(mutant.text)
            counts[mutant.key] += 1
            found.append(replace(mutant, number=counts[mutant.key]))
    return found


def _all(tree: ast.Module) -> Iterator[Mutant]:
    for place in places(tree):
        for operator in OPERATORS.values():
            for change in operator.changes(place):
                yield _mutant(tree, place, operator.name, change)


def _mutant(tree: ast.Module, place: Place, operator: str, change: Change) -> Mutant:
    within = place.function or next((node for node in place.above if isinstance(node, ast.ClassDef)), tree)
    before = ast.unparse(within).splitlines()
    with change.made():
        after, text = ast.unparse(ast.fix_missing_locations(within)).splitlines(), ast.unparse(tree)
    gone, come = _differing(before, after)
    line = getattr(_first(change), "lineno", getattr(place.node, "lineno", 1))
    return Mutant(place.name, operator, gone, come, line, text)


def _first(change: Change) -> object:
    """Return the first node that is changed, for its line."""
    if change.start is None:
        old = getattr(change.node, change.field)
        return old if hasattr(old, "lineno") else change.node
    parts = getattr(change.node, change.field)[change.start :]
    return parts[0] if parts and hasattr(parts[0], "lineno") else change.node


def _differing(before: list[str], after: list[str]) -> tuple[str, str]:
    lines = [line for line in difflib.ndiff(before, after) if line[0] in "+-"]
    gone, come = (" / ".join(line[2:].strip() for line in lines if line[0] == sign) for sign in "-+")
    return gone, come
