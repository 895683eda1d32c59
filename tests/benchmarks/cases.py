"""Ten mistakes, in a form that each tool can run: make the state, let each worker have it in a thread, check it.

Each is so short that it reads as one sentence: `workers` run at once, `check` asserts afterwards. Locks and clocks are
called `threading.Lock`, `time.sleep`: a name imported from a module is not seen by the other tools.
"""

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

MINUTE = 60.0  # seconds


@dataclass(frozen=True)
class Case:
    """A mistake: what its threads share, what they do, and what should hold in the end."""

    name: str
    setup: Callable[[], Any]
    workers: tuple[Callable[[Any], None], ...]
    check: Callable[[Any], None]


def model_of(case: Case) -> Callable[[], None]:
    """Return the case as one function, which starts its own threads."""
    setup, workers, check = case.setup, case.workers, case.check

    def model() -> None:
        state = setup()
        threads = [threading.Thread(target=worker, args=(state,), name=worker.__name__) for worker in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        check(state)

    return model


class Job:
    def __init__(self) -> None:
        self.attempts = 0
        self.status = "running"
        self.error = ""


def attempt(job: Job) -> None:
    job.attempts += 1


def both_counted(job: Job) -> None:
    assert job.attempts == 2


class Shop:
    def __init__(self) -> None:
        self.stock = 1


def sell(shop: Shop) -> None:
    if shop.stock > 0:
        shop.stock -= 1


def none_oversold(shop: Shop) -> None:
    assert shop.stock == 0


class Jobs:
    def __init__(self) -> None:
        self.by_id = {"job-1": "pending"}
        self.listed: list[str] = []


def add(jobs: Jobs) -> None:
    jobs.by_id["job-2"] = "pending"


def list_all(jobs: Jobs) -> None:
    for name in jobs.by_id:
        jobs.listed.append(name)


def first_listed(jobs: Jobs) -> None:
    assert "job-1" in jobs.listed


class Storage:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.jobs = {"job-1": Job()}
        self.seen: list[tuple[str, str]] = []

    def get(self) -> Job:
        with self.lock:
            return self.jobs["job-1"]


def fail_job(storage: Storage) -> None:
    with storage.lock:
        job = storage.jobs["job-1"]
        job.status = "failed"
        job.error = "timed out"


def poll(storage: Storage) -> None:
    job = storage.get()
    storage.seen.append((job.status, job.error))


def no_half_change(storage: Storage) -> None:
    assert storage.seen[0] in (("running", ""), ("failed", "timed out"))


class Stopping:
    """One job waits; a worker runs until it is told to stop, by an event."""

    def __init__(self) -> None:
        self.waiting: queue.Queue[str] = queue.Queue()
        self.waiting.put("job-1")
        self.stop = threading.Event()
        self.sent: list[str] = []


def work_until_stopped(pool: Stopping) -> None:
    while not pool.stop.is_set():
        with suppress(queue.Empty):
            pool.sent.append(pool.waiting.get(timeout=1))


def take_then_look(pool: Stopping) -> None:
    job = pool.waiting.get()
    if not pool.stop.is_set():
        pool.sent.append(job)


def retry_in_five_minutes(pool: Stopping) -> None:
    job = pool.waiting.get()
    if not pool.stop.wait(5 * MINUTE):  # the first attempt has failed
        pool.sent.append(job)


def stop(pool: Stopping) -> None:
    pool.stop.set()


def stop_in_two_minutes(pool: Stopping) -> None:
    time.sleep(2 * MINUTE)
    pool.stop.set()


def sent_or_left(pool: Stopping) -> None:
    assert pool.sent == ["job-1"] or not pool.waiting.empty()


def sent(pool: Stopping) -> None:
    assert pool.sent == ["job-1"]


class Handlers:
    def __init__(self) -> None:
        self.registry: dict[str, bool] | None = None


def register(handlers: Handlers, job_type: str) -> None:
    if handlers.registry is None:
        handlers.registry = {}
    handlers.registry[job_type] = True


def register_webhook(handlers: Handlers) -> None:
    register(handlers, "webhook")


def register_mail(handlers: Handlers) -> None:
    register(handlers, "mail")


def both_registered(handlers: Handlers) -> None:
    assert handlers.registry == {"webhook": True, "mail": True}


class TwoLocks:
    def __init__(self) -> None:
        self.stock, self.orders = threading.Lock(), threading.Lock()


def pack(locks: TwoLocks) -> None:
    with locks.stock, locks.orders:
        pass


def refund(locks: TwoLocks) -> None:
    with locks.orders, locks.stock:
        pass


def payment() -> threading.Condition:
    return threading.Condition()


def ship(paid: threading.Condition) -> None:
    with paid:
        paid.wait()


def pay(paid: threading.Condition) -> None:
    with paid:
        paid.notify()


def nothing_more(_: object) -> None:
    """That it ended is enough."""


CASES = (
    Case("lost update", Job, (attempt, attempt), both_counted),
    Case("check, then act", Shop, (sell, sell), none_oversold),
    Case("dict changed size while listing", Jobs, (list_all, add), first_listed),
    Case("locked map hands out the live job", Storage, (fail_job, poll), no_half_change),
    Case("pool drops queued jobs at stop", Stopping, (work_until_stopped, stop), sent),
    Case("registry initialised twice", Handlers, (register_webhook, register_mail), both_registered),
    Case("two locks in opposite order", TwoLocks, (pack, refund), nothing_more),
    Case("lost wake-up", payment, (ship, pay), nothing_more),
    Case("backoff of minutes, retry dropped at stop", Stopping, (retry_in_five_minutes, stop_in_two_minutes), sent),
    Case("a job in flight dropped at stop", Stopping, (take_then_look, stop), sent_or_left),
)
