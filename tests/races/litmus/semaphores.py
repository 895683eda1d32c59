"""Semaphores and barriers: one permit too many lets two threads in, one too few keeps all out; threads that meet.

`mutex_first`, `rendezvous`, `turnstile` and `one_phase` follow non-solutions in Downey's Little Book of Semaphores.
"""

from contextlib import suppress
from threading import Barrier, Lock, Semaphore

from tests.races.litmus.litmus import Job, program, run


@program("a mutex of two permits", "failed assertion")
def wrong_count(right: bool) -> None:
    """A mutex made with two permits lets two threads in."""
    job, mutex = Job(), Semaphore(1 if right else 2)

    def attempt() -> None:
        with mutex:
            job.attempts += 1

    run(attempt, attempt)
    assert job.attempts == 2


@program("a permit released twice", "failed assertion")
def released_twice(right: bool) -> None:
    """The permit is given back by hand, and again by `with`: from then on there are two."""
    job, mutex = Job(), Semaphore(1)

    def try_twice() -> None:
        with mutex:
            job.attempts += 1
            if not right:
                mutex.release()
        attempt()

    def attempt() -> None:
        with mutex:
            job.attempts += 1

    run(try_twice, attempt)
    assert job.attempts == 3


@program("a permit lost on an exception", "deadlock")
def permit_lost(right: bool) -> None:
    """The partner is down: the exception skips `release`, and the permit is gone."""
    permits = Semaphore(1)

    def deliver() -> None:
        raise ConnectionError("partner down")

    def send() -> None:
        with suppress(ConnectionError):
            if right:
                with permits:  # given back, whatever happens
                    deliver()
            else:
                permits.acquire()
                deliver()
                permits.release()

    run(send, send)


@program("too few permits", "deadlock")
def too_few_permits(right: bool) -> None:
    """Each parcel takes two of two permits, one by one: both threads hold one, and want another."""
    permits = Semaphore(3 if right else 2)  # with three, one of the two threads always gets enough
    packed: list[str] = []

    def pack() -> None:
        with permits, permits:
            packed.append("parcel")

    run(pack, pack)
    assert len(packed) == 2


@program("a semaphore waited for under the mutex", "deadlock")
def mutex_first(right: bool) -> None:
    """The consumer takes the mutex, and then waits for an order; the producer needs the mutex to bring one."""
    mutex, ready, orders = Lock(), Semaphore(0), list[int]()

    def order() -> None:
        with mutex:
            orders.append(1)
        ready.release()

    def pack() -> None:
        if right:
            ready.acquire()
        with mutex:
            if not right:
                ready.acquire()
            orders.pop()

    run(order, pack)
    assert orders == []


class OnePhase:
    """A barrier for two, without a second phase: it lets two pass, whoever they are."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._arrived = 0
        self._passes = Semaphore(0)

    def wait(self) -> None:
        with self._lock:
            self._arrived += 1
            if self._arrived == 2:
                self._arrived = 0
                self._passes.release(2)
        self._passes.acquire()


@program("a rendezvous where both wait first", "deadlock")
def rendezvous(right: bool) -> None:
    """Each waits for the other before it signals its own arrival."""
    packer_here, courier_here = Semaphore(0), Semaphore(0)

    def meet(mine: Semaphore, other: Semaphore) -> None:
        if right:
            mine.release()
        other.acquire()
        if not right:
            mine.release()

    run(pack=lambda: meet(packer_here, courier_here), ship=lambda: meet(courier_here, packer_here))


@program("a turnstile that lets one through", "deadlock")
def turnstile(right: bool) -> None:
    """The last thread to arrive lets one through, and that one lets nobody through."""
    lock, turnstile, arrived = Lock(), Semaphore(0), list[str]()

    def meet() -> None:
        with lock:
            arrived.append("here")
            if len(arrived) == 2:
                turnstile.release()
        turnstile.acquire()
        if right:
            turnstile.release()  # lets the next one through

    run(meet, meet)


@program("a barrier without a second phase", "deadlock")
def one_phase(right: bool) -> None:
    """A fast thread comes round again and takes the pass of the slow one, which waits for ever."""
    barrier = Barrier(2) if right else OnePhase()  # the library's lets nobody in again before all are out

    def two_rounds() -> None:
        barrier.wait()
        barrier.wait()

    run(two_rounds, two_rounds)


@program("a barrier for one party too many", "deadlock")
def parties(right: bool) -> None:
    """The barrier expects three threads, and two come."""
    barrier = Barrier(2 if right else 3)

    def meet() -> None:
        barrier.wait()

    run(meet, meet)
