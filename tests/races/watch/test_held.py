"""What a thing holds is read by whatever compares it, shows it, copies it or looks for it; what changes it is seen.

    worker-1   held.append(3)          worker-2   repr(Order([2])), Order([2]) in orders, …

Each pair has two outcomes, and an exploration that says "exhausted" must have met both.
"""

from __future__ import annotations

import array
import collections
import copy
import dataclasses
import enum
import functools
import io
import json
import operator
import pickle
import pprint
import random
import reprlib
import string
import types
import typing
from collections.abc import Callable
from typing import Any

import pytest

from goqueue.races import explore

from ..litmus.litmus import run


@dataclasses.dataclass
class Order:
    items: list[Any]


@dataclasses.dataclass(slots=True, order=True)
class Slotted:
    items: list[Any]


@dataclasses.dataclass(frozen=True)
class Frozen:
    items: list[Any]


class Named(typing.NamedTuple):
    items: list[Any]


class Plain:
    def __init__(self, items: list[Any]) -> None:
        self.items = items

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plain) and self.items == other.items

    def __lt__(self, other: Plain) -> bool:
        return self.items < other.items

    def __repr__(self) -> str:
        return f"Plain({self.items})"


class Subclass(list[Any]):
    pass


class Status(enum.Enum):
    PAID = 1


HOLDERS: dict[str, Callable[[list[Any]], Any]] = {
    "a dataclass": Order,
    "a named tuple": Named,
    "a list": lambda held: [held],
    "a tuple in a tuple": lambda held: ((held,),),
    "a dataclass with slots": Slotted,
    "a frozen dataclass": Frozen,
    "an object": Plain,
    "a namespace": lambda held: types.SimpleNamespace(items=held),
    "a deque": lambda held: collections.deque([held]),
    "a UserList": lambda held: collections.UserList([held]),
    "a dict": lambda held: {"items": held},
    "a UserDict": lambda held: collections.UserDict(items=held),
    "a ChainMap": lambda held: collections.ChainMap({"items": held}),
    "a view of a dict": lambda held: types.MappingProxyType({"items": held}),
    "a partial": lambda held: functools.partial(print, held),
    "an exception": lambda held: ValueError(held),
    "an OrderedDict": lambda held: collections.OrderedDict(items=held),
    "a defaultdict": lambda held: collections.defaultdict(int, items=held),
    "a subclass of list": lambda held: Subclass([held]),
    "the values of a dict": lambda held: {"items": held}.values(),
    "the items of a dict": lambda held: {"items": held}.items(),
    "a dataclass in a list in a dataclass": lambda held: Order([Slotted([held])]),
    "a dataclass in a named tuple": lambda held: Named([Frozen([held])]),
    "a slice": lambda held: slice(held, None),
    "a tuple with a member of an enum": lambda held: (held, Status.PAID),
}
QUICK = ("a dataclass", "a named tuple", "a list", "a tuple in a tuple")

SHOWN = "%s"

Use = Callable[[Any, Any], Any]  # what is done with a thing; the second is like it, and nobody changes it
USES: dict[str, Use] = {
    "repr": lambda thing, _: repr(thing),
    "str": lambda thing, _: str(thing),
    "f-string": lambda thing, _: f"{thing}",
    "f-string, !r": lambda thing, _: f"{thing!r}",
    "%": lambda thing, _: SHOWN % (thing,),
    "==": lambda thing, other: thing == other,
    "!=": lambda thing, other: thing != other,
    "<": lambda thing, other: thing < other,
    "operator.eq": lambda thing, other: operator.eq(thing, other),
    "== in lists": lambda thing, other: [thing] == [other],
    "== in dicts": lambda thing, other: {"one": thing} == {"one": other},
    "in": lambda thing, other: thing in [other],
    "count": lambda thing, other: [other].count(thing),
    "index": lambda thing, other: [other].index(thing),
    "max": lambda thing, other: max(thing, other) is thing,
    "sorted": lambda thing, other: sorted([thing, other])[0] is thing,
    "deepcopy": lambda thing, _: str(copy.deepcopy(thing)),
    "pickle": lambda thing, _: str(pickle.loads(pickle.dumps(thing))),
    "pprint": lambda thing, _: pprint.pformat(thing),
    "reprlib": lambda thing, _: reprlib.repr(thing),
    "join": lambda thing, _: ", ".join(map(repr, [thing])),
    "str of a list": lambda thing, _: str([thing]),
    "Template": lambda thing, _: string.Template("$one").substitute(one=thing),
    "format_map": lambda thing, _: "{one}".format_map({"one": thing}),
}


def outcome(use: Use, thing: Any, other: Any) -> str:
    try:
        return str(use(thing, other))
    except (TypeError, ValueError) as error:
        return type(error).__name__


def explored(make: Callable[[list[Any]], Any], use: Use) -> tuple[str, set[str]]:
    """Return the headline of an exploration, and all outcomes that were met in it."""
    met: set[str] = set()

    def model() -> None:
        held, told = [2], list[str]()
        thing, other = make(held), make([2])
        run(lambda: held.append(3), lambda: told.append(outcome(use, thing, other)))
        met.update(told)

    return str(explore(model, schedules=300)).splitlines()[0], met


@pytest.mark.parametrize(
    "holder", [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in HOLDERS if name not in QUICK)]
)
def test_what_it_holds_is_read(holder: str) -> None:
    make, unseen = HOLDERS[holder], {}
    for name, use in USES.items():
        wanted = {outcome(use, make([2]), make([2])), outcome(use, make([2, 3]), make([2]))}
        headline, met = explored(make, use)
        if headline.startswith("EXHAUSTED:") and not wanted <= met:
            unseen[name] = headline
    assert unseen == {}


Change = Callable[[Any], object]
CHANGES: dict[str, tuple[Callable[[], Any], Change, Callable[[Any], str]]] = {
    "array.extend": (lambda: array.array("i", [1]), lambda thing: thing.extend([2]), str),
    "operator.iconcat": (lambda: [1], lambda thing: operator.iconcat(thing, [2]), str),  # type: ignore[no-untyped-call]  # typeshed has no types for it
    "Random.seed(numbers)": (
        lambda: random.Random(1), lambda thing: random.Random.seed(thing, 2), lambda thing: str(thing.getstate()[1][:3])
    ),
    "json.dump": (io.StringIO, lambda thing: json.dump([1], thing), lambda thing: str(thing.getvalue())),
    "pickle.dump": (io.BytesIO, lambda thing: pickle.dump(1, thing), lambda thing: str(thing.getvalue())),
}  # fmt: skip


@pytest.mark.parametrize("way", CHANGES)
def test_what_changes_it_is_seen(way: str) -> None:
    make, change, show = CHANGES[way]
    before, after, met = make(), make(), set[str]()
    change(after)

    def model() -> None:
        thing, told = make(), list[str]()
        run(lambda: change(thing), lambda: told.append(show(thing)))
        met.update(told)

    assert explore(model).verdict == "exhausted"
    assert met >= {show(before), show(after)}
