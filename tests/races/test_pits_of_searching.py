"""The pits that an engine like this falls into, each a test: those of searching, 10 and 14 to 17."""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from threading import Condition, Lock, Thread, Timer
from time import sleep

import pytest

from goqueue.lab import explore

from .litmus.litmus import run


class Job:
    def __init__(self) -> None:
        self.attempts = 0


def test_10_exhausted_says_that_no_timer_fires_early() -> None:
    told = explore(lambda: run(lambda: sleep(1))).summary
    assert told.startswith("EXHAUSTED")
    assert "Not covered: a timer that fires while some thread can still go on" in told


def full_queue() -> None:
    jobs: Queue[int] = Queue(1)
    lock = Lock()
    jobs.put(1)

    def submit() -> None:
        with lock:
            jobs.put(2)

    def work() -> None:
        with lock:
            jobs.get()

    run(work, submit)  # in the order that is tried first, all is well


def three_in_a_circle() -> None:
    locks = [Lock(), Lock(), Lock()]

    def eat(n: int) -> None:
        with locks[n], locks[(n + 1) % 3]:
            pass

    run(*[name(eat, n) for n in range(3)])


def name(eat: Callable[[int], None], n: int) -> Callable[[], None]:
    def philosopher() -> None:
        eat(n)

    return philosopher


def notified_too_early() -> None:
    ready = Condition()

    def worker() -> None:
        with ready:
            ready.wait()

    def submitter() -> None:
        with ready:
            ready.notify()

    run(worker, submitter)


def blocked_to_the_end() -> None:
    lock, taken = Lock(), list[int]()

    def take() -> None:
        with lock:
            taken.append(1)

    Thread(target=take, daemon=True).start()
    lock.acquire()
    sleep(1)  # the other one waits for the lock now, and will not have it
    assert not taken


def held_while_asleep() -> None:
    lock, order = Lock(), list[str]()

    def first() -> None:
        with lock:
            sleep(1)
            order.append("first")

    def second() -> None:
        with lock:
            order.append("second")

    run(first, second)
    assert order == ["first", "second"]


def never_had() -> None:
    lock, taken = Lock(), list[int]()

    def take() -> None:
        with lock:
            taken.append(1)

    Thread(target=take, daemon=True).start()
    lock.acquire()  # never given back: in the order that is tried first, the other one never has it
    assert not taken


@pytest.mark.parametrize(
    ("model", "verdict"),
    [
        (never_had, "failed assertion"),
        (blocked_to_the_end, "failed assertion"),
        (held_while_asleep, "failed assertion"),
        (full_queue, "deadlock"),
        (three_in_a_circle, "deadlock"),
        (notified_too_early, "lost wake-up"),
    ],
)
def test_14_what_was_disabled_counts_too(model: Callable[[], None], verdict: str) -> None:
    assert explore(model).verdict == verdict


def orders_of(model: Callable[[list[str]], None]) -> set[tuple[str, ...]]:
    """Return all that a model writes down, over all schedules."""
    found: list[list[str]] = []

    def each() -> None:
        found.append([])
        model(found[-1])

    assert explore(each).verdict == "exhausted"
    return {tuple(log) for log in found}


def test_15_what_is_due_at_one_instant_comes_in_every_order() -> None:
    def sleepers(log: list[str]) -> None:
        def one() -> None:
            sleep(0.1)
            sleep(0.2)
            log.append("one")

        def two() -> None:
            sleep(0.3)
            log.append("two")

        run(one, two)

    def cancelled(log: list[str]) -> None:
        timer = Timer(1, lambda: log.append("fired"))
        timer.start()
        sleep(1)
        timer.cancel()
        timer.join()

    assert orders_of(sleepers) == {("one", "two"), ("two", "one")}
    assert orders_of(cancelled) == {(), ("fired",)}


def test_16_unwinding_passes_through_handlers_of_everything_and_prints_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def model() -> None:
        never = threading.Event()

        def deliver() -> None:
            try:
                never.wait()
            except BaseException:
                never.wait()  # again, though the run is over
            finally:
                print("unwound")

        executor = ThreadPoolExecutor(1)
        executor.submit(deliver)
        Thread(target=deliver).start()
        never.wait()

    assert explore(model).verdict == "deadlock"
    assert capfd.readouterr() == ("", "")


def test_17_locks_are_not_told_apart_by_their_address() -> None:
    found: list[tuple[int, int]] = []
    number = operator.attrgetter("serial")  # not in watched code, which would keep each lock alive

    def one_after_the_other() -> None:
        for _ in range(100):
            lock = Lock()
            found.append((id(lock), number(lock)))

    def each_its_own() -> None:
        job = Job()

        def attempt() -> None:
            with Lock():
                job.attempts += 1

        run(attempt, attempt)

    explore(one_after_the_other)
    addresses, numbers = zip(*found[:100], strict=True)  # those of the first run
    assert len(set(addresses)) < len(set(numbers)) == len(numbers) == 100
    assert explore(each_its_own).verdict == "data race"
