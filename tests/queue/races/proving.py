"""What each proof of this folder uses: run a model in every order, and report what nothing orders.

    @proof ───────────┬── each order was tried, none failed, each race is one of ALLOWED ──> the test passes
    @search ──────────┤   (the same, in as many orders as there is time for)
                      └── else ────────────────────────────────────────────────────────────> the test fails
    @counterexample ───── some order of the mutant has the expected verdict ───────────────> the test passes

The body of such a test is the model. It makes all that it uses, lets a few threads go `together`, and asserts what must
hold in the end. A mutant is the same model with one step of the queue done in the wrong order: if no order of it
failed, the proof would be worth nothing.

A location of ALLOWED is read without a lock, on purpose. The race lab takes a step of its own before each access to
such a location, so every value that a reader may find there was tried. That covers Python: its memory is sequentially
consistent, with the GIL and without. It is not so in languages whose compilers move reads and writes about.

Besides these, `Floor.idle`, `Floor.producers`, `Waiting.by_key`, `Waiter.told` and `Crew.workers` are read without a
lock. One look at a container is one step in Python, so the lab tries each order of it, and reports no race.
"""

import functools
import importlib
import pkgutil
import re
import threading
import time
from collections.abc import Callable

import pytest

import goqueue.running
from goqueue.races import Result, explore

Model = Callable[[], None]

# All of the queue is watched, whichever module a model names: what is not watched takes no step, and proves nothing.
FOLDERS = {"goqueue.": goqueue.__path__, "goqueue.running.": goqueue.running.__path__}
PARTS = [part.name for name, path in FOLDERS.items() for part in pkgutil.iter_modules(path, name) if not part.ispkg]
PARTS = [name for name in PARTS if name not in ("goqueue.__main__", "goqueue.cli")] + [
    "goqueue.storage.convoy",
    "goqueue.storage.gates",
    "goqueue.storage.holders",
    "goqueue.storage.lines",
    "goqueue.storage.memory",
]
WATCHED = [importlib.import_module(name) for name in PARTS]

EXHAUSTED = "one of each kind"  # what the lab says of its schedules if none is left to try

HOUR = 3600.0  # seconds of virtual time, so a thread that misses a wake-up is seen to come late

# Location -> why reading it without the lock of its writers is right.
ALLOWED = {
    "Floor.stopping": "False, then True forever: a late reader adds a job that stays pending, or looks again",
    "Worker.now": "one reference, written before record.cancelling is read; a canceller writes that first, then reads",
    "Worker.replaced": "False, then True forever; a worker that sees it late runs one job more",
    "Worker.completed": "read by stop() for the report, when the worker has ended, or is given up",
    "Floor.coming": "written before `added` is read, by a worker; a producer writes `added` first, and then reads this",
    "Floor.added": "as Floor.coming",
    "Floor.wakes_at": "infinite before maintenance looks at what is due, so a thread that parks a job later wakes it",
    "WakeUp._lock": "written by the maker before it hands the object out, and never again",
    "Attempts.logged": "what the level of the logger is now; an old value costs a line of the log",
    "Waiter.enough": "written before the waiter looks at what it was told, and read after more is told",
    "Record.key": "written by add, under the storage's lock, before a worker claims the record; never again",
    "Record.cancelling": "False, then True forever, for its readers; see Worker.now",
    "Record.status": "final forever once it is final; a reader that sees what was before is told, or looks again",
    "Context._err": "written once; a reader that sees None goes on and looks again",
    "Context._cause": "written before _err, and read only by threads that have seen _err",
    "Context._told": "written by the maker before it hands the context out, in Worker.now; under the lock ever after",
    "Context._parent": "written by the maker before it hands the context out, and never again",
    "Context._deadline": "as _parent",
    "Context._lock": "as _parent",
    "Registry._registrations": "the dict is never changed, only replaced by another",
    "Registry.types": "a tuple, replaced by another",
}


SEEN_IN_LONG_SEARCHES = {"Record.key"}  # only those marked slow come upon it


def proof(model: Callable[..., None]) -> Callable[..., None]:
    """Make a test of a model: run it in every order that can matter. Its parameters are the test's.

    The test fails if one order failed, if not all could be tried, or if a race was found that is not allowed.
    """

    @functools.wraps(model)
    def test(**parameters: object) -> None:
        result = without_failure(functools.partial(model, **parameters), 20_000)
        assert EXHAUSTED in result.summary, "not every order was tried: this proves nothing"
        assert result.schedules > 1, "nothing could come in another order: this proves nothing"

    return test


def search(model: Model) -> Callable[[int], None]:
    """Make a test of a model that has too many orders to try them all: some of them, and many in the slow suite."""

    @pytest.mark.parametrize("schedules", [50, pytest.param(1_000, marks=pytest.mark.slow)])
    def test(schedules: int) -> None:
        without_failure(model, schedules)

    test.__name__, test.__doc__ = model.__name__, model.__doc__
    return test


def counterexample(*verdicts: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a test of a mutant: a search finds an order of it with one of these verdicts."""

    def decorate(mutant: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(mutant)
        def test(**parameters: object) -> None:
            result = explore(functools.partial(mutant, **parameters), modules=WATCHED, schedules=3_000)
            assert result.verdict in verdicts, result

        return test

    return decorate


def without_failure(model: Model, schedules: int) -> Result:
    """Run `model` in so many orders, and check that none failed and that each race is allowed."""
    result = explore(model, modules=WATCHED, schedules=schedules)
    assert races(result) <= set(ALLOWED), result.summary
    assert result.verdict in ("budget spent", "exhausted"), result
    return result


def races(result: Result) -> set[str]:
    """Return the locations of all races, without the numbers of the objects: {"Floor.stopping"}."""
    return {
        re.sub(r"#\d+", "", race.location).replace("JobContext", "Context").partition("[")[0] for race in result.races
    }


def together(**bodies: Callable[[], object]) -> None:
    """Run each of `bodies` in a thread of its name, all at once. Return when all have ended."""
    threads = [threading.Thread(target=body, name=name) for name, body in bodies.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def on_time(seconds: float = 0.0) -> None:
    """Check that so much virtual time has passed. A thread that missed a wake-up comes late."""
    assert time.monotonic() == seconds, f"{time.monotonic():g} s"
