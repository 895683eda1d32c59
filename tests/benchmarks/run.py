"""How fast the finished queue is beside its peers, and how fast the race lab is: `python tests/benchmarks/run.py`

A run of everything writes goqueue/lab/benchmark_figures.json, docs/performance.md, and the README's marked figures.
With --quick or --only, figures are only printed; --only with --keep puts them in the place of the older ones, if they
are of the same machine. Peers come with `pip install -e '.[bench]'`. One that is not installed is left out, and named.
"""

import argparse
import datetime
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[2])  # instead of this folder

from goqueue.lab.benchmark_figures import FILE, figures
from goqueue.lab.subprocesses import call_in_subprocess
from tests.benchmarks.harness import Contender, Figures
from tests.benchmarks.machine import machine
from tests.benchmarks.page import section, write_pages
from tests.benchmarks.queue import comparisons as queue
from tests.benchmarks.races import comparisons as races
from tests.benchmarks.servers import comparisons as servers

ROOT = Path(__file__).parents[2]
SAME = ("processor", "python", "sqlite", "system")  # what must not differ between figures of one file
LIMIT = 300.0  # seconds for one measurement
GROUPS = {"queue": queue.COMPARISONS, "servers": servers.COMPARISONS, "races": races.COMPARISONS}
COMPARISONS = {**queue.COMPARISONS, **servers.COMPARISONS, **races.COMPARISONS}
TEXTS = {name: comparison.text for name, comparison in COMPARISONS.items()}


def answer(question: list[Any]) -> Figures:
    """Measure here: what a process that was started by measure() does."""
    name, contender, size, folder = question
    [found] = [one for one in COMPARISONS[name].contenders if one.name == contender]
    os.chdir(folder)
    return found.measure(size)


def measure(name: str, contender: Contender, size: int, folder: Path) -> Figures:
    """Measure one contender once, in a new process: no other's threads, garbage or modules are there."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="benchmark-") as empty:
        question = [name, contender.name, size, empty]
        found: Figures = call_in_subprocess("tests.benchmarks.run:answer", question, seconds=LIMIT)
        return found


def compare(name: str, asked: argparse.Namespace) -> Figures:
    """Measure one comparison, print its table, and return what the file holds of it."""
    comparison = COMPARISONS[name]
    size = comparison.quick if asked.quick else comparison.size
    rounds = asked.rounds or (1 if asked.quick else comparison.rounds)
    about = {"date": str(datetime.date.today()), "size": size}
    found = {**about, **comparison.compare(rounds, lambda one: measure(name, one, size, asked.folder))}
    print(*section(TEXTS[name], found), sep="\n", flush=True)
    return found


def options() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add, names, there = parser.add_argument, [*GROUPS, *COMPARISONS], Path(tempfile.gettempdir())
    add("--quick", action="store_true", help="one round of tiny sizes, to see that all works")
    add("--only", action="append", choices=names, help="these comparisons only (may be repeated)")
    add("--keep", action="store_true", help="with --only: write what a whole run writes, with these figures in it")
    add("--rounds", type=int, choices=range(1, 21), metavar="N", help="instead of each comparison's own number")
    add("--folder", type=Path, default=there, help="where SQLite files are made, and the sync is timed")
    add("--page", action="store_true", help="measure nothing: write what depends on the data file again")
    asked = parser.parse_args()
    if asked.keep and (asked.quick or not asked.only):
        parser.error("--keep goes with --only, and without --quick: a run of everything is kept anyway")
    if not asked.folder.is_dir():
        parser.error(f"--folder {asked.folder}: there is no such folder")
    return asked


def main() -> None:
    """Measure, print, and write what is to be kept."""
    asked = options()
    if not asked.page:
        here = machine(asked.folder)
        before: Figures = kept_before(here) if asked.keep else {"machine": here, "comparisons": {}}
        wanted = [name for asking in asked.only or GROUPS for name in GROUPS.get(asking, [asking])]
        found = {name: compare(name, asked) for name in wanted}
        if asked.quick or (asked.only and not asked.keep):
            return
        found = {**before["comparisons"], **found}
        data = {
            "machine": before["machine"],
            "comparisons": {name: found[name] for name in COMPARISONS if name in found},
        }
        FILE.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
        figures.cache_clear()
    write_pages(ROOT, TEXTS)


def kept_before(here: dict[str, str]) -> Figures:
    """Return what the data file holds. Ends the program if that was measured on another machine than `here`."""
    before = figures()
    for name in SAME:
        if before["machine"][name] != here[name]:
            was = before["machine"][name]
            sys.exit(f"{FILE.name} is of another machine ({name} {was}, not {here[name]}): measure everything")
    return before


if __name__ == "__main__":
    main()
