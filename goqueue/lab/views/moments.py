"""What is where, moment by moment: made from the spans or attempts that the charts show.

    Span("worker-1", 0, 0.3, "order 1")  ──> at 0: order 1 is in worker-1; at 0.3: it is done
    Attempt("order 1", 1, 0, 2, "failed") ──> at 0: order 1 is in a worker; at 2: it waits for its retry

There is one moment for each time at which something begins or ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from goqueue.lab.views.lanes import Span
from goqueue.lab.views.time_chart import in_rows
from goqueue.lab.views.timeline import Attempt
from goqueue.lab.views.wording import check_finite, one_line

BUFFER, DONE = "in the buffer", "done"
RUNS, WAITS, DELIVERED = "in a worker", "waits for its retry", "delivered"


@dataclass(frozen=True)
class Moment:
    """What is in each place from `time` on, and what has just happened, if it needs words."""

    time: float
    places: Mapping[str, Sequence[str]]
    event: str = ""

    def __post_init__(self) -> None:
        check_finite("the time of a moment", self.time)


def pool_moments(
    spans: Iterable[Span], left: Sequence[str] = (), events: Mapping[float, str] | None = None
) -> list[Moment]:
    """Return how the jobs of `spans` went through a pool, from the buffer through a lane to the end.

    All jobs were submitted before the first span began; of those that begin at one time, that with the smaller number
    was first. `left` never began. `events` says what else happened, and when.

    >>> first, last = pool_moments([Span("worker-1", 0, 1, "order 1")], left=["order 2"])
    >>> first.places
    {'in the buffer': ['order 2'], 'worker-1': ['order 1'], 'done': []}
    >>> last.places
    {'in the buffer': ['order 2'], 'worker-1': [], 'done': ['order 1']}
    """
    lanes = in_rows(spans, "lane", "end", "{0.label!r}")
    bars = [bar for inside in lanes.values() for bar in inside]
    begun = sorted(bars, key=lambda bar: (bar.start, len(bar.label), bar.label))  # order 9 before order 10
    ended = sorted(bars, key=lambda bar: (bar.end, len(bar.label), bar.label))
    said = events or {}
    found = []
    for now in sorted({*(bar.start for bar in bars), *(bar.end for bar in bars), *said}):
        places = {BUFFER: [*(bar.label for bar in begun if bar.start > now), *left]}
        for lane, inside in lanes.items():
            places[lane] = [bar.label for bar in inside if bar.start <= now < bar.end]
        places[DONE] = [bar.label for bar in ended if bar.end <= now]
        found.append(Moment(now, places, said.get(now, "")))
    return found


def retry_moments(attempts: Iterable[Attempt], until: float = float("inf")) -> list[Moment]:
    """Return how jobs went to and fro between the workers and their waits; of times after `until`, nothing.

    The jobs are such as come back until they are delivered: an attempt that is not completed is followed by a wait.
    """
    jobs = in_rows(attempts, "job", "number", "attempt {0.number}")
    tries = [one for inside in jobs.values() for one in inside]
    times = {*(one.start for one in tries), *(one.end for one in tries)}
    found = []
    for now in sorted(time for time in times if time <= until):
        places: dict[str, list[str]] = {place: [] for place in (BUFFER, RUNS, WAITS, DELIVERED)}
        for job, inside in jobs.items():
            places[_place(inside, now)].append(job)
        ended = [f"{one.job}: attempt {one.number} {one.outcome}" for one in tries if one.end == now]
        found.append(Moment(now, places, one_line("; ".join(ended))))
    return found


def _place(tries: Sequence[Attempt], now: float) -> str:
    begun = [one for one in tries if one.start <= now]
    if not begun:
        return BUFFER
    if now < begun[-1].end:
        return RUNS
    return DELIVERED if begun[-1].outcome == "completed" else WAITS
