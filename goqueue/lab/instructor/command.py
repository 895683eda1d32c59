"""`goqueue compare` and `goqueue grade`: what they print and write, and their exit status.

compare   0: everything was compared         1: a file cannot be read, or a folder's promises cannot be tried
grade     0: each submission was graded      1: one could not be graded, and the table says why
          130: it was interrupted; what was found until then is kept
both      2: called wrongly, or a file is in the way
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from ..subprocesses import Died
from ..versions.course import entry
from ..versions.trial import add_own, kept_by
from .comparison_view import compare
from .grade_pages import check_reports, write_reports
from .grade_tables import CSV_MARK, MARKS_OF, as_canvas, as_csv, as_moodle
from .grades import grade
from .room import what_is_prevented
from .safe_output import MADE_BY, check_own, page, plain, write_own
from .trying_exercises import check_names
from .version_folders import handed_in
from .weights import read_weights


def run_compare(options: argparse.Namespace) -> int:
    """Print a comparison, and write its page if the options ask for one."""
    mark = MADE_BY.format("goqueue compare")
    if options.html:
        check_own(options.html, mark)
    try:
        found = compare(_version(options.before), _version(options.after), step=options.step, speed=options.speed)
    except (ValueError, Died) as err:
        print(f"goqueue: {err}", file=sys.stderr)
        return 2
    print(found)
    if options.html:
        title = f"{found.facts.before.name} and {found.facts.after.name}, compared"
        write_own(options.html, page(title, found.html, "goqueue compare"), mark)
        print(f"\nwritten: {plain(str(options.html))}")
    return 1 if found.facts.problems or found.facts.untried else 0


def _version(named: str) -> str | Path:
    folder = Path(named)
    return folder if folder.is_dir() else named


def run_grade(options: argparse.Namespace) -> int:
    """Print the table, and write the files asked for. Whatever is in the way is found before anything is tried."""
    files = {one: text for one, text in _files(options).items() if one is not None}
    if options.jobs is not None and options.jobs < 1:
        raise LookupError(f"--jobs is {options.jobs}: expected how many are tried at once, 1 or more")
    for target in (*files, options.html, journal := _journal(options)):
        _check_place(options.folder, target)
    for target, (mark, _) in files.items():
        check_own(target, mark)
    if options.html:
        with handed_in(options.folder, answers=options.exercises) as found:
            check_reports(options.html, [one.learner for one in found])
    if options.promises:
        add_own(options.promises)
    names = check_names(entry(options.step).step) if options.exercises else kept_by(options.step)
    weights = read_weights(options.weights, names) if options.weights else None
    if options.folder.exists():
        _tell(what_is_prevented())
    found_grades = grade(
        options.folder,
        options.step,
        tell=_tell,
        exercises=options.exercises,
        own=options.promises,
        results=journal,
        jobs=options.jobs,
    )
    print(found_grades)
    for target, (mark, text) in files.items():
        write_own(target, text(found_grades, weights), mark)
        print(f"\nwritten: {plain(str(target))}")
    if options.html:
        print(f"\nwritten: {plain(str(write_reports(options.html, found_grades)))}")
    return 130 if found_grades.interrupted else 0 if found_grades.all_graded else 1


def _files(options: argparse.Namespace) -> dict[Path | None, tuple[str, Any]]:
    """Return, for each table that is asked for, by what it is recognized and what makes it."""
    return {
        options.csv: (CSV_MARK, as_csv),
        options.moodle: (MARKS_OF["moodle"], as_moodle),
        options.canvas: (MARKS_OF["canvas"], as_canvas),
    }


def _journal(options: argparse.Namespace) -> Path | None:
    """Return the file of results: the one named, or one beside the first table or the pages."""
    named: Path | None = options.results
    beside = next((one for one in (options.csv, options.moodle, options.canvas, options.html) if one), None)
    return named if named or not beside else beside.with_name(f"{beside.name}.results.jsonl")


def _check_place(submissions: Path, target: Path | None) -> None:
    if target is None:
        return
    if target.resolve().is_relative_to(submissions.resolve()):
        raise FileExistsError(f"{target} is among the submissions: name a place outside of {submissions}")
    if not target.absolute().parent.is_dir():
        raise FileNotFoundError(f"{target}: there is no such folder; make it first")


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
