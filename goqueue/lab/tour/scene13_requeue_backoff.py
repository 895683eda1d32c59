"""13, requeue with backoff: failed jobs come back by themselves, and a stop names what is left."""

import time
from dataclasses import dataclass
from typing import Any

from goqueue.lab.partner import Partner, down, flaky
from goqueue.lab.tour.claims import Claim, Scene, Timeline
from goqueue.lab.tour.shop import ATTEMPTS, EVERY, WORKERS, Countdown, Running, Version, attempt, submit_all

CAP = 1.0  # seconds: the backoff after a first attempt
TEN_MINUTES = 600.0
PARKED = 20  # jobs that wait for their next attempt when the stop comes


@dataclass(frozen=True)
class Left:
    """What 12 leaves behind."""

    pending: int
    report: object


@dataclass
class Wait:
    """One job's backoff: the seconds it was told to wait, and how long it did."""

    told: float
    since: float
    waited: float = 0.0

    @property
    def kept(self) -> bool:
        """Whether it was told a part of its backoff, and did not come back earlier."""
        return 0 <= self.told <= CAP and self.waited > self.told - 1e-6  # what floats lose


@dataclass(frozen=True)
class Done:
    """What 13 has done in the end."""

    seconds: float
    delivered: int
    second_attempts: int
    waits: tuple[Wait, ...]


@dataclass(frozen=True)
class Stopped:
    """A stop while PARKED jobs wait: how many of them the report names, how many still have all but one attempt."""

    seconds: float
    named: int
    intact: int


def play(before: Version, now: Version, orders: int) -> Scene:
    """Deliver to a flaky partner in both versions, then stop this one while jobs wait."""
    timeline = Timeline(order=EVERY)
    left, done, stopped = never_again(before, orders), in_the_end(now, orders, timeline), stop_while_they_wait(now)
    return Scene(
        before=(nobody_runs_it(left, orders), left_unnamed(left)),
        now=(
            all_delivered(done, orders),
            spread_out(done, orders),
            stop_does_not_wait(stopped),
            stop_names_them(stopped),
        ),
        timeline=timeline.text,
    )


def nobody_runs_it(left: Left, orders: int) -> Claim:
    return Claim(
        "A failed job could run again, nobody runs it",
        f"{left.pending} of {orders} pending for ever",
        left.pending == orders // EVERY > 0,
    )


def left_unnamed(left: Left) -> Claim:
    return Claim(
        "A stop does not say what it leaves undone",
        f"{left.pending} jobs, start() returned {left.report}",
        left.pending > 0 and left.report is None,
    )


def all_delivered(done: Done, orders: int) -> Claim:
    return Claim(
        "Failed jobs come back",
        f"{done.delivered} of {orders} delivered in {done.seconds:.1f} s, {done.second_attempts} at attempt 2",
        done.delivered == orders and done.second_attempts == orders // EVERY > 0,
    )


def spread_out(done: Done, orders: int) -> Claim:
    waited = [wait.waited for wait in done.waits]
    different = len({wait.told for wait in done.waits})
    return Claim(
        "They do not come back in one instant",
        f"{different} different waits, {min(waited, default=0.0):.2f} to {max(waited, default=0.0):.2f} s",
        len(waited) == different == orders // EVERY and all(wait.kept for wait in done.waits),
    )


def stop_does_not_wait(stopped: Stopped) -> Claim:
    return Claim(
        f"A stop does not wait for {PARKED} jobs due in ten minutes",
        f"{stopped.seconds:.2f} s",
        stopped.seconds < TEN_MINUTES / 10,
    )


def stop_names_them(stopped: Stopped) -> Claim:
    return Claim(
        "It names each, spends no attempt",
        f"{stopped.named} named, {stopped.intact} pending after 1 attempt",
        stopped.named == stopped.intact == PARKED,
    )


def never_again(version: Version, orders: int) -> Left:
    """12: each job gets one attempt, however many it was allowed."""
    tried, queue = Countdown(orders), version.Queue(workers=WORKERS, buffer_size=orders)

    def handler(ctx: Any, job_payload: dict[str, Any]) -> None:
        try:
            attempt(job_payload)
        finally:
            tried.one_done()

    queue.register_handler("webhook", handler)
    with Partner(flaky(EVERY)) as partner, Running(version, queue) as run:
        submit_all(version, queue, partner.url, orders, ATTEMPTS)
        tried.wait("a first attempt at each order")
    return Left(tried_once(version, queue), run.report)


def in_the_end(version: Version, orders: int, timeline: Timeline) -> Done:
    """13: the same partner, the same orders, until each is delivered. The backoff is the version's own."""
    delivered = Countdown(orders)
    waits: dict[int, Wait] = {}  # by order; one job has one owner at a time, so it needs no lock

    def backoff(job: Any) -> float:
        seconds: float = version.retry.full_jitter(job)
        order = job.payload["order"]
        timeline.note(order, f"waits {seconds:.2f} s")
        waits[order] = Wait(seconds, since=time.monotonic())
        return seconds

    def handler(ctx: Any, job_payload: dict[str, Any]) -> None:
        if wait := waits.get(job_payload["order"]):
            wait.waited = time.monotonic() - wait.since
        attempt(job_payload, timeline)
        delivered.one_done()

    queue = version.Queue(workers=WORKERS, buffer_size=orders, backoff=backoff)
    queue.register_handler("webhook", handler)
    with Partner(flaky(EVERY)) as partner, Running(version, queue):
        start = time.monotonic()
        submit_all(version, queue, partner.url, orders, ATTEMPTS, timeline)
        delivered.wait("the delivery of every order")
        seconds = time.monotonic() - start
    completed = queue.storage.list_by_status(version.Context(), version.Status.COMPLETED)
    second_attempts = sum(job.attempts == 2 for job in completed)
    return Done(seconds, len(partner.orders()), second_attempts, tuple(waits.values()))


def stop_while_they_wait(version: Version) -> Stopped:
    """13: the partner is down, each job has failed once and waits ten minutes; now stop."""
    parked = Countdown(PARKED)

    def ten_minutes(job: Any) -> float:
        parked.one_done()
        return TEN_MINUTES

    queue = version.Queue(workers=WORKERS, buffer_size=PARKED, backoff=ten_minutes)
    queue.register_handler("webhook", lambda ctx, job_payload: attempt(job_payload))
    with Partner(down()) as partner, Running(version, queue) as run:
        submit_all(version, queue, partner.url, PARKED, ATTEMPTS)
        parked.wait("a first attempt at each order")
        start = time.monotonic()
        run.stop()
        seconds = time.monotonic() - start
    return Stopped(seconds, len(set(run.report.pending)), tried_once(version, queue))


def tried_once(version: Version, queue: Any) -> int:
    """How many jobs are pending with one attempt spent."""
    pending = queue.storage.list_by_status(version.Context(), version.Status.PENDING)
    return sum(job.attempts == 1 for job in pending)
