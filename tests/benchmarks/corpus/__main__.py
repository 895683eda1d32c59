"""Which published bugs the race lab and its peers find: `python -m tests.benchmarks.corpus`

Each tool is asked about both forms of each kernel, each time in a process of its own. A run writes figures.json, and
docs/corpus.md of it. With --only, answers are only printed. Peers come with `pip install -e '.[bench]'`. One that is
not installed keeps the figures that it has, so `--tool` can be run under the Python that a tool wants.
"""

import argparse
import datetime
import json
import os
import platform
from typing import Any

from . import page
from .files import KERNELS
from .tools import TOOLS, ask, is_installed


def options() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.corpus",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--tool", action="append", choices=TOOLS, help="this tool only (may be repeated)")
    parser.add_argument("--only", metavar="TEXT", help="the kernels with this in their names; print, and write nothing")
    parser.add_argument("--page", action="store_true", help="ask nothing: write docs/corpus.md of figures.json again")
    return parser.parse_args()


def about() -> dict[str, Any]:
    """Return what the answers depend on."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return {"python": platform.python_version(), "date": str(datetime.date.today()), "load": load}


def main() -> None:
    """Ask, print, and write what a whole run is to write."""
    asked = options()
    figures = page.figures()
    for tool in [] if asked.page else asked.tool or TOOLS:
        if not is_installed(tool):
            print(f"{tool} is not installed under this Python: its figures stay as they are")
            continue
        figures["about"][tool] = about()
        for name in KERNELS:
            if asked.only and asked.only not in name:
                continue
            answers = {"broken": ask(tool, name, False), "right": ask(tool, name, True)}
            print(f"{tool}: {name}: {answers['broken']} {answers['right']}", flush=True)
            figures["answers"].setdefault(name, {})[tool] = answers
            if not asked.only:  # an hour's work is not lost if it is interrupted
                page.FILE.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    if not asked.only:
        page.write(figures)


if __name__ == "__main__":
    main()
