"""What changed between two sets of modules: code lines a file, and parts (modules, classes, functions)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .modules import Module

ADDED, REMOVED, CHANGED = "+", "-", "~"
KINDS = ("modules", "classes", "functions")


@dataclass(frozen=True)
class Lines:
    """The code lines of one file on each side; None where there is no such file, or none that can be read."""

    file: str
    before: int | None
    after: int | None

    @property
    def change(self) -> int:
        """How many more there are."""
        return (self.after or 0) - (self.before or 0)


@dataclass(frozen=True)
class Change:
    """One part that was added (+), removed (-) or changed (~). `name` is pool.py, class Pool, Pool.start or check()."""

    mark: str
    kind: str
    file: str
    name: str


def lines(before: Mapping[str, Module], after: Mapping[str, Module]) -> list[Lines]:
    """Return a row for each file of either side."""
    counts = [{name: module.code_lines for name, module in side.items()} for side in (before, after)]
    return [Lines(name, counts[0].get(name), counts[1].get(name)) for name in sorted({*before, *after})]


def changes(before: Mapping[str, Module], after: Mapping[str, Module]) -> list[Change]:
    """Return what was added, removed and changed, file by file, the file itself first."""
    found = []
    for file in sorted({*before, *after}):
        old, new = before.get(file), after.get(file)
        if mark := _mark(old.code if old else None, new.code if new else None):
            found.append(Change(mark, "modules", file, file))
            found += _definitions(file, old.definitions if old else {}, new.definitions if new else {})
    return found


def _definitions(file: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterable[Change]:
    for name in dict.fromkeys([*new, *old]):
        if mark := _mark(old.get(name), new.get(name)):
            yield Change(mark, "classes" if name.startswith("class ") else "functions", file, name)


def _mark(old: str | None, new: str | None) -> str:
    if old == new:
        return ""
    return ADDED if old is None else REMOVED if new is None else CHANGED


def count(found: Sequence[Change], kind: str) -> tuple[int, int, int]:
    """Return how many parts of a kind were added, removed, changed."""
    marks = [change.mark for change in found if change.kind == kind]
    return marks.count(ADDED), marks.count(REMOVED), marks.count(CHANGED)
