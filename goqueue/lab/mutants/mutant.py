"""The mutants of a source: each differs from it in one small change.

A mutant's name is made of what it is, not of where: the function, the operator, and the lines before and after. So it
stays the same when lines are added elsewhere. The order is that of the source.
"""

import ast
import difflib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, partial

from . import branching, copying, locking, statements, values, waiting  # noqa: F401  # they register their operators
from .change import OPERATORS, Change, Place, places

LONGEST = 300  # characters of what differs; of more, the first lines are shown


@dataclass(frozen=True)
class Mutant:
    """A source with one change. `before` and `after` are the lines that differ; `write` writes the whole."""

    function: str
    operator: str
    before: str
    after: str
    line: int
    write: Callable[[], str] = field(repr=False, compare=False)
    number: int = 1  # of those with the same function, operator and lines

    @property
    def key(self) -> str:
        """What stays the same when the lines move."""
        again = f" #{self.number}" if self.number > 1 else ""
        return f"{self.function} | {self.operator} | {self.before} -> {self.after}{again}"


@cache
def mutants(source: str) -> tuple[Mutant, ...]:
    """Return all mutants of a source, in its order. Of those that are the same code, the first counts."""
    tree = ast.parse(source)
    seen: set[tuple[ast.AST, str]] = set()  # what was changed, and what it is then
    counts: Counter[str] = Counter()
    found = []
    for within, text, mutant in _all(tree):
        if (within, text) not in seen:
            seen.add((within, text))
            counts[mutant.key] += 1
            found.append(replace(mutant, number=counts[mutant.key]))
    return tuple(found)


def _all(tree: ast.Module) -> Iterator[tuple[ast.AST, str, Mutant]]:
    for place in places(tree):
        within = place.function or next((node for node in place.above if isinstance(node, ast.ClassDef)), tree)
        changes = [(one.name, change) for one in OPERATORS.values() for change in one.changes(place)]
        whole = ast.unparse(within) if changes else ""
        for operator, change in changes:
            with change.made():
                text = ast.unparse(ast.fix_missing_locations(within))
            if text != whole:
                yield within, text, _mutant(tree, place, operator, change, whole, text)


def _mutant(tree: ast.Module, place: Place, operator: str, change: Change, whole: str, text: str) -> Mutant:
    line = getattr(_first(change), "lineno", getattr(place.node, "lineno", 1))
    gone, come = _differing(whole.splitlines(), text.splitlines())
    if not gone or not come or gone == come or len(gone) + len(come) > LONGEST:
        gone, come = _shown(change), _first_lines(change.new)
    return Mutant(place.name, operator, gone, come, line, partial(_written, tree, change))


def _written(tree: ast.Module, change: Change) -> str:
    with change.made():
        return ast.unparse(tree)


def _shown(change: Change) -> str:
    old = getattr(change.node, change.field)
    return _first_lines(old[change.start : change.stop] if change.start is not None else old)


def _first_lines(nodes: object) -> str:
    """Return the first line of each of some nodes; of a block, that of each statement in it."""
    lines = []
    for node in nodes if isinstance(nodes, list | tuple) else [nodes]:
        head, *body = (ast.unparse(node) if isinstance(node, ast.AST) else str(node)).splitlines() or [""]
        inner = [line.strip() for line in body if isinstance(node, ast.With | ast.Try)]
        lines.append(" ; ".join([head.strip(), *inner]))
    return " / ".join(lines)


def _first(change: Change) -> object:
    """Return the first node that is changed, for its line."""
    if change.start is None:
        old = getattr(change.node, change.field)
        return old if hasattr(old, "lineno") else change.node
    parts = getattr(change.node, change.field)[change.start :]
    return parts[0] if parts and hasattr(parts[0], "lineno") else change.node


def _differing(before: list[str], after: list[str]) -> tuple[str, str]:
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    parts = [part for part in matcher.get_opcodes() if part[0] != "equal"]
    gone = [line.strip() for _, start, stop, _, _ in parts for line in before[start:stop]]
    come = [line.strip() for _, _, _, start, stop in parts for line in after[start:stop]]
    return " / ".join(gone), " / ".join(come)
