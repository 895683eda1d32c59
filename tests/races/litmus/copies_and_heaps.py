"""Library functions that read or change what they are given: a shallow copy, a heap."""

from copy import copy
from heapq import heappush
from threading import Lock

from tests.races.litmus.litmus import Litmus, run
from tests.races.litmus.sharing import WHOLE, Job, Storage


def shallow_copy_broken() -> None:
    """`copy` takes all fields in one step, and that step comes between the two writes."""
    storage = Storage()
    seen: list[Job] = []

    def poll() -> None:
        seen.append(copy(storage.job))

    run(storage.fail, poll)
    assert (seen[0].status, seen[0].error) in WHOLE


def shallow_copy_right() -> None:
    """The copy is made under the lock."""
    storage = Storage()
    seen: list[Job] = []

    def poll() -> None:
        with storage.lock:
            seen.append(copy(storage.job))

    run(storage.fail, poll)
    assert (seen[0].status, seen[0].error) in WHOLE


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
    Litmus("a torn shallow copy", "failed assertion", shallow_copy_broken, shallow_copy_right),
    Litmus("a heap looked at, then filled", "failed assertion", heap_broken, heap_right),
]
