"""Promises about interleavings: a small model, run in every order of its threads that can matter.

    model ── explore ──┬── each order was tried, and none failed ──> kept
                       ├── one failed ─────────────────────────────> Broken, with the schedule that shows it
                       └── not all could be tried ─────────────────> RuntimeError: that proves nothing

A model is a function without arguments. It makes all objects that it uses, runs a few threads `together`, and asserts
what must hold at the end. `load(12)` and a model make an exploration: `explore(registering(load(12)))`.
"""

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from goqueue.races import Result, explore

from .promise import Broken

SCHEDULES = 4_000  # three times what the largest model needs, and still within a trial's deadline

Model = Callable[[], None]


def explored(
    version: ModuleType, model: Model, call: str, expected: str, breaks: type[Exception] = AssertionError
) -> None:
    """Try `model`, which uses `version`, in every order. Raise Broken, with the simplest failing one, if one fails.

    `breaks` is the error by which a version may break the promise, besides the model's own assertions.
    Raises RuntimeError if there are too many orders to try them all, or if another error was raised.
    """
    learners_own = not version.__name__.startswith("steps.")  # the explorer finds the course's modules by itself
    result = in_each_order(model, [version] if learners_own else None)
    got = seen(result)
    other_error = result.verdict == "exception in a thread" and not got.startswith(breaks.__name__)
    if other_error or result.claims_nothing:
        raise RuntimeError(f"{call}: {got} after {result.schedules} schedules, so nothing is proved")
    if result.failed:
        maker, name = model.__qualname__.partition(".")[0], name_of(version)
        imports = f"from goqueue.lab import load, replay; from {model.__module__} import {maker}"
        options = ", modules=[version]" if learners_own else ""
        line = f'{imports}; replay({maker}({name}), "{result.schedule}"{options})'
        raise Broken(call, got, expected, f"to see it: {line}", result)


@contextlib.contextmanager
def no_hook() -> Iterator[None]:
    """Put Python's own hook for exceptions in threads in place: what a version has set must not hide its failures."""
    usual, threading.excepthook = threading.excepthook, threading.__excepthook__
    try:
        yield
    finally:
        threading.excepthook = usual


@no_hook()
def in_each_order(model: Model, modules: list[ModuleType] | None = None) -> Result:
    """Explore `model`. A data race fails, unless it is a reader of a reference that writers replace under their lock.

    That is copy on write: in Python, such a reader gets the old object or the new one, and both are whole. Then what
    the model asserts must hold in every order, and nothing else is asked.
    """
    result = explore(model, modules=modules, races="fail", schedules=SCHEDULES)
    if result.verdict == "data race" and all(map(replaced_whole, result.races)):
        again = explore(model, modules=modules, races="report", schedules=SCHEDULES)
        if all(map(replaced_whole, again.races)):
            return again
    return result


def replaced_whole(race: Any) -> bool:
    """Whether one side of a race only reads a field, and the other assigns it anew while it holds a lock."""
    sides = {side.mode: side for side in (race.first, race.second)}
    writer, field = sides.get("Write"), race.location.rpartition(".")[2]
    if len(sides) < 2 or writer is None or not writer.held or not field.isidentifier():
        return False
    assigns = re.compile(rf"\.{field}\s*=(?!=)")
    return bool(writer.stack and assigns.search(writer.stack[0].text))


def name_of(version: ModuleType) -> str:
    """Return the call that loads a version of the course. A learner's own is called `version`."""
    parts = [part.__name__ for part in vars(version).values() if isinstance(part, ModuleType)]
    replaced = next((name for name in parts if name.startswith("steps.counterexamples.")), None)
    if replaced is not None:
        return f'load("{replaced.rpartition(".")[2]}")'
    found = re.match(r"steps\.step(\d+)_", version.__name__)
    return f"load({int(found[1])})" if found else "version"


def seen(result: Result) -> str:
    """Return what the simplest failing run showed, in one line; or the verdict, if none failed."""
    if result.races and result.verdict == "data race":
        return f"a data race on {result.races[0].location}"
    ending = result.trace.ending.splitlines()
    if result.verdict in ("failed assertion", "exception in a thread"):
        return ending[0].removeprefix("AssertionError: ")
    waiting = "; ".join(line.partition(": ")[0] for line in ending)
    return f"{result.verdict}: {waiting}" if waiting else result.verdict


def together(**bodies: Callable[[], object]) -> None:
    """Run each of `bodies` in a thread of that name, all at the same time. Returns when all have ended."""
    threads = [threading.Thread(target=body, name=name.replace("_", "-")) for name, body in bodies.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
