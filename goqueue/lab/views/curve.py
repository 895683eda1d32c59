"""Curves: how a number changes, for one series or a few, with the plotted points stated in the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from goqueue.lab.views.figure import NARROW, draw
from goqueue.lab.views.style import OKABE_ITO
from goqueue.lab.views.view import View
from goqueue.lab.views.wording import check_finite, number, one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Points = Sequence[tuple[float, float]]

_FEW = 24  # up to here the text lists every point
_SAMPLES = 12  # beyond it, it lists this many
_COLOURS = ("blue", "vermillion", "green", "orange", "purple", "black")
_LINES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (1, 3)))
_MARKERS = ("o", "s", "^", "D", "v", "x")


def curve(series: Mapping[str, Points], title: str, x_label: str, y_label: str, from_zero: bool = False) -> View:
    """Plot each named series of (x, y) points, in order of x.

    With `from_zero`, the y axis begins at 0, so that heights can be compared. The text lists every point of a short
    series; of a long one it says that it is a summary. Thread-safe. Raises ValueError when there is nothing to plot, a
    coordinate is not finite, x goes backwards, or there are more series than a reader can tell apart.

    >>> curve({"with a cap": [(1, 1), (2, 2), (3, 4)]}, "Backoff", "attempt", "wait in s")
    Backoff
    x: attempt; y: wait in s
    with a cap (3 points): (1, 1) (2, 2) (3, 4)
    """
    _check(series)
    lines = [title, f"x: {x_label}; y: {y_label}{', from 0' if from_zero else ''}"]
    lines += [_in_words(one_line(name), points) for name, points in series.items()]
    ends = "; ".join(
        f"{one_line(name)} goes from {number(points[0][1])} to {number(points[-1][1])}, "
        f"at most {number(max(y for _, y in points))}"
        for name, points in series.items()
    )

    def paint(axes: Axes) -> None:
        _draw(axes, series)
        axes.set_title(one_line(title, 90), loc="left", fontweight="bold")
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        if from_zero:
            axes.set_ylim(bottom=0)

    return draw(paint, "\n".join(lines), f"{title}: {y_label} against {x_label}. {ends}.", 3.6, NARROW)


def _check(series: Mapping[str, Points]) -> None:
    if not series:
        raise ValueError("a curve of no series: there is nothing to plot; pass {name: [(x, y), …]}")
    if len(series) > len(_COLOURS):
        raise ValueError(
            f"a curve of {len(series)} series: a reader can tell {len(_COLOURS)} apart; plot fewer, or use a table"
        )
    for name, points in series.items():
        if not points:
            raise ValueError(f"series {name!r} has no points: leave it out, or give it at least one (x, y)")
        for x, y in points:
            check_finite(f"an x of series {name!r}", x)
            check_finite(f"the y of series {name!r} at x = {number(x)}", y)
        for (x, _), (after, _) in pairwise(points):
            if after < x:
                raise ValueError(f"series {name!r} goes back from x = {number(x)} to {number(after)}: sort it by x")


def _in_words(name: str, points: Points) -> str:
    count = f"{len(points):,} point{'s' * (len(points) > 1)}"
    if len(points) <= _FEW:
        return f"{name} ({count}): {_listed(points)}"
    low, high = min(points, key=lambda p: p[1]), max(points, key=lambda p: p[1])
    mean = sum(y for _, y in points) / len(points)
    chosen = [points[round(i * (len(points) - 1) / (_SAMPLES - 1))] for i in range(_SAMPLES)]
    return (
        f"{name} ({count}, summarised): least {_listed([low])}, greatest {_listed([high])}, mean y {number(mean)}; "
        f"{_SAMPLES} of them, evenly chosen: {_listed(chosen)}"
    )


def _listed(points: Points) -> str:
    return " ".join(f"({number(x)}, {number(y)})" for x, y in points)


def _draw(axes: Axes, series: Mapping[str, Points]) -> None:
    for index, (name, points) in enumerate(series.items()):
        axes.plot(
            [x for x, _ in points],
            [y for _, y in points],
            color=OKABE_ITO[_COLOURS[index]],
            linestyle=_LINES[index],
            marker=_MARKERS[index],
            markevery=max(1, len(points) // _SAMPLES),
            markersize=6,
            linewidth=2,
            label=one_line(name, 60),
        )
    axes.grid(color="#DDDDDD", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.margins(x=0.02, y=0.06)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1), borderaxespad=0, handlelength=3.5)
