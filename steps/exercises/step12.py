"""The checks of the exercises of step 12: waiting, counting, and a channel."""

import contextlib
import threading
import time
from collections.abc import Sized
from types import ModuleType
from typing import Any

from ..promises.step12_channel import meanwhile
from .grader import HOUR, Bench, Broken, check, expect, explored, in_every_order, in_virtual_time, together


@check("12.1", "a closed channel gives nothing, and keeps its items", right_if="a stop had to empty the buffer")
@in_every_order("get(), and get() again, from a closed channel that holds order 17", "None, and [17] is left")
def closed_gives_nothing(answer: Any, version: ModuleType) -> None:
    """One order is in it when it is closed. A worker that still waits is in a deadlock."""
    channel = answer(2)
    channel.put(version.Context(), 17)
    channel.close()
    for _ in range(2):
        came = channel.get()
        assert (came, list(channel._items)) == (None, [17]), f"{came}, and {list(channel._items)} is left"


@check(
    "12.1",
    "a waiting shop is woken when there is room, a waiting worker when there is an order",
    right_if="neither of them ever had to wait for the other",
)
def makes_room_known(answer: Any, version: ModuleType) -> None:
    """A shop puts one order too many into a channel with room for one, or two. A worker takes one of them, or more."""
    for size, taken in ((1, [17]), (1, [17, 18]), (2, [17])):

        def model(size: int = size, taken: list[int] = taken) -> None:
            channel = answer(size)

            def shop() -> None:
                for order in range(17, 18 + size):
                    channel.put(version.Context(), order)

            def worker() -> None:
                for _ in taken:
                    came = channel.get()
                    assert came in range(17, 18 + size), came  # which one is another check's question

            together(shop=shop, worker=worker)

        orders = " and ".join(map(str, range(17, 18 + size)))
        call = f"what happens to a shop that puts {orders}, with room for {size}, and a worker that takes {taken}"
        explored(model, call, "both finish")


@check("12.1", "a worker waits for an order as long as it takes", right_if="a worker might give up in between")
@in_virtual_time
def waits_as_long_as_it_takes(answer: Any, version: ModuleType) -> None:
    """The shop has nothing for ten minutes."""
    channel = answer(2)
    came: list[tuple[Any, float]] = []
    worker = threading.Thread(
        target=lambda: came.append((channel.get(), round(time.monotonic(), 1))), name="worker", daemon=True
    )
    worker.start()
    time.sleep(600.0)
    channel.put(version.Context(), 17)
    worker.join()
    expect("(what get() returned, after how many seconds), if 17 is put after ten minutes", came, [(17, 600.0)])


@check(
    "12.2",
    "with three workers and six slow deliveries, three run at once",
    right_if="no two deliveries had to run at the same time",
)
@in_virtual_time
def counts_the_workers(answer: Any, version: ModuleType) -> None:
    """Each delivery takes a second. At the end there is one more, alone."""
    counts_its_own(answer, version)
    meter = answer(lambda payload: time.sleep(1.0))
    expect("(most, running) before any delivery", (meter.most, meter.running), (0, 0))
    queue = Bench(version, workers=3, buffer_size=6)
    queue.handle(meter.deliver)
    jobs = [queue.submit() for _ in range(6)]
    with queue.running():
        time.sleep(0.5)
        expect("(most, running) while three workers deliver", (meter.most, meter.running), (3, 3))
        for job in jobs:
            queue.later(job.id, "completed", seconds=10.0)
        queue.later(queue.submit().id, "completed", seconds=10.0)
    expect(
        "(most, running) after six deliveries with three workers, and one more alone",
        (meter.most, meter.running),
        (3, 0),
    )
    another = answer(print)
    expect("(most, running) of another meter, which has not delivered", (another.most, another.running), (0, 0))


def counts_its_own(answer: Any, version: ModuleType) -> None:
    """A delivery of one meter sends by means of another one."""
    mail = answer(lambda payload: None)
    partners = answer(lambda payload: mail.deliver(version.Context(), payload))
    partners.deliver(version.Context(), {"order": 17})
    expect("most of two meters, each of which had one delivery", [mail.most, partners.most], [1, 1])


@check("12.2", "each order is sent once, as it is", right_if="partners asked for nothing in particular")
@in_virtual_time
def sends_what_it_got(answer: Any, version: ModuleType) -> None:
    """Two orders; the partner refuses the second one."""
    sent: list[Any] = []

    def send(payload: dict[str, Any]) -> None:
        sent.append(payload)
        if payload == {"order": 18}:
            raise ConnectionError("503 Service Unavailable")

    meter = answer(send)
    for order in (17, 18):
        with contextlib.suppress(ConnectionError):
            meter.deliver(version.Context(), {"order": order})
    expect("what send(payload) got, of orders 17 and 18", sent, [{"order": 17}, {"order": 18}])


def refuse(payload: dict[str, Any]) -> None:
    """Send to a partner that is down."""
    raise ConnectionError("503 Service Unavailable")


