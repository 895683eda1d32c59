"""A folder of submissions, graded: the promises of one step, tried on each learner's version.

    submissions/ ── each sub-folder ── a copy ── each promise in a process of its own ──> kept 27 of 28, first broken: …

Time and memory are bounded, so an endless loop or a crash costs its author some promises and harms nobody else.
That bounds accidents. It is no security sandbox: code that wants to do harm can read and delete whatever you can. So
grade what strangers hand in where there is nothing to lose: in a container, or on a machine that you throw away.
"""

import csv
import io
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..versions.course import entry
from ..versions.trial import KEPT, NOT_TRIED, Result, kept_by, promises
from ..views.document import document, paragraph
from ..views.table import table
from ..views.view import View
from ..views.wording import one_line
from .safe_output import cell, plain, plain_lines
from .version_folders import Submission, submissions, try_promises

HEADS = ("learner", "kept", "what to mend first")
COLUMNS = ["learner", "step", "kept", "of", "first promise broken", "problem"]
CSV_MARK = ",".join(COLUMNS)  # our own CSV file begins like this
_WIDEST = 100  # characters
WARNING = (
    "Each promise ran in a process of its own, bounded in time and memory. That bounds accidents; it is no security "
    "sandbox: what strangers hand in belongs in a container, or on a machine with nothing to lose."
)


@dataclass(frozen=True)
class Grade:
    """The results of one submission. Without results it could not be graded, and `problems` says why."""

    learner: str
    results: tuple[Result, ...]
    problems: tuple[str, ...] = ()

    @property
    def graded(self) -> bool:
        """Whether promises were tried, even if the code did not run."""
        return bool(self.results)

    @property
    def kept(self) -> int:
        """How many promises are kept."""
        return sum(found.outcome == KEPT for found in self.results)

    @property
    def broken(self) -> tuple[Result, ...]:
        """The promises that were tried and are not kept, in the order of the course."""
        return tuple(found for found in self.results if found.outcome not in (KEPT, NOT_TRIED))


class Grades(View):
    """The table of a class; a view of `grades`, one for each submission."""

    step: int
    grades: tuple[Grade, ...]

    def __init__(self, step: int, grades: Sequence[Grade]) -> None:
        vars(self).update(step=step, grades=tuple(grades))
        shown = table(HEADS, map(row, grades), self.title)
        super().__init__(*document(shown, paragraph(textwrap.fill(WARNING, _WIDEST), WARNING)))

    @property
    def title(self) -> str:
        """The table's title."""
        return f"Promises of step {entry(self.step).step:02}, {entry(self.step).title}"

    @property
    def all_graded(self) -> bool:
        """Whether each submission could be graded, whatever its grade."""
        return all(one.graded for one in self.grades)


def grade(folder: Path, step: int | str, *, tell: Callable[[str], None] = lambda line: None) -> Grades:
    """Try the promises of a step on each submission in a folder; `tell` receives a line for each learner.

    Raises LookupError for an unknown step or an empty folder, NotADirectoryError if there is no such folder.
    """
    number, names = entry(step).step, kept_by(step)
    found = submissions(folder)
    grades = []
    for at, one in enumerate(found, start=1):
        tell(f"{at} of {len(found)}: {one.learner}")
        grades.append(_grade(one, names))
    return Grades(number, grades)


def _grade(one: Submission, names: Sequence[str]) -> Grade:
    if one.folder is None:
        return Grade(one.learner, (), (one.problem,))
    try:
        results = try_promises(one.folder, names)
    except (ValueError, OSError) as err:
        return Grade(one.learner, (), (plain(str(err)),))
    clean = [Result(found.version, found.name, found.outcome, plain_lines(found.message)) for found in results]
    problems = dict.fromkeys(found.message for found in clean if found.outcome == NOT_TRIED)
    return Grade(one.learner, tuple(clean), tuple(problems))


def first_broken(one: Grade) -> str:
    """Return the sentence of the first promise that is broken, or ""."""
    return promises()[one.broken[0].name].sentence if one.broken else ""


def marks(one: Grade) -> str:
    """Return "27 of 28", or "not graded"."""
    return f"{one.kept} of {len(one.results)}" if one.graded else "not graded"


def row(one: Grade) -> list[str]:
    """Return a learner's cells under HEADS."""
    return [one.learner, marks(one), one_line("; ".join(one.problems) or first_broken(one), _WIDEST)]


def as_csv(found: Grades) -> str:
    """Return the grades as a CSV file: after `COLUMNS`, a column for each promise. No cell can be a formula.

    It begins with a byte order mark, without which some spreadsheets do not read UTF-8.
    """
    names = list(dict.fromkeys(result.name for one in found.grades for result in one.results))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*COLUMNS, *names])
    for one in found.grades:
        outcome = {result.name: result.outcome for result in one.results}
        counts = [one.kept, len(one.results)] if one.graded else ["", ""]
        texts = [first_broken(one), "; ".join(one.problems), *(outcome.get(name, "") for name in names)]
        writer.writerow([cell(one.learner), found.step, *counts, *map(cell, texts)])
    return "\ufeff" + out.getvalue()
