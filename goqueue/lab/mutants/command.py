"""`goqueue mutants`: the table of a version, of an exercise, or of all."""

from collections.abc import Sequence

from .census import KILLED, SURVIVES, Fate, fates
from .first_shown import row, sample, shown_first
from .report import operators, summary, table
from .subject import subject, subjects


def first_shown_command(seed: int) -> int:
    """Print a sample, a line for each mutant as it comes, with what is said of it, to be judged by hand."""
    for number, (of, file, mutant) in enumerate(sample(seed), start=1):
        shown = shown_first(of, file, mutant)
        print(row(number, shown))
        print(f"    {shown.first.message if shown.first else ''}", flush=True)
    return 0


def mutants_command(names: Sequence[str], jobs: int, left: bool, only_operators: bool) -> int:
    """Print the mutants of what is named, or of all. Return 1 if one survives.

    With `left`, those that were killed are left out. Raises LookupError for an unknown name.
    """
    if only_operators:
        print(operators())
        return 0
    found: list[Fate] = []
    for one in [subject(name) for name in names] or subjects():
        these = fates(one, jobs)
        shown = [fate for fate in these if not left or fate.outcome != KILLED]
        if shown:
            print(table(shown), end="\n\n", flush=True)
        found += these
    print(summary(found))
    return 1 if any(fate.outcome == SURVIVES for fate in found) else 0
