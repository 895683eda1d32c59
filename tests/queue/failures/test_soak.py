"""A million jobs, one in twenty of which fails its first attempt: memory stays flat, and no thread is left.

pytest -m slow tests/queue/failures/test_soak.py -s      # about a minute; a plain `pytest` leaves it out
"""

import gc
import threading
import time
import tracemalloc

import pytest

from goqueue import Context, JobContext, MemoryStorage, Queue, Retention, Retry, Status

ROUNDS = 10
JOBS = 100_000  # a round


def fail_one_in_twenty(ctx: JobContext, payload: dict[str, int]) -> None:
    if payload["order"] % 20 == 0 and ctx.attempt == 1:
        raise ConnectionError("503 Service Unavailable")


@pytest.mark.slow
def test_a_million_jobs_leave_nothing_behind() -> None:
    before = set(threading.enumerate())
    queue = Queue(workers=4, storage=MemoryStorage(Retention(most=10_000)))
    queue.register_handler("webhook", fail_one_in_twenty, retry=Retry(attempts=3, base=0.001))
    ctx, sizes = Context(), []
    tracemalloc.start()
    with queue:
        for _ in range(ROUNDS):
            for order in range(JOBS):
                queue.submit_job(ctx, "webhook", {"order": order})
            while (counts := queue.count(ctx))[Status.PENDING] or counts[Status.RUNNING]:
                time.sleep(0.01)
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    print(f"\nMB after each {JOBS:,} jobs:", *(round(size / 1e6, 1) for size in sizes))
    assert queue.stop().completed == ROUNDS * JOBS
    # A dict may be caught as it grows. If jobs were kept, the last size would be ten times the first.
    assert max(sizes[1:]) < 1.5 * sizes[0], sizes
    assert set(threading.enumerate()) <= before
