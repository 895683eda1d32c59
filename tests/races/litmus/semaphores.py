"""Semaphores: a permit too many lets two threads in, a permit too few or taken in the wrong order keeps all out.

The ideas of `rendezvous`, `turnstile` and `mutex_first` are non-solutions in Allen Downey's Little Book of Semaphores.
"""

from contextlib import suppress
from threading import Lock, Semaphore

from tests.races.litmus.litmus import Litmus, run


class Job:
    def __init__(self) -> None:
        self.attempts = 0


def wrong_count_broken() -> None:
    """A mutex made with two permits lets two threads in."""
    job, mutex = Job(), Semaphore(2)

    def attempt() -> None:
        with mutex:
            job.attempts += 1

    run(attempt, attempt)
    assert job.attempts == 2


def wrong_count_right() -> None:
    """A mutex has one permit."""
    job, mutex = Job(), Semaphore(1)

    def attempt() -> None:
        with mutex:
            job.attempts += 1

    run(attempt, attempt)
    assert job.attempts == 2


def released_twice_broken() -> None:
    """The permit is given back by hand, and again by `with`: from then on there are two."""
    job, mutex = Job(), Semaphore(1)

    def try_twice() -> None:
        with mutex:
            job.attempts += 1
            mutex.release()
        with mutex:
            job.attempts += 1

    def attempt() -> None:
        with mutex:
            job.attempts += 1

    run(try_twice, attempt)
    assert job.attempts == 3


def released_twice_right() -> None:
    """`with` alone gives it back."""
    job, mutex = Job(), Semaphore(1)

    def try_twice() -> None:
        with mutex:
            job.attempts += 1
        with mutex:
            job.attempts += 1

    def attempt() -> None:
        with mutex:
            job.attempts += 1

    run(try_twice, attempt)
    assert job.attempts == 3


def permit_lost_broken() -> None:
    """The partner is down: the exception passes by `release`, and the permit is gone."""
    permits = Semaphore(1)

    def deliver() -> None:
        raise ConnectionError("partner down")

    def send() -> None:
        with suppress(ConnectionError):
            permits.acquire()
            deliver()
            permits.release()

    run(send, send)


def permit_lost_right() -> None:
    """`with` gives the permit back, whatever happens."""
    permits = Semaphore(1)

    def deliver() -> None:
        raise ConnectionError("partner down")

    def send() -> None:
        with suppress(ConnectionError), permits:
            deliver()

    run(send, send)


def too_few_permits_broken() -> None:
    """Each parcel takes two of two permits, one by one: both threads hold one, and want another."""
    permits = Semaphore(2)
    packed: list[str] = []

    def pack() -> None:
        with permits, permits:
            packed.append("parcel")

    run(pack, pack)
    assert len(packed) == 2


def too_few_permits_right() -> None:
    """With three permits, one of the two threads always has enough."""
    permits = Semaphore(3)
    packed: list[str] = []

    def pack() -> None:
        with permits, permits:
            packed.append("parcel")

    run(pack, pack)
    assert len(packed) == 2


def mutex_first_broken() -> None:
    """The consumer takes the mutex, and then waits for an order; the producer needs the mutex to bring one."""
    mutex, ready = Lock(), Semaphore(0)
    orders: list[int] = []

    def order() -> None:
        with mutex:
            orders.append(1)
        ready.release()

    def pack() -> None:
        with mutex:
            ready.acquire()
            orders.pop()

    run(order, pack)
    assert orders == []


def mutex_first_right() -> None:
    """First wait for an order, then take the mutex."""
    mutex, ready = Lock(), Semaphore(0)
    orders: list[int] = []

    def order() -> None:
        with mutex:
            orders.append(1)
        ready.release()

    def pack() -> None:
        ready.acquire()
        with mutex:
            orders.pop()

    run(order, pack)
    assert orders == []


PROGRAMS = [
    Litmus("a mutex of two permits", "failed assertion", wrong_count_broken, wrong_count_right),
    Litmus("a permit released twice", "failed assertion", released_twice_broken, released_twice_right),
    Litmus("a permit lost on an exception", "deadlock", permit_lost_broken, permit_lost_right),
    Litmus("too few permits", "deadlock", too_few_permits_broken, too_few_permits_right),
    Litmus("a semaphore waited for under the mutex", "deadlock", mutex_first_broken, mutex_first_right),
]
