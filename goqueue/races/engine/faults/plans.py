"""Faults that may come at a step: an interrupt, or a crash. What is asked for, and what one run is to meet.

Interrupts, Crashes    what the caller of explore() asks for
Plan                   the faults of one run; as text it is the beginning of a schedule: "i12.0-c3-"
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

THREADS = ("main", "all")
POINTS = ("steps", "calls")
HELD = ("fail", "ignore")
_PLAN = re.compile(r"(?:i\d+\.\d+(?:\+\d+)?-)*(?:c\d+(?:\.\d+)?-)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupts:
    """An exception from outside, which may come at any step: Ctrl-C. Raises ValueError or TypeError for a wrong value.

    `most` is how often it may come in one run. `threads` is "main", the only thread that Python interrupts for a
    signal, or "all": what PyThreadState_SetAsyncExc does. `error` is what is raised. `at` is "steps" or "calls": see
    below. `held_locks` is "fail" if an interrupted thread that ends with a lock in hand is a failure, else "ignore".

    At "calls", an interrupt comes where CPython looks for signals, in watched code: at the end of each call, at the
    beginning of each function, at each further round of a loop, after each `yield`; and while the main thread waits for
    a lock, a condition, an event, a thread, or a time. At "steps", it comes also before each access to an object, a
    container or a variable that threads may share, as the language allows and other versions of Python do; but not at
    the beginning of `except` and `finally`, up to the first call in them, or no clean-up could ever be right.

    >>> Interrupts(most=0)
    Traceback (most recent call last):
    ValueError: most is 0: it must be a whole number, 1 or more
    """

    most: int = 1
    threads: str = "main"
    error: type[BaseException] = KeyboardInterrupt
    at: str = "steps"
    held_locks: str = "fail"

    def __post_init__(self) -> None:
        """Check each value."""
        most: object = self.most
        if not isinstance(most, int) or isinstance(most, bool) or most < 1:
            raise ValueError(f"most is {most!r}: it must be a whole number, 1 or more")
        for name, known in (("threads", THREADS), ("at", POINTS), ("held_locks", HELD)):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} is {getattr(self, name)!r}: it must be one of {', '.join(known)}")
        error: object = self.error
        if not (isinstance(error, type) and issubclass(error, BaseException)):
            raise TypeError(f"error is {error!r}: it must be a class of exceptions, such as KeyboardInterrupt")
        try:
            error()
        except Exception as why:
            raise TypeError(f"error is {error.__name__}, which cannot be made without arguments: {why}") from None


@dataclass(frozen=True, slots=True)
class Crashes:
    """The process may be killed before each change of what survives it; then `recover` looks at what is left.

    It may also be killed before the clock jumps for the first time after a change, and at the end.

    `survives` makes what survives, anew for each run: a dict, a list, an object, a Disk, or an object that holds some
    of these. The model takes it as its only argument, and so does `recover`, which asserts. When the process is killed,
    no other thread goes on, and nothing in `finally`, `except` or `__exit__` runs. `calls` names functions and methods
    whose calls change what survives where the lab cannot see it: calls=("execute",) for a file of SQLite.

    >>> Crashes(dict, recover=print, calls="execute")
    Traceback (most recent call last):
    TypeError: calls is 'execute': it must be a tuple of names, such as ("execute",)
    """

    survives: Callable[[], Any]
    recover: Callable[[Any], object]
    calls: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check each value."""
        for name in ("survives", "recover"):
            if not callable(getattr(self, name)):
                raise TypeError(f"{name} is {getattr(self, name)!r}: it must be a function")
        calls: object = self.calls
        if not isinstance(calls, tuple) or not all(isinstance(name, str) for name in calls):
            raise TypeError(f'calls is {calls!r}: it must be a tuple of names, such as ("execute",)')


class Interrupt(NamedTuple):
    """One interrupt: at which point of which task. In a wait, so many jumps of the clock after it began."""

    task: int
    point: int
    ticks: int = 0


class Plan(NamedTuple):
    """The faults of one run. `crash` is the change before which the process is killed, or 0."""

    interrupts: tuple[Interrupt, ...] = ()
    crash: int = 0
    outcome: int = 0  # which of the states that a crash can leave on a Disk

    def __str__(self) -> str:
        """Return the plan as the beginning of a schedule.

        >>> str(Plan((Interrupt(0, 12), Interrupt(1, 3, 2)), 4, 1))
        'i12.0-i3.1+2-c4.1-'
        """
        parts = [f"i{point}.{task}{f'+{ticks}' if ticks else ''}-" for task, point, ticks in self.interrupts]
        parts += [f"c{self.crash}{f'.{self.outcome}' if self.outcome else ''}-"] if self.crash else []
        return "".join(parts)


NO_FAULTS = Plan()


def planned(schedule: object) -> tuple[Plan, object]:
    """Split a schedule into its faults and its order of threads.

    >>> planned("i12.0-c4.1-23.1-a3f1c2")
    (Plan(interrupts=(Interrupt(task=0, point=12, ticks=0),), crash=4, outcome=1), '23.1-a3f1c2')
    """
    found = _PLAN.match(schedule) if isinstance(schedule, str) else None
    if found is None or not isinstance(schedule, str):
        return NO_FAULTS, schedule
    interrupts, crash, outcome = [], 0, 0
    for part in found[0].split("-")[:-1]:
        first, second, third = [int(number) for number in (*re.findall(r"\d+", part), 0, 0)][:3]
        if part[0] == "i":
            interrupts.append(Interrupt(second, first, third))
        else:
            crash, outcome = first, second
    return Plan(tuple(interrupts), crash, outcome), schedule[found.end() :]
