"""Row 4: many retries parked at once, due one after another: how many threads that takes, and how late they run.

Each job fails once. Its second attempt is due its own wait after that; how late it starts is measured by the handler.
The first is due only when all are parked, so that submitting them does not disturb.
"""

import threading
import time
from array import array
from pathlib import Path
from typing import Any

from ..drive import WORKERS
from ..figures import OURS, Contender, Figures, Goal, Row, Unit
from ..peers.ours import Ours, wait_once
from .one_by_one import percentiles

SPREAD = 20.0  # seconds from the first due time to the last, for 100,000; as dense for fewer
FULL_SIZE = 100_000
START = 10.0  # seconds from submitting to the first due time, for 100,000


class Retries:
    """A handler that fails at first, and notes how late it is when it is called again."""

    def __init__(self, waits: list[float]) -> None:
        self.waits = waits
        self.failed_at = array("d", bytes(8 * len(waits)))
        self.late: list[float] = []

    def __call__(self, ctx: Any, payload: Any) -> None:
        order, now = payload["order"], time.monotonic()
        if self.failed_at[order]:
            self.late.append(now - self.failed_at[order] - self.waits[order])
            return
        self.failed_at[order] = time.monotonic()
        raise ConnectionError("503")


def ours(size: int, folder: Path) -> Figures:
    dense = size / FULL_SIZE
    retries = Retries([START * dense + 1.0 + SPREAD * dense * order / size for order in range(size)])
    before = threading.active_count()
    peer = Ours(handler=retries)
    for order, wait in enumerate(retries.waits):
        peer.put({"order": order}, retry=wait_once(wait))
    while peer.storage.backlog():
        time.sleep(0.01)
    early, threads = len(retries.late), 0
    while len(retries.late) < size:
        threads = max(threads, threading.active_count() - before)
        time.sleep(0.2)
    peer.close()
    return {"threads": threads, "early": early, **percentiles(retries.late)}


LATENESS = Row(
    name="retries",
    title="Retries parked, due times spread over 20 s, 4 workers, in memory",
    contenders=(Contender(OURS, ours, "each failed once, each with a wait of its own, no jitter"),),
    units={
        "threads": Unit("threads"),
        "early": Unit("due before all were parked"),
        "p50": Unit("late, p50, ms", 1e3, 2),
        "p99": Unit("late, p99, ms", 1e3, 2),
        "most": Unit("late, most, ms", 1e3, 1),
    },
    size=FULL_SIZE,
    quick=10_000,
    rounds=3,
    goals=(
        Goal("workers + 2 threads at most", "threads", WORKERS + 2, at_most=True),
        Goal("late ≤ 2 ms at p99", "p99", 0.002, at_most=True),
    ),
)
