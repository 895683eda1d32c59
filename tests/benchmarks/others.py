"""The same cases in two other tools, if they are installed: `pip install -e '.[bench]'`.

Each case runs in a process of its own, since a tool may hang: `python tests/benchmarks/others.py TOOL NUMBER`.
"""

import importlib
import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LIMIT = 8.0  # seconds for one case
MOST = 5_000  # schedules for one case
TOOLS = {"interleave-test": "interleave_test", "frontrun": "frontrun"}


def installed(tool: str) -> bool:
    """Whether this Python has the tool."""
    return importlib.util.find_spec(TOOLS[tool]) is not None


def ask(tool: str, number: int) -> str:
    """Return what a tool says of a case, in the words of the table."""
    command = [sys.executable, str(Path(__file__)), tool, str(number)]
    environment = {**os.environ, "FRONTRUN_ACTIVE": "1"}  # what its own command sets, before it runs a script
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT + 2, check=True)
        answer: str = json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        return f"no answer in {LIMIT + 2:g} s"
    except (subprocess.CalledProcessError, IndexError, ValueError):
        return "breaks off"
    return answer


def interleave_test(case: Any) -> tuple[str, int]:
    """Depth first, at most two preemptions, between any two instructions: what finds most."""
    from tests.benchmarks.cases import model_of

    tool = importlib.import_module("interleave_test")
    result = tool.explore(
        model_of(case), strategy="dfs", max_preemptions=2, iterations=MOST, timeout=LIMIT, raise_on_failure=False
    )
    if result.failure is None:
        return ("missed" if result.exhausted else "gives up"), result.schedules_run
    return ("says it hangs" if result.failure.kind == "hang" else ""), result.schedules_run


def frontrun(case: Any) -> tuple[str, int]:
    """Partial-order reduction, without its limit of two preemptions, on a virtual clock.

    What it finds depends on which worker it names first. So it is asked both ways round, if it has to be.
    """
    explore, runs = importlib.import_module("frontrun").explore, 0

    def setup() -> Any:
        nonlocal runs
        runs += 1
        return case.setup()

    def holds(state: Any) -> bool:
        case.check(state)
        return True

    limits = {"max_executions": MOST, "total_timeout": LIMIT / 2, "timeout_per_run": 2.0, "deadlock_timeout": 1.0}
    options = {"clock": "virtual", "preemption_bound": None, "detect_io": False, "reproduce_on_failure": 0}
    answers: list[bool | None] = []
    for workers in (list(case.workers), list(reversed(case.workers))):
        try:
            answers.append(explore(setup, workers, holds, **options, **limits).property_holds)
        except RuntimeError:  # it hands on what a thread raised
            answers.append(False)
        if answers[-1] is False:
            return "", runs
    return "missed" if all(answers) else "inconclusive", runs


def main(tool: str, number: int) -> None:
    """Print, as JSON, what the tool says."""
    sys.path.insert(0, str(ROOT))
    from tests.benchmarks.cases import CASES

    start = time.perf_counter()
    words, schedules = {"interleave-test": interleave_test, "frontrun": frontrun}[tool](CASES[number])
    seconds = time.perf_counter() - start
    print(json.dumps(f"{words + ' ' if words else ''}{schedules} · {seconds:.2f} s"))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
