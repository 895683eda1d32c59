"""How fast the finished queue is, beside its peers: `python tests/benchmarks/queue/run.py` prints tables in Markdown.

    --quick          one round of small sizes, in a minute: to see that all works
    --only NAME      these rows only (may be repeated): memory latency bytes retries sqlite full import growth
    --rounds N       instead of each row's own number
    --plot FILE      draw bars and curves too, as PNG or SVG
    --folder FOLDER  where the SQLite files are made, and the sync is timed (a temporary folder by default)

Nothing is asserted. Peers come with `pip install -e '.[bench]'`; who is not installed is left out, with a line.
"""

import argparse
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[3])  # instead of this folder

from tests.benchmarks.queue.apart import answer
from tests.benchmarks.queue.machine import machine
from tests.benchmarks.queue.plot import plot
from tests.benchmarks.queue.rounds import Result, result_of
from tests.benchmarks.queue.rows.every import ROWS
from tests.benchmarks.queue.tables import goals, table

NAMES = {row.name: row for row in ROWS}


def options() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--only", action="append", choices=NAMES, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--plot", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help=argparse.SUPPRESS)
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)  # what apart.py starts
    return parser.parse_args()


def main() -> None:
    """Measure one contender, or all; print."""
    asked = options()
    if asked.one:
        row, contender, size, folder = asked.one
        print(answer(NAMES[row], contender, int(size), Path(folder)))
        return
    print("# Queue: benchmark", "", *machine(asked.folder), sep="\n", flush=True)
    results = [measure(name, asked) for name in asked.only or NAMES]
    print(*goals(results), sep="\n", flush=True)
    if asked.plot:
        draw(results, asked.plot)


def measure(name: str, asked: argparse.Namespace) -> Result:
    """Measure one row, and print its table."""
    row = NAMES[name]
    rounds = asked.rounds or (1 if asked.quick else row.rounds)
    result = result_of(row, row.quick if asked.quick else row.size, rounds, asked.folder)
    print(*table(result), sep="\n", flush=True)
    return result


def draw(results: list[Result], file: Path) -> None:
    """Draw the plot, if it can be."""
    try:
        plot(results, file)
    except ImportError as err:
        print(f"\nNo plot: {err}.")


if __name__ == "__main__":
    main()
