"""The scenes: each lets a version and the one before it do real work, and returns claims. Nothing is printed.

A scene takes both versions and the number of orders. It claims nothing that depends on the order of threads: for that
there are the promises, which try every order that can matter.
"""

import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

from goqueue.lab.partner import Answer, Partner, deliver, flaky, healthy, slow
from goqueue.lab.tour.claims import Claim, Scene
from goqueue.lab.tour.shop import WORKERS, Day, deliver_all, make_bench

PARTNER_SECONDS = 0.015  # what a healthy partner takes for an answer
EVERY = 8  # a flaky partner refuses each 8th order the first time it comes
MAX_RETRY = 3  # attempts that the shop allows a job
CHUNKS = 5  # deliveries that the catalogue of order 17 takes
AT_LEAST = 2.0  # times as fast with WORKERS workers: the machine may be busy with other things


def baseline(before: ModuleType, now: ModuleType, orders: int) -> Scene:
    """08: the checkout delivers each webhook itself. There is no version before it."""
    day = deliver_all(now, slow(PARTNER_SECONDS), orders)
    done = day.count("completed")
    once = day.delivered == len(day.deliveries) == done == orders
    right = Claim("Each job runs once", f"{day.delivered} of {orders} delivered, {done} completed", once)
    return Scene(now=(right,), wrong=(customers_wait(day),), timeline=day.timeline(1))


def customers_wait(day: Day) -> Claim:
    """A claim about each version before 12."""
    return Claim("Each customer waits for the partner", f"{day.wait * 1000:.1f} ms", day.wait >= 0.9 * PARTNER_SECONDS)


def context(before: ModuleType, now: ModuleType, orders: int) -> Scene:
    """09: a customer gives up while the partner takes the first chunk of a catalogue."""
    (deaf, _), (sent, status) = give_up(before), give_up(now)
    goes_on, stops = f"{deaf} chunks sent after that", f"{sent} sent after that, job {status}"
    return Scene(
        before=(Claim("The customer gives up, the handler goes on", goes_on, deaf == CHUNKS - 1),),
        now=(Claim("The customer gives up, the handler stops", stops, (sent, status) == (0, "failed")),),
    )


def give_up(version: ModuleType) -> tuple[int, str]:
    """Cancel when the first of the chunks arrives. Return how many came after it, and the job's status."""
    bench = make_bench(version)
    customer = bench.context()

    def script(chunk: int, attempt: int) -> Answer:
        customer.cancel("the customer left")
        return Answer()

    def send_catalogue(ctx: Any, payload: dict[str, Any]) -> None:
        for chunk in range(1, CHUNKS + 1):
            if ctx.done:
                ctx.raise_if_done()
            deliver(payload["url"], chunk)  # to the partner, a chunk's number is an order's number

    bench.handle(send_catalogue)
    with Partner(script) as partner:
        job = bench.submit(customer, payload={"url": partner.url})
    return len(partner.deliveries) - 1, str(job.status)


def but_its_payload(job: Any) -> str:
    """Return what a job shows of itself, but for its payload: a port there may be 50300."""
    return re.sub(r"payload=\{.*?\}", "", repr(job))


def retry_fields(before: ModuleType, now: ModuleType, orders: int) -> Scene:
    """10: a job remembers why it failed, and that it may run again. Nobody runs it."""
    refused = orders // EVERY
    old = deliver_all(before, flaky(EVERY), orders)
    new = deliver_all(now, flaky(EVERY), orders, max_retry=MAX_RETRY)
    failed, waiting = old.count("failed"), new.count("pending", attempts=1)
    silent = sum(job.status == "failed" and "503" not in but_its_payload(job) for job in old.jobs)
    why = sum(job.status == "pending" and "503" in job.error for job in new.jobs)
    return Scene(
        before=(
            Claim("One refusal loses the order", f"{failed} of {orders} failed", failed == refused),
            Claim("A failed job does not say why", f"{silent} of {failed} do not", silent == failed > 0),
        ),
        now=(Claim("A failed job says why, and may run again", f"{why} of {refused} say 503", why == refused),),
        wrong=(Claim("Nobody runs it again", f"{waiting} still pending", waiting == refused),),
        timeline=new.timeline(EVERY),
    )


def locked_storage(before: ModuleType, now: ModuleType, orders: int) -> Scene:
    """11: two request threads at full speed, which use their payloads again."""
    old, new = deliver_all(before, healthy(), orders), deliver_all(now, healthy(), orders, customers=2)
    edited, own = ([job.payload["order"] for job in day.jobs] for day in (old, new))
    kept, ids = sum(order > 0 for order in own), len({job.id for job in new.jobs})
    once = new.delivered == len(new.deliveries) == ids == orders
    return Scene(
        before=(Claim("Editing a payload later edits the job", f"{edited.count(0)} of {orders}", not any(edited)),),
        now=(
            Claim("A job keeps its own payload", f"{kept} of {orders}", own == list(range(1, orders + 1))),
            Claim("Two request threads share a queue", f"{new.delivered} delivered once, {ids} ids", once),
        ),
        timeline=new.timeline(EVERY),
    )


def worker_pool(before: ModuleType, now: ModuleType, orders: int) -> Scene:
    """12: the same orders and the same partner, one at a time and then with workers."""
    old, new = (deliver_all(version, slow(PARTNER_SECONDS), orders) for version in (before, now))
    ratio = old.seconds / new.seconds
    alone, pooled = (f"{day.delivered} of {orders} in {day.seconds:.1f} s" for day in (old, new))
    one_by_one = old.delivered == orders and old.seconds >= 0.9 * PARTNER_SECONDS * orders
    fast = new.delivered == orders and ratio >= AT_LEAST
    return Scene(
        before=(Claim("One delivery at a time", alone, one_by_one), customers_wait(old)),
        now=(
            Claim(f"{WORKERS} workers", f"{pooled}, {ratio:.1f} times as fast", fast),
            Claim("No customer waits for the partner", f"{new.wait * 1000:.2f} ms", new.wait < old.wait / 2),
        ),
        best=f"{WORKERS} workers (version 12) deliver {ratio:.1f} times as fast as one (11)",
        timeline=new.timeline(orders),  # the last order waits for all the others
    )


def requeue_backoff(before: ModuleType, now: ModuleType, orders: int) -> Scene:
    """13: failed jobs come back without help."""
    refused = orders // EVERY
    old = deliver_all(before, flaky(EVERY), orders, max_retry=MAX_RETRY)
    new = deliver_all(now, flaky(EVERY), orders, max_retry=MAX_RETRY, retries=refused)
    left, saved = old.count("pending", attempts=1), new.count("completed", attempts=2)
    came = f"{new.delivered} of {orders} delivered in {new.seconds:.1f} s, {saved} at attempt 2"
    return Scene(
        before=(
            Claim("A failed job could run again, nobody runs it", f"{left} pending for ever", left == refused),
            Claim("A stop does not say what it leaves", f"start() returned {old.report}", old.report is None),
        ),
        now=(
            Claim("Failed jobs come back", came, new.delivered == orders and saved == refused),
            Claim(
                "A stop says what it leaves",
                f"{len(new.report.pending)} jobs, since all were delivered",
                not new.report.pending,
            ),
        ),
        best=f"retries (13) save {saved} of {refused} failed deliveries",
        timeline=new.timeline(EVERY),
    )


SCENES: dict[int, Callable[[ModuleType, ModuleType, int], Scene]] = {
    8: baseline,
    9: context,
    10: retry_fields,
    11: locked_storage,
    12: worker_pool,
    13: requeue_backoff,
}
