"""Library functions that change what they are given: a heap."""

from heapq import heappush
from threading import Lock

from tests.races.litmus.litmus import Litmus, run


def heap_broken() -> None:
    """Both see that no retry waits, and both start the timer's first wait with theirs."""
    retries: list[int] = []
    firsts: list[int] = []

    def park_at(when: int) -> None:
        if not retries:
            firsts.append(when)
        heappush(retries, when)

    run(lambda: park_at(60), lambda: park_at(1))
    assert (len(retries), len(firsts)) == (2, 1)


def heap_right() -> None:
    """The look and the push are under one lock."""
    lock = Lock()
    retries: list[int] = []
    firsts: list[int] = []

    def park_at(when: int) -> None:
        with lock:
            if not retries:
                firsts.append(when)
            heappush(retries, when)

    run(lambda: park_at(60), lambda: park_at(1))
    assert (len(retries), len(firsts)) == (2, 1)


PROGRAMS = [
    Litmus("a heap looked at, then filled", "failed assertion", heap_broken, heap_right),
]
