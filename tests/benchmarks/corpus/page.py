"""docs/corpus.md, written of figures.json: what each tool says of each kernel, and the sums."""

import json
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .files import KERNELS, PARTS
from .kernels import Kernel
from .tools import LIMIT, OURS, REPLAYS, RIGHT, SILENCE, TOOLS

FILE = Path(__file__).with_name("figures.json")
PAGE = Path(__file__).parents[3] / "docs" / "corpus.md"
PEERS = [tool for tool in TOOLS if tool != OURS]
GOAL = 0.98  # of the kernels found

Figures = dict[str, Any]
HEAD = """<!-- Do not edit. `python -m tests.benchmarks.corpus` writes it; with `--page`, of figures.json alone. -->
# A corpus of published concurrency bugs

{number} kernels of bugs that other projects had: of GoKer (GoBench), SCTBench, and issues of Python projects. Each
kernel is a program of a few lines, written for this table from a description of the bug, in a broken and a right form
that differ as little as possible. They are in `tests/benchmarks/corpus`.

Each tool answers in a process of its own. It has {limit:.0f} seconds to find what is wrong with the broken form.
goqueue must also call the failure by its name (a deadlock is no lost wake-up); the peers give no names.
It then replays what it found {replays} times: the verdict and the whole trace must be the same.
The right form must be silent: goqueue tries it to the end, or for {right:,} schedules, and the peers have
{silence:.0f} seconds. If goqueue lists a data race in a right form, that counts as a false alarm too.
""".rstrip()


def figures() -> Figures:
    """Return what was measured last."""
    if not FILE.exists():
        return {"about": {}, "answers": {}}
    found: Figures = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def write(found: Figures) -> None:
    """Write the page."""
    PAGE.write_text("\n".join(lines(found)) + "\n", encoding="utf-8", newline="\n")


def lines(found: Figures) -> Iterator[str]:
    """Yield the page's lines."""
    numbers = {"limit": LIMIT, "replays": REPLAYS, "right": RIGHT, "silence": SILENCE}
    yield from HEAD.format(number=len(KERNELS), **numbers).splitlines()
    yield from ("", row("", "found", "false alarms", "schedules, median", "seconds, median", "measured"))
    yield row(*["---"] * 6)
    for tool in found["about"]:
        yield row(tool, *totals(tool, found["answers"]), measured(found["about"][tool]))
    yield from ("", *goals(found["answers"]))
    yield from ("", "The cells of the peers hold schedules and seconds where they found the bug.")
    for title, kernels in PARTS.items():
        yield from ("", f"## {title.rstrip('.')}", "")
        yield row("kernel", "verdict", "schedules", "seconds", "right form", "replays", *PEERS)
        yield row(*["---"] * (6 + len(PEERS)))
        for kernel in kernels:
            yield row(*cells(kernel, found["answers"].get(kernel.name, {})))


def row(*texts: str) -> str:
    """Return one line of a table."""
    return f"| {' | '.join(texts)} |"


def measured(about: dict[str, str]) -> str:
    """Return when a tool was asked, and where."""
    return f"{about['date']}, Python {about['python']}, load average {about['load']}"


def of_tool(tool: str, answers: Figures, form: str) -> list[Figures]:
    """Return a tool's answers about all kernels of today."""
    return [answers[name][tool][form] for name in KERNELS if tool in answers.get(name, {})]


def totals(tool: str, answers: Figures) -> list[str]:
    """Return a tool's sums: found, false alarms, and the medians of what it found."""
    broken, right = of_tool(tool, answers, "broken"), of_tool(tool, answers, "right")
    found = [one for one in broken if is_found(one)]
    alarms = sum(is_alarm(one) for one in right)
    if not found:
        return [f"0 of {len(broken)}", str(alarms), "–", "–"]
    medians = (statistics.median(one[key] for one in found) for key in ("schedules", "seconds"))
    return [f"{len(found)} of {len(broken)}", f"{alarms} of {len(right)}", *(f"{median:,.4g}" for median in medians)]


def is_found(answer: Figures) -> bool:
    """Whether the bug was found in time, and called by its name."""
    return bool(answer["says"] == "found" and answer["seconds"] <= LIMIT)


def is_alarm(answer: Figures) -> bool:
    """Whether a right form was called wrong."""
    return str(answer["says"]).startswith("false alarm")


def goals(answers: Figures) -> Iterator[str]:
    """Yield the goals, and whether they are kept."""
    broken, right = of_tool(OURS, answers, "broken"), of_tool(OURS, answers, "right")
    found = sum(map(is_found, broken)) / max(len(broken), 1)
    replayed = [one["replays"] for one in broken if "replays" in one]
    yield from (row("goal", "measured", "kept"), row(*["---"] * 3))
    yield row(f"{OURS}: {GOAL:.0%} found in {LIMIT:.0f} s", f"{found:.1%}", kept(found >= GOAL))
    alarms = sum(map(is_alarm, right))
    yield row(f"{OURS}: no false alarm", str(alarms), kept(not alarms))
    exact = sum(one == REPLAYS for one in replayed)
    same = f"{OURS}: each replayed {REPLAYS} of {REPLAYS}"
    yield row(same, f"{exact} of {len(replayed)}", kept(exact == len(replayed)))


def kept(goal: bool) -> str:
    """Return how a goal's line ends."""
    return "yes" if goal else "**no**"


def cells(kernel: Kernel, answers: Figures) -> list[str]:
    """Return one kernel's line."""
    told = [kernel.name, " or ".join(kernel.verdicts)]
    if OURS not in answers:
        told += ["–"] * 4
    else:
        broken, right = answers[OURS]["broken"], answers[OURS]["right"]
        schedules = f"{broken['schedules']:,}" if "schedules" in broken else "–"
        told.append(schedules if is_found(broken) else f"**{broken['says']}** ({schedules})")
        told.append(f"{broken['seconds']:g}" if "seconds" in broken else "–")
        silent = right["says"] == "silent"
        told.append(f"{right['verdict']}, {right['schedules']:,}" if silent else f"**{right['says']}**")
        told.append(f"{broken['replays']} of {REPLAYS}" if "replays" in broken else "–")
    return told + [peer(answers[tool]) if tool in answers else "not run" for tool in PEERS]


def peer(answers: dict[str, Figures]) -> str:
    """Return what a peer says of both forms."""
    broken, right = answers["broken"], answers["right"]
    says = "missed" if broken["says"] == "silent" else str(broken["says"])
    if is_found(broken):
        says = f"{broken['schedules']:,}, {broken['seconds']:g} s"
    return f"{says}; **false alarm**" if is_alarm(right) else says
