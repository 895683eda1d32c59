"""What locks, events and conditions are called in reports: after what the model assigns, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Condition, Event, Lock, RLock, Thread
from typing import Any

import pytest

from goqueue.races import explore


@dataclass
class Box:
    lock: Lock = field(default_factory=Lock)
    ready: Event = field(default_factory=Event)
    changed: Condition = field(default_factory=Condition)
    made: Lock = field(default_factory=lambda: Lock())


@dataclass(frozen=True)
class Sealed:
    lock: Lock = field(default_factory=Lock)
    ready: Event = field(default_factory=Event)
    changed: Condition = field(default_factory=Condition)


class Latch(Condition):
    def __init__(self) -> None:
        super().__init__()
        self.count = 1


class Door(Event):
    pass


class Table:
    def __init__(self) -> None:
        self.forks = [Lock() for _ in range(2)]
        self.bells = {guest: Event() for guest in ("Ann", "Bob")}
        self.plates: list[Any] = [None, None]
        self.plates[1] = Condition()
        (self.napkin,) = (Event(),)


def waits_for(thing: Any) -> None:
    """Wait for a thing in vain, so that the report names it."""
    if isinstance(thing, Event):
        thing.wait()
    elif isinstance(thing, Condition):
        with thing:
            thing.wait()
    else:
        thing.acquire()
        Thread(target=thing.acquire, name="waiter").start()


def field_lock() -> None:
    box = Box()
    waits_for(box.lock)


def field_event() -> None:
    box = Box()
    waits_for(box.ready)


def field_condition() -> None:
    box = Box()
    waits_for(box.changed)


def field_of_a_lambda() -> None:
    box = Box()
    waits_for(box.made)


def frozen_lock() -> None:
    sealed = Sealed()
    waits_for(sealed.lock)


def frozen_event() -> None:
    sealed = Sealed()
    waits_for(sealed.ready)


def frozen_condition() -> None:
    sealed = Sealed()
    waits_for(sealed.changed)


def item_of_an_attribute() -> None:
    table = Table()
    waits_for(table.forks[1])


def item_of_a_second_table() -> None:
    first, table = Table(), Table()
    with first.forks[1], table.forks[0]:
        waits_for(table.forks[1])


def value_of_a_dict() -> None:
    waits_for(Table().bells["Bob"])


def item_assigned_alone() -> None:
    waits_for(Table().plates[1])


def unpacked() -> None:
    waits_for(Table().napkin)


def item_of_a_variable() -> None:
    doors = [Event(), Event()]

    def enter() -> None:
        waits_for(doors[1])

    Thread(target=enter).start()


def items_that_nobody_sees() -> None:
    for door in [Event() for _ in range(2)]:
        door.is_set()
    waits_for(door)


def item_of_several_lines() -> None:
    gate = (
        Event()  #
    )
    waits_for(gate)


def named_in_an_expression() -> None:
    waits_for(gate := Event())
    gate.clear()


def two_on_a_line() -> None:
    lock, gate = Lock(), Event()
    with lock:
        waits_for(gate)


def subclass_of_a_condition() -> None:
    latch = Latch()
    waits_for(latch)


def subclass_without_a_name() -> None:
    waits_for(Latch())


def event_without_a_name() -> None:
    waits_for(Door())


def reentrant_without_a_name() -> None:
    waits_for(RLock())


def result_of_a_lambda() -> None:
    make: list[Callable[[], Any]] = [lambda: Lock()]
    lock = make[0]()
    waits_for(lock)


def lambda_is_no_object() -> None:
    make: list[Callable[[], Any]] = [lambda: Lock()]
    waits_for(make[0]())


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (field_lock, "waits for Box.lock, which"),
        (field_event, "waits for Box.ready, and"),
        (field_condition, "waits on Box.changed, and"),
        (field_of_a_lambda, "waits for Box.made, which"),
        (result_of_a_lambda, "waits for lock, which"),
        (frozen_lock, "waits for Sealed.lock, which"),
        (frozen_event, "waits for Sealed.ready, and"),
        (frozen_condition, "waits on Sealed.changed, and"),
        (item_of_an_attribute, "waits for Table.forks[1], which"),
        (item_of_a_second_table, "waits for Table.forks[1]#2, which"),
        (value_of_a_dict, "waits for Table.bells['Bob'], and"),
        (item_assigned_alone, "waits on Table.plates[1], and"),
        (unpacked, "waits for Table.napkin, and"),
        (item_of_a_variable, "waits for doors[1], and"),
        (items_that_nobody_sees, "waits for an Event#2, and"),
        (item_of_several_lines, "waits for gate, and"),
        (named_in_an_expression, "waits for gate, and"),
        (two_on_a_line, "waits for gate, and"),
        (subclass_of_a_condition, "waits on latch, and"),
        (subclass_without_a_name, "waits on a Latch, and"),
        (event_without_a_name, "waits for a Door, and"),
        (reentrant_without_a_name, "waits for an RLock, which"),
        (lambda_is_no_object, "waits for a Lock, which"),
    ],
    ids=lambda value: getattr(value, "__name__", " "),
)
def test_the_name_of(model: Callable[[], None], told: str) -> None:
    assert told in explore(model).summary


def test_a_condition_has_one_name_with_its_lock() -> None:
    def model() -> None:
        latch = Latch()

        def count() -> None:
            with latch:
                latch.notify()

        counter = Thread(target=count)
        counter.start()
        with latch:
            assert not latch.wait(1)
        counter.join()

    told = str(explore(model))
    assert "takes latch\n" in told
    assert "waits on latch, and gives back latch\n" in told


def test_the_event_of_a_timer_is_called_as_in_the_library() -> None:
    def model() -> None:
        done, gate = Event(), Event()
        timer = threading.Timer(1, done.set)
        timer.start()
        done.wait()
        timer.join()
        gate.wait()

    told = str(explore(model))
    assert "waits for timer.finished: the time is up" in told
    assert "sets timer.finished" in told
    assert "#2" not in told


def test_what_the_library_makes_for_itself_does_not_have_the_name_of_a_result() -> None:
    def model() -> None:
        gate = Event()
        with ThreadPoolExecutor(1) as pool:
            selling = pool.submit(gate.wait)
            done, _left = wait([selling])
            assert done

    told = str(explore(model))
    assert "done, and" not in told
    assert "main waits for futures, and nobody will wake it" in told
    assert "takes selling" in told
    assert "from pool" in told
