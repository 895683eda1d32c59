"""Whether a thread polls: a whole round of a `while` loop has changed nothing, so the next one will not, either.

    while not ready: pass        nothing comes of it until another thread moves

Such a thread waits, although it does not say so. Without this, a search would try each number of rounds that it can
make. A round has changed nothing if the thread wrote nothing, the others did no more than look meanwhile, and the round
ends with the same variables in its function as it began; if it also took locks, in which code that is not watched may
have changed something, all that these variables lead to is compared as well.

If such a round reads the clock, the thread waits until the clock moves, too: `moments` says when that is.
"""

from __future__ import annotations

import random
from types import FrameType
from typing import TYPE_CHECKING, Any

from ..words import READ
from .moments import FACTOR, FIRST, named_moments
from .recurrence import NUMBERS, reachable

if TYPE_CHECKING:
    from ..run import Run

MOST = 5_000  # values that are compared
QUIET = 20  # rounds without a step, after which such a round shows as much as one with a step


class Rounds:
    """What is known of the rounds of one loop, from its first to its last. Its own thread uses it, with the baton."""

    __slots__ = ("_counted", "_events", "_kept", "_little", "_quiet", "_reads", "_values", "count")

    def __init__(self) -> None:
        self.count = 0  # of rounds that have begun
        self._counted: tuple[object, ...] = ()
        self._events = 0
        self._reads = 0  # of the clock, before this round
        self._little = FIRST  # seconds
        self._quiet = 0  # rounds in a row without a step, in which no other could have moved
        self._values: list[Any] | None = None  # after a round that wrote nothing; before, they would live too long
        self._kept: object = None

    def begin(self, run: Run, frame: FrameType) -> None:
        """A round begins. If the two before have changed nothing, the current task polls."""
        self.count += 1
        counted = (run.writes, run.now)
        reads, self._reads = run.clock_reads - self._reads, run.clock_reads
        events, self._events = run.log.events[self._events :], len(run.log.events)
        alone = all(op is None or op[1] == READ for task, op, _ in events if task != run.current.index)
        self._quiet = self._quiet + 1 if alone and counted == self._counted else 0
        if not self._quiet or (self._quiet < QUIET and not events):
            self._counted, self._values = counted, None
            return
        if run.current.polls == run.moves:
            return
        plain = all(op is None or op[1] == READ for _, op, _ in events)
        values = list(frame.f_locals.values())
        kept = (random.getstate(), [] if plain else reachable([*values], run.now, MOST))
        if self._values is not None and same(values, self._values) and kept == self._kept and kept[1] is not None:
            run.current.polls, run.polled = run.moves, True
            run.current.until = self._next_moment(run, frame) if reads else None
        self._values, self._kept = values, kept

    def steps_of(self, run: Run, task: int) -> int:
        """Return how many steps a task has made since the last round began."""
        return sum(event[0] == task for event in run.log.events[self._events :])

    def _next_moment(self, run: Run, frame: FrameType) -> float:
        """Return when the clock moves next for a thread that polls it."""
        later = [moment for moment in named_moments(frame, run.now) if moment > run.now]
        if later:
            return min(later)
        self._little *= FACTOR
        return run.now + self._little


def same(one: list[Any], other: list[Any]) -> bool:
    """Whether variables are the same: equal if they are plain, else the same objects."""
    return len(one) == len(other) and all(
        a is b or (type(a) in NUMBERS and type(a) is type(b) and a == b) for a, b in zip(one, other, strict=True)
    )
