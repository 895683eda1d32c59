"""A failed assertion shows values, and not the names of objects, where a value has nothing but what is in it."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

import pytest

from goqueue.races import explore


class Point(NamedTuple):
    x: int
    y: object


@dataclasses.dataclass
class Order:
    number: int
    items: list[int]


def named_tuples() -> None:
    point = Point(1, 2)
    assert point == (2, 0)


def dataclasses_of_one_kind() -> None:
    order = Order(1, [2])
    assert order == Order(2, [3])


def dates() -> None:
    assert datetime.date(2026, 1, 1) == datetime.date(2026, 1, 2)


class Shop(datetime.tzinfo):
    """A time zone of the model, whose methods no report may call."""

    def utcoffset(self, _: object) -> datetime.timedelta:
        raise LookupError("closed")

    dst = utcoffset

    def tzname(self, _: object) -> str:
        raise LookupError("closed")


def moments() -> None:
    assert datetime.datetime.now(datetime.UTC) == datetime.datetime(2026, 1, 1, 12)


def moments_of_the_model() -> None:
    assert datetime.datetime(2026, 1, 1, tzinfo=Shop()) is None


def numbers() -> None:
    assert Decimal("1.5") == 1


def which_object() -> None:
    order = Order(1, [2])
    assert order is None


def which_of_two() -> None:
    one, other = object(), object()
    assert one is one
    assert one is other


def numbers_of_objects() -> None:
    order = Order(1, [2])
    order.number += 1
    assert {id(order)} == {1 << 40}


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (named_tuples, "Point(x=1, y=2) == (2, 0)"),
        (dataclasses_of_one_kind, "Order(number=1, items=[2]) == Order(number=2, items=[3])"),
        (dates, "2026-01-01 == 2026-01-02"),
        (moments, "2026-01-01 00:00:00+00:00 == 2026-01-01 12:00:00"),
        (moments_of_the_model, "a datetime is None"),
        (numbers, "Decimal('1.5') == 1"),
        (which_object, "Order#1 is None"),
        (numbers_of_objects, "{id(Order#1)} == {1099511627776}"),
        (which_of_two, "object#1 is object#2"),
    ],
)
def test_an_assertion_shows_what_is_in_a_value(model: Callable[[], None], said: str) -> None:
    assert explore(model).trace.ending.splitlines()[0] == f"AssertionError: {said}"
