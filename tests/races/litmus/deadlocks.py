"""Deadlocks: each thread waits for what only another waiting thread can give, or for itself.

Two locks in opposite order:

    pack   ── holds stock ── wants orders ──┐
      ▲                                     ▼
      └──── wants stock ── holds orders ── refund

A lock held during a wait does the same: the thread, the notification or the place in a queue needs that lock to come.
"""

from contextlib import suppress
from queue import Queue
from threading import Condition, Lock, RLock, Thread

from tests.races.litmus.litmus import lock_if, program, run


@program("two locks in opposite order", "deadlock")
def opposite_order(right: bool) -> None:
    """Each holds the lock that the other wants."""
    stock, orders = Lock(), Lock()
    first, second = (stock, orders) if right else (orders, stock)  # right: all take the locks in one order
    done: list[str] = []

    def pack() -> None:
        with stock, orders:
            done.append("packed")

    def refund() -> None:
        with first, second:
            done.append("refunded")

    run(pack, refund)
    assert len(done) == 2


@program("a circle of three locks", "deadlock")
def circle_of_three(right: bool) -> None:
    """Three threads, each holding the lock that the one before it wants; no two of them could do it."""
    stock, orders, partners = Lock(), Lock(), Lock()
    first, second = (stock, partners) if right else (partners, stock)  # right: all take the locks in one order
    done: list[str] = []

    def pack() -> None:
        with stock, orders:
            done.append("packed")

    def notify() -> None:
        with orders, partners:
            done.append("notified")

    def offer() -> None:
        with first, second:
            done.append("offered")

    run(pack, notify, offer)
    assert len(done) == 3


@program("a lock taken twice", "deadlock")
def taken_twice(right: bool) -> None:
    """A method that holds the lock calls another that takes it: the thread waits for itself."""
    lock = RLock() if right else Lock()  # an RLock lets its holder in again
    sold: list[int] = []

    def count() -> int:
        with lock:
            return len(sold)

    def sell() -> None:
        with lock:
            sold.append(count() + 1)

    run(sell, sell)
    assert sold == [1, 2]


@program("a lock not released on an exception", "deadlock")
def not_released(right: bool) -> None:
    """The partner is down: the exception skips `release`, and the next delivery waits for ever."""
    lock = Lock()

    def deliver() -> None:
        raise ConnectionError("partner down")

    def send() -> None:
        with suppress(ConnectionError):
            if right:
                with lock:  # released, whatever happens
                    deliver()
            else:
                lock.acquire()
                deliver()
                lock.release()

    run(send, send)
    assert not lock.locked()


@program("a join under the lock", "deadlock")
def joined_under_lock(right: bool) -> None:
    """`stop` waits for the worker under the lock that the worker needs to end."""
    lock, saved = Lock(), list[str]()

    def work() -> None:
        with lock:
            saved.append("job-1")

    worker = Thread(target=work, name="worker")
    worker.start()
    with lock:
        if not right:
            worker.join()
    worker.join()
    assert saved == ["job-1"]


@program("a wait under a second lock", "deadlock")
def wait_under_lock(right: bool) -> None:
    """`wait` gives back the condition's own lock, but not the second one, which the other thread needs to notify."""
    delivered = Condition()
    lock, stock = lock_if(not right), list[str]()

    def sell() -> None:
        with lock, delivered:
            while not stock:
                delivered.wait()
            stock.pop()

    def deliver() -> None:
        with lock, delivered:
            stock.append("tea")
            delivered.notify()

    run(sell, deliver)
    assert stock == []


@program("a put on a full queue under the lock", "deadlock")
def put_under_lock(right: bool) -> None:
    """The producer waits for a place in the queue under the lock that the consumer needs to make one."""
    lock, log = Lock(), list[str]()
    jobs: Queue[str] = Queue(maxsize=1)
    jobs.put("job-1")

    def submit() -> None:
        if right:
            jobs.put("job-2")
        with lock:  # right: held for the log alone
            if not right:
                jobs.put("job-2")
            log.append("submitted")

    def work() -> None:
        with lock:
            log.append("ready")
        jobs.get()

    run(submit, work)
    assert len(log) == 2
