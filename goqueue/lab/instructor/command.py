"""`goqueue compare` and `goqueue grade`: what they print and write, and their exit status.

compare   0: everything was compared         1: a file cannot be read, or a folder's promises cannot be tried
grade     0: each submission was graded      1: one could not be graded, and the table says why
both      2: called wrongly, or a file is in the way
"""

import argparse
import sys
from pathlib import Path

from ..subprocesses import Died
from .comparison_view import compare
from .grade_pages import check_reports, write_reports
from .grades import CSV_MARK, as_csv, grade
from .safe_output import MADE_BY, check_own, page, plain, write_own
from .version_folders import submissions


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
    for target in filter(None, (options.csv, options.html)):
        if target.resolve().is_relative_to(options.folder.resolve()):
            raise FileExistsError(f"{target} is among the submissions: name a place outside of {options.folder}")
    if options.csv:
        check_own(options.csv, CSV_MARK)
        if not options.csv.absolute().parent.is_dir():
            raise FileNotFoundError(f"{options.csv}: there is no such folder; make it first")
    if options.html:
        check_reports(options.html, [one.learner for one in submissions(options.folder)])
    found = grade(options.folder, options.step, tell=lambda line: print(line, file=sys.stderr))
    print(found)
    if options.csv:
        write_own(options.csv, as_csv(found), CSV_MARK)
        print(f"\nwritten: {plain(str(options.csv))}")
    if options.html:
        print(f"\nwritten: {plain(str(write_reports(options.html, found)))}")
    return 0 if found.all_graded else 1
