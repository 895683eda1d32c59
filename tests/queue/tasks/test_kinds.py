"""What a task is called with comes back as it was, or is refused at the door."""

import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from types import GenericAlias
from typing import Annotated, Any, Literal, NamedTuple, NewType, TypedDict
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goqueue import PayloadError
from goqueue.tasks.codec import ByAnnotation


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Odd(enum.Enum):
    PAIR = (1, 2)


@dataclass(frozen=True, slots=True)
class Line:
    sku: UUID
    price: Decimal
    count: int = 1


@dataclass
class Order:
    number: int
    lines: list[Line]
    due: datetime | None = None
    notes: dict[str, Any] = field(default_factory=dict)
    parent: "Order | None" = None


@dataclass(frozen=True)
class Special(Line):
    reason: str = ""


class Point(NamedTuple):
    x: float
    y: float


class Address(TypedDict):
    street: str
    since: date


Number = NewType("Number", int)
CODEC = ByAnnotation()
SKU = UUID(int=17)
LINE = Line(SKU, Decimal("9.90"))

GOOD: list[tuple[Any, Any]] = [
    (17, int),
    (True, bool),
    ("17", str),
    (None, None),
    (17, float),
    (17, Number),
    (17, Annotated[int, "an order"]),
    ("red", Literal["red", 1]),
    (Colour.RED, Colour),
    (Level.HIGH, Level),
    (datetime(2026, 11, 29, 9, 30, tzinfo=UTC), datetime),
    (date(2026, 11, 29), date),
    (time(9, 30), time),
    (timedelta(days=-1, microseconds=1), timedelta),
    (SKU, UUID),
    (Decimal("9.90"), Decimal),
    (Path("a/b"), Path),
    (b"\x00\xff", bytes),
    (LINE, Line),
    (Order(17, [LINE], parent=Order(16, [])), Order),
    (Point(1.5, 2), Point),
    ({"street": "Mill Lane", "since": date(2020, 1, 1)}, Address),
    ([1, 2], list[int]),
    ((1, "a"), tuple[int, str]),
    ((1, 2, 3), tuple[int, ...]),
    ((), tuple[()]),
    ({SKU}, set[UUID]),
    (frozenset({1, 2}), frozenset[int]),
    ([LINE], Sequence[Line]),
    ({17: LINE}, dict[int, Line]),
    ({SKU: 1}, dict[UUID, int]),
    ({Colour.RED: 1}, Mapping[Colour, int]),
    ({"a": [1, {"b": None}]}, Any),
    (None, Line | None),
    ("red", int | str),
    (LINE, Line | Point),
    (Special(SKU, Decimal(1)), Line | Special),
    (Decimal("1"), Decimal | None),
]


@pytest.mark.parametrize(("value", "hint"), GOOD, ids=range(len(GOOD)))
def test_it_comes_back_as_it_was(value: Any, hint: Any) -> None:
    kept = json.loads(json.dumps(CODEC.to_json(value, hint, "value")))
    again = CODEC.from_json(kept, hint, "value")
    assert again == value
    if hint is not float:
        assert type(again) is type(value)


BAD: list[tuple[Any, Any, str]] = [
    (17.5, int, "value is 17.5: it must be int"),
    ("17", int, "value is '17': it must be int"),
    (17, str, "must be str"),
    (datetime(2026, 1, 1, tzinfo=UTC), date, "must be date"),
    (datetime(2026, 1, 1, tzinfo=UTC), Any, "which is not JSON: annotate it as datetime"),
    ({1, 2}, Any, "annotate it as set"),
    (Special(SKU, Decimal(1)), Line, "must be Line, and of no subclass"),
    (SKU, str | UUID, "would come back as '00000000"),
    (Colour.RED, Level, "must be Level"),
    (Odd.PAIR, Odd, "each value is a text or a number"),
    ([1, "a"], list[int], r"value\[1\] is 'a': it must be int"),
    ((1,), tuple[int, int], r"must be tuple\[int, int\]"),
    ({"street": 1}, Address, "value.street is 1"),
    ({"city": "x"}, Address, "must be Address"),
    ({True: 1}, dict[int, int], "a key of value is True"),
    ({17: 1}, dict[Any, int], "a key of value is 17"),
    (Order(17, ["x"]), Order, r"value.lines\[0\] is 'x': it must be Line"),  # type: ignore[list-item]
    ("green", Literal["red"], r"must be Literal\['red'\]"),
    (1, Literal[True], "must be Literal"),
    (object(), Line | None, r"must be .*Line \| None"),
    (print, object, "which is not JSON"),
    (1, type, "annotation type: its values cannot be JSON"),
    ("abc", Sequence[str], "must be"),
]


@pytest.mark.parametrize(("value", "hint", "told"), BAD, ids=[told for _, _, told in BAD])
def test_what_would_not_come_back_is_refused(value: Any, hint: Any, told: str) -> None:
    with pytest.raises(PayloadError, match=told):
        CODEC.to_json(value, hint, "value")


@pytest.mark.parametrize(
    ("kept", "hint", "told"),
    [
        ("tomorrow", datetime, "value is 'tomorrow': it must be datetime .ValueError"),
        (5, datetime, "must be datetime as a text"),
        ("green", Colour, "value is 'green': it must be Colour"),
        ({"sku": 5}, Line, "value.sku is 5"),
        ({"sku": str(SKU)}, Line, r"must be Line .TypeError: .*'price'"),
        ({"colour": 5}, Line, "must be Line with sku, price, count"),
        ([], dict[str, int], "must be dict"),
        ({}, list[int], "as an array"),
        ("NaN?", Decimal, "must be Decimal"),
        ({"a": 1}, dict[int, int], "a key of value is 'a'"),
    ],
    ids=str,
)
def test_json_of_another_version_is_refused_by_name(kept: Any, hint: Any, told: str) -> None:
    with pytest.raises(PayloadError, match=told):
        CODEC.from_json(kept, hint, "value")


LEAVES: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (int, st.integers()),
    (str, st.text()),
    (float, st.floats(allow_nan=False, allow_infinity=False)),
    (bool, st.booleans()),
    (Decimal, st.decimals(allow_nan=False)),
    (datetime, st.datetimes(timezones=st.just(UTC))),
    (timedelta, st.timedeltas()),
    (UUID, st.uuids()),
    (bytes, st.binary()),
    (Colour, st.sampled_from(Colour)),
]


def of(base: type, *hints: Any) -> Any:
    """Return an annotation that is made while the test runs."""
    return GenericAlias(base, hints)


def grown(kinds: st.SearchStrategy[tuple[Any, Any]]) -> st.SearchStrategy[tuple[Any, Any]]:
    """Return annotations of containers, with strategies of their values."""
    return st.one_of(
        kinds.map(lambda kind: (of(list, kind[0]), st.lists(kind[1], max_size=3))),
        kinds.map(lambda kind: (kind[0] | None, st.one_of(st.none(), kind[1]))),
        kinds.map(lambda kind: (of(dict, str, kind[0]), st.dictionaries(st.text(), kind[1], max_size=3))),
        st.tuples(kinds, kinds).map(lambda two: (of(tuple, two[0][0], two[1][0]), st.tuples(two[0][1], two[1][1]))),
    )


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data(), st.recursive(st.sampled_from(LEAVES), grown, max_leaves=4))
def test_whatever_is_accepted_comes_back(data: st.DataObject, kind: tuple[Any, st.SearchStrategy[Any]]) -> None:
    value = data.draw(kind[1])
    kept = json.loads(json.dumps(CODEC.to_json(value, kind[0], "value")))
    assert CODEC.from_json(kept, kind[0], "value") == value
