"""What an exploration reports as text: the verdict, which threads wait for which, and races in Go's layout."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..engine.happens_before import Access, Found
from ..engine.sources import WATCHED, Site, file_label
from ..engine.words import WRITE, Verdict

if TYPE_CHECKING:
    from ..engine.run import Run
    from ..engine.tasks import Task
    from .recorder import Recorder

RULE = "=" * 18
HEADLINES = {
    Verdict.FAILED_ASSERTION: "FAILED ASSERTION",
    Verdict.EXCEPTION: "EXCEPTION IN A THREAD",
    Verdict.DEADLOCK: "DEADLOCK: nobody can go on",
    Verdict.LOST_WAKE_UP: "LOST WAKE-UP: somebody waits for a notification that has been given already",
    Verdict.LIVELOCK: "LIVELOCK: the threads run on and on, and come to no end",
    Verdict.TOO_LONG: "TOO LONG: a run was stopped while its threads still made progress, so this claims nothing",
    Verdict.DATA_RACE: "DATA RACE: nothing orders these accesses",
    Verdict.EXHAUSTED: "EXHAUSTED: nothing failed, in any order that can matter",
    Verdict.BUDGET_SPENT: "BUDGET SPENT: nothing failed so far, and there is more to try, so this claims nothing",
    Verdict.PASSED: "PASSED: nothing failed in this schedule",
}


@dataclass(frozen=True)
class Side:
    """One of two accesses: which thread made it, where, and which locks it held."""

    thread: str
    mode: str  # "Read" or "Write"
    stack: tuple[Site, ...]
    held: tuple[str, ...]
    started: tuple[str, str, str] | None  # by whom, where, in which line


@dataclass(frozen=True)
class Race:
    """Two unordered accesses to one location, at least one of them a write. `repr` has the layout of Go's report."""

    location: str
    first: Side
    second: Side

    def __repr__(self) -> str:
        lines = [RULE, "WARNING: DATA RACE"]
        for title, side in (("", self.second), ("Previous ", self.first)):
            mode = side.mode.lower() if title else side.mode
            lines.append(f"{title}{mode} of {self.location} by thread {side.thread!r}:")
            for site in side.stack:
                lines += [f"  {site.function}()", f"      {site.where}    {site.text}"]
        for side in (self.second, self.first):
            if side.started is not None:
                by, where, line = side.started
                lines += [f"Thread {side.thread!r} was started by {by!r}:", f"      {where}    {line}"]
        return "\n".join([*lines, self.advice(), RULE])

    def advice(self) -> str:
        """Say what would have ordered the two accesses."""
        sides = " and ".join(
            f"{side.thread!r} held {' and '.join(side.held) or 'no lock'}" for side in (self.second, self.first)
        )
        return (
            f"Nothing orders the two: {sides}.\n"
            "Holding one and the same lock at both would; so would handing the value over,\n"
            "through a queue, an event, or by joining the thread."
        )


def races_of(run: Run, recorder: Recorder) -> dict[tuple[str, int, int], Race]:
    """Return the races of a recorded run."""
    return {key: race_of(run, recorder, found) for key, found in run.races.found.items()}


def race_of(run: Run, recorder: Recorder, found: Found) -> Race:
    """Return one race, with its stacks."""
    return Race(found.location, side_of(run, recorder, found.first), side_of(run, recorder, found.second))


def side_of(run: Run, recorder: Recorder, access: Access) -> Side:
    """Return one side of a race."""
    index, mode, _, position = access
    task = run.tasks[index]
    stack, held = recorder.stacks.get(position, ()), recorder.held.get(position, ())
    started = (task.origin[0], task.origin[1], task.origin[2]) if task.origin else None
    return Side(task.name, "Write" if mode == WRITE else "Read", stack, held, started)


def ending(verdict: Verdict, run: Run, recorder: Recorder) -> str:
    """Return how a run ended, in words."""
    if run.error is not None and run.culprit is not None:
        return failure(run.error, run.culprit)
    if recorder.waiting:
        return "\n".join(recorder.waiting)
    if verdict in (Verdict.LIVELOCK, Verdict.TOO_LONG):
        return f"stopped after {run.steps} steps" if run.steps else "stopped"
    return ""


def failure(error: BaseException, task: Task) -> str:
    """Return an exception, and where in the watched code it came from."""
    where, trace = "", error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in WATCHED:
            site = Site(trace.tb_frame.f_code.co_filename, trace.tb_lineno, "")
            where = f"\n  in {task.name}, {site.where}    {site.text}"
        trace = trace.tb_next
    message = re.sub(r" at 0x[0-9a-fA-F]+|(?<=started) \d+|(?<=daemon) \d+", "", str(error))
    return f"{type(error).__name__}{': ' if message else ''}{message}{where}"


def covered(chosen: str, watched: set[str]) -> str:
    """Say how the schedules were chosen, and what they do not cover."""
    names = {file_label(filename) for filename in watched}
    cells = {name for name in names if name.startswith("In[")}
    files = ", ".join([*(["this notebook"] if cells else []), *sorted(names - cells)])
    return (
        f"{chosen}\n"
        f"Watched: {files}.\n"
        "Not covered: a timer that fires while some thread can still go on; another order of notifying\n"
        "than first come, first served; what other modules do, except with locks, events and waits."
    )


def call_of_replay(name: str, schedule: str, options: str) -> str:
    """Return the line to paste. `name` may be preceded by an import.

    >>> call_of_replay("from shop import sale; sale", "5.1-bc0986", "")
    'from shop import sale; replay(sale, "5.1-bc0986")'
    """
    before, separator, name = name.rpartition("; ")
    return f'{before}{separator}replay({name}, "{schedule}"{options})'
