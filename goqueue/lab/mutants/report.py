"""The fates of mutants as a table: the line, the operator, before and after, and who killed it."""

from collections import Counter
from collections.abc import Sequence

from ..views.table import columns
from .census import KILLED, LISTED, SURVIVES, Fate
from .change import OPERATORS

WIDEST = 58  # characters of a column of code


def table(fates: Sequence[Fate]) -> str:
    """Return a line for each mutant."""
    rows = [_row(fate) for fate in fates]
    return "\n".join(columns([["line", "operator", "before", "after", "fate"], *rows], [False] * 5, rule=True))


def _row(fate: Fate) -> list[str]:
    mutant = fate.mutant
    where = f"{fate.file}:{mutant.line}"
    return [where, mutant.operator, _short(mutant.before), _short(mutant.after), _fate(fate)]


def _fate(fate: Fate) -> str:
    if fate.outcome == KILLED:
        return f"killed by {fate.by}"
    return f"listed: {fate.reason}" if fate.outcome == LISTED else "SURVIVES"


def _short(text: str) -> str:
    return text if len(text) <= WIDEST else text[: WIDEST - 2] + " …"


def summary(fates: Sequence[Fate]) -> str:
    """Return how many there are, in one line for each version and exercise."""
    rows = []
    for name in dict.fromkeys(fate.subject for fate in fates):
        counts = Counter(fate.outcome for fate in fates if fate.subject == name)
        rows.append([name, *(f"{number:,}" for number in (counts.total(), *(counts[one] for one in _OUTCOMES)))])
    head = ["of", "mutants", *_OUTCOMES]
    return "\n".join(columns([head, *rows], [False, True, True, True, True], rule=True))


_OUTCOMES = (KILLED, LISTED, SURVIVES)


def operators() -> str:
    """Return the name of each operator, and what it does."""
    rows = [[operator.name, operator.sentence] for operator in OPERATORS.values()]
    return "\n".join(columns([["operator", "what is wrong then"], *rows], [False, False], rule=True))
