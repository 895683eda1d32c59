"""What a check of an exercise is, and the functions it may use.

    @check("12.2", "a full buffer makes the producer wait", right_if="nobody produced faster than the workers")
    def waits_for_room(answer, version): ...

`answer` is what the learner's code defines under the exercise's `name`, `version` a fresh copy of the step's version,
in which her code may replace a module. A check raises Broken, which says which call was made, what came back and what
was expected. What depends on the order of threads is tried `in_every_order`.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from ..promises.bench import HOUR, Bench, run_in_virtual_time
from ..promises.explored import Model, in_each_order, seen, together
from ..promises.promise import Broken, expect, expect_at_most

__all__ = [
    "HOUR",
    "Bench",
    "Broken",
    "Check",
    "check",
    "expect",
    "expect_at_most",
    "explored",
    "in_every_order",
    "in_virtual_time",
    "raises",
    "together",
]

CheckFunction = Callable[[Any, ModuleType], None]


@dataclass(frozen=True)
class Check:
    """One thing that an answer must do. `right_if` says under which condition an answer without it would be right."""

    exercise: str
    name: str
    sentence: str
    right_if: str
    run: CheckFunction


def check(exercise: str, sentence: str, *, right_if: str = "") -> Callable[[CheckFunction], Check]:
    """Make a check of the function below."""

    def make(run: CheckFunction) -> Check:
        return Check(exercise, run.__name__, sentence, right_if, run)

    return make


def in_virtual_time(run: CheckFunction) -> CheckFunction:
    """Make a check run in virtual time, which begins at 0.0 seconds, for her code too."""

    @functools.wraps(run)
    def checked(answer: Any, version: ModuleType) -> None:
        modules = [version, sys.modules[answer.__module__]] if hasattr(answer, "__module__") else [version]
        run_in_virtual_time(lambda: run(answer, version), modules)

    return checked


def in_every_order(
    call: str, expected: str, first: Callable[[Any, ModuleType], object] | None = None
) -> Callable[[CheckFunction], CheckFunction]:
    """Make a check run in every order of the threads that it starts. `first` is tried before, without threads."""

    def make(run: CheckFunction) -> CheckFunction:
        @functools.wraps(run)
        def checked(answer: Any, version: ModuleType) -> None:
            if first is not None:
                first(answer, version)
            explored(lambda: run(answer, version), call, expected)

        return checked

    return make


def explored(model: Model, call: str, expected: str) -> None:
    """Try `model` in every order of its threads that can matter. Raise Broken, with the simplest run, if one fails.

    The learner's code is watched as the course's is. Raises RuntimeError if there are too many orders to try them all.
    """
    result = in_each_order(model)
    if result.claims_nothing:
        raise RuntimeError(f"{call}: nothing failed in {result.schedules} orders, and not all were tried")
    if result.failed:
        raise Broken(call, seen(result), expected, run=result)


def raises(call: str, do: Callable[[], object], kind: type[Exception]) -> None:
    """Raise Broken unless `do` raises an error of this kind."""
    try:
        got = repr(do())
    except kind:
        return
    except Exception as err:
        got = f"{type(err).__name__}: {err}"
    raise Broken(call, got, kind.__name__)
