"""How fast two versions are, side by side: what the queue itself costs, with jobs that do nothing.

    a round:  process: before, a thousand jobs ──> seconds     rounds interleave, so that a machine that gets busy
              process: after,  a thousand jobs ──> seconds     slows down both; the median of the rounds counts

A version with workers runs with its own defaults, and its time ends when the last job is done. In a synchronous
version, the last job is done when the last submit returns.
"""

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from statistics import median
from typing import Any

from ..subprocesses import Died, call_in_subprocess, map_in_subprocesses
from ..versions.load import load
from .safe_output import plain
from .version_folders import Side, snapshot

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


def measure_speed(before: Side, after: Side, *, rounds: int = ROUNDS) -> Speed:
    """Measure both, each round in a subprocess. Raises Died, naming the side, if one does not finish its jobs."""
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        for at in (0, 1) if number % 2 == 0 else (1, 0):  # neither always comes first
            taken[at].append(_round((before, after)[at]))
    return Speed(median(taken[0]), median(taken[1]))


def _round(side: Side) -> float:
    try:
        with snapshot(side.folder) as copy:
            return float(call_in_subprocess(f"{__name__}:measure_in_copy", str(copy), seconds=2 * SECONDS))
    except (Died, ValueError) as err:
        raise Died(f"{side.name} cannot be measured: {plain(str(err))}") from None


def measure_in_copy(folder: str) -> float:
    """Measure in a copy of this process, which is bounded in memory too. Raises Died if there is no answer."""
    [found] = map_in_subprocesses(measure, [folder], seconds=SECONDS)
    if isinstance(found, Died):
        raise found
    return float(found)


def measure(folder: str) -> float:
    """Return the seconds that the version in a folder takes for `JOBS` jobs.

    Raises RuntimeError if a synchronous version does not run them all.
    """
    version: Any = load(Path(folder))
    queue, done = version.Queue(), SimpleQueue[None]()
    queue.register_handler("webhook", lambda *_: done.put(None))  # steps from 9 on hand over a context, too
    context = [version.Context()] if hasattr(version, "Context") else []
    has_workers = hasattr(queue, "start")
    server = threading.Thread(target=queue.start if has_workers else int, args=context, name="start")
    if has_workers:
        server.start()
    began = time.perf_counter()
    for order in range(JOBS):
        queue.submit_job(*context, "webhook", {"order": order})
    if not has_workers and done.qsize() != JOBS:
        raise RuntimeError(f"{done.qsize()} of {JOBS} jobs ran")
    for _ in range(JOBS):
        done.get()
    taken = time.perf_counter() - began
    if has_workers:
        context[0].cancel()
        server.join()  # what still runs ends before the process does
    return taken
