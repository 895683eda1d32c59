"""Promises about the channel: its order, its bound, its close, and who is told what."""

import threading
import time
from collections.abc import Callable
from types import ModuleType

from .bench import HOUR, Bench, in_virtual_time
from .explored import explored
from .models import filling
from .promise import expect, promise
from .step08 import refuses
from .step09_waits import listened_to


def meanwhile(ended: list[tuple[str, object, float]], **calls: Callable[[], object]) -> None:
    """Make each call in a thread of its own; note what it returned or raised, and when."""

    def note(name: str, call: Callable[[], object]) -> None:
        try:
            came = call()
        except Exception as err:
            came = type(err).__name__
        ended.append((name, came, time.monotonic()))

    for name, call in calls.items():
        threading.Thread(target=note, args=(name, call), daemon=True).start()


@promise(
    "jobs are run in the order in which they were submitted: first in, first out",
    needs=("pool",),
    counterexamples=("step12_channel_is_a_stack",),
)
@in_virtual_time
def first_in_first_out(version: ModuleType) -> None:
    """Three orders wait for the only worker."""
    bench = Bench(version, workers=1)
    delivered: list[int] = []
    bench.handle(lambda ctx, payload: delivered.append(payload["order"]))
    jobs = [bench.submit(payload={"order": order}) for order in (18, 19, 17)]  # so that a sorted channel is none
    with bench.running():
        for job in jobs:
            bench.later(job.id, "completed")
    expect("orders, as they were delivered", delivered, [18, 19, 17])


@promise(
    "a channel holds as many items as it was made for, and one more waits until an item is taken",
    needs=("channel.Channel",),
    alone="channel",
    counterexamples=("step12_channel_has_no_bound",),
)
def holds_its_size(version: ModuleType) -> None:
    """Orders come one after the other, and then two at once, with room for one."""
    one_by_one(version)
    explored(version, filling(version), "puts that were over before an item was taken, of two at once, with room for 1",
             "at most 1")  # fmt: skip


@in_virtual_time
def one_by_one(version: ModuleType) -> None:
    """Two fit. The third waits for a day. A worker takes all three, and waits for a day for a fourth."""
    channel, ctx = version.channel.Channel(2), version.Context
    ended: list[tuple[str, object, float]] = []
    for order in (17, 18):
        channel.put(ctx(), order)
    meanwhile(ended, third=lambda: channel.put(ctx(), 19))
    time.sleep(24 * HOUR)
    expect("what ended while the channel was full", ended, [])
    came = [channel.get()]
    time.sleep(1.0)
    expect("when the third put was over, if an item was taken after a day", ended, [("third", None, 24 * HOUR)])
    came += [channel.get() for _ in range(2)]
    expect("what three calls of get() returned, in any order", sorted(came), [17, 18, 19])
    meanwhile(ended, worker=channel.get)
    time.sleep(24 * HOUR)
    channel.put(ctx(), 20)
    time.sleep(1.0)
    expect("what came of a get() from an empty channel, if an item was put after one day more", ended[1:],
           [("worker", 20, 48 * HOUR + 1.0)])  # fmt: skip


@promise(
    "a close ends the wait of every producer and every worker, and keeps what is in the channel",
    needs=("channel.Channel",),
    alone="channel",
    counterexamples=("step12_channel_closes_for_one",),
)
@in_virtual_time
def closes_for_all(version: ModuleType) -> None:
    """Two producers wait for room, and two workers for an order. The close comes after a second, and again."""
    full, empty, ctx = version.channel.Channel(1), version.channel.Channel(1), version.Context
    full.put(ctx(), 17)
    ended: list[tuple[str, object, float]] = []
    meanwhile(ended, producer_1=lambda: full.put(ctx(), 18), producer_2=lambda: full.put(ctx(), 19),
              worker_1=empty.get, worker_2=empty.get)  # fmt: skip
    time.sleep(1.0)
    full.close()
    empty.close()
    time.sleep(HOUR)
    full.close()
    expect("what came of two producers and two workers, when the channels were closed after 1 s", sorted(ended),
           [("producer_1", "RuntimeError", 1.0), ("producer_2", "RuntimeError", 1.0),
            ("worker_1", None, 1.0), ("worker_2", None, 1.0)])  # fmt: skip
    expect("get() from a closed channel that holds order 17", full.get(), None)
    refuses("put(ctx, 20) into a closed channel", lambda: empty.put(ctx(), 20), "")


@promise(
    "a put that gives up adds nothing, and after a put nothing listens to its context",
    needs=("channel.Channel",),
    alone="channel",
    counterexamples=("step12_channel_listens_for_ever",),
)
@in_virtual_time
def put_leaves_nothing_behind(version: ModuleType) -> None:
    """One put succeeds, two give up, one comes too late though there is room, one finds it closed."""
    channel, listening = version.channel.Channel(1), list[Callable[[], None]]()
    caller = listened_to(version, listening)
    ended: list[tuple[str, object, float]] = []
    channel.put(caller, 17)
    patient = version.Context().with_timeout(HOUR)
    meanwhile(ended, patient=lambda: channel.put(patient, 16), hasty=lambda: channel.put(caller, 18))
    time.sleep(2.0)
    caller.cancel("the caller gave up")
    time.sleep(1.0)
    patient.cancel()
    time.sleep(1.0)
    expect("what came of two puts, whose contexts ended after 2 and 3 s", ended,
           [("hasty", "Cancelled", 2.0), ("patient", "Cancelled", 3.0)])  # fmt: skip
    expect("what get() returned then", channel.get(), 17)
    meanwhile(ended, late=lambda: channel.put(caller, 19))
    time.sleep(1.0)
    expect("what came of a put under a context that had ended", ended[2:], [("late", "Cancelled", 4.0)])
    channel.put(version.Context(), 20)
    expect("what get() returned after that", channel.get(), 20)
    channel.close()
    other = listened_to(version, listening)
    refuses("put(ctx, 21) into a closed channel", lambda: channel.put(other, 21), "")
    expect("functions that still listen", len(listening), 0)
