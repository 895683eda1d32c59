"""The shop of the running story: it tells its partner of each order, with any version of the queue.

customers ── submit ──> a version's queue ── handler ── POST ──> Partner(script)
    └── how long each waited, the deliveries, the jobs in the end: a Day ──┘
"""

import contextlib
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from goqueue.lab.partner import Delivery, Partner, Script, deliver
from goqueue.lab.versions.course import course_root

if TYPE_CHECKING:
    from steps.promises.bench import Bench

WORKERS = 8
PATIENCE = 10.0  # seconds to wait for what should come soon; afterwards the scene fails, and the tour goes on


class NotInTime(Exception):
    """What a scene waited for did not come within PATIENCE."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: not within {PATIENCE:g} s")


@dataclass(frozen=True)
class Day:
    """What came of all orders. Times are in seconds since the partner opened."""

    seconds: float  # until the last attempt had ended
    checkouts: tuple[tuple[float, str, float], ...]  # when each customer came, the job's id, when the customer went on
    deliveries: tuple[Delivery, ...]
    jobs: tuple[Any, ...]  # as the queue has them after the stop, order 1 first
    report: Any = None  # what start() returned

    @property
    def wait(self) -> float:
        """How long a customer waited: the median."""
        return statistics.median(went - came for came, _, went in self.checkouts)

    @property
    def delivered(self) -> int:
        """How many orders the partner accepted."""
        return len({delivery.order for delivery in self.deliveries if delivery.status == 200})

    def count(self, status: str, attempts: int | None = None) -> int:
        """How many jobs have this status, and if `attempts` is given, have had so many."""
        return sum(job.status == status and (attempts is None or job.attempts == attempts) for job in self.jobs)

    def timeline(self, order: int) -> str:
        """What happened to one order, on one line."""
        came, _, went = self.checkouts[order - 1]
        events = [(came, "submitted"), (went, "the customer goes on")]
        events += [(one.at, f"attempt {one.attempt}: {one.status}") for one in self.deliveries if one.order == order]
        return f"Order {order}, in seconds: " + " · ".join(f"{at - came:.2f} {what}" for at, what in sorted(events))


def make_bench(version: ModuleType, **options: Any) -> "Bench":
    """A queue with no job in it, which is called in the same way whatever the version."""
    course_root()
    from steps.promises.bench import Bench

    bench = Bench(version, **options)
    bench.queue.storage.clear_storage()  # up to 10, all the queues of a program share their jobs
    return bench


def deliver_all(
    version: ModuleType, script: Script, orders: int, *, customers: int = 1, max_retry: int = 1, retries: int = 0
) -> Day:
    """Submit `orders` orders from `customers` threads, wait for an attempt at each and so many retries, and stop.

    Raises NotInTime.
    """
    bench, ended = make_bench(version, workers=WORKERS, buffer_size=orders), threading.Semaphore(0)

    def handler(ctx: Any, payload: dict[str, Any]) -> None:
        try:
            deliver(**payload)
        finally:
            ended.release()

    def submit(payload: dict[str, Any]) -> tuple[float, str, float]:
        came = time.monotonic()
        job_id = bench.submit(payload=payload, max_retry=max_retry).id
        return came - opened, job_id, time.monotonic() - opened

    bench.handle(handler)
    with Partner(script) as partner, running(bench):
        opened = time.monotonic()
        payloads = [{"url": partner.url, "order": order} for order in range(1, orders + 1)]
        with ThreadPoolExecutor(customers) as threads:
            checkouts = tuple(threads.map(submit, payloads))
        for _ in range(orders + retries):
            if not ended.acquire(timeout=PATIENCE):
                raise NotInTime("the end of all attempts")
        seconds = time.monotonic() - opened
    for payload in payloads:
        payload["order"] = 0  # the customers use their payloads again: a queue should not care
    jobs = tuple(bench.get(job_id) for _, job_id, _ in checkouts)
    return Day(seconds, checkouts, partner.deliveries, jobs, bench.report)


@contextlib.contextmanager
def running(bench: "Bench") -> Iterator[None]:
    """Run the queue in a thread, where it has start(), and stop it at the end of the block. Raises NotInTime."""
    if not hasattr(bench.queue, "start"):
        yield
        return
    stop = bench.context()
    # A daemon: a version that does not stop must not keep the tour from ending.
    thread = threading.Thread(target=lambda: setattr(bench, "report", bench.queue.start(stop)), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.cancel("the tour moves on")
        thread.join(PATIENCE)
    if thread.is_alive():
        raise NotInTime("the end of the queue's threads")
