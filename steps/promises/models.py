"""The models that promises explore: two or three threads, one or two calls each, and what must hold at the end.

Each function takes a version and returns a model of it, so that a reader can try it: `explore(registering(load(10)))`.
A model makes all objects that it uses. Each thread gets its own context, so that threads share only what is tried.
"""

import contextlib
import functools
import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .bench import HOUR
from .explored import Model, together


def model(run: Callable[[ModuleType], None]) -> Callable[[ModuleType], Model]:
    """Make a function that returns a model of a version: it calls `run` with the version."""

    @functools.wraps(run)
    def make(version: ModuleType) -> Model:
        def model() -> None:
            run(version)

        model.__qualname__ = f"{run.__name__}.model"  # for the line that says how to replay it
        return model

    return make


@model
def closing(version: ModuleType) -> None:
    """A delivery waits for up to an hour while the shop closes."""
    shop = version.Context()
    delivery = shop.with_timeout(HOUR)
    together(waiter=delivery.wait, owner=lambda: shop.cancel("closing time"))
    late = time.monotonic()
    assert late == 0.0, f"{late:g} s"


def shelf(version: ModuleType) -> Any:
    """Return a storage with one job in it, job-1. It is cleared first, because all storages of 10 share their jobs."""
    storage = version.storage.MemoryStorage()
    storage.clear_storage()
    storage.save_job(version.Context(), version.job.Job("job-1", "webhook", {"order": 17}))
    return storage


@model
def listing(version: ModuleType) -> None:
    """An order comes in while the status board lists the jobs."""
    storage = shelf(version)

    def order() -> None:
        storage.save_job(version.Context(), version.job.Job("job-2", "webhook", {"order": 18}))

    def board() -> None:
        storage.list_by_status(version.Context(), "pending")

    together(order=order, board=board)


@model
def clearing(version: ModuleType) -> None:
    """A worker updates its job while the storage is cleared."""
    storage = shelf(version)
    job = storage.get_job(version.Context(), "job-1")

    def worker() -> None:
        with contextlib.suppress(LookupError):  # it was cleared before
            storage.update_job(version.Context(), job)

    together(worker=worker, owner=storage.clear_storage)
    left = len(storage.list_by_status(version.Context(), "pending"))
    assert left == 0, left


@model
def reading(version: ModuleType) -> None:
    """A delivery fails while the status board reads its row, twice."""
    whole = (("pending", ""), ("running", ""), ("failed", "ConnectionError: 503"))
    storage = shelf(version)

    def worker() -> None:
        job = storage.get_job(version.Context(), "job-1")
        job.mark_running()
        storage.update_job(version.Context(), job)
        job.mark_failed(ConnectionError("503"))
        storage.update_job(version.Context(), job)

    def board() -> None:
        row = storage.get_job(version.Context(), "job-1")
        seen = (str(row.status), row.error)
        assert seen in whole, seen
        later = (str(row.status), row.error)
        assert later == seen, f"{seen}, and {later} later in the same row"

    together(worker=worker, board=board)


@model
def registering(version: ModuleType) -> None:
    """Two threads register the same type."""
    registry = version.registry.Registry()
    refused: list[str] = []

    def register() -> None:
        try:
            registry.register_handler("webhook", print)
        except ValueError as err:
            refused.append(str(err))

    together(first=register, second=register)
    assert len(refused) == 1, len(refused)


@model
def starting(version: ModuleType) -> None:
    """Two threads start a queue, under a context that has ended, so that a start returns."""
    queue, stopped = version.Queue(workers=1), version.Context()
    stopped.cancel()
    refused: list[str] = []

    def start() -> None:
        try:
            queue.start(stopped)
        except RuntimeError as err:
            refused.append(str(err))

    together(first=start, second=start)
    assert len(refused) == 1, len(refused)


