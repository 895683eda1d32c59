"""Pieces of SVG for plain_axes.py: lines, markers, hatched fills and words. Lengths are in points."""

from __future__ import annotations

from html import escape
from typing import Any

from goqueue.lab.views.style import INK

FONT = "'DejaVu Sans', Verdana, 'Helvetica Neue', Arial, sans-serif"
LETTER = 0.62  # a letter's width, as a share of its size: readers have different fonts, so a bit too wide
DASHES = {"-": (), "--": (3.7, 1.6), "-.": (6.4, 1.6, 1, 1.6), ":": (1, 1.65)}
_CELL = 7  # of a hatch
_HATCH = {
    "/": "M0 7L7 0",
    "\\": "M0 0L7 7",
    "x": "M0 7L7 0M0 0L7 7",
    "|": "M3.5 0V7",
    "-": "M0 3.5H7",
    "+": "M3.5 0V7M0 3.5H7",
    ".": "M3 3h1v1h-1z",
    "o": "M2 3.5a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0",
    "*": "M3.5 1.5V5.5M1.8 2.5L5.2 4.5M5.2 2.5L1.8 4.5",
}
_MARKERS = {  # in a square from -1 to 1
    "o": "M-1 0a1 1 0 1 0 2 0a1 1 0 1 0-2 0z",
    "s": "M-1-1H1V1H-1z",
    "D": "M0-1.2L1.2 0L0 1.2L-1.2 0z",
    "^": "M0-1.1L1.1 1H-1.1z",
    "v": "M0 1.1L1.1-1H-1.1z",
    "x": "M-1-1L1 1M1-1L-1 1",
    "X": "M-1-.6L-.6-1L0-.4L.6-1L1-.6L.4 0L1 .6L.6 1L0 .4L-.6 1L-1 .6L-.4 0z",
}


def width_of(text: str, size: float) -> float:
    """Return about how wide a text is."""
    return len(text) * size * LETTER


def words(x: float, y: float, text: str, size: float = 11, anchor: str = "start", more: str = "") -> str:
    """Return a line of text whose middle is at the height `y`."""
    place = f'x="{x:.1f}" y="{y + size * 0.35:.1f}" font-size="{size:g}" text-anchor="{anchor}"'
    return f'<text {place} {more}fill="{INK}">{escape(text)}</text>'


def line(points: list[tuple[float, float]], colour: str, width: float, dashes: Any = "-") -> str:
    """Return a line. `dashes` is one of DASHES, or a pair: an offset, and lengths in widths of the line."""
    lengths = DASHES[dashes] if isinstance(dashes, str) else dashes[1]
    dashed = f' stroke-dasharray="{" ".join(f"{one * width:g}" for one in lengths)}"' if lengths else ""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}"{dashed}/>'


def marker(x: float, y: float, kind: str, colour: str, size: float, edge: str = "") -> str:
    """Return a marker, `size` wide."""
    scale = size / 2
    fill = "none" if kind == "x" else colour
    look = f'fill="{fill}" stroke="{edge or colour}" stroke-width="{1 / scale:.3f}"'
    return f'<path transform="translate({x:.1f} {y:.1f}) scale({scale:g})" d="{_MARKERS[kind]}" {look}/>'


def box(x: float, y: float, width: float, height: float, fill: str, edge: str = "none") -> str:
    """Return a rectangle."""
    place = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}"'
    return f'<rect {place} fill="{fill}" stroke="{edge}" stroke-width="0.8"/>'


class Fills:
    """Colours with a hatch, each defined once in a picture."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], str] = {}

    def fill(self, colour: str, hatch: str) -> str:
        """Return the value of `fill=` for a colour with a hatch, or with none."""
        if not hatch:
            return colour
        return f"url(#{self._names.setdefault((colour, hatch[0]), f'hatch{len(self._names)}')})"

    def defined(self) -> str:
        """Return the definitions."""
        return "".join(
            f'<pattern id="{name}" width="{_CELL}" height="{_CELL}" patternUnits="userSpaceOnUse">'
            f'{box(0, 0, _CELL, _CELL, colour)}<path d="{_HATCH[hatch]}" fill="none" stroke="{INK}" '
            'stroke-width="0.8"/></pattern>'
            for (colour, hatch), name in self._names.items()
        )
