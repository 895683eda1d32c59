"""Pools: tasks that wait for their own pool, and what becomes of work that is cancelled, late, or fails."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock, Thread

from tests.races.litmus.litmus import program, run


@program("a task that waits for its own pool", "deadlock")
def own_pool(right: bool) -> None:
    """The only worker submits a task to its own pool, and waits for it: nobody is left to run it."""
    pool = ThreadPoolExecutor(max_workers=1)

    def pack() -> str:
        return "packed"

    with pool:
        if right:  # the main thread waits, which is not a worker
            assert pool.submit(pool.submit, pack).result().result() == "packed"
        else:
            assert pool.submit(lambda: pool.submit(pack).result()).result() == "packed"


@program("a pool shut down first", "exception in a thread")
def shut_down_first(right: bool) -> None:
    """The pool may be shut down before the thread submits: RuntimeError."""
    pool = ThreadPoolExecutor(max_workers=1)

    def pack() -> str:
        return "packed"

    def submit() -> None:
        pool.submit(pack)

    submitter = Thread(target=submit, name="submitter")
    submitter.start()
    if right:
        submitter.join()
    pool.shutdown()
    if not right:
        submitter.join()


@program("a running task cancelled", "failed assertion")
def running_cancelled(right: bool) -> None:
    """A task that runs cannot be cancelled: the order is both sent and refunded."""
    outcomes: list[str] = []

    def send() -> None:
        outcomes.append("sent")

    with ThreadPoolExecutor(max_workers=1) as pool:
        sending = pool.submit(send)
        if sending.cancel() or not right:  # `cancel` returns whether it came in time
            outcomes.append("refunded")
    assert len(outcomes) == 1


@program("a result waited for under the lock", "deadlock")
def result_under_lock(right: bool) -> None:
    """The result is waited for under the lock that the task needs."""
    lock, stock = Lock(), ["tea"]

    def sell() -> str:
        with lock:
            return stock.pop()

    with ThreadPoolExecutor(max_workers=1) as pool:
        selling = pool.submit(sell)
        if right:
            selling.result()
        with lock:
            sold = selling.result()
    assert sold == "tea"


@program("a job that kills its worker", "exception in a thread")
def killed_worker(right: bool) -> None:
    """The first job raises, and takes the worker with it: the second is never done."""
    jobs = ["order", "unknown"]

    def work() -> None:
        while jobs:
            with suppress(*([LookupError] if right else [])):  # right: the worker outlives its jobs
                if jobs.pop() != "order":
                    raise LookupError("no handler: register one")

    run(work)
