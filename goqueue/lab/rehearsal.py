"""Rehearsals: real runs of a version that come out the same every time, so that a notebook may show them.

They run in virtual time: real threads, and a clock that jumps to the next deadline when all of them wait. So no load
on the machine shows, and ten minutes of retries take no time.

    worker-1 ── sleep(0.1) ──┐
    worker-2 ── sleep(0.3) ──┼── all asleep: the clock jumps to 0.1, and worker-1 goes on
    worker-3 ── sleep(0.2) ──┘
"""

import random
import threading
import time
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from goqueue.races import virtual_time

from .versions.course import course_root
from .views.lanes import Span
from .views.timeline import Attempt

if TYPE_CHECKING:
    from steps.promises.bench import Bench


def rehearse(version: ModuleType, seconds: Sequence[float], workers: int = 4) -> tuple[Span, ...]:
    """Deliver one webhook for each of `seconds` with a version's queue; return who was busy with which, and when.

    A version without workers runs them in the caller's thread. The lane of the worker that took the first job is
    called worker-1, and so on. Raises ValueError if one of `seconds` is below zero.
    """
    if unfit := [wait for wait in seconds if not wait >= 0]:
        raise ValueError(f"seconds holds {unfit[0]!r}: a delivery must last 0 seconds or more")
    taken: list[tuple[float, int, float, str]] = []  # start, order, end, thread

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        start = time.monotonic()
        time.sleep(seconds[payload["order"] - 1])
        taken.append((start, payload["order"], time.monotonic(), threading.current_thread().name))

    with virtual_time(modules=[version]):
        bench = _bench(version, workers=workers, buffer_size=max(len(seconds), 1))
        bench.handle(deliver)
        jobs = [bench.submit(payload={"order": order + 1}) for order in range(len(seconds))]
        with bench.running():
            for job in jobs:
                bench.later(job.id, "completed", seconds=sum(seconds) + 1.0)
    pooled = hasattr(version, "pool")
    lanes: dict[str, str] = {}  # thread -> lane
    for _, _, _, thread in sorted(taken):
        lanes.setdefault(thread, f"worker-{len(lanes) + 1}" if pooled else "caller")
    spans = (Span(lanes[thread], start, end, f"order {order}") for start, order, end, thread in sorted(taken))
    return tuple(sorted(spans, key=lambda span: list(lanes.values()).index(span.lane)))


def rehearse_stop(
    version: ModuleType, seconds: Sequence[float], stop_at: float, workers: int = 2
) -> tuple[tuple[Span, ...], list[str]]:
    """Deliver webhooks as `rehearse` does, and stop the queue at `stop_at` seconds; return the spans, and what is left.

    The version has workers (12, or a later one).
    """
    spans: list[Span] = []

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        start, order = time.monotonic(), payload["order"]
        time.sleep(seconds[order - 1])
        spans.append(Span(threading.current_thread().name, start, time.monotonic(), f"order {order}"))

    with virtual_time(modules=[version]):
        queue = version.Queue(workers=workers, buffer_size=len(seconds))
        queue.register_handler("webhook", deliver)
        for order in range(1, len(seconds) + 1):
            queue.submit_job(version.Context(), "webhook", {"order": order})
        queue.start(version.Context().with_timeout(stop_at))
    left = queue.storage.list_by_status(version.Context(), "pending")
    return tuple(sorted(spans, key=lambda span: span.lane)), [f"order {job.payload['order']}" for job in left]


def rehearse_retries(
    version: ModuleType, refusals: Mapping[int, int], max_retry: int, takes: float = 0.2
) -> tuple[Attempt, ...]:
    """Deliver orders to a partner that refuses each as often as `refusals` says; return all attempts.

    The waits are those that full jitter chooses, from a seed for each order, so they are the same in every run.
    Each order has a worker, so none waits for another. `takes` is how long an attempt lasts, in seconds.
    """

    def backoff(job: Any) -> float:
        seed = job.payload["order"] * 1000 + job.attempts
        return random.Random(seed).uniform(0.0, job.backoff_duration())

    tried: dict[int, list[Attempt]] = {order: [] for order in refusals}

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        order, start = payload["order"], time.monotonic()
        number = len(tried[order]) + 1
        time.sleep(takes)
        outcome = "failed" if number <= refusals[order] else "completed"
        tried[order].append(Attempt(f"order {order}", number, round(start, 2), round(time.monotonic(), 2), outcome))
        if outcome == "failed":
            raise ConnectionError("503 Service Unavailable")

    with virtual_time(modules=[version]):
        bench = _bench(version, workers=max(len(refusals), 1), backoff=backoff)
        bench.handle(deliver)
        jobs = [bench.submit(payload={"order": order}, max_retry=max_retry) for order in refusals]
        with bench.running():
            for job in jobs:
                bench.later(job.id, "completed", "failed", seconds=(takes + 60.0) * (max_retry + 1))
    return tuple(attempt for attempts in tried.values() for attempt in attempts)


def _bench(version: ModuleType, **options: Any) -> "Bench":
    course_root()
    from steps.promises.bench import Bench

    return Bench(version, **options)
