"""12, worker pool: eight threads deliver side by side, and no customer waits for a partner."""

import statistics
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from goqueue.lab.partner import Partner, slow
from goqueue.lab.tour.claims import Claim, Scene, Timeline
from goqueue.lab.tour.shop import PARTNER_SECONDS, WORKERS, Countdown, Version, attempt, running, submit_all

AT_LEAST = 2.0  # times as fast with WORKERS workers: the machine may be busy with other things


@dataclass
class Run:
    """One way through all the orders: seconds in all, seconds each customer waited, deliveries at one time."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    delivered: int = 0
    most_at_once: int = 0
    unknown: str = ""  # what became of a job whose type has no handler

    @property
    def wait(self) -> float:
        """Seconds a customer waits: the median."""
        return statistics.median(self.waits)


def play(before: Version, now: Version, orders: int) -> Scene:
    """Deliver the same orders to the same partner, one at a time and then with workers."""
    followed = min(17, orders)
    timeline = Timeline(f"job-{followed + 1}", followed)  # job-1 is the one that nobody handles
    slow_run, fast_run = one_at_a_time(before, orders), with_workers(now, orders, timeline)
    return Scene(
        before=(one_by_one(slow_run, orders), customers_wait(slow_run)),
        now=(side_by_side(slow_run, fast_run, orders), customers_go_on(slow_run, fast_run)),
        still=(nobody_handles(unknown_type(before), fast_run.unknown),),
        timeline=timeline.text,
    )


def one_by_one(run: Run, orders: int) -> Claim:
    return Claim(
        "One delivery at a time: the shop is as slow as its partner.",
        f"{run.delivered} of {orders} delivered in {run.seconds:.1f} s, never more than {run.most_at_once} at once",
        run.delivered == orders and run.most_at_once == 1,
    )


def customers_wait(run: Run) -> Claim:
    return Claim(
        "Each customer waits for a partner whom he does not know.",
        f"{run.wait * 1000:.1f} ms at the checkout (median), {sum(run.waits):.1f} s in all",
        run.wait >= 0.9 * PARTNER_SECONDS,
    )


def side_by_side(slow_run: Run, run: Run, orders: int) -> Claim:
    ratio = slow_run.seconds / run.seconds
    return Claim(
        f"{WORKERS} workers deliver side by side, at least {AT_LEAST:g} times as fast.",
        f"{run.delivered} of {orders} delivered in {run.seconds:.1f} s, {ratio:.1f} times as fast, "
        f"up to {run.most_at_once} at once",
        run.delivered == orders and ratio >= AT_LEAST and 1 < run.most_at_once <= WORKERS,
    )


def customers_go_on(slow_run: Run, run: Run) -> Claim:
    return Claim(
        "The customer does not wait: submit returns at once.",
        f"{run.wait * 1000:.2f} ms at the checkout (median), {sum(run.waits):.2f} s in all",
        run.wait < slow_run.wait / 2,
    )


def nobody_handles(said: str, left: str) -> Claim:
    return Claim(
        "A job whose type has no handler waits for ever; one step ago submit said so at once.",
        f"before: {said}; now: {left}",
        said.startswith("LookupError") and left == "pending, no error",
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
    run, at_once, timeline = Run(), AtOnce(), Timeline("job-1", order=1)
    queue = version.Queue()

    def handler(ctx: Any, job_payload: dict[str, Any]) -> None:
        with at_once:
            attempt(job_payload, timeline)

    queue.register_handler("webhook", handler)
    with Partner(slow(PARTNER_SECONDS)) as partner:
        start = time.monotonic()
        run.waits = submit_all(version, queue, partner.url, orders, timeline)
        run.seconds = time.monotonic() - start
    run.delivered, run.most_at_once = len(partner.orders()), at_once.most
    return run


def with_workers(version: Version, orders: int, timeline: Timeline) -> Run:
    """12: submit hands over, the workers deliver. One job more has a type that nobody handles."""
    run, at_once, handled = Run(), AtOnce(), Countdown(orders)
    queue = version.Queue(workers=WORKERS, buffer_size=orders + 1)

    def handler(ctx: Any, job_payload: dict[str, Any]) -> None:
        try:
            with at_once:
                attempt(job_payload, timeline)
        finally:
            handled.one_done()

    queue.register_handler("webhook", handler)
    unknown = queue.submit_job(version.Context(), "invoice", {"order": 1})  # the first in: it does get its turn
    with Partner(slow(PARTNER_SECONDS)) as partner, running(version, queue):
        start = time.monotonic()
        run.waits = submit_all(version, queue, partner.url, orders, timeline)
        handled.wait("all deliveries")
        run.seconds = time.monotonic() - start
    job = queue.get_job(version.Context(), unknown.id)  # after the stop: now nothing moves
    run.delivered, run.most_at_once = len(partner.orders()), at_once.most
    run.unknown = f"{job.status}, {job.error or 'no error'}"
    return run


def unknown_type(version: Version) -> str:
    """11: what submit says to a type that has no handler."""
    try:
        job = version.Queue().submit_job(version.Context(), "invoice", {"order": 1})
    except LookupError as error:
        return f"{type(error).__name__}: {error}"
    return f"{job.status}, {job.error or 'no error'}"
