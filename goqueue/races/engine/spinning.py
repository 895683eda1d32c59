"""Whether a thread polls: it goes on alone, and comes to where it was, while nothing has changed.

    while not ready: pass        the same line, the same values, again: nothing comes of it until another thread moves

Such a thread waits, although it does not say so. Without this, a search would try each number of rounds that it can
make. It polls if it came twice to the same place in its code, with the same variables, and wrote nothing in between;
if it also took locks, in which code that is not watched may have changed something, all that its variables lead to is
compared as well. A replay does what its schedule says, and looks at nothing.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from .carrying import current_frames, get_ident
from .recurrence import NUMBERS, frames_of, reachable
from .words import READ

if TYPE_CHECKING:
    from .run import Run

FIRST = 8  # steps in a row after which the place is noted, and again after twice as many, and so on
NOTED = frozenset({FIRST, 2 * FIRST, 4 * FIRST, 8 * FIRST, 16 * FIRST})
MOST = 5_000  # values that are compared


class Spinning:
    """Looks at the steps that one thread takes in a row. Called by that thread, which holds the baton."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._op: object = None
        self._since = self._writes = 0
        self._moment: tuple[float, int] = 0.0, 0
        self._stand: list[Any] | None = None  # of the first time that it came back
        self._kept: Any = None

    def look(self) -> bool:
        """Whether the current task stands where it stood in these steps before, and nothing has changed."""
        run = self._run
        if run.streak in NOTED:
            self._op, self._since, self._writes = run.current.op, len(run.log.events), run.writes
            self._moment, self._stand = (run.now, run.clock_reads), None
            return False
        if run.current.op != self._op or run.writes != self._writes or self._moment != (run.now, run.clock_reads):
            return False
        stand, held = standing()
        if self._stand is None or not same(self._stand, stand):
            self._stand, self._kept = stand, self._state(held)
            return False
        return bool(self._state(held) == self._kept)

    def _state(self, held: list[Any]) -> object:
        """Return what else must be the same: chance, and if locks were taken, all that the variables lead to."""
        events = self._run.log.events[self._since :]
        plain = all(op is None or op[1] == READ for _, op, _ in events)
        found = [] if plain else reachable(held, self._run.now, MOST)
        return object() if found is None else (random.getstate(), found)


def standing() -> tuple[list[Any], list[Any]]:
    """Return where the calling thread stands in its code, with its plain variables; and its other variables."""
    stand: list[Any] = []
    held: list[Any] = []
    for frame in frames_of(current_frames().get(get_ident())):
        values = list(frame.f_locals.values())
        stand += [frame.f_code, frame.f_lasti, *values]
        held += (value for value in values if type(value) not in NUMBERS)
    return stand, held


def same(one: list[Any], other: list[Any]) -> bool:
    """Whether two threads stand at the same place with the same variables: equal if plain, else the same objects."""
    return len(one) == len(other) and all(
        a is b or (type(a) in NUMBERS and type(a) is type(b) and a == b) for a, b in zip(one, other, strict=True)
    )
