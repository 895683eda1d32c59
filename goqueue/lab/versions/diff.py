"""What changed from one version to another: part by part, and why; promises gained and lost; then the lines.

The reasons come from steps.toml, the promises from their own declarations, the lines from the files.
"""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from pathlib import Path

from ..views.document import Block, code, document, fold
from ..views.markup import element, grid
from ..views.style import BAD, GOOD, HEAD, LINES, PAGE, TABLE
from ..views.view import View
from .course import Entry, catalogue
from .finished import Finished, comparable
from .show import known_name
from .trial import gained, lost

_HALF = 74  # characters a side
_TABLE = f"{TABLE};table-layout:fixed;width:100%;font-size:0.8em"
_LINE = f"{LINES};text-align:left;vertical-align:top;padding:0 0.5em"
_COLOURS = {" ": "", "-": f";background:{BAD}", "+": f";background:{GOOD}"}


@dataclass(frozen=True)
class Part:
    """One file that changed: its lines before and after, and the reasons that steps.toml gives."""

    name: str
    why: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]

    @cached_property
    def _matcher(self) -> difflib.SequenceMatcher[str]:
        return difflib.SequenceMatcher(None, self.before, self.after, autojunk=False)

    @property
    def added(self) -> int:
        """How many lines are new."""
        return sum(j2 - j1 for tag, _, _, j1, j2 in self._matcher.get_opcodes() if tag != "equal")

    @property
    def removed(self) -> int:
        """How many lines are gone."""
        return sum(i2 - i1 for tag, i1, i2, _, _ in self._matcher.get_opcodes() if tag != "equal")

    def unified(self) -> list[str]:
        """Return the change as `diff -u` would."""
        lines = difflib.unified_diff(self.before, self.after, lineterm="", n=2)
        return [line for line in lines if not line.startswith(("---", "+++"))]

    def side_by_side(self) -> Iterator[tuple[str, str, str]]:
        """Yield (mark, left, right) rows, the unchanged ones near a change only."""
        for group in self._matcher.get_grouped_opcodes(2):
            for tag, i1, i2, j1, j2 in group:
                mark = " " if tag == "equal" else "-+"
                for left, right in zip_longest(self.before[i1:i2], self.after[j1:j2], fillvalue=""):
                    yield mark, left, right
            yield "", "", ""


class Diff(View):
    """The difference of two versions; a view of its `parts`."""

    parts: tuple[Part, ...]

    def __init__(self, head: list[str], parts: Sequence[Part], side_by_side: bool) -> None:
        object.__setattr__(self, "parts", tuple(parts))
        tables = (_table(part, opened=len(self.parts) == 1, side_by_side=side_by_side) for part in self.parts)
        super().__init__(*document(code("\n".join(head), PAGE), *tables))


def diff(before: int | str, after: int | str, file: str | None = None, *, side_by_side: bool = False) -> Diff:
    """Return what changed between two versions, or in one `file` of them.

    The text is a unified diff, or in two columns with `side_by_side`; the HTML is always in two columns.
    "goqueue" is the finished queue. Raises LookupError for an unknown version or file.

    >>> [part.name for part in diff(9, 10).parts]
    ['__init__.py', 'job.py', 'storage.py', 'processor.py', 'queue.py']
    """
    old, new = comparable(before), comparable(after)
    parts = list(_parts(old, new))
    if file is None:
        return Diff(_head(old, new, parts), parts, side_by_side)
    name = known_name(file, old, new)
    parts = [part for part in parts if part.name == name] or [_part(old, new, name)]
    return Diff(
        [f"{name}, from {_short(old)} to {_short(new)}", *(f"  {why}" for why in parts[0].why)], parts, side_by_side
    )


def _parts(old: Entry, new: Entry) -> Iterator[Part]:
    for name in dict.fromkeys(name for found in _between(old, new) for name in found.changed):
        part = _part(old, new, name)
        if part.before != part.after and old.compares(name) and new.compares(name):
            yield part


def _part(old: Entry, new: Entry, name: str) -> Part:
    why = tuple(found.changed[name] for found in _between(old, new) if name in found.changed)
    return Part(name, why, _lines(old.file(name)), _lines(new.file(name)))


def _between(old: Entry, new: Entry) -> list[Entry]:
    first, last = sorted((old.step, new.step))
    after_all = [one for one in (old, new) if isinstance(one, Finished)][:1]
    return [found for found in (*catalogue(), *after_all) if first < found.step <= last]


def _short(found: Entry) -> str:
    return found.folder if isinstance(found, Finished) else f"{found.step:02}"


def _lines(file: Path) -> tuple[str, ...]:
    return tuple(file.read_text(encoding="utf-8").splitlines()) if file.is_file() else ()


def _head(old: Entry, new: Entry, parts: Sequence[Part]) -> list[str]:
    lines = [f"{old.label} -> {new.label}", f"  {new.adds}", ""]
    if not isinstance(old, Finished) and not isinstance(new, Finished):  # the promises are about the versions
        lines += ["promises"]
        lines += [f"  + {found.sentence}" for found in gained(new.step, old.step)]
        lines += [f"  - {found.sentence}" for found in lost(new.step, old.step)]
        lines += [""]
    lines += ["parts"]
    wide = max((13, *(len(part.name) for part in parts)))
    for part in parts:
        lines += [f"  {part.name:<{wide}} +{part.added} -{part.removed}"] + [f"      {why}" for why in part.why]
    return lines


def _columns(part: Part) -> list[str]:
    return [
        f"{left[:_HALF]:<{_HALF}} {'|' if mark == '-+' else ' '} {right[:_HALF]}".rstrip() if mark else "…"
        for mark, left, right in part.side_by_side()
    ]


def _table(part: Part, opened: bool, side_by_side: bool) -> Block:
    summary = f"{part.name}: {part.added} lines added, {part.removed} removed"
    heads = [element("th", head, scope="col", style=f"{_LINE};{HEAD}") for head in _heads(part)]
    shown = Block("", grid(heads, map(_row, _rows(part)), style=_TABLE))
    lines = _columns(part) if side_by_side else part.unified()
    return fold(summary, shown, opened=opened, text="\n".join(["", f"== {part.name}", *lines]))


def _heads(part: Part) -> list[str]:
    if part.before and part.after:
        return ["before", "after"]
    return ["after: a new file"] if part.after else ["before: the file is gone"]


def _rows(part: Part) -> Iterator[tuple[str, str, str]]:
    if part.before and part.after:
        return part.side_by_side()
    mark = "+" if part.after else "-"  # a new file, or one that is gone, needs one column only
    return ((mark, line, "") for line in part.after or part.before)


def _row(row: tuple[str, str, str]) -> list[str]:
    mark, left, right = row
    if not mark:
        return [element("td", "…", colspan="2", style=_LINE)]
    if mark in ("-", "+"):
        return [_half(left, mark)]
    return [_half(line, sign if mark == "-+" and line else " ") for line, sign in ((left, "-"), (right, "+"))]


def _half(line: str, mark: str) -> str:
    return element("td", f"{mark} {line}", style=f"{_LINE}{_COLOURS[mark]}")
