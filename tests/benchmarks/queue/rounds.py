"""Interleaved rounds: in each, everybody once, so that a slow minute of the machine hits all of them alike."""

import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path

from .apart import measured
from .figures import Contender, Figures, Row


@dataclass
class Result:
    """What a row gave: the figures of each round by contender, and why some have none."""

    row: Row
    size: int
    rounds: int
    figures: dict[str, list[Figures]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def medians(self) -> dict[str, Figures]:
        """The median of each figure, by contender."""
        return {
            name: {key: statistics.median(got[key] for got in rounds) for key in rounds[0]}
            for name, rounds in self.figures.items()
        }

    def spread(self, name: str, figure: str) -> str:
        """Return the least and the greatest of the rounds."""
        unit, values = self.row.units[figure], [got[figure] for got in self.figures[name]]
        return f"{unit.write(min(values))}–{unit.write(max(values))}"


def result_of(row: Row, size: int, rounds: int, folder: Path) -> Result:
    """Measure a row. Who has no figures in one round is left out of the next."""
    result = Result(row, size, rounds)
    for number in range(rounds):
        for contender in turned(row.contenders, number):
            if contender.name in result.missing:
                continue
            say(f"{row.name}, round {number + 1} of {rounds}: {contender.name}")
            figures, why = measured(row, contender, size, folder)
            if figures is None:
                result.missing[contender.name] = why
            else:
                result.figures.setdefault(contender.name, []).append(figures)
    say("")
    return result


def turned(contenders: tuple[Contender, ...], by: int) -> tuple[Contender, ...]:
    """Return them in another order in each round: nobody is always the first.

    >>> turned((1, 2, 3), 1)
    (2, 3, 1)
    """
    start = by % len(contenders)
    return contenders[start:] + contenders[:start]


def say(line: str) -> None:
    """Show what is being done, if somebody is looking."""
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
