"""SCTBench: what must be one step and is two, two locks for one field, conditions, and pools."""

import threading
from collections.abc import Callable

from .kernels import Program, State, kernel, lock_if, program


@kernel("aget-bug2", "failed assertion")
def aget_bug2(right: bool) -> Program:
    """The saver writes down the sum and the parts while the loaders move them: they do not add up."""
    lock, load, saved = lock_if(right), State(total=0, parts=[0, 0]), list[tuple[int, list[int]]]()
    one = threading.Lock()  # for the loaders among themselves

    def loader(part: int) -> Callable[[], None]:
        def fetch() -> None:
            with one, lock:
                load.parts[part] += 512
                load.total += 512

        return fetch

    def save() -> None:
        with lock:
            saved.append((load.total, list(load.parts)))

    return program(loader(0), loader(1), save, holds=lambda: saved[0][0] == sum(saved[0][1]))


def reorder(setters: int) -> Callable[[bool], Program]:
    """Return the kernel with this many setters."""

    def make(right: bool) -> Program:
        """Setters write a, then b; a checker asserts none or both."""
        lock, pair = lock_if(right), State(a=0, b=0)

        def write() -> None:
            with lock:
                pair.a = 1
                pair.b = -1

        def check() -> None:
            with lock:
                seen = pair.a, pair.b
            assert seen in ((0, 0), (1, -1))

        return program(*[write] * setters, check)

    return make


reorder_3_bad = kernel("reorder_3_bad", "failed assertion")(reorder(2))
reorder_4_bad = kernel("reorder_4_bad", "failed assertion")(reorder(3))
reorder_5_bad = kernel("reorder_5_bad", "failed assertion")(reorder(4))
reorder_10_bad = kernel("reorder_10_bad", "failed assertion")(reorder(9))
reorder_20_bad = kernel("reorder_20_bad", "failed assertion")(reorder(19))


@kernel("sync01_bad", "deadlock")
def sync01_bad(right: bool) -> Program:
    """The slot is full from the start; the consumer says "empty" once, and takes nothing."""
    lock, slot = threading.Lock(), State(items=1)
    filled, emptied = threading.Condition(lock), threading.Condition(lock)

    def fill() -> None:
        with lock:
            while slot.items > 0:
                emptied.wait()
            slot.items += 1
            filled.notify()

    def consume() -> None:
        with lock:
            while slot.items == 0:
                filled.wait()
            if right:
                slot.items -= 1
            emptied.notify()

    return program(fill, consume)


@kernel("sync02_bad", "deadlock")
def sync02_bad(right: bool) -> Program:
    """With two items at the start, the numbers of puts and gets do not match."""
    lock, slot = threading.Lock(), State(items=0 if right else 2)
    filled, emptied = threading.Condition(lock), threading.Condition(lock)

    def fill() -> None:
        for _ in range(3):
            with lock:
                while slot.items > 1:
                    emptied.wait()
                slot.items += 1
                filled.notify()

    def consume() -> None:
        for _ in range(2):
            with lock:
                while slot.items == 0:
                    filled.wait()
                slot.items -= 1
                emptied.notify()

    return program(fill, consume)


@kernel("token_ring_bad", "failed assertion")
def token_ring_bad(right: bool) -> Program:
    """Three threads copy a neighbour's value, one of them adds 1; all are equal after one order only."""
    lock, x, turns = threading.Lock(), [0, 0, 0], [threading.Event() for _ in range(4)]
    turns[0].set()

    def station(number: int) -> Callable[[], None]:
        def take() -> None:
            if right:
                turns[number].wait()
            with lock:
                x[number] = x[number - 1] + (number == 0)
            turns[number + 1].set()

        return take

    return program(station(2), station(1), station(0), holds=lambda: x[0] == x[1] == x[2])


def twostage(writers: int) -> Callable[[bool], Program]:
    """Return the kernel with this many writers."""

    def make(right: bool) -> Program:
        """The first stage sets one value under one lock, the second another under another; a reader comes between."""
        first, second, data = threading.Lock(), threading.Lock(), State(one=0, two=0)
        whole = lock_if(right)

        def write() -> None:
            with whole:
                with first:
                    data.one = 1
                with second:
                    data.two = data.one + 1

        def read() -> None:
            with whole:
                with first:
                    one = data.one
                if one:
                    with second:
                        assert data.two == one + 1

        return program(*[write] * writers, read)

    return make


twostage_bad = kernel("twostage_bad", "failed assertion")(twostage(1))
twostage_100_bad = kernel("twostage_100_bad", "failed assertion")(twostage(99))


def wronglock(others: int) -> Callable[[bool], Program]:
    """Return the kernel with this many threads that use the other lock."""

    def make(right: bool) -> Program:
        """One thread expects its value unchanged under its lock; the rest use another lock."""
        lock, data = threading.Lock(), State(value=0)
        other = lock if right else threading.Lock()

        def keep() -> None:
            with lock:
                before = data.value
                data.value += 1
                assert data.value == before + 1

        def change() -> None:
            with other:
                data.value += 1

        return program(keep, *[change] * others)

    return make


wronglock_bad = kernel("wronglock_bad", "failed assertion")(wronglock(7))
wronglock_3_bad = kernel("wronglock_3_bad", "failed assertion")(wronglock(3))
