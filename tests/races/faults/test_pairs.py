"""Each mistake that only a fault shows is found and replays; each right form is exhausted."""

from __future__ import annotations

from functools import cache

import pytest

from goqueue.races import Result, explore, replay
from tests.races.faults import crashes, interrupts
from tests.races.faults.pairs import PAIRS, Pair

FILES = (interrupts, crashes)
each = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)


@cache
def explored(name: str, form: str) -> Result:
    pair = next(pair for pair in PAIRS if pair.name == name)
    return explore(getattr(pair, form), **pair.options)


def test_there_are_ten_of_each_and_no_name_twice() -> None:
    names = {pair.name for pair in PAIRS}
    assert len(names) == len(PAIRS)
    for kind in ("interrupts", "crashes"):
        assert sum(kind in pair.options for pair in PAIRS) >= 10


@each
def test_the_broken_form_is_found(pair: Pair) -> None:
    found = explored(pair.name, "broken")
    assert found.verdict == pair.verdict, found


@each
def test_the_right_form_is_exhausted(pair: Pair) -> None:
    found = explored(pair.name, "right")
    assert found.verdict == "exhausted", found


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if "crashes" not in pair.options], ids=lambda pair: pair.name)
def test_without_the_fault_nothing_fails(pair: Pair) -> None:
    assert explore(pair.broken).verdict == "exhausted"


@pytest.mark.parametrize("times", [1, pytest.param(20, marks=pytest.mark.slow)])
@each
def test_the_failure_replays(pair: Pair, times: int) -> None:
    found = explored(pair.name, "broken")
    for _ in range(times):
        again = replay(pair.broken, found.schedule, **pair.options)
        assert (again.verdict, again.schedule, again.trace) == (found.verdict, found.schedule, found.trace)
