"""What is measured of a queue besides its speed: answers one by one, bytes, lateness, growth and its import."""

import gc
import importlib
import statistics
import subprocess
import sys
import threading
import time
import tracemalloc
from array import array
from collections.abc import Callable
from typing import Any

from goqueue import Retry, Status

from ..harness import Figures, Measure
from ..machine import text_of
from .peers import Ours, Peer, drive

WARM_UP = 200  # jobs
GROWTH = (1_000, 10_000, 100_000, 1_000_000)  # jobs
SMALL = 30_000  # jobs, at least, for each size: small ones are measured some times over
TRACED = "bytes, tracemalloc"
FULL_SIZE = 100_000  # parked jobs
SPREAD, START = 20.0, 10.0  # seconds from the first due time to the last, and until the first; shorter for fewer jobs


def percentiles(times: list[float], unit: str, per_second: float, title: str = "") -> Figures:
    """Return the median, the 99th of 100, and the greatest of some times in seconds."""
    found = {"p50": statistics.median(times), "p99": statistics.quantiles(times, n=100)[98], "most": max(times)}
    return {f"{title}{name}, {unit}": value * per_second for name, value in found.items()}


def asking(make: Callable[[], Peer]) -> Measure:
    """Return the measurement of one job at a time."""

    def measure(size: int) -> Figures:
        ask, clock, times = make().ask, time.perf_counter, []
        assert ask is not None
        for order in range(WARM_UP + size):
            start = clock()
            ask({"order": order})
            times.append(clock() - start)
        return percentiles(times[WARM_UP:], "µs", 1e6)

    return measure


def weighing(make: Callable[[], Any], settled: Callable[[Any], bool] = lambda peer: True) -> Measure:
    """Return the measurement: fill queues, keep them, and say the bytes a job."""

    def fill(count: int) -> Any:
        peer = make()
        for order in range(count):
            peer.put({"order": order})
        while not settled(peer):
            time.sleep(0.05)
        gc.collect()
        return peer

    def measure(size: int) -> Figures:
        kept = [fill(1000)]  # what is made once
        before = resident()
        kept.append(fill(size))
        grown = resident() - before
        tracemalloc.start()
        kept.append(fill(size))
        return {TRACED: tracemalloc.get_traced_memory()[0] / size, "bytes, growth of the process": grown / size}

    return measure


def resident() -> float:
    """Return the bytes of memory that this process has now; 0 where the system does not say."""
    lines = dict(line.split(":", 1) for line in text_of("/proc/self/status").splitlines())
    return float(lines.get("VmRSS", "0").split()[0]) * 1024


def parked() -> Ours:
    def fail(ctx: Any, payload: Any) -> None:
        raise ConnectionError("503")

    return Ours(handler=fail, retry=wait_once(3600))


def all_parked(peer: Ours) -> bool:
    return not peer.storage.backlog() and peer.count(Status.RUNNING) == 0


def wait_once(seconds: float) -> Retry:
    """Return a policy: one attempt more, in exactly so many seconds."""
    return Retry(attempts=2, base=seconds, cap=seconds, jitter=False)


def lateness(size: int) -> Figures:
    """Return how late retries start, and in how many threads."""
    dense, late, failed_at = size / FULL_SIZE, list[float](), array("d", bytes(8 * size))
    waits = [1.0 + dense * (START + SPREAD * order / size) for order in range(size)]

    def handle(ctx: Any, payload: Any) -> None:
        order, now = payload["order"], time.monotonic()
        if failed_at[order]:
            late.append(now - failed_at[order] - waits[order])
            return
        failed_at[order] = time.monotonic()
        raise ConnectionError("503")

    before, threads = threading.active_count(), 0
    peer = Ours(handler=handle)
    for order, wait in enumerate(waits):
        peer.queue.submit_job(peer.ctx, "webhook", {"order": order}, retry=wait_once(wait))
    while peer.storage.backlog():
        time.sleep(0.01)
    early = len(late)
    while len(late) < size:
        threads = max(threads, threading.active_count() - before)
        time.sleep(0.2)
    return {"threads": threads, "due before all were parked": early, **percentiles(late, "ms", 1e3, "late, ")}


def importing(module: str) -> Measure:
    """Return the measurement of an import, over bare Python."""

    def measure(size: int) -> Figures:
        importlib.import_module(module)  # compiled files, and the system's cache
        pairs = [(seconds("pass"), seconds(f"import {module}")) for _ in range(size)]
        bare, full = (statistics.median(times) for times in zip(*pairs, strict=True))
        return {"ms more": (full - bare) * 1e3, "bare Python, ms": bare * 1e3}

    return measure


def seconds(code: str) -> float:
    """Return the seconds of a Python that runs some code."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - begin


def growing(make: Callable[[], Peer], collected: bool = True) -> Measure:
    """Return the measurement of one line, with Python's cyclic garbage collector or without it."""

    def measure(size: int) -> Figures:
        if not collected:
            gc.disable()
        found = {jobs: cost(make, jobs, min(SMALL, size)) for jobs in GROWTH if jobs <= size}
        named = {f"µs a job, {jobs:,} jobs": value for jobs, value in found.items()}
        return {**named, "last ÷ first": found[size] / found[GROWTH[0]]}

    return measure


def cost(make: Callable[[], Peer], jobs: int, least: int) -> float:
    times = []
    for _ in range(max(1, least // jobs)):
        gc.collect()
        times.append(drive(make(), jobs)["µs a job"])
    return float(statistics.median(times))
