"""Containers: one method call is one step, a walk over them is many, and two calls are two."""

from collections import deque
from heapq import heappush

from tests.races.litmus.litmus import lock_if, program, run


@program("a dict changed during a walk", "exception in a thread")
def walk_dict(right: bool) -> None:
    """A job is added while another thread walks over the dict: RuntimeError."""
    jobs, listed = {"job-1": "webhook"}, list[str]()

    def add() -> None:
        jobs["job-2"] = "webhook"

    def show() -> None:
        for job in list(jobs) if right else jobs:  # `list` copies the keys in one step
            listed.append(job)

    run(add, show)
    assert "job-1" in listed


@program("a set changed during a walk", "exception in a thread")
def walk_set(right: bool) -> None:
    """An order is added while another thread walks over the set: RuntimeError."""
    orders, listed = {1}, list[int]()

    def add() -> None:
        orders.add(2)

    def show() -> None:
        for order in orders.copy() if right else orders:  # `copy` is one step
            listed.append(order)

    run(add, show)
    assert 1 in listed


@program("a list changed during a walk", "failed assertion")
def walk_list(right: bool) -> None:
    """An order is removed during the walk; the rest move up, and one is passed over. Nothing raises."""
    orders, sent, lock = [1, 2, 3], list[int](), lock_if(right)  # held for the whole walk

    def cancel() -> None:
        with lock:
            orders.remove(1)

    def send() -> None:
        with lock:
            for order in orders:
                sent.append(order)

    run(cancel, send)
    assert 2 in sent


@program("a deque changed during a walk", "exception in a thread")
def walk_deque(right: bool) -> None:
    """An order is taken while another thread walks over the waiting line: RuntimeError."""
    waiting, listed, lock = deque([1, 2]), list[int](), lock_if(right)  # held for the whole walk

    def take() -> None:
        with lock:
            waiting.popleft()

    def show() -> None:
        with lock:
            for order in waiting:
                listed.append(order)

    run(take, show)
    assert waiting == deque([2])


@program("a ring buffer emptied twice", "exception in a thread")
def ring(right: bool) -> None:
    """Both see one order waiting; the second finds the deque empty, and dies of an IndexError."""
    waiting, taken, lock = deque([1]), list[int](), lock_if(right)  # nobody takes between the look and the `popleft`

    def take() -> None:
        with lock:
            if waiting:
                taken.append(waiting.popleft())

    run(take, take)
    assert taken == [1]


@program("a count in a dict", "failed assertion")
def count(right: bool) -> None:
    """`get` and the assignment are two steps: one of two failures is not counted."""
    failures, lock = dict[str, int](), lock_if(right)  # makes them one step

    def fail() -> None:
        with lock:
            failures["tea house"] = failures.get("tea house", 0) + 1

    run(fail, fail)
    assert failures["tea house"] == 2


@program("a heap looked at, then filled", "failed assertion")
def heap(right: bool) -> None:
    """Both see that no retry waits, and each believes that its retry is the first."""
    retries, firsts, lock = list[int](), list[int](), lock_if(right)  # nobody pushes between the look and the push

    def park_at(when: int) -> None:
        with lock:
            if not retries:
                firsts.append(when)
            heappush(retries, when)

    run(lambda: park_at(60), lambda: park_at(1))
    assert (len(retries), len(firsts)) == (2, 1)
