"""What the lab says of one form of a bug, asked in a process of its own that imports the library's pinned version.

An answer holds `says`: "found", "silent", or in words why neither; `verdict`, `schedules` and `seconds`; and of a
broken form `replays`: how many of 20 gave the same verdict and the same trace.
"""

import importlib
import sys
import time
from collections.abc import Callable
from typing import Any

from goqueue.lab.subprocesses import Died, TimedOut, call_in_subprocess
from goqueue.races import Result, explore, replay

from .bugs import Bug
from .installing import installed

LIMIT = 60.0  # seconds to find what is wrong with a broken form, or to say nothing of a repaired one
SCHEDULES = 10_000
REPLAYS = 20
Answer = dict[str, Any]


def ask(bug: Bug, right: bool) -> Answer:
    """Install what the form needs, and ask in a new process."""
    requirements = bug.repaired if right else bug.broken
    folder = str(installed(requirements)) if requirements else ""
    return ask_with(folder, bug, right)


def ask_with(folder: str, bug: Bug, right: bool) -> Answer:
    """Ask in a new process that imports from a folder. The process is killed if it takes too long."""
    question = [folder, bug.module, bug.name, right, list(bug.modules)]
    try:
        told: Answer = call_in_subprocess(f"{__name__}:answer", question, seconds=3 * LIMIT)
    except TimedOut:
        return {"says": f"no answer in {3 * LIMIT:.0f} s"}
    except Died as err:
        return {"says": f"refused: {str(err).strip().splitlines()[-1]}"[:160]}
    if told["failed"] and right:
        told["says"] = f"false alarm: {told['verdict']}"
    elif told["failed"]:
        told["says"] = "found" if told["verdict"] in bug.verdicts else f"another verdict: {told['verdict']}"
    else:
        told["says"] = "silent" if right else "missed"
    return told


def answer(question: list[Any]) -> Answer:
    """Search, and replay what was found: what the new process does."""
    folder, module, name, right, besides = question
    sys.path[:0] = [folder] if folder else []
    model = form(importlib.import_module(module), name, right)
    modules = [..., *besides] if besides else None
    start = time.perf_counter()
    result = explore(model, modules=modules, schedules=SCHEDULES, seconds=LIMIT)
    seconds = float(f"{time.perf_counter() - start:.2g}")
    told = {"verdict": str(result.verdict), "schedules": result.schedules, "seconds": seconds, "failed": result.failed}
    if result.failed and not right:
        told["replays"] = sum(repeats(model, modules, result) for _ in range(REPLAYS))
    return told


def form(module: Any, name: str, right: bool) -> Callable[[], object]:
    """Return the model of a form. The repaired form has the same model, unless it has one of its own."""
    found: Callable[[], object] = getattr(module, name)
    return getattr(module, f"{name}_repaired", found) if right else found


def repeats(model: Callable[[], object], modules: list[Any] | None, result: Result) -> bool:
    """Whether a replay gives the same verdict and the same trace."""
    again = replay(model, result.schedule, modules=modules)
    return (again.verdict, again.schedule, again.trace) == (result.verdict, result.schedule, result.trace)
