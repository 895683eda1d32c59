"""08, the baseline: the checkout delivers each webhook itself, while its customer waits."""

import time

from goqueue.lab.partner import Partner, slow
from goqueue.lab.tour.claims import Claim, Scene, Timeline
from goqueue.lab.tour.shop import PARTNER_SECONDS, Version, attempt, payload


def play(before: Version, now: Version, orders: int) -> Scene:
    """Deliver `orders` orders, one at a time. There is no version before."""
    timeline = Timeline("job-1", order=1)
    queue = now.Queue()
    queue.register_handler("webhook", lambda job_payload: attempt(job_payload, timeline))
    with Partner(slow(PARTNER_SECONDS)) as partner:
        start = time.monotonic()
        jobs = []
        for order in range(1, orders + 1):
            timeline.note(order, "submitted")
            jobs.append(queue.submit_job("webhook", payload(partner.url, order)))
            timeline.note(order, f"{jobs[-1].status}, and only now the customer goes on")
        seconds = time.monotonic() - start
    completed = sum(job.status == "completed" for job in jobs)
    return Scene(
        now=(
            Claim(
                "A job knows its handler, runs once, and says how it ended.",
                f"{len(partner.orders())} of {orders} orders reached the partner, {completed} jobs completed",
                len(partner.orders()) == len(partner.deliveries) == completed == orders,
            ),
        ),
        still=(
            Claim(
                "Each customer waits until the partner has answered.",
                f"{orders} orders one at a time: {seconds:.1f} s, {seconds / orders * 1000:.0f} ms each, "
                f"the partner alone needs {PARTNER_SECONDS * 1000:.0f}",
                seconds >= 0.9 * orders * PARTNER_SECONDS,
            ),
        ),
        timeline=timeline.text,
    )
