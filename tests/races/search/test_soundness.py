"""Programs for which "exhausted" was wrong once: each shows one mistake of the search."""

from __future__ import annotations

import itertools
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from queue import SimpleQueue
from threading import Condition, Event, Lock, Thread, Timer
from time import sleep

import pytest

from goqueue.lab import explore

from ..litmus.litmus import run


class Shop:
    is_open = False


def outcomes_of(model: Callable[[list[object]], None]) -> set[tuple[object, ...]]:
    """Return all that a model appends to its log, over all schedules. No schedule may fail."""
    found: list[list[object]] = []

    def each() -> None:
        found.append([])
        model(found[-1])

    assert explore(each, races="fail").verdict == ("data race" if model in RACING else "exhausted")
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


def sleepers(log: list[object]) -> None:
    """What is due at one instant comes in every order: pit 15."""

    def one() -> None:
        sleep(0.1)
        sleep(0.2)
        log.append("one")

    def two() -> None:
        sleep(0.3)
        log.append("two")

    run(one, two)


def timer_cancelled_as_it_fires(log: list[object]) -> None:
    timer = Timer(1, lambda: log.append("fired"))
    timer.start()
    sleep(1)
    timer.cancel()
    timer.join()


def loop_over_a_dict(log: list[object]) -> None:
    """The loop may begin after the change."""
    orders: dict[int, int] = {}

    def walk() -> None:
        try:
            log.append(len([key for key in orders]))  # noqa: C416  # a loop is the point
        except RuntimeError:
            log.append("changed")

    def insert() -> None:
        orders[1] = 1

    run(walk, insert)


def timeout_before_a_notification(log: list[object]) -> None:
    """The timeout may come before a notification that finds the lock taken."""
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


def timeout_while_the_lock_is_held(log: list[object]) -> None:
    """The holder of the lock does not put the timeout off."""
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


def event_set_and_cleared(log: list[object]) -> None:
    """The set wakes a thread that waits already."""
    ready = Event()
    waiter = Thread(target=lambda: log.append(ready.wait()))
    waiter.start()
    sleep(1)
    ready.set()
    ready.clear()
    waiter.join()


RACING = (class_attribute, loop_over_a_dict)
Outcomes = set[tuple[object, ...]]
BOTH: Outcomes = {(True,), (False,)}
OUTCOMES: list[tuple[Callable[[list[object]], None], Outcomes]] = [
    *((model, BOTH) for model in (ends, starts, class_attribute, missing_key, moved, numbers)),
    (method_as_target, {(True, False), (False, True)}),
    (simple_queue, {(1, 2), (2, 1)}),
    (sleepers, {("one", "two"), ("two", "one")}),
    (timer_cancelled_as_it_fires, {(), ("fired",)}),
    (loop_over_a_dict, {(0,), (1,), ("changed",)}),
    (timeout_before_a_notification, {((True, 1),), ((False, 0),), ((False, 1),)}),
    (timeout_while_the_lock_is_held, {(False,)}),
    (event_set_and_cleared, {(True,)}),
]


@pytest.mark.parametrize(("model", "outcomes"), OUTCOMES, ids=[model.__name__ for model, _ in OUTCOMES])
def test_all_outcomes_are_seen_and_no_others(model: Callable[[list[object]], None], outcomes: Outcomes) -> None:
    assert outcomes_of(model) == outcomes
