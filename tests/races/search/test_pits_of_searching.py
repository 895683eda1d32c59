"""Eighteen pitfalls of an engine like this, each a test: those of searching, 10, 14, 16 and 17.

Number 15 is `sleepers` in test_soundness.
"""

from __future__ import annotations

import heapq
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import Queue
from threading import Event, Lock, Thread
from time import sleep

import pytest

from goqueue.lab import explore, replay

from ..litmus.litmus import Job, run
from ..litmus.programs import NAMED


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


def never_had(asleep: bool) -> None:
    lock, taken = Lock(), list[int]()

    def take() -> None:
        with lock:
            taken.append(1)

    Thread(target=take, daemon=True).start()
    lock.acquire()  # never released: in the order that is tried first, the other thread never gets the lock
    if asleep:
        sleep(1)  # meanwhile the other thread comes to wait for the lock
    assert not taken


def daemon_goes_on() -> None:
    ready, sent = Event(), list[int]()

    def deliver() -> None:
        ready.wait()
        sent.append(1)

    Thread(target=deliver, daemon=True).start()
    sleep(1)
    ready.set()
    assert not sent


def given_back_twice() -> None:
    lock = Lock()
    lock.acquire()
    run(lock.release, lock.acquire, lock.release)


def joined_too_early() -> None:
    worker = Thread(target=Lock)
    run(worker.start, worker.join)


@pytest.mark.parametrize(
    ("model", "verdict"),
    [
        (daemon_goes_on, "failed assertion"),
        (given_back_twice, "exception in a thread"),
        (joined_too_early, "exception in a thread"),
        (partial(never_had, asleep=False), "failed assertion"),
        (partial(never_had, asleep=True), "failed assertion"),
        (held_while_asleep, "failed assertion"),
        (full_queue, "deadlock"),
        (NAMED["a circle of three locks"].broken, "deadlock"),
        (NAMED["a notification before the wait"].broken, "lost wake-up"),
    ],
)
def test_14_what_was_disabled_counts_too(model: Callable[[], None], verdict: str) -> None:
    found = explore(model)
    assert found.verdict == verdict
    assert replay(model, found.schedule).trace == found.trace


def test_16_unwinding_passes_through_handlers_of_everything_and_prints_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def model() -> None:
        never = threading.Event()

        def deliver() -> None:
            try:
                never.wait()
            except BaseException:
                never.wait()  # again, although the run is over
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
    look = eval("lambda lock: (id(lock), lock.serial)")  # not in watched code, which would keep each lock alive

    def one_after_the_other() -> None:
        for _ in range(100):
            lock = Lock()
            found.append(look(lock))

    def each_its_own() -> None:
        job = Job()

        def attempt() -> None:
            with Lock():
                job.attempts += 1

        run(attempt, attempt)

    explore(one_after_the_other)
    numbers = [number for _, number in found[:100]]  # those of the first run
    assert len(set(numbers)) == len(numbers) == 100
    assert explore(each_its_own, races="fail").verdict == "data race"


def test_polling_while_another_thread_could_go_on_is_no_livelock() -> None:
    def model() -> None:
        ready = Event()

        def poll() -> None:
            while not ready.is_set():
                sleep(0)

        run(ready.set, poll)

    assert explore(model, steps=300, schedules=1_000).verdict == "exhausted"


@pytest.mark.parametrize("use", [random.shuffle, partial(heapq.nlargest, 2)], ids=["shuffle", "nlargest"])
def test_the_search_may_call_what_the_model_calls(use: Callable[[list[int]], object]) -> None:
    """Each line of such a function is a step in the model, and none when a search at random calls it."""

    def model() -> None:
        items = [1, 2, 3]

        def one() -> None:
            use(items)

        def other() -> None:
            use(items)
            items.append(4)

        run(one, other)

    for search in ("reduction", "random", "pct"):
        assert explore(model, search=search, schedules=300).verdict in (
            "budget spent",
            "exhausted",
            "exception in a thread",
        )
