"""What each proof of this folder uses: run a model in every order, and say what nothing orders.

    model ── proved ──┬── each order was tried, none failed, each race is one of ALLOWED ──> the number of schedules
                      └── else ────────────────────────────────────────────────────────────> AssertionError
    mutant ── found ──── the verdict of the order that shows the mistake

A model makes all that it uses, lets a few threads go `together`, and asserts what must hold in the end. A mutant is
the same model with one step of the queue done in the wrong order: if no order of it failed, the proof would be worth
nothing.

A location of ALLOWED is read without a lock, on purpose. The race lab takes a step of its own before each access to
such a location, so every value that a reader may find there was tried. That covers Python: its memory is sequentially
consistent, with the GIL and without. It is not so in languages whose compilers move reads and writes about.

Besides these, `Pool.idle`, `Waiting.by_key` and `Pool.workers` are read without a lock. One look at a container is
one step in Python, so the lab tries each order of it, and reports no race.
"""

import importlib
import pkgutil
import re
import threading
from collections.abc import Callable

import goqueue
from goqueue.lab.races import Result, explore

Model = Callable[[], None]

# All of the queue is watched, whichever module a model names: what is not watched takes no step, and proves nothing.
PARTS = [part.name for part in pkgutil.iter_modules(goqueue.__path__, "goqueue.") if not part.ispkg]
PARTS = [name for name in PARTS if name not in ("goqueue.__main__", "goqueue.cli")] + ["goqueue.storage.memory"]
WATCHED = [importlib.import_module(name) for name in PARTS]

EXHAUSTED = "one of each kind"  # what the lab says of its schedules if none is left to try

HOUR = 3600.0  # seconds: of virtual time, so whoever misses a wake-up is seen to come late

# Location -> why reading it without the lock of its writers is right.
ALLOWED = {
    "Pool.stopping": "False, then True for ever: who sees it late adds a job that stays pending, or looks again first",
    "Pool.producers": "a producer counts itself first and looks for room then: it sees the room, or it is seen",
    "Worker.now": "one reference, written before record.cancelling is read: who cancels writes that first, then reads",
    "Worker.replaced": "False, then True for ever; a worker that sees it late runs one job more",
    "Worker.completed": "read by stop() for the report, when the worker has ended, or is given up",
    "Keeper._wakes": "infinite before the keeper looks at what is due: who parks a job later wakes it",
    "Record.cancelling": "False, then True for ever, for who reads it; see Worker.now",
    "Context._err": "written once; whoever sees None goes on and looks again",
    "Context._cause": "written before _err, and read only by who has seen _err",
    "Context._told": "written by the maker before it hands the context out, in Worker.now; under the lock ever after",
    "Context._parent": "written by the maker before it hands the context out, and never again",
    "Context._deadline": "as _parent",
    "Context._lock": "as _parent",
    "Registry._registrations": "the dict is never changed, only replaced by another",
    "Registry.types": "a tuple, replaced by another",
}


def proved(model: Model, schedules: int = 3_000) -> int:
    """Run `model` in every order that can matter. Return how many schedules that took.

    The verdict is EXHAUSTED, or, where it meets a race of ALLOWED, DATA RACE with every order tried. Raises
    AssertionError if one failed, if not all could be tried, or if a race was found that is not allowed.
    """
    result = explore(model, modules=WATCHED, schedules=schedules)
    assert unexpected(result) == set(), result.summary
    assert result.verdict in ("exhausted", "data race"), result
    assert EXHAUSTED in result.summary, f"{schedules} schedules are not enough: this proves nothing"
    assert result.schedules > 1, "nothing could come in another order: this proves nothing"
    return result.schedules


def tried(model: Model, schedules: int) -> str:
    """Run `model` in so many orders, where there are too many to try all. Return what was covered, in words."""
    result = explore(model, modules=WATCHED, schedules=schedules)
    assert unexpected(result) == set(), result.summary
    assert result.verdict in ("budget spent", "data race", "exhausted"), result
    return result.summary


def found(mutant: Model, schedules: int = 3_000) -> str:
    """Return the verdict on a model with a mistake in it."""
    return explore(mutant, modules=WATCHED, schedules=schedules).verdict


def races(result: Result) -> set[str]:
    """Return the locations of all races, without the numbers of the objects: {"Pool.stopping"}."""
    return {
        re.sub(r"#\d+", "", race.location).replace("JobContext", "Context").partition("[")[0] for race in result.races
    }


def unexpected(result: Result) -> set[str]:
    """Return the locations of the races that are not allowed."""
    return races(result) - set(ALLOWED)


def together(**bodies: Callable[[], object]) -> None:
    """Run each of `bodies` in a thread of its name, all at once. Returns when all have ended."""
    threads = [threading.Thread(target=body, name=name) for name, body in bodies.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
