"""The grades as a CSV file, one row a learner, which a spreadsheet reads as text and never as formulas."""

import csv
import io

from .grading import Grades, first_broken
from .safe_text import cell

HEAD = ["learner", "step", "kept", "of", "first promise broken", "problem"]
MARK = ",".join(HEAD)  # our own file begins like this


def as_csv(found: Grades) -> str:
    """Return the text of the file: after the columns of `HEAD`, one for each promise, with what came of it.

    It begins with a byte order mark, without which some spreadsheets take UTF-8 for something else.
    """
    names = list(dict.fromkeys(result.name for one in found.grades for result in one.results))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*HEAD, *names])
    for one in found.grades:
        outcome = {result.name: result.outcome for result in one.results}
        counts = [one.kept, len(one.results)] if one.graded else ["", ""]
        texts = [first_broken(one), "; ".join(one.problems), *(outcome.get(name, "") for name in names)]
        writer.writerow([cell(one.learner), found.step, *counts, *map(cell, texts)])
    return "\ufeff" + out.getvalue()