@model
def sharing(version: ModuleType) -> None:
    """A shop hands out two jobs, and each of two workers takes one."""
    channel = version.channel.Channel(2)
    taken: list[int] = []

    def shop() -> None:
        for order in (17, 18):
            channel.put(version.Context(), order)

    def worker() -> None:
        taken.append(channel.get())

    together(shop=shop, worker_1=worker, worker_2=worker)
    assert sorted(taken, key=str) == [17, 18], sorted(taken, key=str)


@model
def stopping(version: ModuleType) -> None:
    """A shop fills a channel with room for one, a worker empties it, and its owner closes it."""
    channel = version.channel.Channel(1)

    def shop() -> None:
        with contextlib.suppress(RuntimeError):  # it is closed
            for order in (17, 18):
                channel.put(version.Context(), order)

    def worker() -> None:
        channel.get()

    together(shop=shop, worker=worker, owner=channel.close)


@model
def filling(version: ModuleType) -> None:
    """Two producers come at once, and there is room for one. A worker takes an order, and looks at what is over."""
    channel, over = version.channel.Channel(1), list[int]()

    def produce(order: int) -> None:
        channel.put(version.Context(), order)
        over.append(order)

    def worker() -> None:
        assert len(over) <= 1, len(over)
        channel.get()

    together(first=lambda: produce(17), second=lambda: produce(18), worker=worker)


@model
def giving_up(version: ModuleType) -> None:
    """Two customers wait for room in a full channel. One of them is told to leave, and then there is room."""
    channel = version.channel.Channel(1)
    channel.put(version.Context(), 16)
    leaves, came = version.Context(), []

    def hasty() -> None:
        with contextlib.suppress(version.context.ContextDone):
            channel.put(leaves, 17)
            came.append(17)

    bodies = {"hasty": hasty, "patient": lambda: channel.put(version.Context(), 18)}
    threads = {name: threading.Thread(target=body, name=name) for name, body in bodies.items()}
    for thread in threads.values():
        thread.start()
    leaves.cancel()  # the hasty one may hear of this only after it was woken for the room
    channel.get()
    threads["hasty"].join()
    if came:
        channel.get()
    threads["patient"].join()


@model
def interrupting(version: ModuleType) -> None:
    """A delivery that checks its context runs while that context is cancelled."""
    storage = version.storage.MemoryStorage()
    job = version.job.Job("job-1", "webhook", {"order": 17})
    storage.save_job(version.Context(), job)
    pool = version.Context()

    def worker() -> None:
        with pool.with_cancel() as ctx:
            version.processor.Processor(storage).process_job(ctx, job, lambda ctx, payload: ctx.raise_if_done())

    together(worker=worker, deploy=lambda: pool.cancel("deploy at noon"))
    kept = storage.get_job(version.Context(), "job-1")
    outcome = (str(kept.status), kept.attempts)
    assert outcome in (("completed", 1), ("pending", 0)), outcome


@model
def branching(version: ModuleType) -> None:
    """A shop closes while another thread listens to it, looks at it, and makes a delivery of it."""
    shop, told = version.Context(), []
    old = shop.with_cancel()
    made = []

    def worker() -> None:
        shop.after_done(lambda: told.append("worker"))
        made.append(shop.with_cancel())
        cause, err = shop.cause, shop.err
        assert (cause, err is None) in ((None, True), (None, False), ("closing time", False)), (cause, err)
        assert shop.remaining() in (None, 0.0), shop.remaining()
        assert set(shop.children) <= {old, *made}, shop.children
        old.cancel()

    together(worker=worker, owner=lambda: shop.cancel("closing time"))
    assert told == ["worker"], told
    assert made[0].done, "a child that goes on"
    assert shop.children == (), shop.children


@model
def cancelling(version: ModuleType) -> None:
    """Two threads cancel one context."""
    shop, told = version.Context(), []
    shop.after_done(lambda: told.append(shop.cause))
    child = shop.with_cancel()
    together(first=lambda: shop.cancel("fire"), second=lambda: shop.cancel("flood"))
    assert told == [shop.cause], told
    assert (str(shop.err), child.cause) == (shop.cause, shop.cause), (shop.err, shop.cause, child.cause)


