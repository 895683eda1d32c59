"""Ctrl-C at random moments, a few thousand times: it reaches the main thread, and the queue works on.

`tests/queue/races/test_interrupts.py` lets it come at each step of small models; here the whole queue runs for real.
"""

import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from goqueue import Queue, SQLiteStorage, Status

from ..files import DURABILITIES
from ..parts import PATIENCE, ctx, queue_of

pytestmark = [
    pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no interval timer"),
    # One that comes in a finalizer, perhaps of what another test has left, is lost, and Python says so.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


LOST = 5.0  # seconds after which one that was raised in a finalizer, and so was lost, comes again


def storm(queue: Queue, interrupts: int) -> int:
    """Submit jobs and wait for some, while an interrupt comes every few milliseconds. Return how many came."""
    came, number, armed, raised = 0, 0, False, 0.0

    def ring(number: int, frame: object) -> None:
        nonlocal armed, raised
        now = time.monotonic()
        if armed or now > raised + LOST:
            armed, raised = False, now  # until it has arrived
            raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0013)
    try:
        while came < interrupts:
            try:
                armed = True
                while True:
                    number += 1
                    job = queue.submit_job(ctx, "webhook", {"order": number})
                    if number % 3 == 0:
                        queue.wait(ctx, job)
                    if number % 5 == 0:
                        queue.cancel(ctx, job)
                    if number % 50 == 0:
                        queue.wait_many(ctx, queue.submit_many(ctx, "webhook", range(20)))
            except KeyboardInterrupt:
                came += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, previous)
    return came


@pytest.mark.parametrize("interrupts", [60, pytest.param(1_500, marks=pytest.mark.slow)])
def test_interrupts_at_random_moments_leave_the_queue_usable(interrupts: int) -> None:
    began = set(threading.enumerate())
    with queue_of(lambda ctx, payload: payload, workers=2) as queue:
        assert storm(queue, interrupts) >= interrupts
        pool: Any = queue.pool
        until = time.monotonic() + PATIENCE
        while (counts := queue.count(ctx))[Status.PENDING] or counts[Status.RUNNING]:
            assert time.monotonic() < until, f"jobs are left, and nobody runs them: {counts}"
            time.sleep(0.01)
        assert queue.wait(ctx, queue.submit_job(ctx, "webhook", 17)).result == 17
        for lock in (pool.floor.lock, pool.waiting._lock, pool.storage._lock):
            assert lock.acquire(timeout=PATIENCE), "a lock is held for ever"
            lock.release()
        assert pool.floor.producers == []
        assert len(pool.floor.idle) <= 2
        assert len(pool.waiting.by_key) <= interrupts / 100, "callers that have gone are registered"
    assert set(threading.enumerate()) <= began  # threads of earlier tests may end meanwhile
    assert sys.exc_info() == (None, None, None)


@pytest.mark.parametrize("interrupts", [60, pytest.param(1_500, marks=pytest.mark.slow)])
@pytest.mark.parametrize("durability", DURABILITIES)
def test_interrupts_at_random_moments_leave_a_queue_on_a_file_usable(
    path: Path, durability: str, interrupts: int
) -> None:
    queue = Queue(workers=2, storage=SQLiteStorage(path, durability=durability))
    queue.register_handler("webhook", lambda ctx, payload: payload)
    with queue:
        assert storm(queue, interrupts) >= interrupts
        until = time.monotonic() + PATIENCE
        while (counts := queue.count(ctx))[Status.PENDING] or counts[Status.RUNNING]:
            assert time.monotonic() < until, f"jobs are left, and nobody runs them: {counts}"
            time.sleep(0.01)
        assert queue.wait(ctx, queue.submit_job(ctx, "webhook", 17)).result == 17
        assert counts[Status.FAILED] == 0
    queue.close()
