"""Whether a thread polls: a whole round of a `while` loop has changed nothing, so the next one will not, either.

    while not ready: pass        nothing comes of it until another thread moves

Such a thread waits, although it does not say so. Without this, a search would try each number of rounds that it can
make. A round has changed nothing if the thread made it alone, wrote nothing, and ends it with the same variables in its
function as it began it; if it also took locks, in which code that is not watched may have changed something, all that
these variables lead to is compared as well.
"""

from __future__ import annotations

import random
from types import FrameType
from typing import TYPE_CHECKING, Any

from ..words import READ
from .recurrence import NUMBERS, reachable

if TYPE_CHECKING:
    from ..run import Run

MOST = 5_000  # values that are compared
QUIET = 100  # rounds without a step, after which such a round shows as much as one with a step


class Rounds:
    """What is known of the rounds of one loop, from its first to its last. Its own thread uses it, with the baton."""

    __slots__ = ("_counted", "_events", "_kept", "_quiet", "_values")

    def __init__(self) -> None:
        self._counted: tuple[object, ...] = ()
        self._events = 0
        self._quiet = 0  # rounds in a row without a step, in which no other could have moved
        self._values: list[Any] | None = None  # after a round that wrote nothing; before, they would live too long
        self._kept: object = None

    def begin(self, run: Run, frame: FrameType) -> None:
        """A round begins. If the two before have changed nothing, the current task polls."""
        counted = (run.writes, run.handovers, run.now, run.clock_reads)
        events, self._events = run.log.events[self._events :], len(run.log.events)
        self._quiet = 0 if events or counted != self._counted else self._quiet + 1
        if counted != self._counted or 0 < self._quiet < QUIET:
            self._counted, self._values = counted, None
            return
        if run.current.polls == run.moves:
            return
        plain = all(op is None or op[1] == READ for _, op, _ in events)
        values = list(frame.f_locals.values())
        kept = (random.getstate(), [] if plain else reachable([*values], run.now, MOST))
        if self._values is not None and same(values, self._values) and kept == self._kept and kept[1] is not None:
            run.current.polls, run.polled = run.moves, True
        self._values, self._kept = values, kept


def same(one: list[Any], other: list[Any]) -> bool:
    """Whether variables are the same: equal if they are plain, else the same objects."""
    return len(one) == len(other) and all(
        a is b or (type(a) in NUMBERS and type(a) is type(b) and a == b) for a, b in zip(one, other, strict=True)
    )
