"""The shop of the running story, as the scenes stage it: orders, attempts to deliver them, a queue at work."""

import threading
import time
from types import ModuleType
from typing import Any, Self

from goqueue.lab.partner import DeliveryFailed, deliver
from goqueue.lab.tour.claims import NOBODY, Timeline

Version = ModuleType  # a version's package, as `goqueue.lab.load` gives it

PARTNER_SECONDS = 0.015  # what a healthy partner takes for an answer
EVERY = 8  # a flaky partner refuses each 8th order the first time it comes
ATTEMPTS = 3  # what the shop allows a job that may fail
WORKERS = 8
PATIENCE = 10.0  # seconds a scene waits for what should come soon; then its claims are false, and the tour goes on


class NotInTime(Exception):
    """What a scene waited for did not come within PATIENCE."""


def payload(url: str, order: int) -> dict[str, Any]:
    """The payload of a job that tells the partner at `url` of one order."""
    return {"url": url, "order": order}


def attempt(job_payload: dict[str, Any], timeline: Timeline = NOBODY) -> None:
    """Deliver a job's order, and note how it went. Raises DeliveryFailed if the partner refuses."""
    order = job_payload["order"]
    try:
        deliver(job_payload["url"], order)
    except DeliveryFailed as failure:
        timeline.note_attempt(order, f"✗ {failure.status}")
        raise
    timeline.note_attempt(order, "✓")


def submit_all(
    version: Version, queue: Any, url: str, orders: int, attempts: int = 1, timeline: Timeline = NOBODY
) -> list[float]:
    """Submit orders 1 to `orders` to a queue of version 10 or later; return how long each submit took, in seconds."""
    seconds = []
    for order in range(1, orders + 1):
        timeline.note(order, "submitted")
        start = time.monotonic()
        queue.submit_job(version.Context(), "webhook", payload(url, order), max_retry=attempts)
        seconds.append(time.monotonic() - start)
        timeline.note(order, "the customer goes on")
    return seconds


class Countdown:
    """Lets one thread wait until other threads have done something `count` times; then `over` is set.

    >>> countdown = Countdown(1)
    >>> countdown.one_done()
    >>> countdown.wait("one order")
    >>> countdown.over.is_set()
    True
    """

    def __init__(self, count: int) -> None:
        self._left = count
        self._lock = threading.Lock()  # guards _left
        self.over = threading.Event()

    def one_done(self) -> None:
        """Count one."""
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self.over.set()

    def wait(self, what: str) -> None:
        """Wait for all of them. Raises NotInTime, naming `what`, after PATIENCE seconds."""
        wait_for(self.over, what)


def wait_for(event: threading.Event, what: str) -> None:
    """Wait for `event`. Raises NotInTime, naming `what`, after PATIENCE seconds."""
    if not event.wait(PATIENCE):
        raise NotInTime(f"{what}: not within {PATIENCE:g} s")


class Running:
    """A queue of version 12 or later, running in a thread of its own for one `with` block."""

    def __init__(self, version: Version, queue: Any) -> None:
        self.report: Any = None  # what start() returned
        self._queue = queue
        self._ctx = version.Context().with_cancel()
        # A daemon: a version that does not stop must not keep the tour from ending.
        self._thread = threading.Thread(target=self._run, name="queue", daemon=True)

    def _run(self) -> None:
        self.report = self._queue.start(self._ctx)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the queue's context and wait until start() has returned. A second call changes nothing."""
        self._ctx.cancel("the tour moves on")
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            raise NotInTime(f"the end of the queue's threads: not within {PATIENCE:g} s")