@check("12.2", "a delivery that fails is counted out too", right_if="no partner were ever down")
@in_virtual_time
def counts_failures_out(answer: Any, version: ModuleType) -> None:
    """The partner is down, or the program is being left. Meanwhile, another delivery runs."""
    for error in (ConnectionError("503 Service Unavailable"), SystemExit(3)):
        seen: list[int] = []
        meter = answer(lambda payload, error=error: fails_after(payload["seconds"], error))
        slow = threading.Thread(target=gives_up, args=(meter.deliver, version.Context(), {"seconds": 5.0}), name="slow")
        slow.start()
        time.sleep(1.0)
        gives_up(meter.deliver, version.Context(), {"seconds": 1.0})
        seen.append(meter.running)
        slow.join()
        seen.append(meter.running)
        call = f"running, after the first of two deliveries raised {type(error).__name__}, and after both did"
        expect(call, seen, [1, 0])


def fails_after(seconds: float, error: BaseException) -> None:
    """Send to a partner that is down, and takes a while to say so."""
    time.sleep(seconds)
    raise error


def gives_up(deliver: Any, ctx: Any, payload: dict[str, float]) -> None:
    """Deliver to a partner that is down."""
    with contextlib.suppress(ConnectionError, SystemExit):
        deliver(ctx, payload)


@check("12.2", "the worker learns that a delivery failed", right_if="a failed delivery were as good as a sent one")
def lets_the_error_out(answer: Any, version: ModuleType) -> None:
    """An answer that swallows the error turns a failed job into a completed one."""
    try:
        answer(refuse).deliver(version.Context(), {"order": 17})
    except ConnectionError:
        return
    raise Broken("meter.deliver(ctx, payload), if send raises ConnectionError", "no error", "the ConnectionError")


@check("12.2", "no count is lost, whatever the order of the workers", right_if="only one worker counted at a time")
@in_every_order("running, when two deliveries at once have ended", "0")
def loses_no_count(answer: Any, version: ModuleType) -> None:
    """Two workers deliver at once."""
    meter = answer(lambda payload: None)

    def deliver() -> None:
        meter.deliver(version.Context(), {"order": 17})

    together(worker_1=deliver, worker_2=deliver)
    assert meter.running == 0, meter.running


@check("12.3", "the oldest item comes out first", right_if="the order of the orders did not matter")
def first_in_first_out(answer: Any, version: ModuleType) -> None:
    """No thread has to wait here. One that still waits is in a deadlock."""
    three_in_order(answer, version)
    takes_anything(answer, version)


@in_every_order("what get() returns, three times, after 17, 18 and 19 were put", "[17, 18, 19]")
def three_in_order(answer: Any, version: ModuleType) -> None:
    """Put three orders, and take them."""
    channel = answer(3)
    for order in (17, 18, 19):
        channel.put(version.Context(), order)
    came = [channel.get() for _ in range(3)]
    assert came == [17, 18, 19], came


@in_virtual_time
def takes_anything(answer: Any, version: ModuleType) -> None:
    """What an item is, is nobody's business: one may be smaller, the same as another, or a zero."""
    channel, items = answer(5), [0, 18, 17, 17, 0]
    for item in items:
        channel.put(version.Context(), item)
    expect(f"what get() returns, five times, after {items} were put", [channel.get() for _ in items], items)


@check(
    "12.3",
    "a thread that can go on is woken, whether it waits for room or for an item",
    right_if="none of them ever had to wait for another",
)
@in_every_order("what happens to a shop and two workers, with room for one order", "all of them finish")
def wakes_the_right_one(answer: Any, version: ModuleType) -> None:
    """Two workers take one order each, and a shop sends two, with room for one."""
    channel = answer(1)

    def shop() -> None:
        for order in (17, 18):
            channel.put(version.Context(), order)

    together(shop=shop, worker_1=channel.get, worker_2=channel.get)


@check("12.3", "a close wakes all waiting threads", right_if="only one thread ever waited")
@in_every_order("what happens to two workers that wait when the channel is closed", "both finish")
def close_wakes_all(answer: Any, version: ModuleType) -> None:
    """Two workers wait for an order, or are about to, when the channel is closed."""
    channel = answer(1)
    together(worker_1=channel.get, worker_2=channel.get, owner=channel.close)


@check("12.3", "a closed channel gives nothing, and keeps its items", right_if="a stop had to empty the buffer")
@in_virtual_time
def closed_gives_none(answer: Any, version: ModuleType) -> None:
    """One order is in the channel when it is closed."""
    channel = answer(2)
    channel.put(version.Context(), 17)
    channel.close()
    expect("get() from a closed channel that holds order 17", channel.get(), None)
    with contextlib.suppress(RuntimeError):
        channel.put(version.Context(), 18)
    items = getattr(channel, "items", None)
    if isinstance(items, Sized):
        expect("the items in it after that, and after a put that was refused", len(items), 1)


