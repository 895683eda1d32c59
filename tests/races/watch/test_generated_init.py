"""The `__init__` of a dataclass fills a new object, so a verdict does not name it, unless it hides something."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

import pytest

from goqueue.races import explore

from ..litmus.litmus import run


def fills_new_objects() -> None:
    @dataclass
    class Order:
        number: int
        items: list[int] = field(default_factory=list)
        lock: Lock = field(default_factory=Lock)

        def __post_init__(self) -> None:
            self.items.append(self.number)

    def work() -> None:
        order = Order(1)
        with order.lock:
            order.items.append(2)

    run(work, work)


def counts_in_c() -> None:
    numbers = itertools.count()

    @dataclass
    class Order:
        number: int = field(default_factory=numbers.__next__)

    run(Order, Order)


def is_filled_again() -> None:
    @dataclass
    class Order:
        number: int = 0
        price: int = 0

    order = Order()

    def again() -> None:
        order.__init__()  # type: ignore[misc]

    def change() -> None:
        order.number += 1

    run(again, change)


@pytest.mark.parametrize(
    ("model", "named"),
    [
        (fills_new_objects, []),
        (counts_in_c, ["__create_fn__.<locals>.__init__ (not watched)"]),
        (is_filled_again, ["is_filled_again.<locals>.Order.__init__ (called again)"]),
    ],
)
def test_which_init_is_named(model: Callable[[], None], named: list[str]) -> None:
    assert list(explore(model, races="off").unwatched) == named
