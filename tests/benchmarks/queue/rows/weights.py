"""Row 3: the memory of a job that waits in a queue, and of one that waits for its next attempt.

Twice: as the growth of the process (resident set, where Linux says it), and as what tracemalloc counts. Both include
the payload, `{"order": 17}`, which the caller makes and the queue keeps; the bare queue shows what that is.
"""

import gc
import os
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..figures import OURS, Contender, Figures, Goal, Row, Unit
from ..peers.bare import Bare
from ..peers.executor import Executor
from ..peers.naive import Naive
from ..peers.ours import Ours

HOUR = 3600.0
QUEUED, PARKED = f"{OURS}, queued", f"{OURS}, parked retry"


def resident() -> float:
    """Return the bytes of memory that this process has now; 0 where the system does not say."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0.0
    return float(int(pages) * os.sysconf("SC_PAGE_SIZE"))


def weigh(fill: Callable[[int], Any], size: int) -> Figures:
    """Fill twice, and keep both; return the bytes a job."""
    fill(1000)  # what is made once
    gc.collect()
    before = resident()
    kept = [fill(size)]
    gc.collect()
    grown = resident() - before
    tracemalloc.start()
    kept.append(fill(size))
    gc.collect()
    traced = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return {"traced": traced / size, "resident": grown / size}


def queued(size: int, folder: Path) -> Figures:
    def fill(count: int) -> Ours:
        peer = Ours(buffer_size=None, started=False)
        for order in range(count):
            peer.put({"order": order})
        return peer

    return weigh(fill, size)


def parked(size: int, folder: Path) -> Figures:
    filled: list[Ours] = []

    def fail(ctx: Any, payload: Any) -> None:
        raise ConnectionError("503")

    def fill(count: int) -> Ours:
        peer = Ours(handler=fail, retry_in=HOUR)
        filled.append(peer)
        for order in range(count):
            peer.put({"order": order})
        while peer.storage.backlog() or not peer.parked():
            time.sleep(0.05)
        return peer

    found = weigh(fill, size)
    for peer in filled:
        peer.close()
    return found


def executor(size: int, folder: Path) -> Figures:
    held, filled = threading.Event(), []

    def fill(count: int) -> Executor:
        peer = Executor()
        filled.append(peer)
        for _ in range(4):
            peer.pool.submit(held.wait)
        for order in range(count):
            peer.put({"order": order})
        return peer

    found = weigh(fill, size)
    held.set()
    for peer in filled:
        peer.pool.shutdown(cancel_futures=True)
    return found


def bare(size: int, folder: Path) -> Figures:
    def fill(count: int) -> Bare:
        peer = Bare(workers=0)
        peer.line.maxsize = 0
        for order in range(count):
            peer.put({"order": order})
        return peer

    return weigh(fill, size)


def naive(size: int, folder: Path) -> Figures:
    def fill(count: int) -> Naive:
        peer = Naive(workers=0)
        for order in range(count):
            peer.put({"order": order})
        return peer

    return weigh(fill, size)


WEIGHTS = Row(
    name="bytes",
    title="Memory of a waiting job, its payload included",
    contenders=(
        Contender(QUEUED, queued, "no worker started, no bound"),
        Contender(PARKED, parked, "failed once, due in an hour by the handler's policy"),
        Contender("ThreadPoolExecutor, queued", executor, "its workers are held; the future is kept"),
        Contender("bare queue.Queue, queued", bare, "the payload alone, no record"),
        Contender("naive port, queued", naive, "no worker started, no bound"),
    ),
    units={"traced": Unit("bytes, tracemalloc"), "resident": Unit("bytes, growth of the process")},
    size=100_000,
    quick=10_000,
    rounds=3,
    goals=(
        Goal("a queued job ≤ 500 B (tracemalloc)", "traced", 500, contender=QUEUED, at_most=True),
        Goal("a parked retry ≤ 610 B (tracemalloc)", "traced", 610, contender=PARKED, at_most=True),
    ),
)
