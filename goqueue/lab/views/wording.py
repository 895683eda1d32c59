"""What the views share when they write: numbers, checks of numbers, and bars made of characters."""

from __future__ import annotations

import math
from collections.abc import Iterable

CHART_WIDTH = 60  # characters; a chart and a lane's name fit on one line of a terminal


def number(value: float) -> str:
    """A number as a reader wants it: to three decimals, or four digits when it is below one.

    >>> number(0.1 + 0.2), number(3.0), number(-0.0), number(1234.56789), number(0.00123456)
    ('0.3', '3', '0', '1234.568', '0.001235')
    """
    if abs(value) < 1:
        return format(value + 0.0, ".4g")
    return format(value, ".3f").rstrip("0").rstrip(".")


def one_line(text: str, most: int = 0) -> str:
    """`text` on one line, cut to `most` characters (0: not cut) with an ellipsis.

    >>> one_line("a very long\\nname", 8)
    'a very …'
    """
    line = " ".join(text.split())
    return line if not most or len(line) <= most else line[: most - 1] + "…"


def check_finite(what: str, value: float) -> None:
    """Raises ValueError when `value` is NaN or infinite: it has no place in a picture."""
    if not math.isfinite(value):
        raise ValueError(f"{what} is {value}: it must be a finite number; leave the point out, or give its real value")


def check_span(what: str, start: float, end: float) -> None:
    """Raises ValueError unless `start` and `end` are finite and in order."""
    check_finite(f"the start of {what}", start)
    check_finite(f"the end of {what}", end)
    if end < start:
        raise ValueError(
            f"{what} ends at {number(end)}, before its start at {number(start)}: "
            "time runs forward; swap the two, or read both from one clock"
        )


def check_no_overlap(where: str, spans: Iterable[tuple[float, float, str]]) -> None:
    """Raises ValueError when two of the spans (start, end, name), in order of start, overlap.

    Ends may pass the next start by the rounding of a sum such as 0.1 + 0.2.
    """
    last_end, last = -math.inf, ""
    for start, end, name in spans:
        if start < last_end and not math.isclose(start, last_end, rel_tol=1e-9, abs_tol=1e-9):
            raise ValueError(
                f"{name} starts at {number(start)} on {where}, before {last} ends at {number(last_end)}: "
                f"{where} shows one thing at a time; give one of them a lane of its own, or correct the times"
            )
        last_end, last = max(last_end, end), name


class CharacterChart:
    """A stretch of time drawn with characters, `CHART_WIDTH` wide.

    >>> chart = CharacterChart(0, 6)
    >>> chart.row([(0, 3, "[", "#", "#"), (3, 6, "[", ".", ".")])
    '|[#############################[.............................|'
    """

    def __init__(self, start: float, end: float) -> None:
        self.start = start
        self.step = (end - start) / CHART_WIDTH or 1.0

    def row(self, bars: Iterable[tuple[float, float, str, str, str]]) -> str:
        """One row of bars (start, end, first, middle, last character); a bar of one cell is its last character."""
        cells = [" "] * CHART_WIDTH
        for start, end, first, middle, last in bars:
            begin = min(math.floor((start - self.start) / self.step + 1e-9), CHART_WIDTH - 1)
            width = max(1, math.ceil((end - self.start) / self.step - 1e-9) - begin)
            drawn = last if width == 1 else first + middle * (width - 2) + last
            cells[begin : begin + width] = drawn
        return "|" + "".join(cells[:CHART_WIDTH]) + "|"
