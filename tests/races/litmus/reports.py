"""Run all litmus programs: `python tests/races/litmus/reports.py` prints the table, `--record` keeps what it found.

Beside each program the record holds, for both forms, how many schedules it took and a hash of the whole report. The
numbers of a program in which the standard library's executors or barriers take part, whose code changes from Python to
Python, are kept for each Python; run this with each of them.
"""

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
RECORD = Path(__file__).with_name("record.json")
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
STEPS = 500  # in one run: the longest that ends has a tenth of that, so the others end never

Row = list[object]  # schedules, hash of the report


def report(form: Callable[[], None]) -> tuple[str, Row]:
    """Explore one form; return the verdict, and what goes on record."""
    from goqueue.lab import explore

    result = explore(form, steps=STEPS)
    return result.verdict, [result.schedules, hashlib.sha256(repr(result).encode()).hexdigest()[:16]]


def all_reports() -> Iterator[tuple[str, str, str, Row]]:
    """Yield name, form, verdict and row of each form."""
    from tests.races.litmus.programs import LITMUS

    for litmus in LITMUS:
        for name, form in (("broken", litmus.broken), ("right", litmus.right)):
            yield litmus.name, name, *report(form)


def digest() -> str:
    """Return one hash of all reports."""
    return hashlib.sha256(repr([(name, form, row) for name, form, _, row in all_reports()]).encode()).hexdigest()


def recorded(name: str, form: str) -> Row:
    """Return what is on record, for this Python or for all."""
    known: dict[str, dict[str, dict[str, Row]]] = json.loads(RECORD.read_text(encoding="utf-8"))
    by_python = known[name][form]
    return by_python.get(PYTHON) or by_python["all"]


def keep() -> None:
    """Put what this Python finds on record: 3.11 first, then what others find differently."""
    known = json.loads(RECORD.read_text(encoding="utf-8")) if PYTHON != "3.11" else {}
    for name, form, _, row in all_reports():
        by_python = known.setdefault(name, {}).setdefault(form, {"all": row})
        by_python.pop(PYTHON, None)
        if by_python["all"] != row:
            by_python[PYTHON] = row
    RECORD.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def table() -> None:
    """Print the programs, with schedules and seconds."""
    from tests.races.litmus.programs import LITMUS

    print("| program | verdict | schedules | seconds | right form: schedules | seconds |\n|---|---|---|---|---|---|")
    for litmus in LITMUS:
        cells = []
        for form in (litmus.broken, litmus.right):
            start = time.perf_counter()
            verdict, (schedules, _) = report(form)
            cells.append((verdict, schedules, f"{time.perf_counter() - start:.3f}"))
        (verdict, broken, seconds), (_, right, more) = cells
        print(f"| {litmus.name} | {verdict} | {broken} | {seconds} | {right} | {more} |")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    if "--record" in sys.argv:
        keep()
    elif "--digest" in sys.argv:
        print(*{digest() for _ in range(int(sys.argv[-1]))})
    else:
        table()
