"""The picture of PlainAxes, as SVG: axes in the middle, and around them the title, ticks, names and legend."""

from __future__ import annotations

import math
from collections.abc import Iterator

from goqueue.lab.views import plain_marks as marks
from goqueue.lab.views.plain_axes import SIZE, PlainAxes
from goqueue.lab.views.style import INK
from goqueue.lab.views.wording import number

GRID = "#DDDDDD"
TITLE, ROW, AXIS = 26, 20, 38  # points: above the axes, of a legend's row, below the axes
TICKS = 8  # on an axis, about


class Places:
    """Where the data of some axes are in their picture."""

    def __init__(self, axes: PlainAxes) -> None:
        self.fills = marks.Fills()
        self.xlim, self.ylim = axes.xlim or spread(axes.xs, axes.room[0]), axes.ylim or spread(axes.ys, axes.room[1])
        if axes.least is not None:
            self.ylim = (axes.least, self.ylim[1])
        self.xticks = list(ticks(*self.xlim))
        self.yticks = axes.yticks or [(one, number(one)) for one in ticks(*self.ylim)]
        names = max((marks.width_of(name, SIZE) for _, name in self.yticks), default=0)
        self.left = names + 14 + ROW * bool(axes.ylabel)
        self.right = self.left + axes.width
        self.top = TITLE + ROW * (axes.explained[2] == "lower right")
        self.bottom = self.top + axes.height
        handles, _, where = axes.explained
        beside = [60 + marks.width_of(one.label, SIZE) for one in handles if where == "upper left"]
        beside += [20 + marks.width_of(one, SIZE) for one in axes.beside]
        self.width = self.right + max(beside, default=12)
        self.height = self.bottom + AXIS + ROW * (where == "upper right")

    def x(self, value: float) -> float:
        """Return the place of an x."""
        first, last = self.xlim
        return self.left + (value - first) / (last - first) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Return the place of a y."""
        first, last = self.ylim
        return self.bottom - (value - first) / (last - first) * (self.bottom - self.top)


def svg(axes: PlainAxes) -> bytes:
    """Return the picture. The same data give the same bytes."""
    at = Places(axes)
    shapes = [draw(at) for _, draw in sorted(axes.shapes, key=lambda one: one[0])]
    inside = [*frame(axes, at), *shapes, *named(axes, at), *legend(axes, at)]
    size = f'width="{at.width:.0f}pt" height="{at.height:.0f}pt" viewBox="0 0 {at.width:.0f} {at.height:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{marks.FONT}">'
    paper = marks.box(0, 0, at.width, at.height, "#ffffff")
    return "\n".join([head, f"<defs>{at.fills.defined()}</defs>", paper, *inside, "</svg>", ""]).encode()


def frame(axes: PlainAxes, at: Places) -> Iterator[str]:
    """Yield the axes, their ticks and their grid."""
    for value in at.xticks:
        if axes.has_grid:
            yield marks.line([(at.x(value), at.top), (at.x(value), at.bottom)], GRID, 0.7)
        yield marks.line([(at.x(value), at.bottom), (at.x(value), at.bottom + 4)], INK, 0.8)
        yield marks.words(at.x(value), at.bottom + 12, number(value), SIZE, "middle")
    for value, name in at.yticks:
        if axes.has_grid:
            yield marks.line([(at.left, at.y(value)), (at.right, at.y(value))], GRID, 0.7)
        yield marks.words(at.left - 7, at.y(value), name, SIZE, "end")
    yield marks.line([(at.left, at.top), (at.left, at.bottom), (at.right, at.bottom)], INK, 0.8)


def named(axes: PlainAxes, at: Places) -> Iterator[str]:
    """Yield the title and the names of the axes."""
    yield marks.words(at.left, 13, axes.title, SIZE + 1, more='font-weight="bold" ')
    text, where = axes.xlabel
    middle = (at.left + at.right) / 2
    place = (at.left, "start") if where == "left" else (middle, "middle")
    yield marks.words(place[0], at.bottom + 29, text, SIZE, place[1])
    if axes.ylabel:
        turned = f'transform="rotate(-90 12 {(at.top + at.bottom) / 2:.1f})" '
        yield marks.words(12, (at.top + at.bottom) / 2, axes.ylabel, SIZE, "middle", turned)


def legend(axes: PlainAxes, at: Places) -> Iterator[str]:
    """Yield what explains bars and lines: at the side, above the axes, or below."""
    handles, _, where = axes.explained
    if where == "upper left":
        for row, one in enumerate(handles):
            height = at.top + 8 + ROW * row
            yield one.draw(at, at.right + 12, height) + marks.words(at.right + 56, height, one.label)
        return
    x: float = at.left
    y: float = at.top - 10 if where == "lower right" else at.bottom + AXIS + 8
    for one in handles:
        yield one.draw(at, x, y) + marks.words(x + 44, y, one.label)
        x += 60 + marks.width_of(one.label, SIZE)


def spread(values: list[float], room: float) -> tuple[float, float]:
    """Return the limits of an axis that shows all values, and some room around them.

    >>> spread([0, 10], 0.1)
    (-1.0, 11.0)
    """
    low, high = min(values), max(values)
    more = (high - low or 1.0) * room
    return low - more, high + (more if high > low else 1.0)


def ticks(first: float, last: float) -> Iterator[float]:
    """Yield round numbers between two limits, about as many as TICKS.

    >>> list(ticks(-0.2, 4.1))
    [0.0, 1.0, 2.0, 3.0, 4.0]
    """
    low, high = sorted((first, last))
    rough = (high - low) / TICKS
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * times for times in (1, 2, 5, 10) if unit * times >= rough)
    for count in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1):
        yield round(count * step, 12)
