"""The matrix: which version keeps which promise, found out by trying each on each."""

import textwrap
from collections.abc import Sequence

from ..views.document import Block, bullets, document, fold, line
from ..views.markup import Markup, cell, element, grid
from ..views.style import BAD, GOOD, ODD
from ..views.table import columns
from ..views.view import View
from .course import catalogue
from .trial import BROKEN, ERROR, KEPT, MARKS, NOT_YET, TOO_SLOW, Result, check_many, known_names, promises

_COLOURS = {
    KEPT: f"background:{GOOD}",
    BROKEN: f"background:{BAD}",
    ERROR: f"background:{ODD}",
    TOO_SLOW: f"background:{ODD}",
}
_CAPTION = "Which version keeps which promise"


class Matrix(View):
    """Promises down, versions across; a view of `results`.

    >>> matrix([11, 12], ["no_handler", "back_pressure"])
    promise                                                            11  12
    a job whose type has no handler fails at once, with a clear error   ✓   ✗
    a full buffer makes submit wait, and its context can end the wait   –   ✓
    ✓ kept  ✗ broken  – not yet, for want of pool in 11
    """

    results: tuple[Result, ...]

    def __init__(self, results: Sequence[Result]) -> None:
        object.__setattr__(self, "results", tuple(results))
        super().__init__(*document(_table(self.results), _legend(self.results), *_why(self.results)))

    @property
    def as_declared(self) -> bool:
        """Whether each version keeps just the promises that say they are kept by it."""
        known = promises()
        return all(
            found.outcome not in (ERROR, TOO_SLOW)
            and (found.outcome == KEPT) == (int(found.version) in known[found.name].kept_by)
            for found in self.results
        )


def matrix(steps: Sequence[int] | None = None, names: Sequence[str] | None = None) -> Matrix:
    """Try promises on versions (all, unless named) and return the matrix. Takes some seconds.

    Raises LookupError for an unknown step or promise.
    """
    versions = [found.step for found in catalogue()] if steps is None else steps
    wanted = known_names(names or ())
    return Matrix(check_many([(version, name) for name in wanted for version in versions]))


def _rows(results: Sequence[Result]) -> tuple[list[str], dict[str, list[Result]]]:
    versions = list(dict.fromkeys(found.version for found in results))
    rows: dict[str, list[Result]] = {}
    for found in results:
        rows.setdefault(found.name, []).append(found)
    return versions, rows


def _table(results: Sequence[Result]) -> Block:
    versions, rows = _rows(results)
    sentences = {name: promises()[name].sentence for name in rows}
    lines = [
        ["promise", *versions],
        *([sentences[name], *(MARKS[one.outcome] for one in row)] for name, row in rows.items()),
    ]
    body = [
        [cell(sentences[name], scope="row", style="font-weight:normal"), *map(_cell, row)] for name, row in rows.items()
    ]
    text = columns(lines, [False, *[True] * len(versions)], least=2)
    return Block("\n".join(text), grid(["promise", *versions], body, _CAPTION))


def _cell(found: Result) -> Markup:
    title = f"{found.outcome}: {_first_line(found.message)}" if found.message else found.outcome
    return cell(MARKS[found.outcome], title=title, style=f"text-align:center;{_COLOURS.get(found.outcome, '')}")


def _first_line(message: str) -> str:
    return message.partition("\n")[0]  # check() shows how to see it again


def _legend(results: Sequence[Result]) -> Block:
    shown = {found.outcome for found in results}
    parts = [f"{MARKS[outcome]} {outcome}" for outcome in (KEPT, BROKEN, NOT_YET, ERROR, TOO_SLOW) if outcome in shown]
    lacking: dict[str, list[str]] = {}  # part -> the versions without it
    for found in results:
        part = found.message.removeprefix("it has no ")
        if found.outcome == NOT_YET and found.version not in lacking.setdefault(part, []):
            lacking[part].append(found.version)
    want = "; ".join(f"{part} in {', '.join(versions)}" for part, versions in lacking.items())
    said = "  ".join(parts) + (f", for want of {want}" if want else "")
    width = max(60, *(len(promises()[found.name].sentence) for found in results))
    return Block(textwrap.fill(said, width, break_long_words=False), element("p", said))


def _why(results: Sequence[Result]) -> list[Block]:
    broken = [_first_line(str(found)) for found in results if found.outcome in (BROKEN, ERROR, TOO_SLOW)]
    return [fold("What was seen where a promise is broken", bullets(map(line, broken)))] if broken else []
