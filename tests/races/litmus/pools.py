"""Pools: tasks that wait for their own pool, and what becomes of work that is cancelled, late, or fails."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock, Thread

from tests.races.litmus.litmus import Litmus, run


def own_pool_broken() -> None:
    """The only worker submits a task to its own pool, and waits for it: nobody is left to run it."""
    pool = ThreadPoolExecutor(max_workers=1)

    def pack() -> str:
        return "packed"

    def order() -> str:
        return pool.submit(pack).result()

    with pool:
        packed = pool.submit(order).result()
    assert packed == "packed"


def own_pool_right() -> None:
    """The worker hands the waiting on: who is no worker waits."""
    pool = ThreadPoolExecutor(max_workers=1)

    def pack() -> str:
        return "packed"

    with pool:
        packed = pool.submit(pool.submit, pack).result().result()
    assert packed == "packed"


def shut_down_first_broken() -> None:
    """The pool may be shut down before the thread submits: RuntimeError."""
    pool = ThreadPoolExecutor(max_workers=1)

    def pack() -> str:
        return "packed"

    def submit() -> None:
        pool.submit(pack)

    submitter = Thread(target=submit, name="submitter")
    submitter.start()
    pool.shutdown()
    submitter.join()


def shut_down_first_right() -> None:
    """First wait for those who submit, then shut down."""
    pool = ThreadPoolExecutor(max_workers=1)

    def pack() -> str:
        return "packed"

    def submit() -> None:
        pool.submit(pack)

    submitter = Thread(target=submit, name="submitter")
    submitter.start()
    submitter.join()
    pool.shutdown()


def running_cancelled_broken() -> None:
    """A task that runs cannot be cancelled: the order is both sent and refunded."""
    outcomes: list[str] = []

    def send() -> None:
        outcomes.append("sent")

    with ThreadPoolExecutor(max_workers=1) as pool:
        sending = pool.submit(send)
        sending.cancel()
        outcomes.append("refunded")
    assert len(outcomes) == 1


def running_cancelled_right() -> None:
    """`cancel` returns whether it came in time."""
    outcomes: list[str] = []

    def send() -> None:
        outcomes.append("sent")

    with ThreadPoolExecutor(max_workers=1) as pool:
        sending = pool.submit(send)
        if sending.cancel():
            outcomes.append("refunded")
    assert len(outcomes) == 1


def result_under_lock_broken() -> None:
    """The result is waited for under the lock that the task needs."""
    lock = Lock()
    stock = ["tea"]

    def sell() -> str:
        with lock:
            return stock.pop()

    with ThreadPoolExecutor(max_workers=1) as pool:
        selling = pool.submit(sell)
        with lock:
            sold = selling.result()
    assert sold == "tea"


def result_under_lock_right() -> None:
    """The lock is free while the result is waited for."""
    lock = Lock()
    stock = ["tea"]

    def sell() -> str:
        with lock:
            return stock.pop()

    with ThreadPoolExecutor(max_workers=1) as pool:
        selling = pool.submit(sell)
        sold = selling.result()
        with lock:
            left = len(stock)
    assert (sold, left) == ("tea", 0)


def killed_worker_broken() -> None:
    """The first job raises, and takes the worker with it: the second is never done."""
    jobs = ["order", "unknown"]

    def work() -> None:
        while jobs:
            handle(jobs.pop())

    run(work)


def killed_worker_right() -> None:
    """The worker outlives its jobs."""
    jobs = ["order", "unknown"]

    def work() -> None:
        while jobs:
            with suppress(LookupError):
                handle(jobs.pop())

    run(work)


def handle(job: str) -> None:
    """Handle an order; raise LookupError for any other job."""
    if job != "order":
        raise LookupError(f"no handler for {job!r}: register one")


PROGRAMS = [
    Litmus("a task that waits for its own pool", "deadlock", own_pool_broken, own_pool_right),
    Litmus("a pool shut down first", "exception in a thread", shut_down_first_broken, shut_down_first_right),
    Litmus("a running task cancelled", "failed assertion", running_cancelled_broken, running_cancelled_right),
    Litmus("a result waited for under the lock", "deadlock", result_under_lock_broken, result_under_lock_right),
    Litmus("a job that kills its worker", "exception in a thread", killed_worker_broken, killed_worker_right),
]
