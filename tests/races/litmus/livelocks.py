"""Livelocks: the threads move, and get nowhere. No schedule of a right form goes round for ever."""

from threading import Event, Lock
from time import sleep
from types import SimpleNamespace

from tests.races.litmus.litmus import lock_if, program, run


class Room:
    """Many readers or one writer. The first reader in locks the room, the last one out unlocks it."""

    def __init__(self) -> None:
        self.free = Lock()
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
    """Hold `mine` for two seconds, and try to take `other` as well."""
    with mine:
        sleep(1)
        taken = other.acquire(blocking=False)
        sleep(1)
        if taken:
            other.release()
        return taken


@program("each waits for the other to begin", "livelock")
def after_you(right: bool) -> None:
    """The seller ships when the order is paid, the buyer pays when it is shipped; both ask every second."""
    paid, shipped = Event(), Event()

    def sell() -> None:
        while not paid.is_set():
            sleep(1)
        shipped.set()

    def buy() -> None:
        if right:
            paid.set()  # the buyer pays first
        while not shipped.is_set():
            sleep(1)
        if not right:
            paid.set()

    run(sell, buy)


@program("each spins on the other's flag", "livelock")
def spinning(right: bool) -> None:
    """Like the program above, without a pause: two loops read what no thread ever writes."""
    paid, shipped = Event(), Event()
    order = SimpleNamespace(paid=False, shipped=False)

    def sell() -> None:
        if right:
            paid.wait()  # an event waits, it does not spin
            shipped.set()
            return
        while not order.paid:
            pass
        order.shipped = True

    def buy() -> None:
        if right:
            paid.set()  # the buyer pays first
            shipped.wait()
            return
        while not order.shipped:
            pass
        order.paid = True

    run(sell, buy)


@program("two polite threads", "livelock")
def polite(right: bool) -> None:
    """Both take a lock, find the other one taken, give up, and try again after the same pause: in step, for ever."""
    stock, orders = Lock(), Lock()
    pause = 6 if right else 1  # with 6, one has done its work before the other comes back

    def pack() -> None:
        while not try_both(stock, orders):
            sleep(1)

    def refund() -> None:
        while not try_both(orders, stock):
            sleep(pause)

    run(pack, refund)


@program("a writer starved by readers", "livelock")
def starved_writer(right: bool) -> None:
    """Two readers, each back before the other leaves: the room is never free for the writer."""
    room, written = Room(), Event()
    door = lock_if(right)  # the waiting writer closes it: no reader goes in before the writer

    def read() -> None:
        while not written.is_set():
            with door:
                room.enter()
            sleep(2)
            room.leave()

    def read_later() -> None:
        sleep(1)
        read()

    def write() -> None:
        sleep(0.5)
        with door, room.free:
            written.set()

    run(read, read_later, write)
