"""Threads that meet: each waits at a point until all have come, and none may go on before.

`rendezvous`, `turnstile` and `one_phase` are after non-solutions in Allen Downey's Little Book of Semaphores.
"""

from threading import Barrier, Lock, Semaphore

from tests.races.litmus.litmus import Litmus, run


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


def rendezvous_broken() -> None:
    """Each waits for the other before it says that it has come."""
    packer_here, courier_here = Semaphore(0), Semaphore(0)

    def pack() -> None:
        courier_here.acquire()
        packer_here.release()

    def ship() -> None:
        packer_here.acquire()
        courier_here.release()

    run(pack, ship)


def rendezvous_right() -> None:
    """First say that you have come, then wait."""
    packer_here, courier_here = Semaphore(0), Semaphore(0)

    def pack() -> None:
        packer_here.release()
        courier_here.acquire()

    def ship() -> None:
        courier_here.release()
        packer_here.acquire()

    run(pack, ship)


def turnstile_broken() -> None:
    """The last to come lets one through, and that one lets nobody through."""
    lock, turnstile = Lock(), Semaphore(0)
    arrived: list[str] = []

    def meet() -> None:
        with lock:
            arrived.append("here")
            if len(arrived) == 2:
                turnstile.release()
        turnstile.acquire()

    run(meet, meet)


def turnstile_right() -> None:
    """Who is let through lets the next one through."""
    lock, turnstile = Lock(), Semaphore(0)
    arrived: list[str] = []

    def meet() -> None:
        with lock:
            arrived.append("here")
            if len(arrived) == 2:
                turnstile.release()
        turnstile.acquire()
        turnstile.release()

    run(meet, meet)


def one_phase_broken() -> None:
    """A fast thread comes round again, and takes the pass of the slow one, which waits for ever."""
    barrier = OnePhase()

    def two_rounds() -> None:
        barrier.wait()
        barrier.wait()

    run(two_rounds, two_rounds)


def one_phase_right() -> None:
    """The library's barrier lets nobody in again before all are out."""
    barrier = Barrier(2)

    def two_rounds() -> None:
        barrier.wait()
        barrier.wait()

    run(two_rounds, two_rounds)


def parties_broken() -> None:
    """The barrier counts on three, two come."""
    barrier = Barrier(3)

    def meet() -> None:
        barrier.wait()

    run(meet, meet)


def parties_right() -> None:
    """The barrier counts on those who come."""
    barrier = Barrier(2)

    def meet() -> None:
        barrier.wait()

    run(meet, meet)


PROGRAMS = [
    Litmus("a rendezvous where both wait first", "deadlock", rendezvous_broken, rendezvous_right),
    Litmus("a turnstile that lets one through", "deadlock", turnstile_broken, turnstile_right),
    Litmus("a barrier without a second phase", "deadlock", one_phase_broken, one_phase_right),
    Litmus("a barrier for one party too many", "deadlock", parties_broken, parties_right),
]
