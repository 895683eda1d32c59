"""The shop of the running story: it tells its partner of each order, with any version of the queue, and notes it all.

customers ── submit ──> a version's queue ── handler ── POST ──> Partner(script)
    └────────── how long each waited, each attempt, the jobs in the end: a Day
"""

import contextlib
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate
from types import ModuleType
from typing import TYPE_CHECKING, Any

from goqueue.lab.partner import DeliveryFailed, Partner, Script, deliver
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
class Attempt:
    """One attempt to deliver an order. The outcome is ✓, or ✗ and the partner's status."""

    order: int
    start: float
    end: float
    outcome: str


@dataclass(frozen=True)
class Day:
    """What came of all orders. Times are in seconds on one clock."""

    start: float
    end: float  # of the last attempt
    checkouts: tuple[tuple[float, str, float], ...]  # when each customer came, the job's id, when the customer went on
    attempts: tuple[Attempt, ...]
    delivered: int  # orders that the partner accepted
    jobs: tuple[Any, ...]  # as the queue has them after the stop, order 1 first
    report: Any = None  # what start() returned

    @property
    def seconds(self) -> float:
        """How long it took to deliver all orders."""
        return self.end - self.start

    @property
    def wait(self) -> float:
        """How long a customer waited: the median."""
        return statistics.median(went - came for came, _, went in self.checkouts)

    @property
    def at_once(self) -> int:
        """The most attempts that were under way at one time."""
        edges = [edge for attempt in self.attempts for edge in ((attempt.start, 1), (attempt.end, -1))]
        return max(accumulate(change for _, change in sorted(edges)))

    def count(self, status: str, attempts: int | None = None) -> int:
        """How many jobs have this status, and if `attempts` is given, have had so many."""
        return sum(job.status == status and (attempts is None or job.attempts == attempts) for job in self.jobs)

    def timeline(self, order: int) -> str:
        """What happened to one order, on one line."""
        came, _, went = self.checkouts[order - 1]
        tries = [attempt for attempt in self.attempts if attempt.order == order]
        events = [(attempt.end, f"attempt {number} {attempt.outcome}") for number, attempt in enumerate(tries, 1)]
        events += [(came, "submitted"), (went, "the customer goes on")]
        return f"Order {order}, in seconds: " + " · ".join(f"{at - came:.2f} {what}" for at, what in sorted(events))


def make_bench(version: ModuleType, **options: Any) -> "Bench":
    """A queue with no job in it, which is called in the same way whatever the version."""
    course_root()
    from steps.promises.bench import Bench

    bench = Bench(version, **options)
    bench.queue.storage.clear_storage()  # up to 10, all the queues of a program share their jobs
    return bench


def deliver_all(
    version: ModuleType,
    script: Script,
    orders: int,
    *,
    customers: int = 1,
    max_retry: int = 1,
    attempts: int | None = None,
    **options: Any,
) -> Day:
    """Submit `orders` orders from `customers` threads, wait until `attempts` have ended (default: one each), and stop.

    Raises NotInTime.
    """
    bench = make_bench(version, workers=WORKERS, buffer_size=orders, **options)
    log, ended = list[Attempt](), threading.Semaphore(0)
    bench.handle(lambda ctx, payload: attempt(payload, log, ended))

    def submit(payload: dict[str, Any]) -> tuple[float, str, float]:
        came = time.monotonic()
        return came, bench.submit(payload=payload, max_retry=max_retry).id, time.monotonic()

    with Partner(script) as partner:
        payloads = [{"url": partner.url, "order": order} for order in range(1, orders + 1)]
        with running(bench):
            start = time.monotonic()
            with ThreadPoolExecutor(customers) as threads:
                checkouts = tuple(threads.map(submit, payloads))
            for _ in range(orders if attempts is None else attempts):
                if not ended.acquire(timeout=PATIENCE):
                    raise NotInTime("the end of all attempts")
            end = time.monotonic()
    for payload in payloads:
        payload["order"] = 0  # the customers use their payloads again: a queue should not care
    jobs = tuple(bench.get(job_id) for _, job_id, _ in checkouts)
    return Day(start, end, checkouts, tuple(log), len(partner.orders()), jobs, bench.report)


def attempt(payload: dict[str, Any], log: list[Attempt], ended: threading.Semaphore) -> None:
    """Deliver an order and log how it went. Raises DeliveryFailed if the partner refuses."""
    start, outcome = time.monotonic(), "✓"
    try:
        deliver(**payload)
    except DeliveryFailed as failure:
        outcome = f"✗ {failure.status}"
        raise
    finally:
        log.append(Attempt(payload["order"], start, time.monotonic(), outcome))
        ended.release()


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
