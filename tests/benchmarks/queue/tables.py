"""The tables, in Markdown: one for each row as soon as it is measured, and at the end that of the goals."""

from collections.abc import Iterator, Sequence

from .figures import Goal
from .rounds import Result


def line(*cells: object) -> str:
    """Return one line of a table."""
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def head(title: str, *cells: str) -> Iterator[str]:
    """Yield the first lines of a table."""
    yield from ("", f"## {title}", "", line(*cells), line(*["---"] * len(cells)))


def table(result: Result) -> Iterator[str]:
    """Yield the table of one row: the medians, and the range of the rounds in brackets."""
    row = result.row
    titles = [unit.title for unit in row.units.values()]
    yield from head(row.title, "who", *titles, "how")
    for contender in row.contenders:
        if contender.name in result.medians:
            yield line(contender.name, *cells(result, contender.name), contender.how)
    yield ""
    yield said(result)
    yield from row.notes
    yield from (f"{name} {why}." for name, why in result.missing.items())


def said(result: Result) -> str:
    """Return how often it was measured, and what the cells hold."""
    if result.rounds == 1:
        return f"{result.size:,} in one round."
    return f"{result.size:,} in each of {result.rounds} rounds: the median, and in brackets the range."


def cells(result: Result, name: str) -> Iterator[str]:
    """Yield the figures of one contender."""
    for key, unit in result.row.units.items():
        value = result.medians[name].get(key)
        if value is None:
            yield "–"
        elif result.rounds == 1:
            yield unit.write(value)
        else:
            yield f"{unit.write(value)} ({result.spread(name, key)})"


def goals(results: Sequence[Result]) -> Iterator[str]:
    """Yield the table of all goals."""
    yield from head("Goals", "work", "goal", "measured", "ratio", "kept")
    for result in results:
        work = result.row.title
        for goal in result.row.goals:
            yield line(work, goal.text, *outcome(result, goal))
            work = ""
    yield ""
    yield "Ratio: what was measured over what the goal names, be it a number or a peer."


def outcome(result: Result, goal: Goal) -> tuple[str, str, str]:
    """Return three cells: measured, ratio, kept."""
    ratio = goal.ratio(result.medians)
    if ratio is None:
        return result.missing.get(goal.contender, "no figure"), "–", "–"
    unit = result.row.units[goal.figure]
    measured = f"{unit.title}: {unit.write(result.medians[goal.contender][goal.figure])}"
    return measured, f"{ratio:.2f} ×", "yes" if goal.kept(ratio) else "**no**"
