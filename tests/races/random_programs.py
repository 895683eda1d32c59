"""Small random programs of two or three threads, as data: the input of the differential test.

Each thread is a list of operations on two fields, two locks, a condition, a bounded queue and an event. What a
thread sees goes into its own list, so runs that differ for any thread differ in their outcome.
"""

import queue
import random
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from .litmus.litmus import run

Program = tuple[tuple[tuple[str, int], ...], ...]


class Shared:
    """What the threads share, and the operations on it."""

    def __init__(self) -> None:
        self.fields = [0, 0]
        self.orders: dict[int, int] = {}
        self.stock = 0
        self.price = 0
        self.locks = [threading.Lock(), threading.Lock()]
        self.changed = threading.Condition()
        self.jobs: queue.Queue[int] = queue.Queue(maxsize=1)
        self.ready = threading.Event()
        self.line: queue.SimpleQueue[int] = queue.SimpleQueue()

    def read(self, n: int) -> object:
        return self.stock if n else self.price

    def write(self, n: int) -> None:
        if n:
            self.stock = self.stock + 1
        else:
            self.price += 2

    def insert(self, n: int) -> object:
        if n not in self.orders:
            self.orders[n] = len(self.orders)
            return True
        return list(self.orders.items())

    def locked(self, n: int) -> object:
        with self.locks[n]:
            self.fields[n] += 1
            return self.fields[n]

    def both(self, n: int) -> None:
        with self.locks[n], self.locks[1 - n]:
            self.fields[n] += 10

    def attempt(self, n: int) -> object:
        if not self.locks[n].acquire(blocking=False):
            return "busy"
        self.fields[n] += 100
        self.locks[n].release()
        return self.fields[n]

    def patient(self, n: int) -> object:
        if not self.locks[n].acquire(timeout=1):
            return "late"
        self.locks[n].release()
        return "in time"

    def put(self, n: int) -> None:
        self.jobs.put(n)

    def get(self, n: int) -> object:
        return self.jobs.get()

    def offer(self, n: int) -> object:
        try:
            self.jobs.put(n, timeout=1)
        except queue.Full:
            return "full"
        return None

    def wait(self, n: int) -> object:
        with self.changed:
            return self.changed.wait(1 if n else None)

    def notify(self, n: int) -> None:
        with self.changed:
            self.changed.notify(n + 1)

    def announce(self, n: int) -> None:
        self.ready.set() if n else self.ready.clear()

    def await_ready(self, n: int) -> object:
        return self.ready.wait(1 if n else None)

    def look(self, n: int) -> object:
        return self.ready.is_set()

    def nap(self, n: int) -> object:
        with self.locks[n]:
            time.sleep(1)
            return self.fields[n]

    def rest(self, n: int) -> None:
        time.sleep(1 + n)

    def line_up(self, n: int) -> None:
        self.line.put(n)

    def serve(self, n: int) -> object:
        return self.line.get()

    def serve_now(self, n: int) -> object:
        try:
            return self.line.get_nowait()
        except queue.Empty:
            return "empty"

    def serve_soon(self, n: int) -> object:
        try:
            return self.line.get(timeout=1)
        except queue.Empty:
            return "late"

    def count(self, n: int) -> object:
        return self.line.empty() if n else self.line.qsize()


OF_A_SIMPLE_QUEUE = ["line_up", "line_up", "serve", "serve_now", "serve_soon", "count"]
OPERATIONS = [name for name in vars(Shared) if not name.startswith("_") and name not in OF_A_SIMPLE_QUEUE]


def random_program(seed: int, operations: Sequence[str] = OPERATIONS) -> Program:
    """Return the program with this number."""
    chance = random.Random(seed)
    few = chance.sample(operations, 3)  # operations of few kinds, on few objects, meet more often
    lengths = chance.choice([(2, 2), (1, 1, 1), (2, 1), (3, 1), (3, 2), (2, 1, 1)])
    return tuple(tuple((chance.choice(few), int(chance.random() < 0.3)) for _ in range(length)) for length in lengths)


def model_of(program: Program, outcomes: list[Any]) -> Callable[[], None]:
    """Return a model that runs the program, and appends what each thread sees to `outcomes`."""

    def model() -> None:
        follow, _ = followed(program, outcomes)
        run(**{f"thread {number}": partial(follow, number) for number in range(len(program))})

    return model


def followed(program: Program, outcomes: list[Any]) -> tuple[Callable[[int], None], list[list[object]]]:
    """Begin a run of a program. Return what runs one of its threads, by number, and what each thread sees."""
    shared = Shared()
    seen: list[list[object]] = [[] for _ in program]
    outcomes.append((seen, shared))

    def follow(number: int) -> None:
        for name, n in program[number]:
            seen[number].append((name, getattr(shared, name)(n)))

    return follow, seen


def outcome(verdict: str, seen: list[list[object]], shared: Shared) -> str:
    """Return the end of one run as a string."""
    line = [shared.line.get() for _ in range(shared.line.qsize())]
    return f"{verdict} {seen} {shared.fields} {shared.orders} {shared.stock} {shared.price} {shared.jobs.queue} {line}"
