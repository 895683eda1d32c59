"""Axes without matplotlib, for a browser tab: those calls of matplotlib's axes that our charts make, drawn as SVG.

    lanes, timeline, curve ── paint(axes) ──> PlainAxes keeps what is drawn, in the units of the data
                                              ──> plain_picture.py: the limits are known, so each shape gets its place

A chart does not know which axes it is given, so both show the same data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from goqueue.lab.views import plain_marks as marks
from goqueue.lab.views.style import INK

if TYPE_CHECKING:
    from goqueue.lab.views.plain_picture import Places

POINTS = 72  # an inch
SIZE = 11  # of letters


@dataclass(frozen=True)
class Handle:
    """What a legend shows of a bar or a line."""

    label: str
    draw: Callable[[Places, float, float], str]  # at a point of the legend


class PlainAxes:
    """Axes of `width` by `height` inches. What is written around them makes the picture larger."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width * POINTS, height * POINTS
        self.shapes: list[tuple[int, Callable[[Places], str]]] = []  # with their order, the lowest first
        self.handles: list[Handle] = []
        self.xs, self.ys = list[float](), list[float]()
        self.xlim: tuple[float, float] | None = None
        self.ylim: tuple[float, float] | None = None
        self.least: float | None = None  # where the y axis begins, if only that is set
        self.yticks: list[tuple[float, str]] = []
        self.title, self.xlabel, self.ylabel = "", ("", "center"), ""
        self.room, self.has_grid, self.beside = (0.0, 0.0), False, list[str]()
        self.explained: tuple[Sequence[Handle], int, str] = ((), 1, "")  # the legend: handles, columns, where

    # -- what charts call, as of matplotlib's axes -----------------------------------------------------------------

    def barh(self, y: float, width: float, height: float = 0.8, left: float = 0.0, **look: Any) -> Handle:
        """Draw a bar."""
        colour, hatch, edge = look["fc"], look.get("hatch", ""), look.get("ec", INK)

        def drawn(at: Places) -> str:
            top, bottom = sorted((at.y(y - height / 2), at.y(y + height / 2)))
            end = at.x(left + width) - at.x(left)
            return marks.box(at.x(left), top, end, bottom - top, at.fills.fill(colour, hatch), edge)

        if width:
            self.shapes.append((0, drawn))
        label = look.get("label", "")
        return Handle(label, lambda at, x, y: marks.box(x, y - 5, 22, 10, at.fills.fill(colour, hatch), edge))

    def plot(self, xs: Any, ys: Any, mark: str = "", **look: Any) -> list[Handle]:
        """Draw a line through points, or one marker."""
        points = list(zip(xs, ys, strict=True)) if isinstance(xs, list) else [(xs, ys)]
        lines = "" if mark else look.get("ls", look.get("linestyle", "-"))
        mark, every = mark or look.get("marker", ""), look.get("markevery", 1)
        width, size = look.get("lw", look.get("linewidth", 1.5)), look.get("ms", look.get("markersize", 6))
        colour, edge = look["color"], look.get("mec", "")
        self.xs += [x for x, _ in points]
        self.ys += [y for _, y in points]

        def shape(places: list[tuple[float, float]], marked: list[tuple[float, float]]) -> str:
            line = marks.line(places, colour, width, lines) if lines else ""
            return line + "".join(marks.marker(*one, mark, colour, size, edge) for one in marked if mark)

        def drawn(at: Places) -> str:
            places = [(at.x(x), at.y(y)) for x, y in points]
            return shape(places, places[::every])

        self.shapes.append((look.get("zorder", 2), drawn))
        self.handles.append(Handle(look.get("label", ""), lambda _, x, y: shape([(x, y), (x + 36, y)], [(x + 18, y)])))
        return self.handles[-1:]

    def text(self, x: float, y: float, text: str, **look: Any) -> None:
        """Write a text around a point."""
        size, paper = look["size"], bool(look.get("bbox"))

        def drawn(at: Places) -> str:
            wide = marks.width_of(text, size)
            under = marks.box(at.x(x) - wide / 2, at.y(y) - size * 0.7, wide, size * 1.4, "#ffffff")
            return under * paper + marks.words(at.x(x), at.y(y), text, size, "middle")

        self.shapes.append((4, drawn))

    def annotate(self, text: str, point: tuple[float, float], off: tuple[float, float], **look: Any) -> None:
        """Write a text some points beside a point, or beside the axes."""
        if "xycoords" in look:
            self.beside.append(text)
            self.shapes.append((4, lambda at: marks.words(at.right + off[0], at.y(point[1]), text)))
        else:
            place = {"size": look.get("size", SIZE), "anchor": "middle"}
            self.shapes.append((4, lambda at: marks.words(at.x(point[0]), at.y(point[1]) - off[1] - 4, text, **place)))

    def legend(self, handles: Sequence[Handle] | None = None, ncols: int = 1, loc: str = "", **_: Any) -> None:
        """Explain bars and lines: at the side, above, or below."""
        self.explained = (self.handles if handles is None else handles, ncols, loc)

    def set_xlim(self, left: float, right: float) -> None:
        """Set where the x axis begins and ends."""
        self.xlim = (left, right)

    def set_ylim(self, bottom: float | None = None, top: float | None = None) -> None:
        """Set where the y axis begins and ends, or only where it begins."""
        if bottom is not None and top is not None:
            self.ylim = (bottom, top)
        else:
            self.least = bottom

    def set_yticks(self, places: Sequence[float], names: Sequence[str]) -> None:
        """Name places of the y axis."""
        self.yticks = list(zip(places, names, strict=True))

    def set_title(self, text: str, **_: Any) -> None:
        """Set the title."""
        self.title = text

    def set_xlabel(self, text: str, loc: str = "center") -> None:
        """Name the x axis."""
        self.xlabel = (text, loc)

    def set_ylabel(self, text: str) -> None:
        """Name the y axis."""
        self.ylabel = text

    def margins(self, x: float, y: float) -> None:
        """Leave some room around what is drawn: shares of its size."""
        self.room = (x, y)

    def grid(self, **_: Any) -> None:
        """Draw a line at each tick."""
        self.has_grid = True

    def tick_params(self, *_: Any, **__: Any) -> None:
        """Nothing: ticks have no marks here."""

    def set_axisbelow(self, _: bool) -> None:
        """Nothing: the grid is below here."""
