"""A result as plain data, which JSON can hold: for programs that read what a person reads in a report.

    facts(result, "test_shop.py::test_sale", 0.4, "pytest --race-replay=…") ─> a dict of text, numbers and lists
    as_json([facts, …]) ─> {"version": 1, "tool": "goqueue", "results": [facts, …]}

Paths are relative to the folder where the program runs, with "/", if they are inside of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..engine.sources import Site
from .result import Result
from .text import Race, Side
from .trace import Step

VERSION = 1  # of the layout; it changes when a name is taken away or means something else
Facts = dict[str, Any]


def facts(result: Result, name: str, seconds: float, again: str) -> Facts:
    """Return a result as plain data. `seconds` of real time it took; `again` is the command that repeats the run.

    >>> from goqueue.races import Verdict
    >>> from goqueue.races.report.trace import Trace
    >>> facts(Result(Verdict.EXHAUSTED, 3, "a1b2c3", (), Trace((), ()), ""), "sale", 0.25, "")["verdict"]
    'exhausted'
    """
    return {
        "name": name,
        "file": relative(result.place[0]),
        "line": result.place[1],
        "verdict": str(result.verdict),
        "failed": result.failed,
        "schedules": result.schedules,
        "seconds": round(seconds, 3),
        "schedule": result.schedule,
        "replay": again,
        "message": result.trace.ending,
        "unwatched": list(result.unwatched),
        "remark": result.remark,
        "races": [race_facts(race) for race in result.races],
        "steps": [step_facts(step) for step in result.trace.steps],
    }


def race_facts(race: Race) -> Facts:
    """Return a data race as plain data."""
    return {"location": race.location, "accesses": [side_facts(side) for side in (race.first, race.second)]}


def side_facts(side: Side) -> Facts:
    """Return one access of a race as plain data, with its stack, innermost first."""
    return {
        "thread": side.thread,
        "access": side.mode.lower(),
        "locks": list(side.held),
        "stack": [site_facts(site) for site in side.stack],
    }


def site_facts(site: Site) -> Facts:
    """Return a source line as plain data."""
    return {"file": relative(site.filename), "line": site.line, "function": site.function, "source": site.text}


def step_facts(step: Step) -> Facts:
    """Return a step as plain data. The beginning of a thread has neither file nor line."""
    line = step.where.rpartition(":")[2]
    return {
        "thread": step.thread,
        "file": relative(step.filename),
        "line": int(line) if line.isdecimal() else None,
        "source": step.line,
        "what": list(step.what),
        "state": dict(step.state),
        "preempted": step.preempted,
        "time": step.time,
    }


def relative(filename: str) -> str:
    """Return a path as seen from the current folder. A file elsewhere keeps its full path, and a cell its name.

    >>> relative(os.path.join(os.getcwd(), "shop", "stock.py")), relative("<ipython-input-1>")
    ('shop/stock.py', '<ipython-input-1>')
    """
    path = Path(filename)
    if not path.is_absolute():
        return filename
    for name, folder in ((path, Path.cwd()), (path.resolve(), Path.cwd().resolve())):
        if name.is_relative_to(folder):
            return name.relative_to(folder).as_posix()
    return path.as_posix()


def as_json(found: Sequence[Facts]) -> str:
    """Return results as JSON, in the order given."""
    return json.dumps({"version": VERSION, "tool": "goqueue", "results": list(found)}, indent=2, ensure_ascii=False)


def save(text: str, target: str) -> None:
    """Write a report to a file, or to the standard output if the target is "-". Raises OSError if that fails."""
    if target == "-":
        print(text)
    else:
        os.makedirs(os.path.dirname(os.path.abspath(target)), exist_ok=True)
        Path(target).write_text(text + "\n", encoding="utf-8")
