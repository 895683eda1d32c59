"""Deadlock or lost wake-up: the word for threads that wait in vain."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition, Event, Lock, Thread

import pytest

from goqueue.races import explore, replay

from ..litmus.litmus import run


def waits_with_another_lock_in_hand() -> None:
    """The waiter missed one notification, and keeps the other thread from giving the next."""
    orders, changed, held = Lock(), Condition(), Event()

    def wait() -> None:
        with orders:
            held.set()
            with changed:
                changed.wait()

    def notify() -> None:
        held.wait()
        with changed:
            changed.notify()
        with orders, changed:
            changed.notify()

    run(wait, notify)


def waits_for_an_event_with_a_lock_in_hand() -> None:
    lock, ready = Lock(), Event()

    def wait() -> None:
        with lock:
            ready.wait()

    def announce() -> None:
        ready.set()
        ready.clear()
        with lock:
            ready.set()

    run(wait, announce)


def joins_with_a_lock_in_hand() -> None:
    """The worker and who joins it wait for each other; a third thread missed a notification, and has no part in it."""
    lock, changed = Lock(), Condition()

    def wait() -> None:
        with changed:
            changed.wait()

    def work() -> None:
        with changed:
            changed.notify()
        with lock:
            pass

    waiter, worker = Thread(target=wait), Thread(target=work)
    with lock:
        worker.start()
        waiter.start()
        worker.join()


def waits_for_the_next() -> None:
    """It has heard the only notification that was given, and waits for another."""
    ready = Event()

    def wait() -> None:
        ready.wait()
        ready.clear()
        ready.wait()

    run(wait, ready.set)


def waits_again_on_a_condition() -> None:
    changed, waiting = Condition(), Event()

    def wait() -> None:
        with changed:
            waiting.set()
            changed.wait()
            changed.wait()

    def notify() -> None:
        waiting.wait()
        with changed:
            changed.notify()

    run(wait, notify)


def never_set() -> None:
    ready = Event()
    run(ready.wait, ready.clear)


def notified_while_the_lock_is_kept() -> None:
    """The waiter was notified in time, and waits for the lock, which the notifier never gives back."""
    changed, waiting = Condition(), Event()

    def wait() -> None:
        with changed:
            waiting.set()
            changed.wait()

    def notify() -> None:
        waiting.wait()
        changed.acquire()
        changed.notify()

    run(wait, notify)


def set_and_cleared() -> None:
    ready = Event()

    def announce() -> None:
        ready.set()
        ready.clear()

    run(ready.wait, announce)


def notified_before() -> None:
    changed = Condition()

    def wait() -> None:
        with changed:
            changed.wait()

    def notify() -> None:
        with changed:
            changed.notify()

    run(wait, notify)


def missed_the_second() -> None:
    """It has heard one setting, and the next came and went while it did something else."""
    ready, lock = Event(), Lock()

    def wait() -> None:
        ready.wait()
        with lock:
            pass
        ready.wait()

    def announce() -> None:
        ready.set()
        ready.clear()
        ready.set()
        ready.clear()

    waiter = Thread(target=wait)
    waiter.start()
    announce()
    waiter.join()


def notified_in_vain() -> None:
    """The notification came before the wait, but what is waited for would not have held."""
    changed, items = Condition(), list[int]()

    def wait() -> None:
        with changed:
            changed.wait_for(lambda: items)

    def notify() -> None:
        with changed:
            changed.notify_all()

    run(wait, notify)


def notified_in_vain_in_a_loop() -> None:
    """The same with a loop of the model's own, which counts those who wait, in a method of its own."""
    changed, items, waiting = Condition(), list[int](), [0]

    def wait_once() -> None:
        waiting[0] += 1
        changed.wait()
        waiting[0] -= 1

    def wait() -> None:
        with changed:
            while not items:
                wait_once()

    def notify() -> None:
        with changed:
            changed.notify_all()

    run(wait, notify)


def lets_go_and_looks_again() -> None:
    """It gives the lock back before it looks again, and changes nothing."""
    changed, items = Condition(), list[int]()

    def wait() -> None:
        while not items:
            with changed:
                changed.wait()

    def notify() -> None:
        with changed:
            changed.notify_all()

    run(wait, notify)


def works_at_each_notification() -> None:
    """It comes to the same wait again, but a wake-up would have let it do some work before."""
    changed, done = Condition(), list[int]()

    def wait() -> None:
        while True:
            with changed:
                changed.wait()
            done.append(1)

    with changed:
        changed.notify_all()
    run(wait)


