"""A litmus program: one mistake in the use of threads, so small that every schedule of it can be tried.

Each program is written once, with the line that makes the difference as its parameter:

    program(right=False)   the broken form   gets the verdict written beside it
    program(right=True)    the right form    is "exhausted": no schedule fails, hangs, or holds a data race

The module of a program holds both forms, as `NAME_broken` and `NAME_right`. A program makes all that it needs, and
asserts in the main thread after the other threads have ended.

What the verdicts mean here:

- failed assertion: all threads ended, and the result is wrong. Such programs may hold data races too.
- exception in a thread: a thread died of an uncaught exception.
- deadlock: some threads wait, none can go on, and no notification was ever given that could have woken them.
- lost wake-up: like a deadlock, but the notification was given: before its thread waited, or to another thread.
- livelock: threads move for ever and get nowhere.
- data race: no schedule fails, but nothing orders two accesses.
"""

import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Literal, cast

Verdict = Literal["failed assertion", "exception in a thread", "deadlock", "lost wake-up", "livelock", "data race"]

NO_LOCK = cast(threading.Lock, nullcontext())  # a broken form's `with` holds this in place of a lock


@dataclass(frozen=True)
class Litmus:
    """A mistake: its name, and the verdict that the search must give the `broken` form."""

    name: str
    verdict: Verdict
    broken: Callable[[], None]
    right: Callable[[], None]


BY_MODULE: dict[str, list[Litmus]] = defaultdict(list)


def lock_if(right: bool) -> threading.Lock:
    """Return a lock for the right form, and none for the broken one."""
    return threading.Lock() if right else NO_LOCK


@dataclass(eq=False)
class Job:
    """What the threads of many programs share."""

    attempts: int = 0
    status: str = "pending"
    url: str = ""


def program(name: str, verdict: Verdict) -> Callable[[Any], Callable[[bool], None]]:
    """Keep both forms of the decorated program in its module."""

    def keep(both: FunctionType) -> Callable[[bool], None]:
        forms = form(both, "broken", right=False), form(both, "right", right=True)
        BY_MODULE[both.__module__].append(Litmus(name, verdict, *forms))
        return both

    return keep


def form(both: FunctionType, suffix: str, *, right: bool) -> FunctionType:
    """Return a function with the same code and `right` as a default, so it needs no argument."""
    name = f"{both.__name__.rstrip('_')}_{suffix}"
    made = FunctionType(both.__code__, both.__globals__, name, (right,))
    made.__qualname__, made.__doc__ = name, both.__doc__
    both.__globals__[name] = made
    return made


def run(*functions: Callable[[], object], **named: Callable[[], object]) -> None:
    """Run each function in a thread of its own, named after it, and wait for them all."""
    by_name = [*((function.__name__, function) for function in functions), *named.items()]
    threads = [threading.Thread(target=function, name=f"{name}-{n}") for n, (name, function) in enumerate(by_name, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
