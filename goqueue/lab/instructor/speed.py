"""How fast two versions are, side by side: what the queue itself costs, with jobs that do nothing.

    a round:  process: before, a thousand jobs ──> seconds     rounds interleave, so that a machine that gets busy
              process: after,  a thousand jobs ──> seconds     slows down both; the median of the rounds counts

A version with workers runs them as it comes, with its own defaults; time runs from the first submit until the last job
is done. A synchronous one has done it when the last submit returns.
"""

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

from ..subprocesses import Died, call_in_subprocess, map_in_subprocesses
from ..versions.load import load
from .safe_text import plain
from .sides import Side
from .snapshot import snapshot

JOBS = 1_000
ROUNDS = 7
SECONDS = 30.0  # for one round


@dataclass(frozen=True)
class Speed:
    """Seconds for `JOBS` jobs that do nothing, the median of `ROUNDS` rounds for each side."""

    before: float
    after: float

    @property
    def ratio(self) -> float:
        """How many times as long the second takes."""
        return self.after / self.before


def measured(before: Side, after: Side, *, rounds: int = ROUNDS) -> Speed:
    """Measure both, each round in a process of its own. Raises Died, naming the side, if one does not get done."""
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        for at in (0, 1) if number % 2 == 0 else (1, 0):  # neither always comes first
            taken[at].append(_round((before, after)[at]))
    return Speed(median(taken[0]), median(taken[1]))


def _round(side: Side) -> float:
    try:
        if side.step is not None:
            found = call_in_subprocess(f"{__name__}:measure_in_subprocess", {"step": side.step}, seconds=2 * SECONDS)
        else:
            with snapshot(side.folder) as copy:
                found = call_in_subprocess(
                    f"{__name__}:measure_in_subprocess", {"folder": str(copy)}, seconds=2 * SECONDS
                )
    except (Died, ValueError) as err:
        found = str(err)
    if isinstance(found, str):
        raise Died(f"{side.name} cannot be measured: {plain(found)}")
    return float(found)


def measure_in_subprocess(question: dict[str, Any]) -> float | str:
    """Measure in a copy of this process, which is bounded in memory too. Return seconds, or why there are none."""
    [found] = map_in_subprocesses(measure, [question], seconds=SECONDS)
    return str(found) if isinstance(found, Died) else float(found)


def measure(question: dict[str, Any]) -> float:
    """Return the seconds that one version takes for `JOBS` jobs.

    Raises RuntimeError if a job was not done.
    """
    version = load(question["step"]) if "step" in question else load(Path(question["folder"]))
    queue = version.Queue()
    with_workers = hasattr(queue, "start")
    count = _Count(JOBS)
    has_context = hasattr(version, "Context")
    queue.register_handler("webhook", count.with_context if has_context else count.without)
    taken = _with_workers(version, queue, count) if with_workers else _in_the_caller(version, queue)
    if count.done != JOBS:
        raise RuntimeError(f"{count.done} of {JOBS} jobs ran")
    return taken


class _Count:
    """The handler: it counts, and says when all are done."""

    def __init__(self, expected: int) -> None:
        self._lock = threading.Lock()  # guards self.done
        self.done = 0
        self._expected = expected
        self.all_done = threading.Event()

    def without(self, payload: object) -> None:
        with self._lock:
            self.done += 1
            if self.done == self._expected:
                self.all_done.set()

    def with_context(self, ctx: object, payload: object) -> None:
        self.without(payload)


def _in_the_caller(version: ModuleType, queue: Any) -> float:
    ctx = (version.Context(),) if hasattr(version, "Context") else ()
    began = time.perf_counter()
    for order in range(JOBS):
        queue.submit_job(*ctx, "webhook", {"order": order})
    return time.perf_counter() - began


def _with_workers(version: ModuleType, queue: Any, count: _Count) -> float:
    stop = version.Context()
    server = threading.Thread(target=queue.start, args=[stop], name="start")
    server.start()
    began = time.perf_counter()
    for order in range(JOBS):
        queue.submit_job(version.Context(), "webhook", {"order": order})
    count.all_done.wait()
    taken = time.perf_counter() - began
    stop.cancel()
    server.join()  # what still ran ends before the process does
    return taken
