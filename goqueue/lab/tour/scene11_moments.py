"""Four moments in the life of a shared queue, arranged by hand: in a real shop they come by bad luck.

    status page      lists: looks at the first job ──────────────────────── looks at the next one
    request threads                └──> each submits an order ───────────────┘

    status page      reads `status` ──────────────────────────── reads `error` of the same row
    request thread        └──> the delivery fails meanwhile ──────┘

The other two need no second thread: a caller that uses its payload again, and a second queue.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from goqueue.lab.partner import Partner, down
from goqueue.lab.tour import shop
from goqueue.lab.tour.claims import NOBODY, Timeline
from goqueue.lab.tour.shop import Countdown, Version, attempt, payload

DRAWING = 0.05  # seconds the page takes from one cell to the next; for the story, nothing depends on it


@dataclass(frozen=True)
class Moments:
    """What one version shows in them."""

    listing_error: str  # of a listing while requests come in, or ""
    status: str  # of a job whose delivery fails meanwhile, as the page reads it …
    error: str  # … and the error it reads beside it, or ""
    order: int  # what a job for order 17 says after its caller used the payload again
    found: str  # the id of the job that an empty queue finds, or ""


def live_through(version: Version, timeline: Timeline = NOBODY) -> Moments:
    """Bring `version` into each of them; `timeline` follows the job whose row is read."""
    listing_error = list_while_others_submit(version)
    status, error = read_one_row(version, timeline)
    return Moments(listing_error, status, error, edit_after_submit(version), look_from_another_queue(version))


def empty_queue(version: Version) -> Any:
    """A queue that delivers. Version 10 keeps all jobs in one place, so what the moment before left goes first."""
    queue = version.Queue()
    queue.storage.clear_storage()
    queue.register_handler("webhook", lambda ctx, job_payload: attempt(job_payload))
    return queue


class PausedStatus:
    """Equal to a status, but the first comparison waits until the request threads have submitted.

    So a listing that compares each job's status with it stands still in the middle.
    """

    def __init__(self, status: str, go_on: threading.Event) -> None:
        self.status, self.go_on = status, go_on
        self.comparing = threading.Event()

    def __eq__(self, other: object) -> bool:
        self.comparing.set()
        # A storage that holds its lock meanwhile keeps the others waiting: then this goes on alone.
        self.go_on.wait(0.5)
        return other == self.status

    __hash__ = None  # type: ignore[assignment]


def list_while_others_submit(version: Version) -> str:
    """Let two requests come in while a listing stands still. Return the error of the listing, or ""."""
    ctx, queue, submitted = version.Context(), empty_queue(version), Countdown(2)
    paused = PausedStatus("completed", go_on=submitted.over)

    def request(order: int) -> None:
        shop.wait_for(paused.comparing, "the listing")
        queue.submit_job(ctx, "webhook", payload(partner.url, order))
        submitted.one_done()

    error = ""
    with Partner() as partner, ThreadPoolExecutor(2) as requests:
        for order in (1, 2):
            queue.submit_job(ctx, "webhook", payload(partner.url, order))
        coming = [requests.submit(request, order) for order in (3, 4)]
        try:
            queue.storage.list_by_status(ctx, paused)
        except RuntimeError as err:
            error = str(err)
        for one in coming:
            one.result()
    return error


def read_one_row(version: Version, timeline: Timeline) -> tuple[str, str]:
    """Read a job's status, let its delivery fail, read its error. Return both, as the page shows them."""
    ctx, queue = version.Context(), version.Queue()
    queue.storage.clear_storage()
    started, status_read = threading.Event(), threading.Event()

    def handler(ctx: Any, job_payload: dict[str, Any]) -> None:
        started.set()
        shop.wait_for(status_read, "the page")
        attempt(job_payload, timeline)

    queue.register_handler("webhook", handler)
    with Partner(down()) as partner, ThreadPoolExecutor(1) as requests:
        timeline.note(17, "submitted")
        coming = requests.submit(queue.submit_job, ctx, "webhook", payload(partner.url, 17))
        coming.add_done_callback(lambda _: started.set())  # it ended without a handler: do not wait for one
        try:
            shop.wait_for(started, "the handler")
            row = queue.get_job(ctx, "job-1")
            status = str(row.status)
            timeline.note(17, f"the page reads {status!r}")
            time.sleep(DRAWING)
        finally:
            status_read.set()
        coming.result()
        error = str(row.error)
        timeline.note(17, f"the page reads error {error!r}")
        timeline.note(17, f"stored: {queue.get_job(ctx, 'job-1').status}")
    return status, error


def edit_after_submit(version: Version) -> int:
    """Deliver order 17, then use the payload again for order 18. Return the order of the first job."""
    ctx, queue = version.Context(), empty_queue(version)
    with Partner() as partner:
        order = payload(partner.url, 17)
        job = queue.submit_job(ctx, "webhook", order)
        order["order"] = 18
    return int(queue.get_job(ctx, job.id).payload["order"])


def look_from_another_queue(version: Version) -> str:
    """Return the id of the job that a second, empty queue finds under job-1, or ""."""
    ctx, first, second = version.Context(), empty_queue(version), version.Queue()
    with Partner() as partner:
        first.submit_job(ctx, "webhook", payload(partner.url, 17))
    try:
        return str(second.get_job(ctx, "job-1").id)
    except LookupError:
        return ""
