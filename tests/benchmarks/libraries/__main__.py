"""Whether the race lab finds public bugs of real libraries: `python -m tests.benchmarks.libraries`

Installs the broken and the repaired version of each library into folders outside of the repository, so pip needs an
index. Each form of each bug is asked about in a process of its own. A run writes figures.json, and docs/libraries.md of
it. With --only, answers are only printed.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess

from . import page
from .asking import ask
from .table import BUGS


def options() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.libraries",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", metavar="TEXT", help="the bugs with this in their names; print, and write nothing")
    parser.add_argument(
        "--page", action="store_true", help="ask nothing: write docs/libraries.md of figures.json again"
    )
    return parser.parse_args()


def about() -> dict[str, str]:
    """Return what the answers depend on."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return {"python": platform.python_version(), "date": str(datetime.date.today()), "load": load}


def main() -> None:
    """Ask, print, and write what a whole run is to write."""
    asked = options()
    figures = page.figures()
    for name, bug in {} if asked.page else BUGS.items():
        if asked.only and asked.only not in name:
            continue
        try:
            answers = {"broken": ask(bug, False), "repaired": ask(bug, True)}
        except subprocess.CalledProcessError as err:
            print(f"{name}: pip could not install its library, so its figures stay as they are: {err}")
            continue
        print(f"{name}: {answers['broken']} {answers['repaired']}", flush=True)
        figures["answers"][name] = answers
        if not asked.only:  # what is done is not lost if the run is interrupted
            figures["about"] = about()
            page.FILE.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    if not asked.only:
        page.write(figures, tuple(BUGS.values()))


if __name__ == "__main__":
    main()
