"""Lanes: who was busy with what, and when. One horizontal lane for each worker, one bar for each job.

    worker-1 |[#########[#########|
    worker-2 |[#########.....     |

The text has such a chart and, under it, every number; the picture has the same bars, labelled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from goqueue.lab.views.figure import WIDTH, draw, text_width
from goqueue.lab.views.style import INK, Look, looks
from goqueue.lab.views.time_chart import CharacterChart, check_span, in_rows, reach, write_axes
from goqueue.lab.views.view import View
from goqueue.lab.views.wording import number, one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LABEL_SIZE = 9


@dataclass(frozen=True)
class Span:
    """One bar: `lane` was busy with `label` from `start` to `end`, in one unit of time for all spans.

    `kind` decides how the bar looks. Known kinds: run, wait, blocked, completed, failed, interrupted; others get a
    look of their own. Raises ValueError when a time is not finite, or `end` is before `start`.
    """

    lane: str
    start: float
    end: float
    label: str
    kind: str = "run"

    def __post_init__(self) -> None:
        check_span(f"span {self.label!r} on lane {self.lane!r}", self.start, self.end)


def lanes(spans: Iterable[Span], title: str = "Who is busy, and when", unit: str = "s") -> View:
    """Draw one lane for each worker, in the order in which they first appear in `spans`.

    A bar too short for its label goes without one in the picture; the text names them all. Thread-safe.
    Raises ValueError when there are no spans, or two on one lane overlap.

    >>> lanes([Span("worker-1", 0, 0.1, "job-1"), Span("worker-1", 0.1, 0.3, "job-3"),
    ...        Span("worker-2", 0, 0.15, "job-2")], title="Two workers")
    Two workers
    from 0 to 0.3 s; one character is 0.005 s
    worker-1 |[###################[#######################################|
    worker-2 |[#############################                              |
    worker-1: job-1 0 to 0.1, job-3 0.1 to 0.3
    worker-2: job-2 0 to 0.15
    """
    by_lane = in_rows(spans, "lane", "end", "{0.label!r}")
    if not by_lane:
        raise ValueError("lanes of no spans: there is nothing to show; pass at least one Span(lane, start, end, label)")
    look = looks([bar.kind for bars in by_lane.values() for bar in bars])
    count = sum(map(len, by_lane.values()))
    first, last = map(number, reach(by_lane))
    alt = (
        f"{title}: a chart of {len(by_lane)} lane{'s' * (len(by_lane) > 1)} with {count} bar{'s' * (count > 1)}, "
        f"from {first} to {last} {unit}. The text below it lists every bar."
    )
    height = (0.42 if len(by_lane) <= 12 else 0.28) * len(by_lane) + 0.1
    text = "\n".join([title, *_in_words(by_lane, look, unit)])
    return draw(lambda axes: _draw(axes, by_lane, look, title, unit), text, alt, height)


def _in_words(by_lane: dict[str, list[Span]], look: dict[str, Look], unit: str) -> list[str]:
    chart = CharacterChart(*reach(by_lane))
    wide = max(map(len, by_lane))
    lines, numbers = [chart.scale(unit)], []
    for lane, bars in by_lane.items():
        marks = [(bar.start, bar.end, "[", look[bar.kind].character, look[bar.kind].character) for bar in bars]
        lines.append(f"{lane:<{wide}} {chart.row(marks)}")
        said = (
            f"{one_line(bar.label)} {number(bar.start)} to {number(bar.end)}" + f" ({bar.kind})" * (len(look) > 1)
            for bar in bars
        )
        numbers.append(f"{lane}: {', '.join(said)}")
    if len(look) > 1:
        lines.append("kinds: " + ", ".join(f"{one.character} {kind}" for kind, one in look.items()))
    return lines + numbers


def _draw(axes: Axes, by_lane: dict[str, list[Span]], look: dict[str, Look], title: str, unit: str) -> None:
    length = write_axes(axes, by_lane)
    for row, bars in enumerate(by_lane.values()):
        for bar in bars:
            one = look[bar.kind]
            axes.barh(row, bar.end - bar.start, 0.72, bar.start, fc=one.colour, hatch=one.hatch, ec=INK, lw=0.8)
            _write_label(axes, bar, row, WIDTH * 72 / length, hatched=bool(one.hatch))
    axes.set_ylim(len(by_lane) - 0.5, -0.5)
    axes.set_xlabel(f"time in {unit}", loc="left")
    axes.set_title(one_line(title, 90), loc="left", fontweight="bold")
    if len(look) > 1:
        handles = [axes.barh(0, 0, fc=one.colour, hatch=one.hatch, ec=INK, label=kind) for kind, one in look.items()]
        axes.legend(handles=handles, ncols=6, frameon=False, loc="upper right", bbox_to_anchor=(1, 0), borderaxespad=2)


def _write_label(axes: Axes, bar: Span, row: int, points: float, hatched: bool) -> None:
    label = one_line(bar.label)
    if text_width(label, _LABEL_SIZE) + 6 > (bar.end - bar.start) * points:
        return
    paper = {"facecolor": "white", "edgecolor": "none", "pad": 1.0} if hatched else None
    middle = (bar.start + bar.end) / 2
    axes.text(middle, row, label, size=_LABEL_SIZE, ha="center", va="center", color="black", bbox=paper)
