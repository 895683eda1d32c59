"""docs/libraries.md, written of figures.json: what the race lab says of each bug, and the sums."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .asking import LIMIT, REPLAYS, SCHEDULES
from .bugs import Bug

FILE = Path(__file__).with_name("figures.json")
PAGE = Path(__file__).parents[3] / "docs" / "libraries.md"
Figures = dict[str, Any]
HEAD = """<!-- Do not edit. `python -m tests.benchmarks.libraries` writes it; with `--page`, of figures.json alone. -->
# Bugs of real libraries

{number} public bugs, each with an issue. The library itself runs, as it was published. A model of a few lines, written
from the facts of the issue, calls the broken version and the repaired one. The models are in
`tests/benchmarks/libraries/models`. The command installs the pinned versions into folders outside of the repository, so
pip needs an index, and the test command of the project does not run it.

Each form is asked about in a process of its own, with at most {limit:.0f} seconds and {schedules:,} schedules. What was
found is replayed {replays} times: the verdict and the whole trace must be the same.
""".rstrip()


def figures() -> Figures:
    """Return what was measured last."""
    if not FILE.exists():
        return {"about": {}, "answers": {}}
    found: Figures = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def write(found: Figures, bugs: Sequence[Bug]) -> None:
    """Write the page."""
    PAGE.write_text("\n".join(lines(found, bugs)) + "\n", encoding="utf-8", newline="\n")


def lines(found: Figures, bugs: Sequence[Bug]) -> Iterator[str]:
    """Yield the page's lines."""
    numbers = {"limit": LIMIT, "schedules": SCHEDULES, "replays": REPLAYS}
    yield from HEAD.format(number=len(bugs), **numbers).splitlines()
    if about := found["about"]:
        yield from ("", f"Measured {about['date']}, Python {about['python']}, load average {about['load']}.")
    answers = [found["answers"][bug.name] for bug in bugs if bug.name in found["answers"]]
    yield from ("", row("", "measured"), row("---", "---"))
    yield row("found", f"{sum(one['broken']['says'] == 'found' for one in answers)} of {len(bugs)}")
    yield row(
        "silent on the repaired form", f"{sum(one['repaired']['says'] == 'silent' for one in answers)} of {len(bugs)}"
    )
    exact = sum(one["broken"].get("replays") == REPLAYS for one in answers)
    yield row(f"replayed {REPLAYS} of {REPLAYS}", f"{exact} of {len(bugs)}")
    yield from (
        "",
        row("issue", "what goes wrong", "broken", "says", "schedules", "seconds", "replays", "repaired", "says"),
    )
    yield row(*["---"] * 9)
    for bug in bugs:
        yield row(*cells(bug, found["answers"].get(bug.name)))


def cells(bug: Bug, answers: dict[str, Figures] | None) -> list[str]:
    """Return one bug's line."""
    what = f"{bug.what} ({bug.remark})" if bug.remark else bug.what
    broken = bug.broken[0].replace("==", " ") if bug.broken else "standard library"
    repaired = bug.repaired[0].replace("==", " ") if bug.repaired else "another model"
    if answers is None:
        return [bug.issue, what, broken, "not run", "–", "–", "–", repaired, "not run"]
    wrong, right = answers["broken"], answers["repaired"]
    said = wrong["verdict"] if wrong["says"] == "found" else f"**{wrong['says']}**"
    replays = f"{wrong['replays']} of {REPLAYS}" if "replays" in wrong else "–"
    counts = [f"{wrong['schedules']:,}" if "schedules" in wrong else "–", f"{wrong.get('seconds', '–')}", replays]
    silent = right["says"] == "silent"
    says = f"silent: {right['verdict']}, {right['schedules']:,} schedules" if silent else f"**{right['says']}**"
    return [bug.issue, what, broken, said, *counts, repaired, says]


def row(*texts: str) -> str:
    """Return one line of a table."""
    return f"| {' | '.join(texts)} |"
