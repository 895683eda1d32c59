"""What is measured of a queue beside somebody who holds its file: looks at jobs, and a stop; and of who waits for many.

this process:  keeps `size` jobs in a file ── looks at them, or stops ──> how long that took
another one:   BEGIN IMMEDIATE, and no commit until it is told
"""

import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from goqueue import Job, Queue, Status
from goqueue.storage import MemoryStorage, SQLiteStorage

from ..harness import Figures
from .measures import percentiles
from .peers import KEEP_ALL, WORKERS, Ours, start_threads

FILE = "jobs.db"
LOOKS = 2_000  # of each kind
GRACE = 0.5  # seconds
AT_ONCE = 10_000  # jobs in one submission
HOLD = f"""
import sqlite3, sys
held = sqlite3.connect({FILE!r}, isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held() -> Iterator[None]:
    """Let another process hold the file for writing."""
    holder = subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        yield
    finally:
        holder.communicate()


def looking(size: int) -> Figures:
    """Return how long get_job and count() take beside a writer that is blocked, with `size` completed jobs kept."""
    peer = Ours(storage=SQLiteStorage(FILE, retention=KEEP_ALL), started=False)
    jobs = [job for first in range(0, size, AT_ONCE) for job in submitted(peer, min(AT_ONCE, size - first))]
    complete_all()
    draw = random.Random(size)
    with held():
        start_threads([partial(peer.put, {"order": size})])  # our own writer waits too
        looks = [timed(partial(peer.queue.get_job, peer.ctx, draw.choice(jobs))) for _ in range(LOOKS)]
        counts = [timed(partial(peer.queue.count, peer.ctx)) for _ in range(LOOKS)]
    return {**percentiles(looks, "ms", 1e3, "get_job, "), **percentiles(counts, "ms", 1e3, "count, ")}


def submitted(peer: Ours, count: int) -> list[Job]:
    return peer.queue.submit_many(peer.ctx, "webhook", [{"order": order} for order in range(count)])


def complete_all() -> None:
    """Let all jobs of the file have completed, without running each: only that they are kept counts here."""
    connection = sqlite3.connect(FILE)
    with connection:
        connection.execute("UPDATE jobs SET status = 'completed', attempts = 1, updated = key * 1024 / 1e9")
    connection.close()


def timed(call: Callable[[], Any]) -> float:
    """Return the seconds that a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def stopping(size: int) -> Figures:
    """Return how long stop(grace=0.5) takes while another process holds the file and `size` jobs wait."""
    queue = Queue(workers=WORKERS, storage=SQLiteStorage(FILE, retention=KEEP_ALL))
    peer = Ours(storage=queue.storage, started=False)
    queue.register_handler("webhook", lambda ctx, payload: ctx.wait(60))
    submitted(peer, size)
    queue.__enter__()
    while not queue.count(peer.ctx)[Status.RUNNING]:
        time.sleep(0.01)
    with held():
        seconds = timed(partial(queue.stop, grace=GRACE))
    return {"seconds": seconds}


def waiting(waits: bool) -> Callable[[int], Figures]:
    """Return the measurement of `size` short jobs: waited for by wait_many, or run with nobody there to wait."""

    def measure(size: int) -> Figures:
        peer = Ours(storage=MemoryStorage(KEEP_ALL))
        start = time.perf_counter()
        jobs = submitted(peer, size)
        if waits:
            peer.queue.wait_many(peer.ctx, jobs)
            end = time.perf_counter()
        else:
            end = peer.finish(size)
        peer.close()
        return {"µs a job": (end - start) / size * 1e6}

    return measure
