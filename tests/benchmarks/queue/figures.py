"""What the benchmark of the queue is made of: rows, who takes part in them, and what each should reach."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

Figures = dict[str, float]
Measure = Callable[[int, Path], Figures]  # how many jobs, and an empty folder for files

OURS = "goqueue"


@dataclass(frozen=True)
class Contender:
    """One who takes part: `measure` runs in a process of its own, and imports there what it needs."""

    name: str
    measure: Measure
    how: str = ""  # how it is set up


@dataclass(frozen=True)
class Unit:
    """How a figure is written: its title, what it is multiplied by, and its digits after the point."""

    title: str
    scale: float = 1.0
    digits: int = 0

    def write(self, value: float) -> str:
        """Return the number as the tables show it.

        >>> Unit("µs", 1e6, 1).write(0.0000025)
        '2.5'
        """
        return f"{value * self.scale:,.{self.digits}f}"


@dataclass(frozen=True)
class Goal:
    """What a figure should reach: `factor` by itself, or `factor` times the best of `of`."""

    text: str
    figure: str
    factor: float
    of: tuple[str, ...] = ()
    contender: str = OURS
    at_most: bool = False

    def ratio(self, medians: dict[str, Figures]) -> float | None:
        """Return what was measured over what it is compared with; None if one of the two is missing."""
        own = medians.get(self.contender, {}).get(self.figure)
        others = [medians[name][self.figure] for name in self.of if name in medians]
        if own is None or (self.of and not others):
            return None
        if not self.of:
            return own / self.factor
        return own / (min(others) if self.at_most else max(others))

    def kept(self, ratio: float) -> bool:
        """Whether a ratio reaches the goal."""
        bound = self.factor if self.of else 1.0
        return ratio <= bound if self.at_most else ratio >= bound


@dataclass(frozen=True)
class Row:
    """One kind of work, done by each of `contenders` in turn."""

    name: str
    title: str
    contenders: tuple[Contender, ...]
    units: dict[str, Unit]
    size: int
    quick: int
    goals: tuple[Goal, ...] = ()
    rounds: int = 5
    notes: tuple[str, ...] = field(default=())