@check("12.3", "an order whose put gave up is not in the channel", right_if="the caller still wanted it sent")
@in_every_order(
    "what get() returns, twice, if put of 18 gave up while 17 filled the channel, and 19 came later", "[17, 19]"
)
def given_up_is_not_in(answer: Any, version: ModuleType) -> None:
    """There is room for one. The shop gives up on order 18 after a second. Then 17 is taken, and 19 is put."""
    channel, came = answer(1), []
    channel.put(version.Context(), 17)
    with contextlib.suppress(version.context.ContextDone), version.Context().with_timeout(1.0) as ctx:
        channel.put(ctx, 18)
    came.append(channel.get())
    channel.put(version.Context(), 19)
    came.append(channel.get())
    assert came == [17, 19], came


@check("12.3", "each channel has items of its own", right_if="a program had only one channel")
@in_virtual_time
def channels_share_nothing(answer: Any, version: ModuleType) -> None:
    """A shop has a channel for the mail and another one for its partners."""
    mail, partners, ctx = answer(2), answer(2), version.Context()
    mail.put(ctx, 17)
    partners.put(ctx, 18)
    expect("get() from a channel that got order 18, when another one got 17 before", partners.get(), 18)


@check("12.3", "after a put, nothing listens to ctx", right_if="memory were endless")
@in_virtual_time
def stops_listening(answer: Any, version: ModuleType) -> None:
    """A shop puts a hundred orders under one context."""
    channel, ctx = answer(100), version.Context()
    for order in range(100):
        channel.put(ctx, order)
    expect("functions that still listen to ctx after a hundred puts", len(ctx._told), 0)


def stopped(bench: Bench, stop: Any) -> float:
    """Stop a queue that runs; return when start() returned, in seconds. Its channel is closed if it is open still."""
    stop.cancel("deploy at noon")
    bench.returns_within(HOUR)
    over = time.monotonic()
    bench.queue.pool._channel.close()  # so that no thread waits for ever
    return over


@check("12.4", "when start() has returned, no delivery is running", right_if="every delivery were over by then")
@in_virtual_time
def leaves_none_running(answer: Any, version: ModuleType) -> None:
    """A delivery takes a minute. A start() that never returns is found by another check."""
    bench = Bench(version, workers=2)
    bench.handle(lambda ctx, payload: time.sleep(60.0))
    bench.submit()
    with bench.running() as stop:
        time.sleep(1.0)
        stopped(bench, stop)
        running = [job.id for job in bench.store("list_by_status", "running")]
    expect("the jobs that run when start() has returned, if a delivery takes 60 s", running, [])


@check("12.4", "all workers take orders until the stop, and none after it")
@in_virtual_time
def takes_until_the_stop(answer: Any, version: ModuleType) -> None:
    """Two workers, three orders of five seconds each. The stop comes when two of them run, and the buffer is full."""
    bench = Bench(version, workers=2, buffer_size=1)
    began: list[float] = []

    def deliver(ctx: Any, payload: dict[str, Any]) -> None:
        began.append(time.monotonic())
        time.sleep(5.0)

    bench.handle(deliver)
    with bench.running() as stop:
        time.sleep(15.0)
        try:
            for _ in range(3):
                bench.submit()
        except RuntimeError as err:
            raise Broken("submit_job at 15 s, before any stop", f"RuntimeError: {err}", "a job") from err
        time.sleep(1.0)
        over = stopped(bench, stop)
    call = "(when deliveries began, when start() returned), of three orders at 15 s and a stop at 16 s, in seconds"
    expect(call, (began, over), ([15.0, 15.0], 20.0))


@check("12.4", "if nothing runs, the stop takes no time", right_if="a deploy had ten seconds to spare")
@in_virtual_time
def stops_at_once(answer: Any, version: ModuleType) -> None:
    """Two idle workers, and a stop at 1 s."""
    bench = Bench(version, workers=2)
    with bench.running() as stop:
        time.sleep(1.0)
        over = stopped(bench, stop)
    expect("when start() returned, in seconds, if no order came and the stop comes at 1 s", over, 1.0)


@check("12.4", "from the stop on, a submit is refused at once", right_if="nobody submitted while the last orders run")
@in_virtual_time
def refuses_from_the_stop_on(answer: Any, version: ModuleType) -> None:
    """A worker, an order of a minute that runs, one that waits in a full buffer, and a third one after the stop."""
    bench = Bench(version, workers=1, buffer_size=1)
    bench.handle(lambda ctx, payload: time.sleep(60.0))
    ended: list[tuple[str, object, float]] = []
    with bench.running() as stop:
        for order in (17, 18):
            bench.submit(payload={"order": order})
            time.sleep(1.0)
        stop.cancel("deploy at noon")
        time.sleep(1.0)
        meanwhile(ended, late=lambda: bench.submit(payload={"order": 19}).id)
        stopped(bench, stop)
    expect("what came of a submit at 3 s, if the stop came at 2 s", ended, [("late", "RuntimeError", 3.0)])
