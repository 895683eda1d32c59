"""What is measured of a queue on a server: drains by worker processes, submissions, wake-ups, and workers that wait.

this process:    starts a server ── submits ──> lets the worker processes begin ──> waits until they have run all
a worker process:   its handlers append to a list ──> its length, in memory that all processes share
"""

import contextlib
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from ..harness import Figures, Measure
from ..queue.measures import percentiles
from .system import AT_ONCE, System, fill

PROCESSES = (1, 2, 4)
LOOK = 0.005  # seconds between two looks at how many jobs have been run
AT_FIRST = 5  # wake-ups before the first that counts: the connections are made, and the caches are filled
GAP = 0.02  # seconds for the worker to fall asleep again

Start = Callable[[], AbstractContextManager[Any]]  # starts a server: .url, .process_ids(), .queries()
Kind = type[System]

_spawn = multiprocessing.get_context("spawn")


def drains(start: Start, kind: Kind, share: int = 1) -> Measure:
    """Return what measures how many jobs a second so many worker processes run; of `size` jobs, one in `share`."""

    def measure(size: int) -> Figures:
        figures = {}
        for count in PROCESSES:
            with start() as server, prepared(kind, server.url) as system:
                fill(system, size // share)
                name = f"{count} process{'es' if count > 1 else ''}, jobs/s"
                figures[name] = size // share / drain(kind, server.url, count, size // share)
        return figures

    return measure


@contextmanager
def prepared(kind: Kind, url: str) -> Iterator[System]:
    """Give a queue with its tables, for a block."""
    system = kind(url)
    system.prepare()
    try:
        yield system
    finally:
        system.close()


def drain(kind: Kind, url: str, count: int, jobs: int) -> float:
    """Return how many seconds so many worker processes take to run all jobs."""
    ran = _spawn.RawArray("l", count)
    ready = _spawn.Barrier(count + 1)
    with crew(runs, [(kind, url, ready, ran, number) for number in range(count)]) as processes:
        ready.wait()
        begun = time.perf_counter()
        while sum(ran) < jobs:
            time.sleep(LOOK)
            if not all(each.is_alive() for each in processes):
                raise RuntimeError("a worker process has ended, and jobs are left")
        return time.perf_counter() - begun


def runs(kind: Kind, url: str, ready: Any, ran: Any, number: int) -> None:
    """Run jobs, in a worker process, and say how many have been run."""
    done: list[None] = []

    def tell() -> None:
        while True:
            time.sleep(LOOK)
            ran[number] = len(done)

    threading.Thread(target=tell, daemon=True).start()
    system = kind(url)
    ready.wait()
    system.work(lambda: done.append(None))


@contextmanager
def crew(target: Callable[..., None], each: list[tuple[Any, ...]]) -> Iterator[list[Any]]:
    """Start a process for each tuple of arguments, and kill them at the end of the block."""
    processes = [_spawn.Process(target=target, args=given, daemon=True) for given in each]
    try:
        for process in processes:
            process.start()
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.join()


def submits(start: Start, kind: Kind, share: int = 1) -> Measure:
    """Return what measures how many jobs a second one thread submits, one by one and, where that goes, in batches."""

    def measure(size: int) -> Figures:
        with start() as server, prepared(kind, server.url) as system:
            figures = {"one by one/s": a_second(size // share // 10, system.submit)}
            if (many := system.submit_many) is not None:
                calls = max(1, size // share // AT_ONCE)
                figures["in batches of 1,000/s"] = AT_ONCE * a_second(calls, lambda: many(AT_ONCE))
            return figures

    return measure


def a_second(calls: int, call: Callable[[], object]) -> float:
    """Return how many calls a second go."""
    begun = time.perf_counter()
    for _ in range(calls):
        call()
    return calls / (time.perf_counter() - begun)


def wakes(start: Start, kind: Kind) -> Measure:
    """Return what measures the time from the submission to the handler, which another process has, and sleeps."""

    def measure(size: int) -> Figures:
        late: list[float] = []
        with start() as server, prepared(kind, server.url) as system:
            here, there = _spawn.Pipe()
            with crew(answers, [(kind, server.url, there)]):
                for _ in range(size + AT_FIRST):
                    time.sleep(GAP)
                    begun = time.monotonic()
                    system.submit()
                    late.append(here.recv() - begun)
            return percentiles(late[AT_FIRST:], "ms", 1e3)

    return measure


def answers(kind: Kind, url: str, told: Any) -> None:
    """Say when each job begins, in a worker process. The monotonic clock is that of the machine."""
    kind(url).work(lambda: told.send(time.monotonic()))


def waits(start: Start, kind: Kind, processes: int) -> Measure:
    """Return what measures how busy a server is with so many processes that wait for jobs, over `size` seconds.

    In a second, which only shows that the measurement runs, two processes wait.
    """

    def measure(size: int) -> Figures:
        waiting = min(processes, 2 * size)
        with start() as server, prepared(kind, server.url):
            ready = _spawn.Barrier(waiting + 1)
            with crew(idles, [(kind, server.url, ready)] * waiting):
                ready.wait()
                time.sleep(min(size, 5))  # the first looks are over
                queries, seconds = server.queries(), cores(server.process_ids())
                time.sleep(size)
                queries, seconds = server.queries() - queries, cores(server.process_ids()) - seconds
            return {"calls a second": queries / size, "server, % of a core": 100 * seconds / size}

    return measure


def idles(kind: Kind, url: str, ready: Any) -> None:
    """Run whatever comes, in a worker process."""
    system = kind(url)
    if ready is not None:
        ready.wait()
    system.work(lambda: None)


def cores(process_ids: list[int]) -> float:
    """Return the seconds of a core that processes, and children of theirs that have ended, have taken so far."""
    ticks = 0
    for each in process_ids:
        with contextlib.suppress(FileNotFoundError):  # it has just ended: its parent has its time
            words = Path(f"/proc/{each}/stat").read_text("utf-8").rpartition(")")[2].split()
            ticks += sum(int(word) for word in words[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")
