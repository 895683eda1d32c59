"""What an exploration costs does not grow with the process, beyond a pass that runs in C. Counted, and not timed."""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
from collections.abc import Callable
from types import FunctionType
from typing import Any

from goqueue.races import explore

from .litmus.litmus import run


class Slotted:
    """Keeps a lock, and nobody can keep a weak reference to it."""

    __slots__ = ("lock",)

    def __init__(self) -> None:
        self.lock = threading.Lock()


KEPT: list[Any] = [Slotted(), {"lock": threading.Lock()}, [threading.Lock()], threading.Condition()]


def locked() -> None:
    count = [0]

    def add() -> None:
        with KEPT[0].lock, KEPT[1]["lock"], KEPT[2][0], KEPT[3]:
            count[0] += 1

    run(add, add)
    assert count == [2]


def calls_in(action: Callable[[], object]) -> tuple[int, int]:
    """Return how many functions of Python code this thread calls, and how often it searches for references."""
    calls = searches = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls, searches
        calls += event == "call"
        searches += event == "c_call" and argument is gc.get_referrers

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        action()
    finally:
        sys.setprofile(before)
    return calls, searches


def test_more_objects_and_functions_make_no_more_calls() -> None:
    def tiny() -> None:
        with threading.Lock():
            pass

    explore(tiny)
    few, _ = calls_in(lambda: explore(tiny))
    code = contextlib.suppress.__init__.__code__  # of a file that is not watched
    ballast = [[{}, FunctionType(code, {})] for _ in range(50_000)]
    many, _ = calls_in(lambda: explore(tiny))
    assert len(ballast) == 50_000
    assert many < few + 5_000


def test_references_are_found_again_without_a_search() -> None:
    KEPT[0], results = Slotted(), list[Any]()
    searches = [calls_in(lambda: results.append(explore(locked)))[1] for _ in range(5)]
    assert searches[0] > 0
    assert min(searches) == 0  # what the test runner does in between may make a search necessary
    assert {(result.verdict, result.schedules) for result in results} == {("exhausted", results[0].schedules)}
    assert results[0].schedules > 1


def test_a_lock_that_has_moved_is_found() -> None:
    assert explore(locked).verdict == "exhausted"
    KEPT[0], KEPT[2] = Slotted(), [KEPT[2][0]]
    gc.collect()
    result = explore(locked)
    assert result.verdict == "exhausted"
    assert result.schedules > 1


def test_an_exploration_keeps_nothing_alive() -> None:
    holder = [threading.Lock()]
    explore(locked)
    holders = gc.get_referrers(holder)
    assert [one for one in holders if isinstance(one, dict | list | tuple)] == []
