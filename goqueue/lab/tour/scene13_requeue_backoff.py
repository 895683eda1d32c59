"""13, requeue with back-off: failed jobs come back by themselves, and a stop names what is left."""

import threading
import time
from dataclasses import dataclass
from typing import Any

from goqueue.lab.partner import Partner, down, flaky
from goqueue.lab.tour.claims import Claim, Scene, Timeline
from goqueue.lab.tour.shop import ATTEMPTS, EVERY, WORKERS, Countdown, Version, attempt, running, submit_all, wait_for

CAP = 1.0  # seconds: the back-off after a first attempt
TEN_MINUTES = 600.0
PARKED = 20  # jobs that wait for their next attempt when the stop comes


@dataclass(frozen=True)
class Left:
    """What 12 leaves behind."""

    pending: int
    delivered: int
    report: object


@dataclass(frozen=True)
class Done:
    """What 13 has done in the end."""

    seconds: float
    delivered: int
    second_attempts: int
    pending: int
    waits: tuple[float, ...]


@dataclass(frozen=True)
class Stopped:
    """A stop while jobs wait: how many did, how many of them the report names, how many lost nothing."""

    waiting: int
    seconds: float
    named: int
    intact: int


def play(before: Version, now: Version, orders: int) -> Scene:
    """Deliver to a flaky partner in both versions, then stop this one while jobs wait."""
    timeline = Timeline(f"job-{EVERY}", order=EVERY)
    left, done = never_again(before, orders), in_the_end(now, orders, timeline)
    return Scene(
        before=(nobody_runs_it(left, orders), left_unnamed(left)),
        now=(all_delivered(done, orders), spread_out(done, orders), stop_names_them(stop_while_they_wait(now))),
        timeline=timeline.text,
    )


def nobody_runs_it(left: Left, orders: int) -> Claim:
    return Claim(
        "A failed job could run again, and nobody runs it.",
        f"{left.pending} of {orders} jobs pending for ever, after 1 attempt of {ATTEMPTS}; "
        f"{left.delivered} orders delivered",
        left.pending == orders // EVERY > 0 and left.delivered == orders - left.pending,
    )


def left_unnamed(left: Left) -> Claim:
    return Claim(
        "A stop does not say what it leaves undone.",
        f"{left.pending} jobs were left; start() returned {left.report}",
        left.pending > 0 and left.report is None,
    )


def all_delivered(done: Done, orders: int) -> Claim:
    return Claim(
        "Every order is delivered in the end.",
        f"{done.delivered} of {orders} in {done.seconds:.1f} s, {done.second_attempts} of them at attempt 2; "
        f"{done.pending} pending",
        (done.delivered, done.pending) == (orders, 0) and done.second_attempts == orders // EVERY > 0,
    )


def spread_out(done: Done, orders: int) -> Claim:
    waits, different = done.waits, len(set(done.waits))
    return Claim(
        f"Each waits a random part of its back-off of {CAP:g} s, so they do not come back in one instant.",
        f"{len(waits)} waits, {different} different ones, "
        f"from {min(waits, default=0.0):.2f} to {max(waits, default=0.0):.2f} s",
        len(waits) == different == orders // EVERY and all(0 <= wait <= CAP for wait in waits),
    )


def stop_names_them(stopped: Stopped) -> Claim:
    return Claim(
        "A stop does not wait for waiting jobs; it names each, and no attempt is spent.",
        f"{stopped.waiting} jobs had ten minutes to wait; stopped in {stopped.seconds:.2f} s; "
        f"{stopped.named} named in the report, {stopped.intact} pending with 1 attempt",
        stopped.waiting == stopped.named == stopped.intact == PARKED and stopped.seconds < TEN_MINUTES / 10,
    )


def never_again(version: Version, orders: int) -> Left:
    """12: each job gets one attempt, however many it was allowed."""
    timeline, tried = Timeline("job-1", order=1), Countdown(orders)
    queue = version.Queue(workers=WORKERS, buffer_size=orders)

    def handler(ctx: Any, job_payload: dict[str, Any]) -> None:
        try:
            attempt(job_payload, timeline)
        finally:
            tried.one_done()

    queue.register_handler("webhook", handler)
    with Partner(flaky(EVERY)) as partner, running(version, queue) as run:
        submit_all(version, queue, partner.url, orders, timeline, ATTEMPTS)
        tried.wait("a first attempt at each order")
    pending = queue.storage.list_by_status(version.Context(), version.Status.PENDING)
    return Left(sum(job.attempts == 1 for job in pending), len(partner.orders()), run.report)


def in_the_end(version: Version, orders: int, timeline: Timeline) -> Done:
    """13: the same partner, the same orders, until each is delivered. The back-off is the version's own."""
    delivered, waits = Countdown(orders), []

    def backoff(job: Any) -> float:
        seconds: float = version.retry.full_jitter(job)
        timeline.note(job.payload["order"], f"waits {seconds:.2f} s")
        waits.append(seconds)
        return seconds

    def handler(ctx: Any, job_payload: dict[str, Any]) -> None:
        attempt(job_payload, timeline)
        delivered.one_done()

    queue = version.Queue(workers=WORKERS, buffer_size=orders, backoff=backoff)
    queue.register_handler("webhook", handler)
    with Partner(flaky(EVERY)) as partner, running(version, queue):
        start = time.monotonic()
        submit_all(version, queue, partner.url, orders, timeline, ATTEMPTS)
        delivered.wait("the delivery of every order")
        seconds = time.monotonic() - start
    ctx, status = version.Context(), version.Status
    completed = queue.storage.list_by_status(ctx, status.COMPLETED)
    return Done(
        seconds,
        len(partner.orders()),
        sum(job.attempts == 2 for job in completed),
        len(queue.storage.list_by_status(ctx, status.PENDING)),
        tuple(waits),
    )


def stop_while_they_wait(version: Version) -> Stopped:
    """13: the partner is down, each job has failed once and waits ten minutes; now stop."""
    timeline, lock, parked, all_parked = Timeline("job-1", order=1), threading.Lock(), set(), threading.Event()

    def ten_minutes(job: Any) -> float:
        with lock:
            parked.add(job.id)
            if len(parked) == PARKED:
                all_parked.set()
        return TEN_MINUTES

    queue = version.Queue(workers=WORKERS, buffer_size=PARKED, backoff=ten_minutes)
    queue.register_handler("webhook", lambda ctx, job_payload: attempt(job_payload, timeline))
    with Partner(down()) as partner, running(version, queue) as run:
        submit_all(version, queue, partner.url, PARKED, timeline, ATTEMPTS)
        wait_for(all_parked, "a first attempt at each order")
        start = time.monotonic()
        run.stop()
        seconds = time.monotonic() - start
    pending = queue.storage.list_by_status(version.Context(), version.Status.PENDING)
    intact = sum(job.attempts == 1 for job in pending)
    return Stopped(len(parked), seconds, len(parked & set(run.report.pending)), intact)
