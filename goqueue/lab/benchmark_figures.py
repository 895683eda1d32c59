"""What the benchmark has measured, for notebook 14, the README and docs/performance.md.

`python tests/benchmarks/run.py` measures, and writes the file beside this one. The figures are of one machine, which
`measured_on()` describes. Ratios travel to other machines, the figures do not.
"""

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

from .views import View, curve, table

FILE = Path(__file__).with_suffix(".json")
Json = dict[str, Any]

_MEMORY = {
    "goqueue, all records kept": "goqueue",
    "ThreadPoolExecutor": "ThreadPoolExecutor",
    "the plan, ported as it is": "naive port of the plan",
    "bare queue.Queue, no record": "bare queue.Queue",
}
_GROWTH = ("goqueue, 4 workers", "goqueue, 4 workers, gc off", "ThreadPoolExecutor, 4 workers")


@cache
def figures() -> Json:
    """Return all that the file holds. Do not change it."""
    found: Json = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def measured_on() -> dict[str, str]:
    """Return what the figures depend on: the machine, when, and how busy it was with other work."""
    machine, comparisons = figures()["machine"], figures()["comparisons"].values()
    loads, dates = [found["load"] for found in comparisons], sorted({found["date"] for found in comparisons})
    busy = f"{min(loads)} to {max(loads)} at the start of a comparison"
    if max(loads) > 2 * int(machine["processor"].split()[0]):
        busy += "; the machine was busy with other work, so measure again before you rely on a figure"
    return {**machine, "date": " and ".join(dates), "load average": busy}


def median(comparison: str, contender: str, name: str) -> Any:
    """Return the median of a figure. Raises KeyError for one that was not measured."""
    return figures()["comparisons"][comparison]["contenders"][contender]["figures"][name]["median"]


def figure(comparison: str, contender: str, name: str, over: str = "") -> str:
    """Return the median of a figure in words; with `over`, how many times that contender's it is."""
    found = median(comparison, contender, name)
    return in_words(found / median(comparison, over, name) if over else found)


def in_words(value: Any) -> str:
    """Return a number with three digits that count; a count (int) whole, and a word as it is.

    >>> [in_words(value) for value in (243_117.5, 0.15712, 60.04, 100_000, "found")]
    ['243,000', '0.157', '60.0', '100,000', 'found']
    """
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else value
    digits = 2 - math.floor(math.log10(abs(value))) if value else 0
    return f"{round(value, digits):,.{max(digits, 0)}f}"


def speed() -> View:
    """Return a table: how many jobs that do nothing are accepted a second, and how many are run."""
    asked = [(title, "in_memory", name) for title, name in _MEMORY.items()]
    asked.append(('goqueue in SQLite, "each commit", 1 producer', "each_commit", "goqueue"))
    asked.append(('goqueue in SQLite, "group commit", 16 producers', "group_commit", "goqueue"))
    rows = [(what, figure(where, who, "accepted/s"), figure(where, who, "run/s")) for what, where, who in asked]
    return table(["what", "accepted/s", "run/s"], rows, title=f"Jobs that do nothing, 4 workers ({_run()})")


def growth() -> View:
    """Return a picture: what a job costs, by how many there are."""
    sizes = [1_000, 10_000, 100_000, 1_000_000]
    points = {
        name: [(math.log10(size), median("growth", name, f"µs a job, {size:,} jobs")) for size in sizes]
        for name in _GROWTH
    }
    title = "What a job costs, with all records kept"
    return curve(points, title, "jobs, as a power of ten", "µs a job", from_zero=True)


def _run() -> str:
    on = measured_on()
    return f"{on['processor']}; {on['python']}, SQLite {on['sqlite']}; {on['date']}; load average {on['load average']}"
