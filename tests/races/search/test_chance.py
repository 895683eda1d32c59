"""Chance is noticed: a model that differs from run to run proves nothing, and the first line that differs is named."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from itertools import count
from threading import Lock

import pytest

from goqueue.races import explore

from ..litmus.litmus import Job, run


def by_number(rounds: Iterator[int]) -> None:
    """Chance, made certain: each run takes another branch than the one before."""
    job = Job()
    if next(rounds) % 2:
        job.status = "done"
    else:
        job.url = "https://example.org"


def by_length(rounds: Iterator[int]) -> None:
    job = Job()
    for attempt in range(next(rounds)):
        job.attempts = attempt


def by_chance(model: Callable[[Iterator[int]], None]) -> Callable[[], None]:
    """Return a model that counts its runs in a variable of a closure, which the lab does not put back."""
    rounds = count()
    return lambda: model(rounds)


@pytest.mark.parametrize("model", [by_number, by_length], ids=lambda model: model.__name__)
def test_a_model_that_differs_from_run_to_run_is_refused(model: Callable[[Iterator[int]], None]) -> None:
    with pytest.raises(RuntimeError, match=r"^the model differs from run to run, first at test_chance.py:\d+ \("):
        explore(by_chance(model))


def test_the_first_line_that_differs_is_named_as_in_both_runs() -> None:
    with pytest.raises(RuntimeError) as refused:
        explore(by_chance(by_number))
    done = r"test_chance.py:\d+ \(writes Job#1.status: 'done'\)"
    sent = r"test_chance.py:\d+ \(writes Job#1.url: 'https://example.org'\)"
    assert re.search(f"{done}; in another run: {sent}|{sent}; in another run: {done}", str(refused.value))


def test_a_replayed_beginning_that_does_something_else_is_refused() -> None:
    runs = count()

    def model() -> None:
        one, other, job = Lock(), Lock(), Job()
        number = next(runs)

        def work() -> None:
            for _ in range(3):
                with other if number > 5 else one:  # the first runs are all the same
                    job.attempts += 1

        run(work, work)

    with pytest.raises(RuntimeError, match=r"run to run: work-\d is at test_chance.py:\d+ \(with"):
        explore(model)


def test_a_value_that_differs_is_told() -> None:
    rounds = count()

    def model() -> None:
        job = Job()
        job.attempts = next(rounds)

    told = explore(model).summary
    assert re.search(r"Values differ from run to run, first at test_chance.py:\d+ \(.*\d+.*\); in another run: ", told)


def test_what_outlives_a_run_is_told() -> None:
    cache: dict[str, Job] = {}  # of a closure: a module's would be put back

    def model() -> None:
        if "job" not in cache:
            cache["job"] = Job(url="https://example.org")
        run(lambda: cache["job"].url)

    told = explore(model).summary
    assert "The first run differs from all later ones, first at test_chance.py:" in told
    assert "something outlives a run" in told


def test_a_model_without_chance_is_told_nothing() -> None:
    found = explore(lambda: run(Lock, Lock))
    assert "differ" not in found.summary


def test_seeded_numbers_are_no_chance() -> None:
    def model() -> None:
        chance, job = random.Random(7), Job()
        for _ in range(chance.randrange(9)):
            job.attempts = chance.randrange(100)

    assert "differ" not in explore(model).summary
