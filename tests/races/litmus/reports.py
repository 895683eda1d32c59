"""Run all litmus programs: `python tests/races/litmus/reports.py` prints a table, `--record` writes record.json.

For both forms of each program the record holds the number of schedules and a hash of the whole report. Some programs
run code of the standard library that differs between Pythons (executors, barriers). Record with 3.11 first, then with
each later Python: the record keeps what that one finds differently.
"""

import hashlib
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[3]))

from goqueue.races import Result, explore
from tests.races.litmus.programs import LITMUS

RECORD = Path(__file__).with_name("record.json")
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
STEPS = 500  # in one run: the longest run that ends takes a tenth of that

Form = Callable[[], None]
Row = list[object]  # schedules, hash of the report
Known = dict[str, dict[str, dict[str, Row]]]  # by program, form, and Python, or "all"


def explored(form: Form) -> Result:
    """Explore one form."""
    return explore(form, races="fail", steps=STEPS)


def row(result: Result) -> Row:
    """Return what goes on record. How the caller's module names a form is not, nor are its own options."""
    again = re.sub(r", steps=\d+\)$", ")", result.again.rpartition("; ")[2])
    shown = result.with_line(again) if again else result
    return [result.schedules, hashlib.sha256(repr(shown).encode()).hexdigest()[:16]]


def all_rows(explored: Callable[[Form], Result] = explored) -> Iterator[tuple[str, str, Row]]:
    """Yield name, form and row of each form."""
    for litmus in LITMUS:
        yield litmus.name, "broken", row(explored(litmus.broken))
        yield litmus.name, "right", row(explored(litmus.right))


def recorded(name: str, form: str) -> Row:
    """Return the row on record, for this Python or for all."""
    known: Known = json.loads(RECORD.read_text(encoding="utf-8"))
    by_python = known[name][form]
    return by_python.get(PYTHON) or by_python["all"]


def keep() -> None:
    """Record what this Python finds: everything with 3.11, otherwise what differs."""
    known: Known = json.loads(RECORD.read_text(encoding="utf-8")) if PYTHON != "3.11" else {}
    for name, form, found in all_rows():
        by_python = known.setdefault(name, {}).setdefault(form, {"all": found})
        by_python.pop(PYTHON, None)
        if by_python["all"] != found:
            by_python[PYTHON] = found
    lines = (f"{json.dumps(name)}: {json.dumps(forms)}" for name, forms in known.items())
    RECORD.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def table() -> None:
    """Print the programs, with schedules and seconds."""
    print("| program | verdict | schedules | seconds | right form: schedules | seconds |\n|---|---|---|---|---|---|")
    for litmus in LITMUS:
        cells = [litmus.name, litmus.verdict]
        for form in (litmus.broken, litmus.right):
            start = time.perf_counter()
            cells += [str(explored(form).schedules), f"{time.perf_counter() - start:.3f}"]
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    if "--record" in sys.argv:
        keep()
    elif "--rows" in sys.argv:
        print(json.dumps([list(all_rows()) for _ in range(int(sys.argv[-1]))]))
    else:
        table()
