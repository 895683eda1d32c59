"""Livelocks: the threads move, and get nowhere. No schedule of a right form goes round for ever."""

from threading import Event, Lock
from time import sleep

from tests.races.litmus.litmus import Litmus, run


class Order:
    def __init__(self) -> None:
        self.paid = False
        self.shipped = False


class Room:
    """Many readers or one writer. The first reader in locks the room, the last one out unlocks it."""

    def __init__(self) -> None:
        self.free = Lock()
        self.door = Lock()  # only the right form uses it: a writer that waits closes it
        self._lock = Lock()  # guards _readers
        self._readers = 0

    def enter(self) -> None:
        with self._lock:
            self._readers += 1
            if self._readers == 1:
                self.free.acquire()

    def leave(self) -> None:
        with self._lock:
            self._readers -= 1
            if self._readers == 0:
                self.free.release()


def try_both(mine: Lock, other: Lock) -> bool:
    """Hold `mine` for two seconds, and look whether `other` can be had as well."""
    with mine:
        sleep(1)
        taken = other.acquire(blocking=False)
        sleep(1)
        if taken:
            other.release()
        return taken


def after_you_broken() -> None:
    """The seller ships when the order is paid, the buyer pays when it is shipped; both ask every second."""
    paid, shipped = Event(), Event()

    def sell() -> None:
        while not paid.is_set():
            sleep(1)
        shipped.set()

    def buy() -> None:
        while not shipped.is_set():
            sleep(1)
        paid.set()

    run(sell, buy)


def after_you_right() -> None:
    """The buyer pays first."""
    paid, shipped = Event(), Event()

    def sell() -> None:
        while not paid.is_set():
            sleep(1)
        shipped.set()

    def buy() -> None:
        paid.set()
        while not shipped.is_set():
            sleep(1)

    run(sell, buy)


def spinning_broken() -> None:
    """As before, without a pause: two loops that read what nobody ever writes."""
    order = Order()

    def sell() -> None:
        while not order.paid:
            pass
        order.shipped = True

    def buy() -> None:
        while not order.shipped:
            pass
        order.paid = True

    run(sell, buy)


def spinning_right() -> None:
    """The buyer pays first; events wait, they do not spin."""
    paid, shipped = Event(), Event()

    def sell() -> None:
        paid.wait()
        shipped.set()

    def buy() -> None:
        paid.set()
        shipped.wait()

    run(sell, buy)


def polite_broken() -> None:
    """Both take a lock, find the other one taken, give up, and try again after the same pause: in step, for ever."""
    stock, orders = Lock(), Lock()

    def pack() -> None:
        while not try_both(stock, orders):
            sleep(1)

    def refund() -> None:
        while not try_both(orders, stock):
            sleep(1)

    run(pack, refund)


def polite_right() -> None:
    """The pauses differ: one has done its work before the other comes back."""
    stock, orders = Lock(), Lock()

    def pack() -> None:
        while not try_both(stock, orders):
            sleep(1)

    def refund() -> None:
        while not try_both(orders, stock):
            sleep(6)

    run(pack, refund)


def starved_writer_broken() -> None:
    """Two readers, each back before the other leaves: the room is never free, and the price never new."""
    room, written = Room(), Event()

    def read() -> None:
        while not written.is_set():
            room.enter()
            sleep(2)
            room.leave()

    def read_later() -> None:
        sleep(1)
        read()

    def write() -> None:
        sleep(0.5)
        with room.free:
            written.set()

    run(read, read_later, write)


def starved_writer_right() -> None:
    """The waiting writer closes the door: no reader goes in before it."""
    room, written = Room(), Event()

    def read() -> None:
        while not written.is_set():
            with room.door:
                room.enter()
            sleep(2)
            room.leave()

    def read_later() -> None:
        sleep(1)
        read()

    def write() -> None:
        sleep(0.5)
        with room.door, room.free:
            written.set()

    run(read, read_later, write)


PROGRAMS = [
    Litmus("each waits for the other to begin", "livelock", after_you_broken, after_you_right),
    Litmus("each spins on the other's flag", "livelock", spinning_broken, spinning_right),
    Litmus("two polite threads", "livelock", polite_broken, polite_right),
    Litmus("a writer starved by readers", "livelock", starved_writer_broken, starved_writer_right),
]
