"""The grades as CSV files: for a spreadsheet, for Moodle's grading worksheet, and for Canvas's gradebook.

A learner's number is read from the name that Moodle or Canvas gave to what was handed in:

    Ann Miller_12345_assignsubmission_file_      Moodle: participant 12345, Ann Miller
    millerann_LATE_12345_67890_my_queue          Canvas: user 12345, millerann
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from .grades import Grade, Grades, first_broken
from .safe_output import cell

COLUMNS = ["learner", "step", "kept", "of", "gained", "of what it adds"]
COLUMNS += ["first promise broken", "problem", "most alike"]
CSV_MARK = ",".join(COLUMNS)  # our own CSV file begins like this
_MOODLE = ["Identifier", "Full name", "Grade", "Feedback comments"]
_CANVAS = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
MARKS_OF = {"moodle": ",".join(_MOODLE), "canvas": ",".join(_CANVAS)}
_MOODLES_NAME = re.compile(r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_\w*")
_CANVASS_NAME = re.compile(r"(?P<name>[^_]+)_(?:LATE_|late_)?(?P<number>\d+)_\d+_.*")


def as_csv(found: Grades, weights: Mapping[str, float] | None = None) -> str:
    """Return the grades as a CSV file: after `COLUMNS`, a column for each promise. No cell can be a formula.

    With weights, there are the points, too. The file begins with a byte order mark, without which some spreadsheets do
    not read UTF-8.
    """
    names = list(dict.fromkeys(result.name for one in found.grades for result in one.results))
    points = ["points", "of points"] if weights is not None else []
    lines = []
    for one in found.grades:
        outcome = {result.name: result.outcome for result in one.results}
        added = one.of(found.adds)
        counts = [one.kept, len(one.results), added.kept, len(added.results)] if one.graded else [""] * 4
        texts = [first_broken(one), "; ".join(one.problems), one.likeness]
        worth = [f"{part:g}" if one.graded else "" for part in worth_of(one, weights)] if weights is not None else []
        outcomes = (outcome.get(name, "") for name in names)
        lines.append([cell(one.learner), found.step, *counts, *map(cell, texts), *worth, *map(cell, outcomes)])
    return _csv([[*COLUMNS, *points, *names], *lines])


def worth_of(one: Grade, weights: Mapping[str, float]) -> tuple[float, float]:
    """Return a learner's points, and how many there are."""
    most = sum(weights.get(result.name, 0.0) for result in one.results)
    return sum(weights.get(result.name, 0.0) for result in one.results if result.outcome == "kept"), most


def percent(found: Grades, one: Grade, weights: Mapping[str, float] | None) -> float | None:
    """Return a grade of 100: by weights, or else what was gained of what the step adds; None if it was not graded."""
    if not one.graded:
        return None
    added = one.of(found.adds)
    points, most = (added.kept, len(added.results)) if weights is None else worth_of(one, weights)
    return round(100 * points / most, 2) if most else 0.0


def as_moodle(found: Grades, weights: Mapping[str, float] | None = None) -> str:
    """Return the grades as Moodle's grading worksheet takes them, out of 100."""
    lines = []
    for one in found.grades:
        match = _MOODLES_NAME.fullmatch(one.learner)
        number = f"Participant {match['number']}" if match else ""
        name = match["name"] if match else one.learner
        told = "; ".join(one.problems) or first_broken(one) or "All promises are kept."
        lines.append([number, cell(name), _shown(percent(found, one, weights)), cell(told)])
    return _csv([_MOODLE, *lines])


def as_canvas(found: Grades, weights: Mapping[str, float] | None = None) -> str:
    """Return the grades as Canvas's gradebook takes them, out of 100."""
    lines = [["    Points Possible", "", "", "", "", "100"]]
    for one in found.grades:
        match = _CANVASS_NAME.fullmatch(one.learner)
        name, number = (match["name"], match["number"]) if match else (one.learner, "")
        lines.append([cell(name), number, "", "", "", _shown(percent(found, one, weights))])
    return _csv([[*_CANVAS, f"goqueue step {found.step}"], *lines])


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _csv(lines: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return "\ufeff" + out.getvalue()
