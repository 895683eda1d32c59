"""How much an exploration may spend: schedules and, if the caller says so, seconds of real time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from time import monotonic

from .options import Options


@dataclass(frozen=True)
class Part:
    """A part of a budget. Both limits count from the start of the exploration."""

    schedules: int
    deadline: float = math.inf

    @property
    def late(self) -> bool:
        """Whether the time has passed. It is asked between two runs, so no run is cut off."""
        return self.deadline < math.inf and monotonic() >= self.deadline

    def spent(self, schedules: int) -> bool:
        """Whether this part is spent, now that so many schedules have been tried."""
        return schedules >= self.schedules or self.late


class Budget:
    """All that one exploration may spend. Its clock starts when it is made."""

    def __init__(self, options: Options) -> None:
        self._options, self._started = options, monotonic()

    def part(self, share: float = 1.0, at_most: int | None = None) -> Part:
        """Return a share of the budget: 0.5 is half of the schedules and of the time. `at_most` limits the schedules.

        >>> Budget(Options(schedules=9)).part(0.5), Budget(Options(schedules=1)).part(0.5).schedules
        (Part(schedules=4, deadline=inf), 1)
        """
        limit = max(1, int(self._options.schedules * share))
        seconds = self._options.seconds
        deadline = math.inf if seconds is None else self._started + share * seconds
        return Part(limit if at_most is None else min(limit, at_most), deadline)
