"""08, the baseline: the checkout delivers each webhook itself, while its customer waits."""

import time

from goqueue.lab.partner import Partner, slow
from goqueue.lab.tour.claims import Claim, Scene, Timeline
from goqueue.lab.tour.shop import PARTNER_SECONDS, Version, attempt, payload


def play(before: Version, now: Version, orders: int) -> Scene:
    """Deliver `orders` orders, one at a time. There is no version before."""
    timeline = Timeline(order=1)
    queue = now.Queue()
    queue.register_handler("webhook", lambda job_payload: attempt(job_payload, timeline))
    with Partner(slow(PARTNER_SECONDS)) as partner:
        start = time.monotonic()
        jobs = []
        for order in range(1, orders + 1):
            timeline.note(order, "submitted")
            jobs.append(queue.submit_job("webhook", payload(partner.url, order)))
            timeline.note(order, "the customer goes on")
        seconds = time.monotonic() - start
    delivered, completed = len(partner.orders()), sum(job.status == "completed" for job in jobs)
    return Scene(
        now=(
            Claim(
                "Jobs run once and say how it went",
                f"{delivered} of {orders} delivered, {completed} completed",
                delivered == len(partner.deliveries) == completed == orders,
            ),
        ),
        wrong=(
            Claim(
                "Each customer waits for the partner",
                f"{seconds / orders * 1000:.0f} ms each, {seconds:.1f} s in all",
                seconds >= 0.9 * orders * PARTNER_SECONDS,
            ),
        ),
        timeline=timeline.text,
    )
