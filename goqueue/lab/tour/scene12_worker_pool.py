"""12, worker pool: eight threads deliver side by side, and no customer waits for a partner."""

import statistics
import threading
import time
from dataclasses import dataclass
from typing import Any

from goqueue.lab.partner import Partner, slow
from goqueue.lab.tour.claims import Claim, Scene, Timeline
from goqueue.lab.tour.shop import PARTNER_SECONDS, WORKERS, Countdown, Running, Version, attempt, submit_all

AT_LEAST = 2.0  # times as fast with WORKERS workers: the machine may be busy with other things


@dataclass(frozen=True)
class Run:
    """One way through all the orders: seconds in all, seconds a customer waited (the median), deliveries at a time."""

    seconds: float
    wait: float
    delivered: int
    most_at_once: int


def play(before: Version, now: Version, orders: int) -> Scene:
    """Deliver the same orders to the same partner, one at a time and then with workers."""
    timeline = Timeline(order=orders)  # the last one: it waits for all the others
    slow_run = one_at_a_time(before, orders)
    fast_run, left = with_workers(now, orders, timeline)
    return Scene(
        before=(one_by_one(slow_run, orders), customers_wait(slow_run)),
        now=(side_by_side(slow_run, fast_run, orders), customers_go_on(slow_run, fast_run)),
        wrong=(nobody_handles(unknown_type(before), left),),
        timeline=timeline.text,
    )


def one_by_one(run: Run, orders: int) -> Claim:
    return Claim(
        "One delivery at a time",
        f"{run.delivered} of {orders} in {run.seconds:.1f} s, never more than {run.most_at_once} at once",
        run.delivered == orders and run.most_at_once == 1,
    )


def customers_wait(run: Run) -> Claim:
    return Claim(
        "Each customer waits for the partner",
        f"{run.wait * 1000:.1f} ms (median)",
        run.wait >= 0.9 * PARTNER_SECONDS,
    )


def side_by_side(slow_run: Run, run: Run, orders: int) -> Claim:
    ratio = slow_run.seconds / run.seconds
    return Claim(
        f"{WORKERS} workers",
        f"{run.delivered} of {orders} in {run.seconds:.1f} s, up to {run.most_at_once} at once, "
        f"{ratio:.1f} times as fast",
        run.delivered == orders and ratio >= AT_LEAST and 1 < run.most_at_once <= WORKERS,
    )


def customers_go_on(slow_run: Run, run: Run) -> Claim:
    return Claim(
        "No customer waits, submit returns at once",
        f"{run.wait * 1000:.2f} ms (median)",
        run.wait < slow_run.wait / 2,
    )


def nobody_handles(said: str, left: str) -> Claim:
    return Claim(
        "A job without a handler waits for ever",
        f"{left}; before: {said}",
        said == "LookupError" and left == "pending",
    )


class AtOnce:
    """Counts how many threads are inside its `with` block at one time."""

    def __init__(self) -> None:
        self.most = 0
        self._inside = 0
        self._lock = threading.Lock()  # guards both counts

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1


def one_at_a_time(version: Version, orders: int) -> Run:
    """11: each submit delivers, and the caller waits."""
    queue, at_once = version.Queue(), AtOnce()

    def handler(ctx: Any, job_payload: dict[str, Any]) -> None:
        with at_once:
            attempt(job_payload)

    queue.register_handler("webhook", handler)
    with Partner(slow(PARTNER_SECONDS)) as partner:
        start = time.monotonic()
        waits = submit_all(version, queue, partner.url, orders)
        seconds = time.monotonic() - start
    return Run(seconds, statistics.median(waits), len(partner.orders()), at_once.most)


def with_workers(version: Version, orders: int, timeline: Timeline) -> tuple[Run, str]:
    """12: submit hands over, the workers deliver. Return the run, and what became of a job that nobody handles."""
    queue, at_once, handled = version.Queue(workers=WORKERS, buffer_size=orders + 1), AtOnce(), Countdown(orders)

    def handler(ctx: Any, job_payload: dict[str, Any]) -> None:
        try:
            with at_once:
                attempt(job_payload, timeline)
        finally:
            handled.one_done()

    queue.register_handler("webhook", handler)
    unknown = queue.submit_job(version.Context(), "invoice", {"order": 1})  # the first in: it does get its turn
    with Partner(slow(PARTNER_SECONDS)) as partner, Running(version, queue):
        start = time.monotonic()
        waits = submit_all(version, queue, partner.url, orders, timeline=timeline)
        handled.wait("all deliveries")
        seconds = time.monotonic() - start
    left = queue.get_job(version.Context(), unknown.id)  # after the stop: now nothing moves
    return Run(seconds, statistics.median(waits), len(partner.orders()), at_once.most), how_it_ended(left)


def unknown_type(version: Version) -> str:
    """11: what submit says to a type that has no handler."""
    try:
        return how_it_ended(version.Queue().submit_job(version.Context(), "invoice", {"order": 1}))
    except LookupError as error:
        return type(error).__name__


def how_it_ended(job: Any) -> str:
    return f"{job.status}, {job.error}" if job.error else str(job.status)
