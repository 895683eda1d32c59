"""`goqueue queue FILE top`: the state of a queue, looked at again and again.

A terminal gets a live table if rich is installed, and plain text that is written over otherwise. What is no terminal,
such as a log, gets one text after another; with --json, one value a line.
"""

import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from ..job import RUNNING, Job
from ..queue import Queue
from ..storage import Query
from . import shown
from .state import State, state_of

CLEAR = "\x1b[H\x1b[J"  # what a terminal takes for: begin at the top, on an empty page
MOST = 10  # running jobs to show


def watch(queue: Queue, every: float, times: int | None, as_json: bool) -> None:
    """Look every so many seconds, so many times or for ever. Raises ValueError for numbers that cannot be used."""
    if not 0 < every < 1e6:
        raise ValueError(f"--every is {every:g}: it must be more than 0 seconds, such as 1")
    if times is not None and times < 1:
        raise ValueError(f"--times is {times}: it must be 1 or more")
    terminal = sys.stdout.isatty() and not as_json
    if terminal and find_spec("rich") is not None:
        live(queue, every, times)
    else:
        look_again(every, times, lambda: plain(queue, terminal, as_json))


def look_again(every: float, times: int | None, look: Callable[[], None]) -> None:
    """Look so many times, with a pause in between."""
    looks = 0
    while True:
        look()
        looks += 1
        if looks == times:
            return
        time.sleep(every)


def running(queue: Queue) -> list[Job]:
    """Return the jobs that run, the oldest first."""
    return queue.storage.list_jobs(Query(status=RUNNING, limit=MOST))


def plain(queue: Queue, terminal: bool, as_json: bool) -> None:
    """Print one look."""
    state, jobs = state_of(queue.storage), running(queue)
    if as_json:
        print(shown.as_json({**shown.counted(state), "running_jobs": [job.id for job in jobs]}), flush=True)
        return
    if terminal:
        print(end=CLEAR)
    print(shown.stats(shown.counted(state)))
    if jobs:
        print(f"\n{shown.table(jobs)}")
    sys.stdout.flush()


def live(queue: Queue, every: float, times: int | None) -> None:
    """Show a table that rich keeps up to date."""
    from rich.live import Live

    with Live(screen=True, auto_refresh=False) as screen:
        look_again(every, times, lambda: screen.update(page(state_of(queue.storage), running(queue)), refresh=True))


def page(state: State, jobs: list[Job]) -> Any:
    """Return one look, as rich shows it."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    counts = Table(title="jobs")
    for name in ("type", *map(str, state.counts)):
        counts.add_column(name, justify="left" if name == "type" else "right")
    for name in sorted({each for each, _ in state.by_type}):
        counts.add_row(Text(name), *(f"{state.by_type.get((name, status), 0):,}" for status in state.counts))
    counts.add_section()
    counts.add_row("all", *(f"{number:,}" for number in state.counts.values()))
    waits = "none" if state.oldest_due is None else shown.age(state.oldest_due)
    late = Text(f"due: {state.due:,}, the oldest waits: {waits}. Ctrl-C ends this")
    return Group(counts, late, Text(shown.table(jobs) if jobs else "no job runs"))
