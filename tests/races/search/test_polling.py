"""A thread that polls waits, although it does not say so: programs that poll are exhausted, and their bugs found."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

import pytest

from goqueue.races import explore, replay

from ..litmus.litmus import run


class Flag:
    """Something to wait for, and what was seen meanwhile."""

    def __init__(self) -> None:
        self.up = False
        self.rounds = 0
        self.value = 0


def a_loop_that_passes(right: bool = True) -> None:
    flag = Flag()

    def wait() -> None:
        while not flag.up:
            pass
        assert flag.value == 1

    def put() -> None:
        if right:
            flag.value = 1
        flag.up = True
        flag.value = 1

    run(wait, put)


def a_loop_that_yields() -> None:
    flag = Flag()

    def wait() -> None:
        while not flag.up:
            time.sleep(0)

    def put() -> None:
        flag.up = True

    run(wait, put)


def an_event() -> None:
    event = threading.Event()

    def wait() -> None:
        while not event.is_set():
            pass

    run(wait, event.set)


def a_queue() -> None:
    jobs: queue.Queue[int] = queue.Queue()

    def take() -> None:
        while True:
            try:
                assert jobs.get_nowait() == 1
                return
            except queue.Empty:
                continue

    run(take, lambda: jobs.put(1))


def a_lock() -> None:
    lock, flag = threading.Lock(), Flag()

    def work() -> None:
        while not lock.acquire(blocking=False):
            time.sleep(0)
        flag.value += 1
        lock.release()

    run(work, work)
    assert flag.value == 2


def petersons_lock() -> None:
    wants, last, flag = [False, False], [0], Flag()

    def work(me: int) -> None:
        wants[me] = True
        last[0] = me
        while wants[1 - me] and last[0] == me:
            pass
        flag.value += 1
        wants[me] = False

    run(lambda: work(0), lambda: work(1))
    assert flag.value == 2


def patience_that_ends() -> None:
    """It counts its rounds, so each of them is another state."""
    flag = Flag()

    def wait() -> None:
        while not flag.up and flag.rounds < 12:
            flag.rounds += 1

    def put() -> None:
        flag.up = True

    run(wait, put)


def beside_one_that_sleeps() -> None:
    """The clock moves, as a real one does while a thread goes round and round."""
    flag = Flag()

    def put() -> None:
        time.sleep(60)
        flag.up = True

    sleeper = threading.Thread(target=put)
    sleeper.start()
    while not flag.up:
        pass
    sleeper.join()
    assert time.monotonic() == 60


def until_a_thread_ends() -> None:
    sleeper = threading.Thread(target=time.sleep, args=(1,))
    sleeper.start()
    while sleeper.is_alive():
        pass


def two_at_once() -> None:
    """A round of one is no news for the other."""
    flag = Flag()

    def wait() -> None:
        while not flag.up:
            pass

    waiting = [threading.Thread(target=wait) for _ in range(2)]
    for thread in waiting:
        thread.start()
    flag.up = True
    for thread in waiting:
        thread.join()


def wait_until(done: Callable[[], object], timeout: float) -> bool:
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if done():
            return True
    return False


def a_deadline() -> None:
    """Nobody sleeps, so only the loop's own numbers say when the clock must move."""
    assert not wait_until(lambda: False, 5)
    assert time.monotonic() == 5


def a_time_that_has_passed() -> None:
    start = time.time()
    while time.time() - start < 2.5:
        pass
    assert abs(time.monotonic() - 2.5) < 1e-6


def a_deadline_that_no_name_tells() -> None:
    ends = [time.monotonic_ns() + 3_000_000_000]
    while time.monotonic_ns() < ends[0]:
        pass
    assert 3 <= time.monotonic() < 3.5


def set_before_the_deadline() -> None:
    done: list[int] = []
    sleeper = threading.Timer(3, done.append, [1])
    sleeper.start()
    assert wait_until(lambda: done, 5)
    assert time.monotonic() == 3
    sleeper.join()


def set_after_the_deadline() -> None:
    done: list[int] = []
    sleeper = threading.Timer(7, done.append, [1])
    sleeper.start()
    assert not wait_until(lambda: done, 5)
    assert time.monotonic() == 5
    sleeper.join()


def two_deadlines() -> None:
    run(lambda: wait_until(lambda: False, 1), lambda: wait_until(lambda: False, 2))
    assert time.monotonic() == 2


POLLING = [
    a_deadline,
    a_time_that_has_passed,
    a_deadline_that_no_name_tells,
    set_before_the_deadline,
    set_after_the_deadline,
    two_deadlines,
    beside_one_that_sleeps,
    until_a_thread_ends,
    two_at_once,
    a_loop_that_passes,
    a_loop_that_yields,
    an_event,
    a_queue,
    a_lock,
    petersons_lock,
    patience_that_ends,
]


@pytest.mark.parametrize("model", POLLING, ids=lambda model: model.__name__)
def test_a_program_that_polls_is_exhausted(model: Callable[[], None]) -> None:
    assert explore(model, races="off").verdict == "exhausted"


def raised_too_early() -> None:
    a_loop_that_passes(right=False)


def sleeps_too_long() -> None:
    beside_one_that_sleeps()
    assert time.monotonic() < 60


def gives_up_after_many_rounds() -> None:
    """The bug needs twelve rounds in a row, in which nothing but the count changes."""
    flag = Flag()

    def wait() -> None:
        while not flag.up:
            flag.rounds += 1
            assert flag.rounds < 12

    def put() -> None:
        flag.up = True

    run(wait, put)


def counts_in_a_variable() -> None:
    flag = Flag()

    def wait() -> None:
        rounds = 0
        while not flag.up:
            rounds += 1
        assert rounds < 12

    def put() -> None:
        flag.up = True

    run(wait, put)


def fills_a_queue() -> None:
    """What the rounds change is kept by code that is not watched."""
    jobs: queue.SimpleQueue[int] = queue.SimpleQueue()
    flag = Flag()

    def wait() -> None:
        while not flag.up:
            jobs.put(1)
            assert jobs.qsize() < 12

    def put() -> None:
        flag.up = True

    run(wait, put)


def waits_for_too_short() -> None:
    """The clock is read in each round, and the deadline comes first in no order."""
    log: list[str] = []

    def put() -> None:
        time.sleep(1)
        log.append("put")

    putter = threading.Thread(target=put)
    putter.start()
    wait_until(lambda: log, 1)
    log.append("waited")
    putter.join()
    assert log == ["put", "waited"]


@pytest.mark.parametrize(
    "model",
    [
        waits_for_too_short,
        raised_too_early,
        sleeps_too_long,
        gives_up_after_many_rounds,
        counts_in_a_variable,
        fills_a_queue,
    ],
    ids=lambda model: model.__name__,
)
def test_a_bug_beside_a_thread_that_polls_is_found(model: Callable[[], None]) -> None:
    found = explore(model, races="off")
    assert found.verdict == "failed assertion"
    assert replay(model, found.schedule).trace == found.trace
