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
    """All that a comparison shows, before it has a form."""

    before: Side
    after: Side
    lines: tuple[LineCount, ...]
    changes: tuple[Change, ...]
    names: tuple[str, ...]  # the promises that count
    results: tuple[tuple[Result, ...], ...]  # what came of them before and after
    problems: tuple[str, ...]
    speed: Speed | None

    @property
    def tried(self) -> bool:
        """Whether promises were tried now, rather than taken as declared."""
        return None in (self.before.step, self.after.step)

    @property
    def kept(self) -> list[set[str]]:
        """The names of the promises that each side keeps."""
        return [{one.name for one in results if one.outcome == KEPT} for results in self.results]

    @property
    def said(self) -> list[dict[str, str]]:
        """For each side what came instead of the promises that were tried and are not kept."""
        tried = [[one for one in results if one.outcome not in (KEPT, NOT_TRIED)] for results in self.results]
        return [{one.name: plain(one.message.partition("\n")[0]) for one in results} for results in tried]

    @property
    def untried(self) -> list[str]:
        """Why promises could not be tried at all."""
        lines = []
        for side, results in zip((self.before, self.after), self.results, strict=True):
            counts = Counter(one.message for one in results if one.outcome == NOT_TRIED)
            lines += [f"{side.name}: {plain(why)} ({number} not tried)" for why, number in counts.items()]
        return lines

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
    problems = [f"{both[0].name}: {problem}" for problem in old_problems.values()]
    problems += [f"{both[1].name}: {problem}" for problem in new_problems.values()]
    tried = None in (both[0].step, both[1].step)
    results = tuple(_results(side, names, tried) for side in both)
    counts, changed = tuple(line_counts(old, new)), tuple(changes(old, new))
    return Facts(*both, counts, changed, names, results, tuple(problems), measure_speed(*both) if speed else None)


def _results(side: Side, names: tuple[str, ...], tried: bool) -> tuple[Result, ...]:
    if tried:
        return try_promises(side.folder if side.step is None else side.step, names)
    kept = [side.step in promises()[name].kept_by for name in names]
    return tuple(Result(side.name, name, KEPT if keeps else BROKEN) for name, keeps in zip(names, kept, strict=True))
