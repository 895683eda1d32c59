"""An object's own attribute may hide a method or a descriptor of its class, and objects may share their attributes."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from goqueue.races import explore

from ..litmus.litmus import lock_if, run


class Lazy:
    """A property that is computed once, as many projects write it for themselves."""

    def __init__(self, compute: Callable[[Any], object]) -> None:
        self._compute = compute

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, thing: Any, kind: type | None = None) -> object:
        own = thing.__dict__
        with thing.lock:
            if self._name not in own:
                self.keep(thing, self._compute(thing))
            return own[self._name]

    def keep(self, thing: Any, value: object) -> None:
        thing.__dict__[self._name] = value


class LazyBySetting(Lazy):
    def keep(self, thing: Any, value: object) -> None:
        setattr(thing, self._name, value)


class LazyByMerging(Lazy):
    def keep(self, thing: Any, value: object) -> None:
        vars(thing).update({self._name: value})


class Cached(functools.cached_property[Any]):
    """The same as that of the library."""


def computes_once(lazy: Callable[..., Any], right: bool) -> None:
    class Shop:
        def __init__(self) -> None:
            self.made: list[int] = []
            self.lock = lock_if(right)

        @lazy
        def link(self) -> object:
            self.made.append(1)
            return object()

    shop, seen = Shop(), list[object]()

    def look() -> None:
        with lock_if(False):
            seen.append(shop.link)

    run(look, look)
    assert len(shop.made) == 1


def with_a_lazy_property(right: bool) -> None:
    computes_once(Lazy, right)


def with_one_that_sets(right: bool) -> None:
    computes_once(LazyBySetting, right)


def with_one_that_merges(right: bool) -> None:
    computes_once(LazyByMerging, right)


def with_a_cached_property_of_their_own(right: bool) -> None:
    class Shop:
        @Cached
        def link(self) -> object:
            return object()

    shop, seen, lock = Shop(), list[object](), threading.Lock()

    def look() -> None:
        if right:
            with lock:
                seen.append(shop.link)
        else:
            vars(shop).pop("link", None)
            seen.append(shop.link)

    run(look, look)
    assert seen[0] is seen[1]


class Plain:
    ready = 0

    def price(self) -> int:
        return 1


def with_a_hidden_method(right: bool) -> None:
    shop, lock, seen = Plain(), lock_if(right), list[tuple[int, int]]()

    def change() -> None:
        with lock:
            shop.ready = 1
            shop.price = lambda: 2  # type: ignore[method-assign]  # hides the method

    def look() -> None:
        with lock:
            seen.append((shop.price(), shop.ready))

    run(change, look)
    assert seen[0] in ((1, 0), (2, 1))


def with_a_method_hidden_by_the_dict(right: bool) -> None:
    shop, lock, seen = Plain(), lock_if(right), list[tuple[int, int]]()

    def change() -> None:
        with lock:
            vars(shop)["ready"] = 1
            vars(shop).update(price=lambda: 2)

    def look() -> None:
        with lock:
            seen.append((shop.price(), shop.ready))

    run(change, look)
    assert seen[0] in ((1, 0), (2, 1))


class Borg:
    """All objects have the same attributes."""

    shared: ClassVar[dict[str, Any]] = {"orders": 0}

    def __init__(self) -> None:
        self.__dict__ = self.shared


def with_shared_attributes(right: bool) -> None:
    Borg.shared["orders"], lock = 0, lock_if(right)

    def add() -> None:
        with lock:
            borg: Any = Borg()
            borg.orders += 1

    run(add, add)
    assert Borg.shared["orders"] == 2


class Meta(type):
    total = 0

    @property
    def orders(cls) -> int:
        return cls.total

    @orders.setter
    def orders(cls, value: int) -> None:
        cls.total = value


class Counter(metaclass=Meta):
    pass


def with_a_property_of_a_metaclass(right: bool) -> None:
    Counter.orders, lock = 0, lock_if(right)

    def add() -> None:
        with lock:
            Counter.orders += 1

    run(add, add)
    assert Counter.orders == 2


PROGRAMS = [
    with_a_lazy_property,
    with_one_that_sets,
    with_one_that_merges,
    with_a_cached_property_of_their_own,
    with_a_hidden_method,
    with_a_method_hidden_by_the_dict,
    with_shared_attributes,
    with_a_property_of_a_metaclass,
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_what_hides_a_name_is_seen(program: Callable[[bool], None]) -> None:
    def broken() -> None:
        program(False)

    def right() -> None:
        program(True)

    assert explore(broken, races="off").verdict == "failed assertion"
    found = explore(right)
    assert (found.verdict, found.unwatched) == ("exhausted", ())


def test_what_reduce_begins_with_is_no_iterable() -> None:
    def model() -> None:
        assert functools.reduce(lambda made, each: [*made, each], [1, 2], list[int]()) == [1, 2]

    assert explore(model).verdict == "exhausted"
