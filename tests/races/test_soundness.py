"""Programs for which "exhausted" was wrong once, or a failure that was none: each shows one mistake of the search."""

from __future__ import annotations

import itertools
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from queue import SimpleQueue
from threading import Condition, Event, Lock, Thread, Timer
from time import sleep

import pytest

from goqueue.lab import explore, replay

from .litmus.litmus import run


class Shop:
    is_open = False


def orders_of(model: Callable[[list[object]], None]) -> set[tuple[object, ...]]:
    """Return all that a model writes down, over all schedules. Each must end well."""
    found: list[list[object]] = []

    def each() -> None:
        found.append([])
        model(found[-1])

    assert explore(each).verdict in ("exhausted", "data race")
    return {tuple(log) for log in found}


def simple_queue(log: list[object]) -> None:
    jobs: SimpleQueue[int] = SimpleQueue()
    run(lambda: jobs.put(1), lambda: jobs.put(2))
    log += [jobs.get(), jobs.get()]


def ends(log: list[object]) -> None:
    threads = [Thread(target=Lock) for _ in range(2)]
    threads[0].start()
    watcher = Thread(target=lambda: log.append(threads[0].is_alive()))
    watcher.start()
    watcher.join()


def starts(log: list[object]) -> None:
    job = Thread(target=lambda: sleep(1))
    run(job.start, lambda: log.append(job.is_alive()))


def class_attribute(log: list[object]) -> None:
    Shop.is_open = False
    shop = Shop()

    def opens() -> None:
        Shop.is_open = True

    run(opens, lambda: log.append(shop.is_open))


def method_as_target(log: list[object]) -> None:
    threads = [Thread(target=log.append, args=(n == 1,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def missing_key(log: list[object]) -> None:
    orders: defaultdict[str, list[int]] = defaultdict(list)
    run(lambda: orders["a"], lambda: log.append(len(orders) == 1))


def moved(log: list[object]) -> None:
    orders = OrderedDict.fromkeys("ab")
    run(lambda: orders.move_to_end("a"), lambda: log.append(list(orders)[0] == "a"))  # noqa: RUF015


def numbers(log: list[object]) -> None:
    ids, got = itertools.count(), dict[str, int]()

    def take(name: str) -> None:
        number = next(ids)
        got[name] = number

    run(lambda: take("a"), lambda: take("b"))
    log.append(got["a"] == 0)


@pytest.mark.parametrize(
    "model", [ends, starts, class_attribute, method_as_target, missing_key, moved, numbers], ids=lambda m: m.__name__
)
def test_both_orders_are_tried(model: Callable[[list[object]], None]) -> None:
    assert len(orders_of(model)) == 2


def test_15_what_is_due_at_one_instant_comes_in_every_order() -> None:
    def sleepers(log: list[object]) -> None:
        def one() -> None:
            sleep(0.1)
            sleep(0.2)
            log.append("one")

        def two() -> None:
            sleep(0.3)
            log.append("two")

        run(one, two)

    def cancelled(log: list[object]) -> None:
        timer = Timer(1, lambda: log.append("fired"))
        timer.start()
        sleep(1)
        timer.cancel()
        timer.join()

    assert orders_of(sleepers) == {("one", "two"), ("two", "one")}
    assert orders_of(cancelled) == {(), ("fired",)}


def test_a_simple_queue_is_filled_in_either_order() -> None:
    assert orders_of(simple_queue) == {(1, 2), (2, 1)}


def test_a_loop_over_a_dict_may_begin_after_a_change() -> None:
    def model(log: list[object]) -> None:
        orders: dict[int, int] = {}

        def walk() -> None:
            try:
                log.append(len([key for key in orders]))  # noqa: C416  # a loop is the point
            except RuntimeError:
                log.append("changed")

        def insert() -> None:
            orders[1] = 1

        run(walk, insert)

    assert orders_of(model) == {(0,), (1,), ("changed",)}


def test_a_time_out_may_come_before_a_notification_that_finds_the_lock_taken() -> None:
    def model(log: list[object]) -> None:
        changed, ready = Condition(), list[int]()

        def wait() -> None:
            with changed:
                log.append((changed.wait(1), len(ready)))

        def notify() -> None:
            sleep(1)
            with changed:
                ready.append(1)
                changed.notify()

        run(wait, notify)

    assert orders_of(model) == {((True, 1),), ((False, 0),), ((False, 1),)}


def test_a_time_out_is_not_put_off_by_who_holds_the_lock() -> None:
    def model(log: list[object]) -> None:
        changed = Condition()

        def wait() -> None:
            with changed:
                log.append(changed.wait(1))

        def notify() -> None:
            sleep(0.5)
            with changed:
                sleep(2)
                changed.notify()

        run(wait, notify)

    assert orders_of(model) == {(False,)}


def test_an_event_set_and_cleared_wakes_who_waits_already() -> None:
    def model(log: list[object]) -> None:
        ready = Event()
        waiter = Thread(target=lambda: log.append(ready.wait()))
        waiter.start()
        sleep(1)
        ready.set()
        ready.clear()
        waiter.join()

    assert orders_of(model) == {(True,)}


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
    ],
)
def test_the_failure_is_found_and_replays(model: Callable[[], None], verdict: str) -> None:
    found = explore(model)
    assert found.verdict == verdict
    assert replay(model, found.schedule).trace == found.trace


def test_who_polls_while_another_could_go_on_is_no_livelock() -> None:
    def model() -> None:
        ready = Event()

        def poll() -> None:
            while not ready.is_set():
                sleep(0)

        run(ready.set, poll)

    assert explore(model, steps=300, schedules=1_000).verdict == "budget spent"
