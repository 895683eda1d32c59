"""Ten mistakes, and what else two threads do, in a form that each tool can run.

A case makes the state, lets each worker have it in a thread, and says what holds afterwards.
Locks and clocks are called `threading.Lock`, `time.sleep`: the other tools do not see a name imported from a module.
"""

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace as State
from typing import Any

Model = Callable[[], None]
MINUTE = 60.0  # seconds


@dataclass(frozen=True)
class Case:
    name: str
    setup: Callable[[], Any]
    workers: tuple[Callable[[Any], None], ...]
    holds: Callable[[Any], bool] = lambda state: True  # that the threads ended may be enough


def model_of(case: Case, times: int = 1) -> Model:
    """Return the case as one function, which starts its own threads; each does its work `times` times."""
    setup, workers, holds = case.setup, case.workers, case.holds

    def repeated(worker: Callable[[Any], None], state: Any) -> None:
        for _ in range(times):
            worker(state)

    def model() -> None:
        state = setup()
        threads = [threading.Thread(target=repeated, args=(work, state)) for work in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert times > 1 or holds(state)

    return model


def nothing(state: Any) -> None:
    """Do nothing: what a run costs by itself."""


def attempt(job: Any) -> None:
    job.attempts += 1


def locked_attempt(job: Any) -> None:
    with job.lock:
        job.attempts += 1


def sell(shop: Any) -> None:
    if shop.stock > 0:
        shop.stock -= 1


def add(jobs: Any) -> None:
    jobs.by_id["job-2"] = "pending"


def list_all(jobs: Any) -> None:
    for name in jobs.by_id:
        jobs.listed.append(name)


def storage() -> State:
    return State(lock=threading.Lock(), jobs={"job-1": State(status="running", error="")}, seen=[])


def fail_job(storage: Any) -> None:
    with storage.lock:
        job = storage.jobs["job-1"]
        job.status = "failed"
        job.error = "timed out"


def poll(storage: Any) -> None:
    with storage.lock:
        job = storage.jobs["job-1"]
    storage.seen.append((job.status, job.error))


def stopping() -> State:
    """One job waits; a worker runs until it is told to stop, by an event."""
    waiting: queue.Queue[str] = queue.Queue()
    waiting.put("job-1")
    return State(waiting=waiting, stop=threading.Event(), sent=[])


def work_until_stopped(pool: Any) -> None:
    while not pool.stop.is_set():
        with suppress(queue.Empty):
            pool.sent.append(pool.waiting.get(timeout=1))


def take_then_look(pool: Any) -> None:
    job = pool.waiting.get()
    if not pool.stop.is_set():
        pool.sent.append(job)


def retry_in_five_minutes(pool: Any) -> None:
    job = pool.waiting.get()
    if not pool.stop.wait(5 * MINUTE):  # the first attempt has failed
        pool.sent.append(job)


def stop(pool: Any) -> None:
    pool.stop.set()


def stop_in_two_minutes(pool: Any) -> None:
    time.sleep(2 * MINUTE)
    pool.stop.set()


def sent(pool: Any) -> bool:
    return bool(pool.sent == ["job-1"])


def register(job_type: str, handlers: Any) -> None:
    if handlers.registry is None:
        handlers.registry = {}
    handlers.registry[job_type] = True


def pack(locks: Any) -> None:
    with locks.stock, locks.orders:
        pass


def refund(locks: Any) -> None:
    with locks.orders, locks.stock:
        pass


def ship(paid: Any) -> None:
    with paid:
        paid.wait()


def pay(paid: Any) -> None:
    with paid:
        paid.notify()


LISTING = (list_all, add)
WHOLE = (("running", ""), ("failed", "timed out"))
BOTH = {"webhook": True, "mail": True}
REGISTER = (partial(register, "webhook"), partial(register, "mail"))
LOST_UPDATE = Case("lost update", lambda: State(attempts=0), (attempt, attempt), lambda job: job.attempts == 2)
OPPOSITE_ORDER = Case(
    "two locks in opposite order", lambda: State(stock=threading.Lock(), orders=threading.Lock()), (pack, refund)
)
MISTAKES = (
    LOST_UPDATE,
    Case("check, then act", lambda: State(stock=1), (sell, sell), lambda shop: shop.stock == 0),
    Case(
        "dict changed size while listing",
        lambda: State(by_id={"job-1": "pending"}, listed=[]),
        LISTING,
        lambda jobs: "job-1" in jobs.listed,
    ),
    Case("locked map hands out the live job", storage, (fail_job, poll), lambda storage: storage.seen[0] in WHOLE),
    Case("pool drops queued jobs at stop", stopping, (work_until_stopped, stop), sent),
    Case("registry initialised twice", lambda: State(registry=None), REGISTER, lambda it: it.registry == BOTH),
    OPPOSITE_ORDER,
    Case("lost wake-up", threading.Condition, (ship, pay)),
    Case("backoff of minutes, retry dropped at stop", stopping, (retry_in_five_minutes, stop_in_two_minutes), sent),
    Case("a job in flight dropped at stop", stopping, (take_then_look, stop), lambda p: sent(p) or p.waiting.qsize()),
)
LOCKED_COUNTER = Case(
    "locked counter", lambda: State(attempts=0, lock=threading.Lock()), (locked_attempt, locked_attempt)
)
