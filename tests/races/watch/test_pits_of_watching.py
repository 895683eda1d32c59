"""Eighteen pitfalls of an engine like this, each a test: those of watching, 5, 6, 11, 12, 13 and 18."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from types import FrameType
from typing import Any, NamedTuple

from goqueue.lab import detect, explore

from ..litmus.litmus import run
from ..litmus.programs import NAMED


class Job:
    def __init__(self) -> None:
        self.tags: dict[str, int] = {}


class Shelf:
    __slots__ = ("orders",)

    def __init__(self) -> None:
        self.orders: dict[str, int] = {}


class Slotted:
    __slots__ = ("attempts",)

    def __init__(self) -> None:
        self.attempts = 0


@dataclass(frozen=True, slots=True)
class Order:
    number: int
    lines: list[int]


class Span(NamedTuple):
    start: int


def test_5_a_list_of_a_dict_is_one_step_and_a_loop_is_many() -> None:
    def model(look: Callable[[dict[str, int]], object]) -> Callable[[], None]:
        def race() -> None:
            orders = {"a": 1}

            def board() -> None:
                look(orders)

            def submit() -> None:
                orders["b"] = 2

            run(board, submit)

        return race

    def loop(orders: dict[str, int]) -> None:
        for _ in orders.values():
            pass

    assert explore(model(lambda orders: list(orders.values()))).verdict == "exhausted"
    assert "dictionary changed size" in explore(model(loop)).summary


def test_6_two_inserts_are_no_race_and_one_in_an_iteration_is() -> None:
    def model(walks: bool) -> Callable[[], None]:
        def race() -> None:
            shelf = Shelf()

            def submit() -> None:
                shelf.orders["a"] = 1

            def other() -> None:
                if walks:
                    for _ in shelf.orders:
                        break
                else:
                    shelf.orders["b"] = 2

            run(submit, other)

        return race

    assert detect(model(walks=False)).races == ()
    assert {race.location for race in detect(model(walks=True)).races} == {"Shelf#1.orders"}


def test_11_every_kind_of_shared_state_is_watched() -> None:
    """The litmus programs show the other kinds: attributes, slots, items, globals, closures, deques."""

    def a_set() -> None:
        seen, delivered = set[str](), list[str]()

        def deliver() -> None:
            if "order-1" not in seen:
                seen.add("order-1")
                delivered.append("order-1")

        run(deliver, deliver)
        assert len(delivered) == 1

    assert explore(a_set).verdict == "failed assertion"


def test_12_a_dict_that_is_watched_stays_the_same_object() -> None:
    def model() -> None:
        job, tags = Job(), {"a": 1}
        job.tags = tags
        assert job.tags is tags
        assert type(job.tags) is dict

        def through_the_job() -> None:
            job.tags["n"] = job.tags.get("n", 0) + 1

        def through_the_alias() -> None:
            tags["n"] = tags.get("n", 0) + 1

        run(through_the_job, through_the_alias)
        assert tags["n"] == 2

    result = explore(model)
    assert (result.verdict, result.summary.count("assert tags")) == ("failed assertion", 1)


def test_13_a_debugger_or_coverage_changes_nothing() -> None:
    lost_update = NAMED["lost update on an attribute"].broken
    lines: list[int] = []

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_name == "attempt":
            lines.append(frame.f_lineno)
        return trace

    plainly = repr(explore(lost_update))
    before = sys.gettrace(), threading.gettrace()
    sys.settrace(trace)
    threading.settrace(trace)
    try:
        traced = repr(explore(lost_update))
        assert sys.gettrace() is trace
    finally:
        sys.settrace(before[0])
        threading.settrace(before[1])
    assert traced == plainly
    first = lost_update.__code__.co_firstlineno
    assert first < min(lines) <= max(lines) < first + 10


def test_18_objects_with_slots_do_not_crash_it() -> None:
    def model() -> None:
        job, order, span, lock = Slotted(), Order(1, [2]), Span(3), Lock()

        def attempt() -> None:
            with lock:
                job.attempts += order.number + span.start
                order.lines.append(job.attempts)

        run(attempt, attempt)
        assert (job.attempts, order.lines) == (8, [2, 4, 8])

    result = explore(model)
    assert (result.verdict, result.schedules) == ("exhausted", 2)
