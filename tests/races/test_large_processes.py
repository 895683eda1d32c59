"""What an exploration costs does not grow with the process, beyond a pass that runs in C. Counted, and not timed."""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
import weakref
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


def guarded_by(locks: list[Any]) -> Callable[[], None]:
    def model() -> None:
        count = [0]

        def add() -> None:
            with locks[0]:
                count[0] += 1

        run(add, add)
        assert count == [2]

    return model


def test_a_lock_that_has_moved_to_another_list_is_found() -> None:
    lists = [[threading.Lock()]]
    lock, results = lists[0][0], []
    for _ in range(3):
        results.append(explore(guarded_by(lists[0])))
        lists[0] = [lock]
    assert {result.verdict for result in results} == {"exhausted"}
    assert all(result.schedules > 1 for result in results)


def test_an_exploration_keeps_no_holder_alive() -> None:
    class Kept:
        """Lies beside a lock."""

    locks: list[Any] = [threading.Lock(), Kept()]
    kept = weakref.ref(locks[1])
    assert explore(guarded_by(locks)).verdict == "exhausted"
    del locks
    gc.collect()
    assert kept() is None
