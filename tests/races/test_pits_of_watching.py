"""The pits that an engine like this falls into, each a test: those of watching, 11, 12, 13 and 18."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from types import FrameType
from typing import Any, NamedTuple

import pytest

from goqueue.lab import explore

from .litmus.litmus import run

sold = 0


class Job:
    def __init__(self) -> None:
        self.attempts = 0
        self.tags: dict[str, int] = {}


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


def lost_update() -> None:
    job = Job()

    def attempt() -> None:
        job.attempts += 1

    run(attempt, attempt)
    assert job.attempts == 2


def slots() -> None:
    job = Slotted()

    def attempt() -> None:
        job.attempts += 1

    run(attempt, attempt)
    assert job.attempts == 2


def global_variable() -> None:
    global sold
    sold = 0

    def sell() -> None:
        global sold
        sold += 1

    run(sell, sell)
    assert sold == 2


def closure() -> None:
    count = 0

    def sell() -> None:
        nonlocal count
        count += 1

    run(sell, sell)
    assert count == 2


def a_deque() -> None:
    jobs, taken = deque([1]), list[int]()

    def take() -> None:
        if jobs:
            taken.append(jobs.popleft())

    run(take, take)


def a_set() -> None:
    seen, delivered = set[str](), list[str]()

    def deliver() -> None:
        if "order-1" not in seen:
            seen.add("order-1")
            delivered.append("order-1")

    run(deliver, deliver)
    assert len(delivered) == 1


@pytest.mark.parametrize("model", [slots, global_variable, closure, a_deque, a_set], ids=lambda model: model.__name__)
def test_11_every_kind_of_shared_state_is_watched(model: Callable[[], None]) -> None:
    assert explore(model).verdict in ("failed assertion", "exception in a thread")


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
    assert lost_update.__code__.co_firstlineno < min(lines) <= max(lines) < lost_update.__code__.co_firstlineno + 5


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
