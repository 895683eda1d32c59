"""What each tool says of one form of a kernel. Every question is answered in a process of its own.

An answer holds `says`: "found", "silent", or in words why neither; `schedules` and `seconds`; of ours, also `verdict`,
and of a broken form `replays`: how many of 20 gave the same verdict and the same trace.
"""

import importlib
import importlib.util
import os
import time
from collections.abc import Callable
from typing import Any

from goqueue.lab.subprocesses import Died, TimedOut, call_in_subprocess
from goqueue.races import Result, detect, explore, replay

from . import channels, groups
from .files import KERNELS
from .kernels import Kernel, Program, model

OURS = "goqueue"
LIMIT = 60.0  # seconds to find what is wrong with a broken form
SILENCE = 10.0  # seconds of a peer with a right form, which may have no end
REPLAYS = 20
RIGHT = 2_000  # schedules of ours with a right form
Answer = dict[str, Any]


def watched(kernel: Kernel) -> list[Any]:
    """Return the modules that a kernel runs through."""
    return [importlib.import_module(kernel.make.__module__), channels, groups]


def search(kernel: Kernel, right: bool, schedules: int, seconds: float | None = None) -> Result:
    """Look for what the kernel's verdict says: a data race, or a failure."""
    call = detect if kernel.verdicts == ("data race",) else explore
    return call(model(kernel, right), modules=watched(kernel), schedules=schedules, seconds=seconds)


def ours(kernel: Kernel, right: bool) -> Answer:
    """Search; then replay what was found."""
    start = time.perf_counter()
    result = search(kernel, right, RIGHT if right else 1_000_000, LIMIT)
    answer = {"verdict": str(result.verdict), "schedules": result.schedules, "seconds": time.perf_counter() - start}
    if right:
        return {"says": f"false alarm: {alarm(result)}" if alarm(result) else "silent", **answer}
    if not result.failed:
        return {"says": "missed", **answer}
    says = "found" if result.verdict in kernel.verdicts else f"another verdict: {result.verdict}"
    return {"says": says, "replays": sum(repeats(kernel, result) for _ in range(REPLAYS)), **answer}


def alarm(result: Result) -> str:
    """Return what the search says against a right form: nothing, if all is well."""
    return str(result.verdict) if result.failed else "data race" if result.races else ""


def repeats(kernel: Kernel, result: Result) -> bool:
    """Whether a replay gives the same verdict and the same trace."""
    again = replay(model(kernel, False), result.schedule, modules=watched(kernel))
    return (again.verdict, again.schedule, again.trace) == (result.verdict, result.schedule, result.trace)


def interleave_test(kernel: Kernel, right: bool) -> Answer:
    """Depth first, at most two preemptions, between any two instructions: what finds most."""
    limit = (SILENCE if right else LIMIT) - 3
    options = {"strategy": "dfs", "max_preemptions": 2, "timeout": limit, "raise_on_failure": False}
    start = time.perf_counter()
    result = importlib.import_module("interleave_test").explore(model(kernel, right), iterations=10_000, **options)
    answer = {"schedules": result.schedules_run, "seconds": time.perf_counter() - start}
    if result.failure is None:
        return {"says": "silent", **answer}
    return {"says": "says that it hangs" if result.failure.kind == "hang" else "found", **answer}


def frontrun(kernel: Kernel, right: bool) -> Answer:
    """Partial-order reduction, without its limit of two preemptions, on a virtual clock.

    What it finds depends on which thread it names first. So it is asked both ways round, if it has to be.
    """
    os.environ["FRONTRUN_ACTIVE"] = "1"  # what its own command sets, before it runs a script
    search, made, start = importlib.import_module("frontrun").explore, list[Program](), time.perf_counter()

    def setup() -> Program:
        made.append(kernel.make(right))
        return made[-1]

    def worker(number: int) -> Callable[[Program], object]:
        return lambda program: program.threads[number]()

    def holds(program: Program) -> bool:
        return program.holds()

    workers = [worker(number) for number in range(len(kernel.make(right).threads))]
    options: dict[str, Any] = {"clock": "virtual", "preemption_bound": None, "detect_io": False}
    limit = (SILENCE if right else LIMIT) / 2 - 3
    limits = {"max_executions": 10_000, "total_timeout": limit, "timeout_per_run": 2.0, "deadlock_timeout": 1.0}
    options |= {"error_on_any_race": kernel.verdicts == ("data race",), "reproduce_on_failure": 0, **limits}
    answers: list[bool | None] = []
    for order in (workers, workers[::-1]):
        try:
            answers.append(search(setup, order, holds, **options).property_holds)
        except Exception:  # it hands on what a thread raised
            answers.append(False)
        if answers[-1] is False:
            break
    says = "found" if answers[-1] is False else "silent" if all(answers) else "inconclusive"
    return {"says": says, "schedules": len(made), "seconds": time.perf_counter() - start}


TOOLS: dict[str, Callable[[Kernel, bool], Answer]] = {
    OURS: ours,
    "interleave-test": interleave_test,
    "frontrun": frontrun,
}


def is_installed(tool: str) -> bool:
    """Whether a tool can be asked under this Python."""
    return tool == OURS or importlib.util.find_spec(tool.replace("-", "_")) is not None


def answer(question: list[Any]) -> Answer:
    """Answer here: what a process that was started by `ask` does."""
    tool, name, right = question
    return TOOLS[tool](KERNELS[name], right)


def ask(tool: str, name: str, right: bool) -> Answer:
    """Ask a tool in a new process; it is killed after its limit, and ours has as long again for the replays."""
    limit = 2 * LIMIT if tool == OURS else SILENCE if right else LIMIT
    if tool == "interleave-test" and KERNELS[name].verdicts == ("data race",):
        return {"says": "looks for no races"}
    try:
        told: Answer = call_in_subprocess(f"{__name__}:answer", [tool, name, right], seconds=limit)
    except TimedOut:
        return {"says": f"no answer in {limit:.0f} s"}
    except Died as err:
        return {"says": f"failed: {err}".partition("\n")[0][:120]}
    if right and told["says"] == "found":
        told["says"] = "false alarm"
    return {**told, "seconds": float(f"{told['seconds']:.2g}")}
