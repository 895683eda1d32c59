"""The checks of the exercise of notebook 00: webhooks that are jobs of a queue."""

from types import ModuleType
from typing import Any

from .grader import check, expect

URL = "https://partner.example/orders"
Posted = list[tuple[str, int]]


@check("00.1", "each order is sent once, to its URL", right_if="nobody minded what is sent")
def each_is_sent_once(answer: Any, version: ModuleType) -> None:
    """Three orders."""
    posted: Posted = []
    answer(version.Queue(), lambda url, order: posted.append((url, order)), [17, 18, 19])
    expect("what was posted for orders 17, 18 and 19", posted, [(URL, 17), (URL, 18), (URL, 19)])


@check("00.1", "each order is a job, and its payload says where to and what", right_if="the queue need not know of it")
def each_is_a_job(answer: Any, version: ModuleType) -> None:
    """Two orders."""
    queue = version.Queue()
    answer(queue, lambda url, order: None, [17, 18])
    for number, order in enumerate((17, 18), start=1):
        try:
            job = queue.get_job(f"job-{number}")
        except LookupError:
            job = None
        got = (job.type, job.payload) if job else None
        expect(f"type and payload of job-{number}", got, ("webhook", {"url": URL, "order": order}))


@check("00.1", "a partner that refuses one order holds no other up", right_if="no partner ever refused")
def a_refusal_holds_nobody_up(answer: Any, version: ModuleType) -> None:
    """Order 18 is refused."""
    posted: list[int] = []

    def post(url: str, order: int) -> None:
        if order == 18:
            raise ConnectionError("503 Service Unavailable")
        posted.append(order)

    answer(version.Queue(), post, [17, 18, 19])
    expect("what was posted, if the partner refuses order 18", posted, [17, 19])
