"""The checks of the exercises of step 12: waiting, counting, and a channel."""

import contextlib
import time
from types import ModuleType
from typing import Any

from .grader import HOUR, Bench, check, expect, explored, in_virtual_time, together


@check("12.1", "a closed channel gives nothing, and keeps what is in it", right_if="a stop had to empty the buffer")
def closed_gives_nothing(answer: Any, version: ModuleType) -> None:
    """One order is in it when it is closed. Whoever waits all the same is in a deadlock."""

    def model() -> None:
        channel = answer(2)
        channel.put(version.Context(), 17)
        channel.close()
        came = channel.get()
        assert (came, list(channel._items)) == (None, [17]), f"{came}, and {list(channel._items)} is left"

    explored(model, "get() from a closed channel that holds order 17", "None, and [17] is left")


@check(
    "12.1",
    "who waits is woken: the shop for room, the worker for an order",
    right_if="neither of them ever had to wait for the other",
)
def makes_room_known(answer: Any, version: ModuleType) -> None:
    """A shop puts two orders into a channel with room for one, and a worker takes two."""

    def model() -> None:
        channel = answer(1)

        def shop() -> None:
            for order in (17, 18):
                channel.put(version.Context(), order)

        def worker() -> None:
            for order in (17, 18):
                came = channel.get()
                assert came == order, came

        together(shop=shop, worker=worker)

    explored(model, "what becomes of a shop and a worker with two orders, and room for one", "both go on")


@check(
    "12.2",
    "with three workers and six slow deliveries, three run at once",
    right_if="no two deliveries had to run at the same time",
)
@in_virtual_time
def counts_the_workers(answer: Any, version: ModuleType) -> None:
    """Each delivery takes a second."""
    meter = answer(lambda payload: time.sleep(1.0))
    queue = Bench(version, workers=3, buffer_size=6)
    queue.handle(meter.deliver)
    jobs = [queue.submit() for _ in range(6)]
    with queue.running():
        for job in jobs:
            queue.later(job.id, "completed", seconds=10.0)
    expect("(most, running) after six deliveries with three workers", (meter.most, meter.running), (3, 0))


@check("12.2", "a delivery that fails is counted out too", right_if="no partner were ever down")
def counts_failures_out(answer: Any, version: ModuleType) -> None:
    """The partner is down."""

    def send(payload: dict[str, Any]) -> None:
        raise ConnectionError("503 Service Unavailable")

    meter = answer(send)
    with contextlib.suppress(ConnectionError):
        meter.deliver(version.Context(), {"order": 17})
    expect("running, after a delivery that raised ConnectionError", meter.running, 0)


@check("12.2", "no count is lost, in whichever order the workers come", right_if="only one worker counted at a time")
def loses_no_count(answer: Any, version: ModuleType) -> None:
    """Two workers deliver at once."""

    def model() -> None:
        meter = answer(lambda payload: None)

        def deliver() -> None:
            meter.deliver(version.Context(), {"order": 17})

        together(worker_1=deliver, worker_2=deliver)
        assert meter.running == 0, meter.running

    explored(model, "running, when two deliveries at once have ended", "0")


@check("12.3", "the oldest item comes out first", right_if="the order of the orders did not matter")
def first_in_first_out(answer: Any, version: ModuleType) -> None:
    """Nobody has to wait here. Whoever waits all the same is in a deadlock."""

    def model() -> None:
        channel = answer(3)
        for order in (17, 18, 19):
            channel.put(version.Context(), order)
        came = [channel.get() for _ in range(3)]
        assert came == [17, 18, 19], came

    explored(model, "what get() returns, three times, after 17, 18 and 19 were put", "[17, 18, 19]")


@check(
    "12.3",
    "who can go on is woken: those who want room, and those who want an item",
    right_if="none of them ever had to wait for another",
)
def wakes_the_right_one(answer: Any, version: ModuleType) -> None:
    """Two workers take an order each, and a shop sends two, where there is room for one."""

    def model() -> None:
        channel = answer(1)

        def shop() -> None:
            for order in (17, 18):
                channel.put(version.Context(), order)

        together(shop=shop, worker_1=channel.get, worker_2=channel.get)

    explored(model, "what becomes of a shop and two workers, where there is room for one", "they all go on")


@check(
    "12.4",
    "when start() has returned, no delivery runs any more",
    right_if="every delivery were over by then",
)
@in_virtual_time
def leaves_none_running(answer: Any, version: ModuleType) -> None:
    """A delivery takes a minute. A start() that never returns leaves none behind: that is another check's business."""
    bench = Bench(version, workers=2)
    bench.handle(lambda ctx, payload: time.sleep(60.0))
    bench.submit()
    with bench.running() as stop:
        time.sleep(1.0)
        stop.cancel("deploy at noon")
        bench.returns_within(HOUR)
        running = [job.id for job in bench.store("list_by_status", "running")]
        bench.queue.pool._channel.close()  # so that whoever still waits can go
    expect("the jobs that run when start() has returned, if a delivery takes 60 s", running, [])