@model
def saving(version: ModuleType) -> None:
    """Two threads save jobs of the same id."""
    storage, refused = version.storage.MemoryStorage(), []
    storage.clear_storage()

    def save(order: int) -> None:
        try:
            storage.save_job(version.Context(), version.job.Job("job-1", "webhook", {"order": order}))
        except ValueError:
            refused.append(order)

    together(first=lambda: save(17), second=lambda: save(18))
    assert len(refused) == 1, len(refused)
    kept = storage.get_job(version.Context(), "job-1").payload["order"]
    assert kept not in refused, f"the order {kept}, whose save raised"


@model
def saving_beside(version: ModuleType) -> None:
    """A new job is saved while another one is updated."""
    storage = shelf(version)
    changed = version.job.Job("job-1", "webhook", {"order": 19})
    together(
        customer=lambda: storage.save_job(version.Context(), version.job.Job("job-2", "webhook", {"order": 18})),
        worker=lambda: storage.update_job(version.Context(), changed),
    )
    kept = sorted(job.payload["order"] for job in storage.list_by_status(version.Context(), "pending"))
    assert kept == [18, 19], kept


@model
def deleting_beside(version: ModuleType) -> None:
    """A job is deleted while another one is saved."""
    storage = shelf(version)
    together(
        customer=lambda: storage.save_job(version.Context(), version.job.Job("job-2", "webhook", {"order": 18})),
        owner=lambda: storage.delete_job(version.Context(), "job-1"),
    )
    kept = [job.id for job in storage.list_by_status(version.Context(), "pending")]
    assert kept == ["job-2"], kept


@model
def submitting(version: ModuleType) -> None:
    """Two threads submit a job each, into a storage that only notes their ids."""
    noted: list[str] = []
    queue = version.Queue(storage=Noting(noted))
    queue.register_handler("webhook", lambda ctx, payload: None)

    def submit() -> None:
        queue.submit_job(version.Context(), "webhook", {"order": 17})

    together(first=submit, second=submit)
    assert sorted(noted) == ["job-1", "job-2"], sorted(noted)


class Noting:
    """A storage that keeps nothing but the ids of the jobs that were saved."""

    def __init__(self, ids: list[str]) -> None:
        self.ids = ids

    def save_job(self, ctx: Any, job: Any) -> None:
        """Note the job's id."""
        self.ids.append(job.id)

    def update_job(self, ctx: Any, job: Any) -> None:
        """Do nothing."""


@model
def deleting(version: ModuleType) -> None:
    """A job is deleted while a worker updates it and looks at the board."""
    storage = shelf(version)
    job = storage.get_job(version.Context(), "job-1")

    def worker() -> None:
        with contextlib.suppress(LookupError):  # it was deleted before
            storage.update_job(version.Context(), job)
        storage.list_by_status(version.Context(), "pending")

    together(worker=worker, owner=lambda: storage.delete_job(version.Context(), "job-1"))
    left = len(storage.list_by_status(version.Context(), "pending"))
    assert left == 0, left


@model
def parking(version: ModuleType) -> None:
    """Two workers park a job each, and the timer is emptied meanwhile."""
    timer, kept = version.retry.RetryTimer(print), list[dict[str, int]]()

    def owner() -> None:
        timer.close()
        kept.extend(timer.drain())

    together(
        worker_1=lambda: timer.park({"order": 17}, 5.0), worker_2=lambda: timer.park({"order": 18}, 5.0), owner=owner
    )
    kept.extend(timer.drain())
    assert sorted(one["order"] for one in kept) == [17, 18], kept


@model
def emptying(version: ModuleType) -> None:
    """A timer is emptied while its thread gives a job that is due."""
    given: list[int] = []
    timer = version.retry.RetryTimer(given.append)
    timer.park(17, 0.0)
    thread = threading.Thread(target=timer.run, name="retry-timer")
    thread.start()
    kept = timer.drain()
    timer.close()
    thread.join()
    kept.extend(timer.drain())
    assert given + kept == [17], (given, kept)
