"""Two versions, or two learners' folders, side by side: code lines, parts, promises and, when asked, speed.

What the course's versions keep is declared, and tested. What a folder keeps is tried, in processes of their own.
"""

from collections import Counter
from pathlib import Path

from ..versions.course import entry
from ..versions.trial import KEPT, NOT_TRIED, Result, promises
from ..views.view import View
from .changes import changes, lines
from .comparison_view import comparison
from .facts import Facts
from .modules import read_modules
from .safe_text import plain
from .sides import Side, sides
from .speed import measured
from .trying import try_promises


class Comparison(View):
    """What changed from one version to another; a view of its `facts`."""

    facts: Facts

    def __init__(self, facts: Facts) -> None:
        object.__setattr__(self, "facts", facts)
        super().__init__(*comparison(facts))


def compare(
    before: int | str | Path, after: int | str | Path, *, step: int | str | None = None, speed: bool = False
) -> Comparison:
    """Compare two versions, or folders laid out like one (as a Path). Reads them; imports neither here.

    `step` says whose promises count (none: all). With a folder, promises are tried: that takes some seconds.
    `speed` measures both, and is different on each run. Raises LookupError for an unknown step,
    NotADirectoryError for a path that is no folder, ValueError for a folder that cannot be copied to be tried.

    >>> print("\\n".join(compare(10, 13).text.splitlines()[:3]))
    10 Retry fields -> 13 Requeue with backoff
    <BLANKLINE>
    code lines (no docstrings, comments or blank lines; __init__.py left out)
    """
    both = sides(before, after)
    number = None if step is None else entry(step).step
    names = tuple(name for name, found in promises().items() if number is None or number in found.kept_by)
    (old, old_problems), (new, new_problems) = (read_modules(side.folder) for side in both)
    unread = {*old_problems, *new_problems}
    old, new = ({file: one for file, one in found.items() if file not in unread} for found in (old, new))
    declared = None not in (both[0].step, both[1].step)
    results = [None if declared else _try(side, names) for side in both]
    return Comparison(
        Facts(
            *both,
            lines=tuple(lines(old, new)),
            changes=tuple(changes(old, new)),
            names=names,
            kept=(_kept(both[0], names, results[0]), _kept(both[1], names, results[1])),
            said=(_said(results[0]), _said(results[1])),
            untried=tuple(line for side, found in zip(both, results, strict=True) for line in _untried(side, found)),
            problems=(
                *(f"{both[0].name}: {problem}" for problem in old_problems.values()),
                *(f"{both[1].name}: {problem}" for problem in new_problems.values()),
            ),
            speed=measured(*both) if speed else None,
        )
    )


def _try(side: Side, names: tuple[str, ...]) -> tuple[Result, ...]:
    return try_promises(side.folder if side.step is None else side.step, names)


def _kept(side: Side, names: tuple[str, ...], results: tuple[Result, ...] | None) -> frozenset[str]:
    if results is None:
        return frozenset(name for name in names if side.step in promises()[name].kept_by)
    return frozenset(found.name for found in results if found.outcome == KEPT)


def _said(results: tuple[Result, ...] | None) -> dict[str, str]:
    tried = [found for found in results or () if found.outcome not in (KEPT, NOT_TRIED)]
    return {found.name: plain(found.message.partition("\n")[0]) for found in tried}


def _untried(side: Side, results: tuple[Result, ...] | None) -> list[str]:
    counts = Counter(found.message for found in results or () if found.outcome == NOT_TRIED)
    return [f"{side.name}: {plain(why)} ({number} not tried)" for why, number in counts.items()]
