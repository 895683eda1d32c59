"""How the benchmark of the race lab measures: seconds of the processor, the median of some repeats.

The time of the processor (`time.process_time`) is that of all threads of this process; it leaves out the time in which
other processes had the machine. Elapsed time is stated where that is what a reader waits for.
"""

import _thread
import contextlib
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from goqueue.lab.races.exploration import Exploration
from goqueue.lab.races.exploring import checked
from goqueue.lab.races.outside_world import listen_to_audit
from goqueue.lab.races.scheduler import Run
from goqueue.lab.races.search import Bounded
from goqueue.lab.races.staging import stage
from goqueue.lab.races.watching import watch

from .models import Model

HAND_OFFS = 2_000  # of a measurement


def machine() -> str:
    """One line: what the numbers depend on."""
    cores = os.cpu_count() or 1
    threads = "" if getattr(sys, "_is_gil_enabled", lambda: True)() else ", free-threaded"
    return (
        f"{platform.python_implementation()} {platform.python_version()}{threads}, {platform.system()}, {cores} cores"
    )


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return the processor's and the elapsed seconds of a call."""
    used, start = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - used, time.perf_counter() - start


def median(measure: Callable[[], float], repeats: int) -> float:
    """Return the median of some measurements."""
    return statistics.median(measure() for _ in range(repeats))


def medians(measure: Callable[[], Sequence[float]], repeats: int) -> list[float]:
    """Return the median of each of the numbers that a measurement gives."""
    return [statistics.median(column) for column in zip(*(measure() for _ in range(repeats)), strict=True)]


@contextlib.contextmanager
def exploration(model: Model) -> Iterator[Exploration]:
    """Yield an exploration of a watched model, whose runs the caller asks for one by one."""
    with stage() as (replaced, idle):
        listen_to_audit()
        watch(checked(model), None, replaced)
        yield Exploration(model, limit=1_000_000, idle=idle)


def many_runs(runs: Exploration, times: int) -> Iterator[Run]:
    """Run the schedules with few preemptions, and begin anew when there are no more."""
    search = Bounded(3)
    for _ in range(times):
        run = runs.run(search.pick, hot=runs.hot)
        yield run
        if not run.wanted <= runs.hot or not search.plan(run):
            runs.hot |= run.wanted
            search = Bounded(3)


def hand_off() -> float:
    """Return the seconds of handing a lock from one thread to another, and nothing else, on one processor."""
    ping, pong, gone = (_thread.allocate_lock() for _ in range(3))
    for lock in (ping, pong, gone):
        lock.acquire()

    def answer() -> None:
        for _ in range(HAND_OFFS // 2):
            ping.acquire()
            pong.release()
        gone.release()

    def play() -> None:
        _thread.start_new_thread(answer, ())
        for _ in range(HAND_OFFS // 2):
            ping.release()
            pong.acquire()
        gone.acquire()

    with stage():  # keeps the threads on one processor
        return seconds(play)[0] / HAND_OFFS
