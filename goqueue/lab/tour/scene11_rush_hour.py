"""Rush hour: two request threads submit as fast as they can, while a status page is drawn again and again."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from goqueue.lab.partner import Partner
from goqueue.lab.tour.shop import Version, attempt, payload

REQUEST_THREADS = 2
PAGE_EVERY = 0.005  # seconds between two looks of the status page


@dataclass(frozen=True)
class Traffic:
    """What they did to one queue: orders delivered just once, ids given, pages drawn, pages that raised."""

    delivered_once: int
    ids: int
    pages: int
    errors: int


def rush_hour(version: Version, orders: int) -> Traffic:
    """Let the request threads share `orders` orders. For versions 10 and 11, where submit delivers."""
    ctx, queue = version.Context(), version.Queue()
    queue.register_handler("webhook", lambda ctx, job_payload: attempt(job_payload))
    closing_time = threading.Event()

    def request_thread(first: int) -> list[str]:
        mine = range(first, orders + 1, REQUEST_THREADS)
        return [queue.submit_job(ctx, "webhook", payload(partner.url, order)).id for order in mine]

    with Partner() as partner, ThreadPoolExecutor(REQUEST_THREADS + 1) as threads:
        page = threads.submit(status_page, version, queue, closing_time)
        try:
            requests = [threads.submit(request_thread, first) for first in range(1, REQUEST_THREADS + 1)]
            ids = {job_id for request in requests for job_id in request.result()}
        finally:
            closing_time.set()
    drawn = page.result()
    times = Counter(delivery.order for delivery in partner.deliveries)
    return Traffic(sum(count == 1 for count in times.values()), len(ids), len(drawn), drawn.count(False))


def status_page(version: Version, queue: Any, closing_time: threading.Event) -> list[bool]:
    """List the completed jobs until closing time, and once more. Return, for each time, whether it went well."""
    went_well = []
    closed = False
    while not closed:
        closed = closing_time.wait(PAGE_EVERY)
        try:
            queue.storage.list_by_status(version.Context(), version.Status.COMPLETED)
            went_well.append(True)
        except RuntimeError:
            went_well.append(False)
    return went_well
