"""The options of an exploration, in one place: explore() and detect(), the command, `%%race` and the mark take these.

A new option is a field here, a rule in `__post_init__`, and an argument in `command.add_options`.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..engine.faults.plans import Crashes, Interrupts
from .faults import Faults

RACES = ("report", "fail", "off")
SEARCHES = ("auto", "reduction", "random", "pct", "pos", "surw", "oracle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to search, and for how long. Raises ValueError if a value breaks its rule.

    >>> Options(seconds=0)
    Traceback (most recent call last):
    ValueError: seconds is 0: it must be a number above 0, such as 60, or None for no limit
    """

    races: str = "report"  # what explore() does with data races: one of RACES
    interrupts: int | Interrupts = 0  # how often Ctrl-C may come in one run
    crashes: Crashes | None = None  # the process may be killed
    search: str = "auto"  # one of SEARCHES
    seed: int = 0  # of the searches at random: the same seed makes the same runs
    schedules: int = 10_000  # at most so many runs
    steps: int = 5_000  # a run of more steps is stopped
    seconds: float | None = None  # of real time; None: no limit
    jobs: int = 1  # processes

    def __post_init__(self) -> None:
        """Check each value."""
        if self.races not in RACES:
            raise ValueError(
                f"races is {self.races!r}: it must be 'report' (races are listed, and fail nothing), 'fail' (a race "
                "is the verdict if nothing else fails), or 'off' (no race is listed)"
            )
        if not isinstance(self.interrupts, Interrupts) and (not is_whole(self.interrupts) or self.interrupts < 0):
            raise ValueError(
                f"interrupts is {self.interrupts!r}: it must be a whole number, such as 1, or Interrupts(most=1, …)"
            )
        if not isinstance(self.crashes, Crashes | None):
            raise ValueError(
                f"crashes is {self.crashes!r}: it must be Crashes(survives=…, recover=…), or None for no crash"
            )
        if self.search not in SEARCHES:
            raise ValueError(f"search is {self.search!r}: it must be one of {', '.join(SEARCHES)}")
        if self.search == "oracle" and self.faults is not None:
            raise ValueError(
                "search is 'oracle': it must be another one with interrupts or crashes, because the oracle knows none"
            )
        if not is_whole(self.seed):
            raise ValueError(f"seed is {self.seed!r}: it must be a whole number, such as 0")
        for name in ("schedules", "steps", "jobs"):
            value = getattr(self, name)
            if not is_whole(value) or value < 1:
                raise ValueError(f"{name} is {value!r}: it must be a whole number, 1 or more")
        seconds: object = self.seconds
        if seconds is not None and (not isinstance(seconds, int | float) or not seconds > 0):
            raise ValueError(f"seconds is {seconds!r}: it must be a number above 0, such as 60, or None for no limit")

    @property
    def faults(self) -> Faults | None:
        """The faults that are asked for, if any."""
        asked = self.interrupts
        interrupts = asked if isinstance(asked, Interrupts) else Interrupts(most=asked) if asked else None
        return Faults(interrupts, self.crashes) if interrupts or self.crashes else None


def is_whole(value: object) -> bool:
    """Whether a value is an int, and no bool.

    >>> is_whole(3), is_whole(3.0), is_whole(True)
    (True, False, False)
    """
    return isinstance(value, int) and not isinstance(value, bool)
