"""Memory of a job that waits in a queue, and of one that waits for its next attempt.

Twice: as the growth of the process (resident set, where Linux says it), and as what tracemalloc counts. Both include
the payload, `{"order": 17}`, which the caller makes and the queue keeps; the bare queue shows what that is.
"""

import gc
import threading
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from goqueue import Status

from ..harness import OURS, Comparison, Contender, Figures, Goal, Measure
from ..machine import text_of
from .naive_port import Naive
from .peers import WORKERS, Bare, Executor, Ours, Peer, wait_once

TRACED, QUEUED, PARKED = "bytes, tracemalloc", f"{OURS}, queued", f"{OURS}, parked retry"


def weighing(make: Callable[[], Peer], settled: Callable[[Any], bool] = lambda peer: True) -> Measure:
    """Return the measurement: fill queues, keep them, and say the bytes a job."""

    def fill(count: int) -> Peer:
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


def held_executor() -> Executor:
    peer = Executor()
    for _ in range(WORKERS):
        peer.pool.submit(threading.Event().wait)
    return peer


CONTENDERS = (
    Contender(QUEUED, weighing(lambda: Ours(started=False)), "no worker started, no bound"),
    Contender(PARKED, weighing(parked, all_parked), "failed once, due in an hour by the handler's policy"),
    Contender("ThreadPoolExecutor, queued", weighing(held_executor), "its workers are held; the future is kept"),
    Contender("bare queue.Queue, queued", weighing(lambda: Bare(0, places=0)), "the payload alone, no record"),
    Contender("naive port, queued", weighing(lambda: Naive(0)), "no worker started, no bound"),
)
GOALS = (Goal(TRACED, "≤", 500, who=QUEUED), Goal(TRACED, "≤", 610, who=PARKED))

COMPARISON = Comparison(__doc__, CONTENDERS, size=100_000, quick=1_000, goals=GOALS)
