"""Deadlocks: each thread waits for what only another waiting thread can give, or for itself.

Two locks in opposite order:

    pack   ── holds stock ── wants orders ──┐
      ▲                                     ▼
      └──── wants stock ── holds orders ── refund
"""

from contextlib import suppress
from threading import Lock, RLock

from tests.races.litmus.litmus import Litmus, run


def opposite_order_broken() -> None:
    """Each holds the lock that the other wants."""
    stock, orders = Lock(), Lock()
    done: list[str] = []

    def pack() -> None:
        with stock, orders:
            done.append("packed")

    def refund() -> None:
        with orders, stock:
            done.append("refunded")

    run(pack, refund)
    assert len(done) == 2


def opposite_order_right() -> None:
    """All take the locks in one order."""
    stock, orders = Lock(), Lock()
    done: list[str] = []

    def pack() -> None:
        with stock, orders:
            done.append("packed")

    def refund() -> None:
        with stock, orders:
            done.append("refunded")

    run(pack, refund)
    assert len(done) == 2


def circle_of_three_broken() -> None:
    """Three threads, each holding the lock that the one before it wants; no two of them could do it."""
    stock, orders, partners = Lock(), Lock(), Lock()
    done: list[str] = []

    def pack() -> None:
        with stock, orders:
            done.append("packed")

    def notify() -> None:
        with orders, partners:
            done.append("notified")

    def offer() -> None:
        with partners, stock:
            done.append("offered")

    run(pack, notify, offer)
    assert len(done) == 3


def circle_of_three_right() -> None:
    """All take the locks in one order: stock, orders, partners."""
    stock, orders, partners = Lock(), Lock(), Lock()
    done: list[str] = []

    def pack() -> None:
        with stock, orders:
            done.append("packed")

    def notify() -> None:
        with orders, partners:
            done.append("notified")

    def offer() -> None:
        with stock, partners:
            done.append("offered")

    run(pack, notify, offer)
    assert len(done) == 3


def taken_twice_broken() -> None:
    """A method that holds the lock calls another that takes it: the thread waits for itself."""
    lock = Lock()
    sold: list[int] = []

    def count() -> int:
        with lock:
            return len(sold)

    def sell() -> None:
        with lock:
            sold.append(count() + 1)

    run(sell, sell)
    assert sold == [1, 2]


def taken_twice_right() -> None:
    """An RLock lets its holder in again."""
    lock = RLock()
    sold: list[int] = []

    def count() -> int:
        with lock:
            return len(sold)

    def sell() -> None:
        with lock:
            sold.append(count() + 1)

    run(sell, sell)
    assert sold == [1, 2]


def not_released_broken() -> None:
    """The partner is down: the exception passes by `release`, and the next delivery waits for ever."""
    lock = Lock()

    def deliver() -> None:
        raise ConnectionError("partner down")

    def send() -> None:
        with suppress(ConnectionError):
            lock.acquire()
            deliver()
            lock.release()

    run(send, send)
    assert not lock.locked()


def not_released_right() -> None:
    """`with` gives the lock back, whatever happens."""
    lock = Lock()

    def deliver() -> None:
        raise ConnectionError("partner down")

    def send() -> None:
        with suppress(ConnectionError), lock:
            deliver()

    run(send, send)
    assert not lock.locked()


PROGRAMS = [
    Litmus("two locks in opposite order", "deadlock", opposite_order_broken, opposite_order_right),
    Litmus("a circle of three locks", "deadlock", circle_of_three_broken, circle_of_three_right),
    Litmus("a lock taken twice", "deadlock", taken_twice_broken, taken_twice_right),
    Litmus("a lock not released on an exception", "deadlock", not_released_broken, not_released_right),
]
