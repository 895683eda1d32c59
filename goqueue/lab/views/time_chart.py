"""What lanes and timelines share: stretches of time in rows, as a chart of characters and on matplotlib's axes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, Protocol, TypeVar

from goqueue.lab.views.wording import check_finite, number, one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CHART_WIDTH = 60  # characters; a chart and a lane's name fit on one line of a terminal


class Stretch(Protocol):
    """Something that went on from `start` to `end`."""

    @property
    def start(self) -> float: ...

    @property
    def end(self) -> float: ...


AnyStretch = TypeVar("AnyStretch", bound=Stretch)


def check_span(what: str, start: float, end: float) -> None:
    """Raises ValueError unless `start` and `end` are finite and in order."""
    check_finite(f"the start of {what}", start)
    check_finite(f"the end of {what}", end)
    if end < start:
        raise ValueError(
            f"{what} ends at {number(end)}, before its start at {number(start)}: "
            "time runs forward; swap the two, or read both from one clock"
        )


def in_rows(stretches: Iterable[AnyStretch], kind: str, then: str, name: str) -> dict[str, list[AnyStretch]]:
    """Return the stretches by their attribute `kind`, each row in order of start and then of the attribute `then`.

    `name` is how errors call a stretch: a format of its attributes. Raises ValueError when two of a row overlap. An end
    may pass the next start by the rounding of a sum such as 0.1 + 0.2.
    """
    rows: dict[str, list[AnyStretch]] = {}
    for one in stretches:
        rows.setdefault(one_line(getattr(one, kind)), []).append(one)
    for row, inside in rows.items():
        inside.sort(key=attrgetter("start", then))
        for last, one in pairwise(inside):
            if one.start < last.end and not math.isclose(one.start, last.end, rel_tol=1e-9, abs_tol=1e-9):
                where = f"{kind} {row!r}"
                raise ValueError(
                    f"{name.format(one)} starts at {number(one.start)} on {where}, before {name.format(last)} ends at "
                    f"{number(last.end)}: {where} shows one thing at a time; give one of them a lane of its own, "
                    "or correct the times"
                )
    return rows


def reach(rows: Mapping[str, Sequence[Stretch]]) -> tuple[float, float]:
    """Return the first start and the last end."""
    every = list(chain.from_iterable(rows.values()))
    return min(one.start for one in every), max(one.end for one in every)


def write_axes(axes: Axes, rows: Mapping[str, Sequence[Stretch]]) -> float:
    """Name the rows on the y axis and stretch the x axis over all of them. Return how long it is."""
    start, end = reach(rows)
    length = end - start or 1.0
    axes.set_xlim(start, start + length)
    axes.set_yticks(range(len(rows)), [one_line(row, 28) for row in rows])
    axes.tick_params(axis="y", length=0)
    return length


class CharacterChart:
    """A stretch of time drawn with characters, `CHART_WIDTH` wide.

    >>> chart = CharacterChart(0, 6)
    >>> chart.row([(0, 3, "[", "#", "#"), (3, 6, "[", ".", ".")])
    '|[#############################[.............................|'
    """

    def __init__(self, start: float, end: float) -> None:
        self.start, self.end = start, end
        self.step = (end - start) / CHART_WIDTH or 1.0

    def scale(self, unit: str) -> str:
        """What a reader must know to read times off the chart."""
        return f"from {number(self.start)} to {number(self.end)} {unit}; one character is {number(self.step)} {unit}"

    def row(self, bars: Iterable[tuple[float, float, str, str, str]]) -> str:
        """One row of bars (start, end, first, middle, last character); a bar of one cell is its last character."""
        cells = [" "] * CHART_WIDTH
        for start, end, first, middle, last in bars:
            begin = min(math.floor((start - self.start) / self.step + 1e-9), CHART_WIDTH - 1)
            width = max(1, math.ceil((end - self.start) / self.step - 1e-9) - begin)
            drawn = last if width == 1 else first + middle * (width - 2) + last
            cells[begin : begin + width] = drawn
        return "|" + "".join(cells[:CHART_WIDTH]) + "|"
