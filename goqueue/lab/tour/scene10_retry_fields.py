"""10, retry fields: a job remembers how often it ran and why it failed, so somebody can act on it.

Nothing here retries by itself: the scene walks through the jobs that may run again and calls the processor.
"""

from dataclasses import dataclass
from typing import Any

from goqueue.lab.partner import DeliveryFailed, Partner, deliver, flaky
from goqueue.lab.tour.claims import Claim, Scene, Timeline
from goqueue.lab.tour.shop import ATTEMPTS, EVERY, Version, attempt, payload, submit_all

REFUSAL = "503"


@dataclass(frozen=True)
class Lost:
    """What a run without retries leaves: how many failed, how many of them one more try saves, how many say why."""

    failed: int
    saved_by_hand: int
    say_why: int


@dataclass(frozen=True)
class Kept:
    """What a run with retry fields leaves: the jobs that wait, and what one more attempt makes of them."""

    waiting: int
    say_why: int
    saved: int
    completed: int
    timeline: str


def play(before: Version, now: Version, orders: int) -> Scene:
    """Deliver `orders` orders to a flaky partner in both versions."""
    lost, kept = one_attempt(before, orders), two_attempts(now, orders)
    return Scene(
        before=(fails_for_good(lost, orders), does_not_say_why(lost)),
        now=(says_why(kept, orders), saved_by_one_more(kept, orders)),
        wrong=(nothing_by_itself(kept, orders),),
        timeline=kept.timeline,
    )


def fails_for_good(lost: Lost, orders: int) -> Claim:
    return Claim(
        "One refusal loses the order",
        f"{lost.failed} of {orders} failed, one retry would save {lost.saved_by_hand}",
        lost.failed == lost.saved_by_hand == orders // EVERY > 0,
    )


def does_not_say_why(lost: Lost) -> Claim:
    return Claim(
        "A failed job does not say why",
        f"{lost.say_why} of {lost.failed} mention the {REFUSAL}",
        lost.failed > 0 and lost.say_why == 0,
    )


def says_why(kept: Kept, orders: int) -> Claim:
    return Claim(
        "A failed job says why and how often it ran",
        f"{kept.say_why} of {kept.waiting} say {REFUSAL}, 1 attempt",
        kept.say_why == kept.waiting == orders // EVERY > 0,
    )


def saved_by_one_more(kept: Kept, orders: int) -> Claim:
    return Claim(
        "One more attempt saves it",
        f"{kept.saved} of {kept.waiting} saved, {kept.completed} of {orders} completed",
        kept.saved == kept.waiting > 0 and kept.completed == orders,
    )


def nothing_by_itself(kept: Kept, orders: int) -> Claim:
    return Claim(
        "Nothing retries by itself",
        f"{kept.waiting} jobs stayed pending until the tour ran them",
        kept.waiting == orders // EVERY > 0,
    )


def one_attempt(version: Version, orders: int) -> Lost:
    """09: deliver each order once, then try the failed ones again by hand, past the queue."""
    queue = version.Queue()
    queue.storage.clear_storage()
    queue.register_handler("webhook", lambda ctx, job_payload: deliver(**job_payload))
    with Partner(flaky(EVERY)) as partner:
        jobs = [
            queue.submit_job(version.Context(), "webhook", payload(partner.url, order))
            for order in range(1, orders + 1)
        ]
        failed = [job for job in jobs if job.status == "failed"]
        saved = sum(delivered(job.payload) for job in failed)
    return Lost(len(failed), saved, sum(REFUSAL in repr(job) for job in failed))


def delivered(job_payload: dict[str, Any]) -> bool:
    """Whether the partner takes the order this time."""
    try:
        deliver(**job_payload)
    except DeliveryFailed:
        return False
    return True


def two_attempts(version: Version, orders: int) -> Kept:
    """10: deliver each order, look at what the failed jobs say, and run those again that may."""
    timeline = Timeline(order=EVERY)
    ctx, queue = version.Context(), version.Queue()
    queue.storage.clear_storage()
    queue.register_handler("webhook", lambda ctx, job_payload: attempt(job_payload, timeline))
    with Partner(flaky(EVERY)) as partner:
        submit_all(version, queue, partner.url, orders, ATTEMPTS, timeline)
        waiting = queue.storage.list_by_status(ctx, version.Status.PENDING)
        say_why = sum(job.attempts == 1 and REFUSAL in job.error for job in waiting)
        for job in waiting:
            if job.can_retry():
                timeline.note(job.payload["order"], "the tour runs it again")
                queue.processor.process_job(ctx, job, queue.registry.get_handler(job.type))
    saved = sum(job.status == "completed" and job.attempts == 2 for job in waiting)
    completed = len(queue.storage.list_by_status(ctx, version.Status.COMPLETED))
    return Kept(len(waiting), say_why, saved, completed, timeline.text)
