"""11, locked storage: two request threads and a status page over one queue.

First four moments that a busy shop has by bad luck, arranged by hand so that they come in every run
(scene11_moments.py); then all of it at full speed, with nothing arranged (scene11_rush_hour.py).
"""

from goqueue.lab.tour.claims import Claim, Scene, Timeline
from goqueue.lab.tour.scene11_moments import Moments, live_through
from goqueue.lab.tour.scene11_rush_hour import Traffic, rush_hour
from goqueue.lab.tour.shop import Version


def play(before: Version, now: Version, orders: int) -> Scene:
    """Bring both versions into the same moments, then let this one work at full speed."""
    timeline = Timeline(order=17)
    return Scene(
        before=wrong(live_through(before)),
        now=(*right(live_through(now, timeline)), full_speed(rush_hour(now, orders), orders)),
        timeline=timeline.text,
    )


def wrong(seen: Moments) -> tuple[Claim, ...]:
    """What 10 does in these moments."""
    return (
        Claim(
            "A request crashes a listing",
            seen.listing_error or "no error",
            "changed size during iteration" in seen.listing_error,
        ),
        Claim(
            "A reader sees a row that never was",
            row(seen),
            seen.status == "running" and seen.error != "",
        ),
        Claim(
            "Editing a payload later edits the job",
            f"delivered 17, the job says {seen.order}",
            seen.order == 18,
        ),
        Claim("Two queues share their jobs", f"an empty one finds {seen.found or 'nothing'}", seen.found == "job-1"),
    )


def right(seen: Moments) -> tuple[Claim, ...]:
    """What 11 does in the same moments."""
    return (
        Claim("A request does not disturb a listing", seen.listing_error or "no error", not seen.listing_error),
        Claim(
            "A row is a copy, taken at one moment",
            row(seen),
            (seen.status, seen.error) == ("running", ""),
        ),
        Claim("A job keeps its own payload", f"it says {seen.order}", seen.order == 17),
        Claim("Each queue has its own jobs", f"an empty one finds {seen.found or 'nothing'}", seen.found == ""),
    )


def row(seen: Moments) -> str:
    return f"{seen.status}, with {seen.error.partition(':')[0] or 'no error'}"


def full_speed(traffic: Traffic, orders: int) -> Claim:
    """What 11 does when all of it comes at once."""
    return Claim(
        "2 request threads and a status page at full speed",
        f"{traffic.delivered_once} of {orders} delivered exactly once, {traffic.ids} ids, "
        f"{traffic.pages} pages, {traffic.errors} errors",
        traffic.delivered_once == traffic.ids == orders and traffic.pages > 0 and traffic.errors == 0,
    )
