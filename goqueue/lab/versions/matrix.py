"""The matrix: which version keeps which promise, found out by trying each on each."""

import textwrap
from collections.abc import Sequence
from html import escape

from ..views.view import View
from .course import catalogue
from .trial import BROKEN, ERROR, KEPT, MARKS, NOT_YET, Result, check_many, known_names, promises

_COLOURS = {KEPT: "#d5eef7", BROKEN: "#f9d5b5", NOT_YET: "#ffffff", ERROR: "#e0b8d4"}
_CAPTION = '<caption style="text-align:left;font-weight:bold">Which version keeps which promise</caption>'
_CELL = "border:1px solid #999999;padding:0.2em 0.6em;color:#222222"


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
        super().__init__(_text(self.results), _html(self.results))

    @property
    def as_declared(self) -> bool:
        """Whether each version keeps just the promises that say they are kept by it."""
        known = promises()
        return all(
            found.outcome != ERROR and (found.outcome == KEPT) == (int(found.version) in known[found.name].kept_by)
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


def _legend(results: Sequence[Result]) -> str:
    shown = {found.outcome for found in results}
    parts = [f"{MARKS[outcome]} {outcome}" for outcome in (KEPT, BROKEN, NOT_YET, ERROR) if outcome in shown]
    lacking: dict[str, list[str]] = {}  # part -> the versions without it
    for found in results:
        part = found.message.removeprefix("it has no ")
        if found.outcome == NOT_YET and found.version not in lacking.setdefault(part, []):
            lacking[part].append(found.version)
    want = "; ".join(f"{part} in {', '.join(versions)}" for part, versions in lacking.items())
    return "  ".join(parts) + (f", for want of {want}" if want else "")


def _text(results: Sequence[Result]) -> str:
    versions, rows = _rows(results)
    known = promises()
    wide = max(len(known[name].sentence) for name in rows)
    lines = [f"{'promise':<{wide}}" + "".join(f"{version:>4}" for version in versions)]
    for name, row in rows.items():
        marks = "".join(f"{MARKS[found.outcome]:>4}" for found in row)
        lines.append(f"{known[name].sentence:<{wide}}{marks}")
    return "\n".join([*lines, textwrap.fill(_legend(results), max(wide, 60), break_long_words=False)])


def _html(results: Sequence[Result]) -> str:
    versions, rows = _rows(results)
    heads = "".join(f'<th scope="col" style="{_CELL};background:#eeeeee">{version}</th>' for version in versions)
    body = []
    for name, row in rows.items():
        sentence = escape(promises()[name].sentence)
        cells = "".join(_cell(found) for found in row)
        head = f'<th scope="row" style="{_CELL};background:#ffffff;text-align:left;font-weight:normal">{sentence}</th>'
        body.append(f"<tr>{head}{cells}</tr>")
    table = (
        f'<table style="border-collapse:collapse">{_CAPTION}<thead><tr><th scope="col" style="{_CELL};'
        f'background:#eeeeee;text-align:left">promise</th>{heads}</tr></thead><tbody>{"".join(body)}</tbody></table>'
    )
    return f"{table}<p>{escape(_legend(results))}</p>{_why(results)}"


def _first_line(message: str) -> str:
    return message.partition("\n")[0]  # check() shows how to see it again


def _cell(found: Result) -> str:
    title = escape(f"{found.outcome}: {_first_line(found.message)}" if found.message else found.outcome)
    style = f"{_CELL};background:{_COLOURS[found.outcome]};text-align:center"
    return f'<td style="{style}" title="{title}">{MARKS[found.outcome]}</td>'


def _why(results: Sequence[Result]) -> str:
    broken = [escape(_first_line(str(found))) for found in results if found.outcome in (BROKEN, ERROR)]
    if not broken:
        return ""
    items = "".join(f"<li>{line}</li>" for line in broken)
    return f"<details><summary>What was seen where a promise is broken</summary><ul>{items}</ul></details>"
