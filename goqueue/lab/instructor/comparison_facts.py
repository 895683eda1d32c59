"""What a comparison of two versions, or of two learners' folders, finds: code lines, parts, promises and speed.

What the course's versions keep is declared, and tested. What a folder keeps is tried, in processes of its own.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ..versions.course import entry
from ..versions.trial import BROKEN, KEPT, NOT_TRIED, Result, promises
from .code_changes import Change, LineCount, changes, line_counts, read_modules
from .queue_speed import Speed, measure_speed
from .safe_output import plain
from .version_folders import Side, sides, try_promises


@dataclass(frozen=True)
class Facts:
    """All that a comparison shows, before it has a form. `kept` names the promises that each side keeps."""

    before: Side
    after: Side
    lines: tuple[LineCount, ...]
    changes: tuple[Change, ...]
    names: tuple[str, ...]  # the promises that count
    tried: bool  # whether promises were tried now, rather than taken as declared
    kept: tuple[frozenset[str], ...]  # before, after
    said: tuple[dict[str, str], ...]  # promise -> what came instead, where one was tried and is not kept
    untried: tuple[str, ...]  # why promises could not be tried at all
    problems: tuple[str, ...]
    speed: Speed | None

    def only(self, after: bool) -> list[str]:
        """Return the promises that only one side keeps."""
        one, other = self.kept[after], self.kept[not after]
        return [name for name in self.names if name in one - other]


def find_facts(before: int | str | Path, after: int | str | Path, step: int | str | None, speed: bool) -> Facts:
    """Read both sides, and try what must be tried. Raises as `compare` does."""
    both = sides(before, after)
    number = None if step is None else entry(step).step
    names = tuple(name for name, found in promises().items() if number is None or number in found.kept_by)
    (old, old_problems), (new, new_problems) = (read_modules(side.folder) for side in both)
    for file in {*old_problems, *new_problems}:
        old.pop(file, None)
        new.pop(file, None)
    tried = None in (both[0].step, both[1].step)
    results = [_results(side, names, tried) for side in both]
    return Facts(
        *both,
        lines=tuple(line_counts(old, new)),
        changes=tuple(changes(old, new)),
        names=names,
        tried=tried,
        kept=tuple(frozenset(one.name for one in found if one.outcome == KEPT) for found in results),
        said=tuple(map(_said, results)),
        untried=tuple(line for side, found in zip(both, results, strict=True) for line in _untried(side, found)),
        problems=tuple(
            f"{side.name}: {problem}"
            for side, found in zip(both, (old_problems, new_problems), strict=True)
            for problem in found.values()
        ),
        speed=measure_speed(*both) if speed else None,
    )


def _results(side: Side, names: tuple[str, ...], tried: bool) -> tuple[Result, ...]:
    if tried:
        return try_promises(side.folder if side.step is None else side.step, names)
    kept = [side.step in promises()[name].kept_by for name in names]
    return tuple(Result(side.name, name, KEPT if keeps else BROKEN) for name, keeps in zip(names, kept, strict=True))


def _said(results: tuple[Result, ...]) -> dict[str, str]:
    tried = [found for found in results if found.outcome not in (KEPT, NOT_TRIED)]
    return {found.name: plain(found.message.partition("\n")[0]) for found in tried}


def _untried(side: Side, results: tuple[Result, ...]) -> list[str]:
    counts = Counter(found.message for found in results if found.outcome == NOT_TRIED)
    return [f"{side.name}: {plain(why)} ({number} not tried)" for why, number in counts.items()]
