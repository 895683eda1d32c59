"""What an exploration costs does not grow with the process, beyond a pass that runs in C. Counted, and not timed."""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import pytest

from goqueue import races
from goqueue.races import explore
from goqueue.races.doubles.stage import collected

from ..litmus.litmus import run


class Slotted:
    """Keeps a lock, and nobody can keep a weak reference to it."""

    __slots__ = ("lock",)

    def __init__(self) -> None:
        self.lock = threading.Lock()


KEPT: list[Any] = []


@pytest.fixture
def kept() -> Iterator[None]:
    """Keep locks in what has no weak references. Afterwards, all explorations of the process would search for it."""
    KEPT[:] = [Slotted(), {"lock": threading.Lock()}, [threading.Lock()], threading.Condition()]
    yield
    KEPT.clear()


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


@pytest.mark.usefixtures("kept")
def test_references_are_found_again_without_a_search() -> None:
    results = list[Any]()
    searches = [calls_in(lambda: results.append(explore(locked)))[1] for _ in range(8)]
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


def test_a_lock_among_frozen_objects_is_found() -> None:
    locks = [threading.Lock()]
    gc.freeze()  # as Python 3.12 does with what it makes first
    assert explore(guarded_by(locks)).verdict == "exhausted"
    assert gc.get_freeze_count() == 0
    result = explore(guarded_by([locks[0]]))
    assert result.verdict == "exhausted"
    assert result.schedules > 1


BETWEEN: dict[str, Callable[[], object]] = {
    "nothing": lambda: None,
    "a collection of the youngest": lambda: gc.collect(0),
    "a collection of young objects": lambda: gc.collect(1),
    "a whole collection": gc.collect,
    "all kinds of collections": lambda: [gc.collect(generation) for generation in (0, 1, 2, 1, 0)],
    "a moment in which all is frozen": lambda: [do() for do in (gc.freeze, gc.unfreeze)],
    "all stays frozen": gc.freeze,
    "another exploration": lambda: explore(lambda: None),
    "a collection in another exploration": lambda: explore(lambda: gc.collect()),
    "more collections than a lab without work listens to": lambda: [gc.collect(1) for _ in range(50)],
}


def made() -> dict[str, Any]:
    """Make a lock and functions that no name of a module leads to."""
    lock, count = threading.Lock(), [0]

    def add() -> None:
        with lock:
            count[0] += 1

    def lose() -> None:
        count[0] += 1

    return {"add": add, "lose": lose, "count": count}


def check_that_all_is_found(made: dict[str, Any]) -> None:
    def adding_twice(name: str) -> Callable[[], None]:
        def model() -> None:
            made["count"][0] = 0
            run(made[name], made[name])
            assert made["count"] == [2]

        return model

    right, wrong = explore(adding_twice("add")), explore(adding_twice("lose"))
    assert (right.verdict, right.unwatched) == ("exhausted", ())
    assert right.schedules > 1
    assert wrong.verdict == "failed assertion"


@pytest.mark.parametrize("between", BETWEEN.values(), ids=BETWEEN)
def test_what_is_made_between_two_explorations_is_found(between: Callable[[], object]) -> None:
    explore(lambda: None)
    new = made()
    between()
    check_that_all_is_found(new)


NUMBERED = itertools.product(enumerate(BETWEEN), enumerate(BETWEEN))
PAIRS = [(first, between) for (row, first), (column, between) in NUMBERED if (row + 3 * column) % 4 == 0]


@pytest.mark.slow
@pytest.mark.parametrize(("first", "between"), PAIRS)
def test_what_is_made_between_two_events_is_found(first: str, between: str) -> None:
    explore(lambda: None)
    BETWEEN[first]()
    new = made()
    BETWEEN[between]()
    check_that_all_is_found(new)


@pytest.mark.parametrize("between", BETWEEN.values(), ids=BETWEEN)
def test_what_is_made_in_an_exploration_is_found_in_the_next(between: Callable[[], object]) -> None:
    kept: list[dict[str, Any]] = []

    def making() -> None:
        kept[:] = [made()]
        gc.collect()

    explore(making)
    between()
    check_that_all_is_found(kept[0])


@pytest.mark.skipif(not collected.HAS_GENERATIONS, reason="every pass looks at all objects")
def test_later_passes_look_only_at_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    explore(lambda: None)
    looked: list[int] = []
    real = collected.look_at

    def counting(things: list[Any]) -> None:
        looked.append(len(things))
        real(things)

    monkeypatch.setattr(collected, "look_at", counting)
    ballast: list[list[int]] = [[] for _ in range(100_000)]
    for _ in range(3):
        explore(lambda: None)
    assert len(ballast) == 100_000
    assert sum(looked) > 100_000  # the ballast is new
    assert sum(looked[-2:]) < 100_000


def test_the_functions_of_the_lab_itself_are_not_noted() -> None:
    explore(locked_alone)
    folder = os.path.dirname(races.__file__)
    assert not [name for name in collected.Collected.by_file if name.startswith(folder + os.sep)]


def locked_alone() -> None:
    lock = threading.Lock()
    with lock:
        pass
