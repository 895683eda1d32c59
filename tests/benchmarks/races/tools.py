"""The tools that look for mistakes: each answers "found" or not, and says how many schedules it has tried.

The seconds of explore() include the search for the simplest failure, and its run with a full record.
"""

import importlib
import os
from collections.abc import Callable
from typing import Any

from goqueue.lab import explore

from .cases import Case, model_of

LIMIT = 8.0  # seconds that another tool has for one case
Tool = Callable[[Case, int], tuple[str, int]]  # answers, and says how many schedules it has tried


def ours(case: Case, most: int) -> tuple[str, int]:
    result = explore(model_of(case), schedules=most)
    return ("found" if result.failed else "missed"), result.schedules


def interleave_test(case: Case, most: int) -> tuple[str, int]:
    """Depth first, at most two preemptions, between any two instructions: what finds most."""
    options = {"strategy": "dfs", "max_preemptions": 2, "timeout": LIMIT, "raise_on_failure": False}
    result = importlib.import_module("interleave_test").explore(model_of(case), iterations=most, **options)
    if result.failure is None:
        return ("missed" if result.exhausted else "gives up"), result.schedules_run
    return ("says it hangs" if result.failure.kind == "hang" else "found"), result.schedules_run


def frontrun(case: Case, most: int) -> tuple[str, int]:
    """Partial-order reduction, without its limit of two preemptions, on a virtual clock.

    What it finds depends on which worker it names first. So it is asked both ways round, if it has to be.
    """
    os.environ["FRONTRUN_ACTIVE"] = "1"  # what its own command sets, before it runs a script
    search, made = importlib.import_module("frontrun").explore, list[Any]()

    def setup() -> Any:
        made.append(case.setup())
        return made[-1]

    limits = {"max_executions": most, "total_timeout": LIMIT / 2, "timeout_per_run": 2.0, "deadlock_timeout": 1.0}
    options: dict[str, Any] = {"clock": "virtual", "preemption_bound": None, "detect_io": False, **limits}
    answers: list[bool | None] = []
    for workers in (list(case.workers), list(reversed(case.workers))):
        try:
            answers.append(search(setup, workers, case.holds, reproduce_on_failure=0, **options).property_holds)
        except RuntimeError:  # it hands on what a thread raised
            answers.append(False)
        if answers[-1] is False:
            return "found", len(made)
    return "missed" if all(answers) else "inconclusive", len(made)


TOOLS: dict[str, tuple[Tool, int]] = {  # how often each is asked
    "explore()": (ours, 3),
    "interleave-test": (interleave_test, 1),
    "frontrun": (frontrun, 1),
}