def one_in_vain_and_one_lost() -> None:
    """Two threads missed the notification. The second would go on."""
    changed, items = Condition(), list[int]()

    def wait_for_two() -> None:
        with changed:
            changed.wait_for(lambda: len(items) == 2)

    def wait_for_one() -> None:
        with changed:
            changed.wait()

    with changed:
        changed.notify_all()
        items.append(1)
    run(wait_for_two, wait_for_one)


def starts_a_thread_when_woken() -> None:
    changed = Condition()

    def wait() -> None:
        with changed:
            changed.wait()
        run(print)
        raise AssertionError("nobody woke it")

    with changed:
        changed.notify_all()
    run(wait)


def notified_too_early() -> None:
    """It looks before it takes the lock, so what it waits for may hold when it begins to wait."""
    changed, items = Condition(), list[int]()

    def wait() -> None:
        if not items:
            with changed:
                changed.wait()

    def notify() -> None:
        items.append(1)
        with changed:
            changed.notify()

    run(wait, notify)


def changed_without_a_notification() -> None:
    """The notification that the reader missed came before the change that it waits for."""
    changed, state = Condition(), {"data": 0, "closed": False}

    def read() -> None:
        with changed:
            while not state["closed"]:
                changed.wait()

    reader = Thread(target=read, name="reader")
    reader.start()
    with changed:
        state["data"] = 1
        changed.notify_all()
    with changed:
        state["closed"] = True
    reader.join()


def appended_without_a_notification() -> None:
    """The same with an item of a list, while the reader looks at the whole list, in a method of the condition."""
    changed, items = Condition(), list[int]()

    def read() -> None:
        with changed:
            changed.wait_for(lambda: len(items) > 0)

    reader = Thread(target=read, name="reader")
    reader.start()
    with changed:
        changed.notify_all()
    with changed:
        items.append(1)
    reader.join()


def notified_and_then_changed() -> None:
    """Who is notified goes on when the lock is given back, so it would have seen the change after the notification."""
    changed, state = Condition(), {"closed": False}

    def read() -> None:
        closed = state["closed"]
        with changed:
            while not closed:
                changed.wait()
                closed = state["closed"]

    reader = Thread(target=read, name="reader")
    reader.start()
    with changed:
        changed.notify_all()
        state["closed"] = True
    reader.join()


def others_worked_on() -> None:
    """What the reader would do after its wait touches what was changed since, but it does not wait for that."""
    changed, lock, state = Condition(), Lock(), {"closed": False, "done": 0}

    def read() -> None:
        with lock:
            state["done"] += 1
        closed = state["closed"]
        with changed:
            while not closed:
                changed.wait()
                closed = state["closed"]
        with lock:
            state["done"] += 1

    def work() -> None:
        with changed:
            state["closed"] = True
            changed.notify_all()
        with lock:
            state["done"] += 1

    run(read, work)


@pytest.mark.parametrize(
    ("model", "verdict"),
    [
        (waits_with_another_lock_in_hand, "deadlock"),
        (waits_for_an_event_with_a_lock_in_hand, "deadlock"),
        (joins_with_a_lock_in_hand, "deadlock"),
        (waits_for_the_next, "deadlock"),
        (waits_again_on_a_condition, "deadlock"),
        (never_set, "deadlock"),
        (notified_while_the_lock_is_kept, "deadlock"),
        (notified_in_vain, "deadlock"),
        (notified_in_vain_in_a_loop, "deadlock"),
        (lets_go_and_looks_again, "deadlock"),
        (changed_without_a_notification, "deadlock"),
        (appended_without_a_notification, "deadlock"),
        (notified_and_then_changed, "lost wake-up"),
        (others_worked_on, "lost wake-up"),
        (works_at_each_notification, "lost wake-up"),
        (one_in_vain_and_one_lost, "lost wake-up"),
        (starts_a_thread_when_woken, "lost wake-up"),
        (notified_too_early, "lost wake-up"),
        (set_and_cleared, "lost wake-up"),
        (notified_before, "lost wake-up"),
        (missed_the_second, "lost wake-up"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_the_word_for_it(model: Callable[[], None], verdict: str) -> None:
    found = explore(model, races="off")
    assert found.verdict == verdict
    again = replay(model, found.schedule)
    assert (again.verdict, again.trace, again.summary.splitlines()[1:3]) == (
        verdict,
        found.trace,
        found.summary.splitlines()[1:3],
    )


def test_who_was_notified_is_said_to_wait_for_the_lock() -> None:
    told = explore(notified_while_the_lock_is_kept).summary
    assert "wait-1 waits for changed, which notify-2 took and never gave back" in told
