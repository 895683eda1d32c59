"""What a comparison of two versions, or of two learners' folders, finds: code lines, parts, promises and speed.

What the course's versions keep is declared, and tested. What a folder keeps is tried, in processes of its own.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ..versions.course import entry
from ..versions.trial import KEPT, NOT_TRIED, Result, promises
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
    kept: tuple[frozenset[str], frozenset[str]]
    said: tuple[dict[str, str], dict[str, str]]  # promise -> what came instead, where one was tried and is not kept
    untried: tuple[str, ...]  # why promises could not be tried at all
    problems: tuple[str, ...]
    speed: Speed | None

    @property
    def tried(self) -> bool:
        """Whether promises were tried now, rather than taken as declared."""
        return None in (self.before.step, self.after.step)

    def only(self, after: bool) -> list[str]:
        """Return the promises that only one side keeps."""
        one, other = (self.kept[1], self.kept[0]) if after else (self.kept[0], self.kept[1])
        return [name for name in self.names if name in one and name not in other]


def find_facts(before: int | str | Path, after: int | str | Path, step: int | str | None, speed: bool) -> Facts:
    """Read both sides, and try what must be tried. Raises as `compare` does."""
    both = sides(before, after)
    number = None if step is None else entry(step).step
    names = tuple(name for name, found in promises().items() if number is None or number in found.kept_by)
    (old, old_problems), (new, new_problems) = (read_modules(side.folder) for side in both)
    unread = {*old_problems, *new_problems}
    old, new = ({file: one for file, one in found.items() if file not in unread} for found in (old, new))
    declared = None not in (both[0].step, both[1].step)
    results = [None if declared else _try(side, names) for side in both]
    problems = [(both[0], old_problems), (both[1], new_problems)]
    return Facts(
        *both,
        lines=tuple(line_counts(old, new)),
        changes=tuple(changes(old, new)),
        names=names,
        kept=(_kept(both[0], names, results[0]), _kept(both[1], names, results[1])),
        said=(_said(results[0]), _said(results[1])),
        untried=tuple(line for side, found in zip(both, results, strict=True) for line in _untried(side, found)),
        problems=tuple(f"{side.name}: {problem}" for side, found in problems for problem in found.values()),
        speed=measure_speed(*both) if speed else None,
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
