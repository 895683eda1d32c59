"""11, locked storage: two request threads and a status page over one queue.

What goes wrong in 10 goes wrong by bad luck in a real shop. Here the order of things is arranged by hand, so that
it happens in every run:

    status page      lists: looks at the first job ──────────────────────── looks at the next one
    request threads                └──> each submits an order ───────────────┘

    status page      reads `status` ──────────────────────────── reads `error` of the same row
    request thread        └──> the delivery fails meanwhile ──────┘
"""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from goqueue.lab.partner import Partner, deliver, down
from goqueue.lab.tour import shop
from goqueue.lab.tour.claims import Claim, Scene, Timeline
from goqueue.lab.tour.shop import Countdown, Version, attempt, payload

REQUEST_THREADS = 2
PAGE_EVERY = 0.005  # seconds between two looks of the status page
DRAWING = 0.05  # seconds the page takes from one cell to the next; for the story, nothing depends on it


def play(before: Version, now: Version, orders: int) -> Scene:
    """Cross the status page with the request threads in both versions, then let this one work at full speed."""
    timeline = Timeline("job-1", order=17)
    return Scene(before=wrong(before), now=(*right(now, timeline), full_speed(now, orders)), timeline=timeline.text)


def wrong(version: Version) -> tuple[Claim, ...]:
    """What 10 does."""
    error = list_while_others_submit(version)
    row = read_one_row(version, Timeline("job-1", order=17))
    order, seen = edit_after_submit(version), look_from_another_queue(version)
    return (
        Claim(
            f"A status page that lists the jobs while {REQUEST_THREADS} requests come in crashes.",
            error or "no error",
            "changed size during iteration" in error,
        ),
        Claim(
            "The page shows a row that never was: a running job, with the error of an attempt that is over.",
            f"the row: {row[0]}, {row[1] or 'no error'}",
            row[0] == "running" and row[1] != "",
        ),
        Claim(
            "What the caller does to its payload afterwards, it does to the job.",
            f"order 17 was delivered; the job says order {order}",
            order == 18,
        ),
        Claim(
            "Two queues see each other's jobs.",
            f"the second queue, which was given none, finds {seen or 'nothing'}",
            seen == "job-1",
        ),
    )


def right(version: Version, timeline: Timeline) -> tuple[Claim, ...]:
    """What 11 does in the same moments."""
    error = list_while_others_submit(version)
    row = read_one_row(version, timeline)
    order, seen = edit_after_submit(version), look_from_another_queue(version)
    return (
        Claim("In the same moment, the page lists the jobs.", error or "no error", error == ""),
        Claim(
            "A row is a copy, taken at one moment.",
            f"the row: {row[0]}, {row[1] or 'no error'}",
            row == ("running", ""),
        ),
        Claim("The job keeps its own payload.", f"the job says order {order}", order == 17),
        Claim("Each queue has its own jobs.", f"the second queue finds {seen or 'nothing'}", seen == ""),
    )


def full_speed(version: Version, orders: int) -> Claim:
    """All of it at once, nothing arranged."""
    traffic = let_them_run(version, orders)
    return Claim(
        f"{REQUEST_THREADS} request threads and a status page work on one queue.",
        f"{traffic.delivered_once} of {orders} orders delivered exactly once, under {traffic.ids} ids; "
        f"the page was drawn {traffic.pages} times, with {traffic.errors} errors",
        traffic.delivered_once == traffic.ids == orders and traffic.pages > 0 and traffic.errors == 0,
    )


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
        self.go_on.wait(1.0)
        return other == self.status

    __hash__ = None  # type: ignore[assignment]


def list_while_others_submit(version: Version) -> str:
    """Let two requests come in while a listing stands still. Return the error of the listing, or ""."""
    ctx, queue = version.Context(), version.Queue()
    queue.storage.clear_storage()
    submitted = Countdown(REQUEST_THREADS)
    paused = PausedStatus("completed", go_on=submitted.over)
    queue.register_handler("webhook", lambda ctx, job_payload: deliver(**job_payload))

    def request(order: int) -> None:
        shop.wait_for(paused.comparing, "the listing")
        queue.submit_job(ctx, "webhook", payload(partner.url, order))
        submitted.one_done()

    with Partner() as partner, ThreadPoolExecutor(REQUEST_THREADS) as requests:
        for order in (1, 2):
            queue.submit_job(ctx, "webhook", payload(partner.url, order))
        coming = [requests.submit(request, order) for order in (3, 4)]
        error = ""
        try:
            queue.storage.list_by_status(ctx, paused)
        except RuntimeError as err:
            error = f"{type(err).__name__}: {err}"
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
        try:
            shop.wait_for(started, "the handler")
            row = queue.get_job(ctx, "job-1")
            status = str(row.status)
            timeline.note(17, f"the page reads status {status!r}")
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
    ctx, queue = version.Context(), version.Queue()
    queue.storage.clear_storage()
    queue.register_handler("webhook", lambda ctx, job_payload: deliver(**job_payload))
    with Partner() as partner:
        order = payload(partner.url, 17)
        job = queue.submit_job(ctx, "webhook", order)
        order["order"] = 18
    return int(queue.get_job(ctx, job.id).payload["order"])


def look_from_another_queue(version: Version) -> str:
    """Return the id of the job that a second, empty queue finds under job-1, or ""."""
    ctx, first, second = version.Context(), version.Queue(), version.Queue()
    first.storage.clear_storage()
    first.register_handler("webhook", lambda ctx, job_payload: deliver(**job_payload))
    with Partner() as partner:
        first.submit_job(ctx, "webhook", payload(partner.url, 17))
    try:
        return str(second.get_job(ctx, "job-1").id)
    except LookupError:
        return ""


@dataclass(frozen=True)
class Traffic:
    """What two request threads and a status page did to one queue."""

    delivered_once: int
    ids: int
    pages: int
    errors: int


def let_them_run(version: Version, orders: int) -> Traffic:
    """Two threads share `orders` orders, as fast as they can, while the page is drawn again and again."""
    ctx, queue = version.Context(), version.Queue()
    queue.register_handler("webhook", lambda ctx, job_payload: deliver(**job_payload))
    closing_time = threading.Event()

    def request_thread(first: int) -> list[str]:
        mine = range(first, orders + 1, REQUEST_THREADS)
        return [queue.submit_job(ctx, "webhook", payload(partner.url, order)).id for order in mine]

    def status_page() -> list[str]:
        errors = []
        while True:
            last = closing_time.wait(PAGE_EVERY)
            try:
                queue.storage.list_by_status(ctx, version.Status.COMPLETED)
                errors.append("")
            except RuntimeError as err:
                errors.append(str(err))
            if last:
                return errors

    with Partner() as partner, ThreadPoolExecutor(REQUEST_THREADS + 1) as threads:
        page = threads.submit(status_page)
        try:
            requests = [threads.submit(request_thread, first) for first in range(1, REQUEST_THREADS + 1)]
            ids = [job_id for request in requests for job_id in request.result()]
        finally:
            closing_time.set()
    drawn = page.result()
    times = Counter(delivery.order for delivery in partner.deliveries)
    once = sum(count == 1 for count in times.values())
    return Traffic(once, len(set(ids)), len(drawn), sum(error != "" for error in drawn))
