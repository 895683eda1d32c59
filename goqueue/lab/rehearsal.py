"""Rehearsals: real runs of a version that come out the same every time, so that a notebook may show them.

The handlers do not sleep by the computer's clock. They sleep on a `TurnClock`, which moves only when every worker that
has a job is asleep, and then wakes one of them. So one thread moves at a time, and no load on the machine shows.

    worker-1 ── sleep(0.1) ──┐
    worker-2 ── sleep(0.3) ──┼── all asleep: the clock jumps to 0.1, and worker-1 goes on alone
    worker-3 ── sleep(0.2) ──┘
"""

import heapq
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .versions.course import course_root
from .views.lanes import Span
from .views.timeline import Attempt

if TYPE_CHECKING:
    from steps.promises.bench import Bench

PATIENCE = 4.0  # seconds of real time, less than a bench waits; only a version that is broken makes us wait so long
FASTER = 1000.0  # a rehearsal of retries waits so many times less than it says


class TurnClock:
    """A clock for `jobs` sleeps, `workers` of them at once. It starts at 0.0 seconds. Any thread may call it.

    >>> clock = TurnClock(workers=1, jobs=2)
    >>> clock.sleep(0.1, turn=1), clock.sleep(0.2, turn=2)
    ((0.0, 0.1), (0.1, 0.3))
    """

    def __init__(self, workers: int, jobs: int) -> None:
        self._workers = workers
        # Guards the fields below; nothing else is locked while it is held.
        self._moved = threading.Condition(threading.Lock())
        self._left = jobs
        self._now = 0.0
        self._asleep: list[tuple[float, int]] = []  # (when to wake, turn), earliest first
        self._woken: set[int] = set()
        self._given_up = False

    def sleep(self, seconds: float, turn: int) -> tuple[float, float]:
        """Sleep; return when that began and ended. Of two that end together, the lower `turn` wakes first.

        Raises TimeoutError if the other sleepers never come; when one has given up, all do.
        """
        with self._moved:
            start = self._now
            heapq.heappush(self._asleep, (round(start + seconds, 9), turn))
            self._wake_one()
            self._moved.wait_for(lambda: turn in self._woken or self._given_up, PATIENCE)
            if self._given_up or turn not in self._woken:
                self._given_up = True
                self._moved.notify_all()
                raise TimeoutError(f"fewer than {self._workers} jobs came to sleep at once: start so many workers")
            self._left -= 1
            end = self._now
            if self._left < self._workers:
                self._wake_one()  # nobody comes to sleep in this one's place
            return start, end

    def _wake_one(self) -> None:
        if self._asleep and len(self._asleep) == min(self._workers, self._left):
            self._now, turn = heapq.heappop(self._asleep)
            self._woken.add(turn)
            self._moved.notify_all()


def rehearse(version: ModuleType, seconds: Sequence[float], workers: int = 4) -> tuple[Span, ...]:
    """Deliver one webhook for each of `seconds` with a version's queue; return who was busy with which, and when.

    A version without workers runs them in the caller's thread. The lane of the worker that took the first job is
    called worker-1, and so on. Raises TimeoutError if the version does not run `workers` jobs at once.
    """
    pooled = hasattr(version, "pool")
    clock = TurnClock(min(workers, len(seconds)) if pooled else 1, len(seconds))
    taken: list[tuple[float, int, float, str]] = []  # start, order, end, thread

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        start, end = clock.sleep(seconds[payload["order"] - 1], turn=payload["order"])
        taken.append((start, payload["order"], end, threading.current_thread().name))

    bench = _bench(version, workers=workers, buffer_size=len(seconds))
    bench.handle(deliver)
    jobs = [bench.submit(payload={"order": order + 1}) for order in range(len(seconds))]
    with bench.running():
        for job in jobs:
            bench.wait_for(job.id, "completed", "failed")
    if len(taken) < len(jobs):
        raise TimeoutError(f"this version does not run {workers} jobs at once: does it start {workers} workers?")
    lanes: dict[str, str] = {}  # thread -> lane
    for _, _, _, thread in sorted(taken):
        lanes.setdefault(thread, f"worker-{len(lanes) + 1}" if pooled else "caller")
    spans = (Span(lanes[thread], start, end, f"order {order}") for start, order, end, thread in sorted(taken))
    return tuple(sorted(spans, key=lambda span: list(lanes.values()).index(span.lane)))


def rehearse_retries(
    version: ModuleType, refusals: Mapping[int, int], max_retry: int, takes: float = 0.2
) -> tuple[Attempt, ...]:
    """Deliver orders to a partner that refuses each as often as `refusals` says; return all attempts.

    The waits are those that full jitter chooses, from a seed for each order, so they are the same in every run. The
    run itself waits a thousand times less. `takes` is how long an attempt lasts, in seconds, on the timeline.
    """
    waits: dict[int, list[float]] = {order: [] for order in refusals}

    def backoff(job: Any) -> float:
        seed = job.payload["order"] * 1000 + job.attempts
        waits[job.payload["order"]].append(random.Random(seed).uniform(0.0, job.backoff_duration()))
        return waits[job.payload["order"]][-1] / FASTER

    left = dict(refusals)

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        left[payload["order"]] -= 1
        if left[payload["order"]] >= 0:
            raise ConnectionError("503 Service Unavailable")

    bench = _bench(version, workers=1, backoff=backoff)
    bench.handle(deliver)
    jobs = [bench.submit(payload={"order": order}, max_retry=max_retry) for order in refusals]
    with bench.running():
        ended = [bench.wait_for(job.id, "completed", "failed") for job in jobs]
    return tuple(
        attempt
        for job in ended
        for attempt in _attempts(job.payload["order"], job.attempts, job.status, waits[job.payload["order"]], takes)
    )


def _attempts(order: int, attempts: int, status: str, waits: list[float], takes: float) -> list[Attempt]:
    found, start = [], 0.0
    for number in range(1, attempts + 1):
        outcome = str(status) if number == attempts else "failed"
        found.append(Attempt(f"order {order}", number, round(start, 2), round(start + takes, 2), outcome))
        if number < attempts:
            start += takes + waits[number - 1]
    return found


def watched_job(version: ModuleType, do: Callable[[], object]) -> Any:
    """Return job-1 for order 17, which calls `do` once, when somebody reads its status for the first time hereafter."""
    course_root()
    from steps.promises.step11 import watched_job as watched

    armed: list[Callable[[], object]] = []
    job = watched(_bench(version), lambda: armed and armed.pop()())
    armed.append(do)
    return job


def _bench(version: ModuleType, **options: Any) -> "Bench":
    course_root()
    from steps.promises.bench import Bench

    return Bench(version, **options)
