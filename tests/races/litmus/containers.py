"""Containers: one method call is one step, a walk over them is many, and two calls are two."""

from collections import deque
from threading import Lock

from tests.races.litmus.litmus import Litmus, run


def walk_dict_broken() -> None:
    """A job is added while another thread walks over the dict: RuntimeError."""
    jobs = {"job-1": "webhook"}
    listed: list[str] = []

    def add() -> None:
        jobs["job-2"] = "webhook"

    def show() -> None:
        for job in jobs:
            listed.append(job)

    run(add, show)
    assert "job-1" in listed


def walk_dict_right() -> None:
    """`list` copies the keys in one step, and the walk is over the copy."""
    jobs = {"job-1": "webhook"}
    listed: list[str] = []

    def add() -> None:
        jobs["job-2"] = "webhook"

    def show() -> None:
        for job in list(jobs):
            listed.append(job)

    run(add, show)
    assert "job-1" in listed


def walk_set_broken() -> None:
    """An order is added while another thread walks over the set: RuntimeError."""
    orders = {1}
    listed: list[int] = []

    def add() -> None:
        orders.add(2)

    def show() -> None:
        for order in orders:
            listed.append(order)

    run(add, show)
    assert 1 in listed


def walk_set_right() -> None:
    """`copy` is one step, and the walk is over the copy."""
    orders = {1}
    listed: list[int] = []

    def add() -> None:
        orders.add(2)

    def show() -> None:
        for order in orders.copy():
            listed.append(order)

    run(add, show)
    assert 1 in listed


def walk_list_broken() -> None:
    """An order is removed during the walk; the rest move up, and one is passed over. Nothing raises."""
    orders = [1, 2, 3]
    sent: list[int] = []

    def cancel() -> None:
        orders.remove(1)

    def send() -> None:
        for order in orders:
            sent.append(order)

    run(cancel, send)
    assert 2 in sent


def walk_list_right() -> None:
    """The lock is held for the whole walk."""
    orders, lock = [1, 2, 3], Lock()
    sent: list[int] = []

    def cancel() -> None:
        with lock:
            orders.remove(1)

    def send() -> None:
        with lock:
            for order in orders:
                sent.append(order)

    run(cancel, send)
    assert 2 in sent


def walk_deque_broken() -> None:
    """An order is taken while another thread walks over the waiting line: RuntimeError."""
    waiting = deque([1, 2])
    listed: list[int] = []

    def take() -> None:
        waiting.popleft()

    def show() -> None:
        for order in waiting:
            listed.append(order)

    run(take, show)
    assert waiting == deque([2])


def walk_deque_right() -> None:
    """The lock is held for the whole walk."""
    waiting, lock = deque([1, 2]), Lock()
    listed: list[int] = []

    def take() -> None:
        with lock:
            waiting.popleft()

    def show() -> None:
        with lock:
            for order in waiting:
                listed.append(order)

    run(take, show)
    assert waiting == deque([2])


def ring_broken() -> None:
    """Both see one order waiting; the second finds the deque empty, and dies of an IndexError."""
    waiting = deque([1])
    taken: list[int] = []

    def take() -> None:
        if waiting:
            taken.append(waiting.popleft())

    run(take, take)
    assert taken == [1]


def ring_right() -> None:
    """Nobody takes between the look and the `popleft`."""
    waiting, lock = deque([1]), Lock()
    taken: list[int] = []

    def take() -> None:
        with lock:
            if waiting:
                taken.append(waiting.popleft())

    run(take, take)
    assert taken == [1]


def count_broken() -> None:
    """`get` and the assignment are two steps: one of two failures is not counted."""
    failures: dict[str, int] = {}

    def fail() -> None:
        failures["tea house"] = failures.get("tea house", 0) + 1

    run(fail, fail)
    assert failures["tea house"] == 2


def count_right() -> None:
    """One lock makes them one step."""
    failures: dict[str, int] = {}
    lock = Lock()

    def fail() -> None:
        with lock:
            failures["tea house"] = failures.get("tea house", 0) + 1

    run(fail, fail)
    assert failures["tea house"] == 2


PROGRAMS = [
    Litmus("a dict changed during a walk", "exception in a thread", walk_dict_broken, walk_dict_right),
    Litmus("a set changed during a walk", "exception in a thread", walk_set_broken, walk_set_right),
    Litmus("a list changed during a walk", "failed assertion", walk_list_broken, walk_list_right),
    Litmus("a deque changed during a walk", "exception in a thread", walk_deque_broken, walk_deque_right),
    Litmus("a ring buffer emptied twice", "exception in a thread", ring_broken, ring_right),
    Litmus("a count in a dict", "failed assertion", count_broken, count_right),
]
