"""Retries parked, due one after another within 20 s: how many threads that takes, and how late they run.

Each job fails once. Its second attempt is due its own wait after that; how late it starts is measured by the handler.
The first is due only when all are parked, so that submitting them does not disturb. 4 workers, in memory.
"""

import threading
import time
from array import array
from typing import Any

from ..harness import OURS, Comparison, Contender, Figures, Goal
from .peers import WORKERS, Ours, percentiles, wait_once

FULL_SIZE = 100_000
SPREAD, START = 20.0, 10.0  # seconds from the first due time to the last, and until the first; shorter for fewer jobs


def ours(size: int) -> Figures:
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


CONTENDERS = (Contender(OURS, ours, "each with a wait of its own, no jitter"),)
GOALS = (Goal("threads", "≤", WORKERS + 2), Goal("late, p99, ms", "≤", 2))

COMPARISON = Comparison(__doc__, CONTENDERS, size=FULL_SIZE, quick=1_000, goals=GOALS)
