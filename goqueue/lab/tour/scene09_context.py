"""09, context: a customer gives up while the partner hangs, and whoever works for him hears of it.

The order of things is arranged by hand, so that it is the same in every run:

    partner     takes chunk 1 ── hangs ──────────────────── answers ──> how many more chunks come?
    customer                     └─> gives up (ctx.cancel) ──┘
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from goqueue.lab.partner import Answer, Partner, deliver, slow
from goqueue.lab.tour import shop
from goqueue.lab.tour.claims import Claim, Scene, Timeline
from goqueue.lab.tour.shop import Version, payload

CHUNKS = 5  # the catalogue of order 17 goes out in so many deliveries
HANG = 30.0  # seconds the partner would need
DEADLINE = 0.2  # seconds the customer has
THINKING = 0.1  # seconds the customer looks at a page that does not move; for the story, nothing depends on it


@dataclass(frozen=True)
class GivenUp:
    """How many chunks were sent after the customer gave up, and what became of the job."""

    sent_after: int
    status: str
    timeline: str


def play(before: Version, now: Version, orders: int) -> Scene:
    """Let a customer give up in both versions, and run into a deadline in this one."""
    deaf, listening = without_context(before), with_context(now)
    return Scene(
        before=(goes_on(deaf),), now=(hears(listening), deadline(*past_the_deadline(now))), timeline=listening.timeline
    )


def goes_on(deaf: GivenUp) -> Claim:
    return Claim(
        "The customer gives up, the handler goes on",
        f"{deaf.sent_after} of {CHUNKS} chunks sent after that",
        deaf.sent_after == CHUNKS - 1,
    )


def hears(listening: GivenUp) -> Claim:
    return Claim(
        "The customer gives up, the handler stops",
        f"{listening.sent_after} sent after that, job {listening.status}",
        (listening.sent_after, listening.status) == (0, "failed"),
    )


def deadline(seconds: float, status: str) -> Claim:
    return Claim(
        f"A deadline of {DEADLINE:g} s ends a call that would take {HANG:g} s",
        f"{seconds:.2f} s, job {status}",
        seconds < HANG / 2 and status == "failed",
    )


def without_context(version: Version) -> GivenUp:
    """08: the customer may leave, but there is nobody to tell."""
    timeline = Timeline(order=17)
    queue = version.Queue()

    def send_catalogue(job_payload: dict[str, Any]) -> None:
        for chunk in range(1, CHUNKS + 1):
            send_chunk(job_payload, chunk, timeline)

    queue.register_handler("webhook", send_catalogue)
    return give_up(lambda url: queue.submit_job("webhook", payload(url, 17)), lambda: None, timeline)


def with_context(version: Version) -> GivenUp:
    """09: the customer cancels the context, and the handler looks at it before each chunk."""
    timeline = Timeline(order=17)
    queue = version.Queue()
    ctx = version.Context().with_cancel()

    def send_catalogue(ctx: Any, job_payload: dict[str, Any]) -> None:
        for chunk in range(1, CHUNKS + 1):
            if ctx.done:
                timeline.note(17, f"the handler hears {str(ctx.cause)!r}")
            ctx.raise_if_done()
            send_chunk(job_payload, chunk, timeline)

    queue.register_handler("webhook", send_catalogue)
    return give_up(
        lambda url: queue.submit_job(ctx, "webhook", payload(url, 17)),
        lambda: ctx.cancel("the customer left"),
        timeline,
    )


def send_chunk(job_payload: dict[str, Any], chunk: int, timeline: Timeline) -> None:
    """Send one chunk. To the partner its number is an order's number."""
    timeline.note(job_payload["order"], f"chunk {chunk} sent")
    deliver(job_payload["url"], chunk, timeout=shop.PATIENCE)


def give_up(submit: Callable[[str], Any], tell: Callable[[], None], timeline: Timeline) -> GivenUp:
    """Submit the catalogue in a thread; while the partner hangs on chunk 1, give up and `tell` whoever listens."""
    hanging, gone = threading.Event(), threading.Event()

    def hang_until_the_customer_is_gone(chunk: int, attempt: int) -> Answer:
        hanging.set()
        gone.wait(shop.PATIENCE)
        return Answer()

    with Partner(hang_until_the_customer_is_gone) as partner, ThreadPoolExecutor(1) as checkout:
        try:
            timeline.note(17, "submitted")
            submitted = checkout.submit(submit, partner.url)
            submitted.add_done_callback(lambda _: hanging.set())  # it ended without a delivery: do not wait for one
            shop.wait_for(hanging, "the first chunk")
            time.sleep(THINKING)
            timeline.note(17, "the customer gives up")
            tell()
        finally:
            gone.set()
        job = submitted.result()
        timeline.note(17, str(job.status))
    return GivenUp(len(partner.deliveries) - 1, str(job.status), timeline.text)


def past_the_deadline(version: Version) -> tuple[float, str]:
    """Deliver to a partner that needs HANG seconds, under a deadline. Return the seconds it took, and the status."""
    queue = version.Queue()
    queue.register_handler(
        "webhook",
        lambda ctx, job_payload: deliver(job_payload["url"], job_payload["order"], timeout=ctx.remaining()),
    )
    with Partner(slow(HANG)) as partner:
        start = time.monotonic()
        with version.Context().with_timeout(DEADLINE) as ctx:
            job = queue.submit_job(ctx, "webhook", payload(partner.url, 17))
        return time.monotonic() - start, str(job.status)
