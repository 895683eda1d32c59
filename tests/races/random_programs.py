"""Small random programs of two or three threads, as data: the input of the differential test.

Each thread is a list of operations on two fields, two locks, a condition, a bounded queue and an event. What a
thread sees goes into its own list, so runs that differ for any thread differ in their outcome.
"""

import queue
import random
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from .litmus.litmus import run

Program = tuple[tuple[tuple[str, int], ...], ...]


class Shared:
    """What the threads share."""

    def __init__(self) -> None:
        self.fields = [0, 0]
        self.orders: dict[int, int] = {}
        self.stock = 0
        self.price = 0
        self.locks = [threading.Lock(), threading.Lock()]
        self.changed = threading.Condition()
        self.jobs: queue.Queue[int] = queue.Queue(maxsize=1)
        self.ready = threading.Event()


def read(shared: Shared, n: int) -> object:
    return shared.stock if n else shared.price


def write(shared: Shared, n: int) -> None:
    if n:
        shared.stock = shared.stock + 1
    else:
        shared.price += 2


def insert(shared: Shared, n: int) -> object:
    if n not in shared.orders:
        shared.orders[n] = len(shared.orders)
        return True
    return list(shared.orders.items())


def locked(shared: Shared, n: int) -> object:
    with shared.locks[n]:
        shared.fields[n] += 1
        return shared.fields[n]


def both(shared: Shared, n: int) -> None:
    with shared.locks[n], shared.locks[1 - n]:
        shared.fields[n] += 10


def attempt(shared: Shared, n: int) -> object:
    if not shared.locks[n].acquire(blocking=False):
        return "busy"
    shared.fields[n] += 100
    shared.locks[n].release()
    return shared.fields[n]


def patient(shared: Shared, n: int) -> object:
    if not shared.locks[n].acquire(timeout=1):
        return "late"
    shared.locks[n].release()
    return "in time"


def put(shared: Shared, n: int) -> None:
    shared.jobs.put(n)


def get(shared: Shared, n: int) -> object:
    return shared.jobs.get()


def offer(shared: Shared, n: int) -> object:
    try:
        shared.jobs.put(n, timeout=1)
    except queue.Full:
        return "full"
    return None


def wait(shared: Shared, n: int) -> object:
    with shared.changed:
        return shared.changed.wait(1 if n else None)


def notify(shared: Shared, n: int) -> None:
    with shared.changed:
        shared.changed.notify(n + 1)


def announce(shared: Shared, n: int) -> None:
    shared.ready.set() if n else shared.ready.clear()


def await_ready(shared: Shared, n: int) -> object:
    return shared.ready.wait(1 if n else None)


def nap(shared: Shared, n: int) -> object:
    with shared.locks[n]:
        time.sleep(1)
        return shared.fields[n]


def rest(shared: Shared, n: int) -> None:
    time.sleep(1 + n)


def look(shared: Shared, n: int) -> object:
    return shared.ready.is_set()


OPERATIONS: tuple[Callable[[Shared, int], object], ...] = (
    read, write, insert, locked, both, attempt, patient, put, get, offer, wait, notify, announce, await_ready, look,
    nap, rest,
)  # fmt: skip
BY_NAME = {operation.__name__: operation for operation in OPERATIONS}


def random_program(seed: int) -> Program:
    """Return the program with this number."""
    chance = random.Random(seed)
    few = chance.sample(OPERATIONS, 3)  # operations of few kinds, on few objects, meet more often
    lengths = chance.choice([(2, 2), (1, 1, 1), (2, 1), (3, 1), (3, 2), (2, 1, 1)])
    return tuple(
        tuple((chance.choice(few).__name__, int(chance.random() < 0.3)) for _ in range(length)) for length in lengths
    )


def model_of(program: Program, outcomes: list[Any]) -> Callable[[], None]:
    """Return a model that runs the program, and appends what each thread sees to `outcomes`."""

    def model() -> None:
        shared = Shared()
        seen: list[list[object]] = [[] for _ in program]
        outcomes.append((seen, shared))

        def follow(number: int) -> None:
            for name, n in program[number]:
                seen[number].append((name, BY_NAME[name](shared, n)))

        run(**{f"thread {number}": partial(follow, number) for number in range(len(program))})

    return model


def outcome(verdict: str, seen: list[list[object]], shared: Shared) -> str:
    """Return the end of one run as a string."""
    return f"{verdict} {seen} {shared.fields} {shared.orders} {shared.stock} {shared.price} {shared.jobs.queue}"
