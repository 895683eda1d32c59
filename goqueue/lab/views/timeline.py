"""A timeline of attempts: when each job was tried, how it went, how long it waited, and how it ended.

    job-1 |✗...✗........✓                  | completed after 3 attempts
    job-2 |✗....✗.......!                  | interrupted after 3 attempts

The text has such a chart and, under it, every number; the picture has the same marks, numbered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from goqueue.lab.views.figure import NARROW, draw
from goqueue.lab.views.style import GREY, INK, LOOKS
from goqueue.lab.views.time_chart import CharacterChart, check_span, in_rows, reach, write_axes
from goqueue.lab.views.view import View
from goqueue.lab.views.wording import number, one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKERS = {"completed": "o", "failed": "X", "interrupted": "s"}
_ROOM = 13  # points between two attempts' numbers


@dataclass(frozen=True)
class Attempt:
    """One run of a job's handler: attempt `number` of `job`, from `start` to `end`.

    `outcome` is completed, failed or interrupted. Raises ValueError when it is another, when `number` is below one,
    when a time is not finite, or when `end` is before `start`.
    """

    job: str
    number: int
    start: float
    end: float
    outcome: str

    def __post_init__(self) -> None:
        check_span(f"attempt {self.number} of {self.job!r}", self.start, self.end)
        if self.number < 1:
            raise ValueError(f"attempt {self.number} of {self.job!r}: attempts count from 1; add one")
        if self.outcome not in _MARKERS:
            raise ValueError(
                f"attempt {self.number} of {self.job!r} has the outcome {self.outcome!r}; "
                f"it must be one of {', '.join(_MARKERS)}"
            )


def timeline(
    jobs: Iterable[Attempt],
    title: str = "Attempts, waits and outcomes",
    unit: str = "s",
    outcomes: Mapping[str, str] | None = None,
) -> View:
    """Draw each job's attempts on a line of its own, with the waits between them, in order of first appearance.

    A job's outcome is that of its last attempt, unless `outcomes` says more: `{"job-2": "pending, due at 37 s"}`.
    Thread-safe. Raises ValueError when there are no attempts, two of one job overlap, or `outcomes` names a job
    without attempts.

    >>> timeline([Attempt("job-1", 1, 0, 1, "failed"), Attempt("job-1", 2, 3, 4, "completed")], title="One job")
    One job
    from 0 to 4 s; one character is 0.06667 s; ✗ failed, ✓ completed, ! interrupted, . wait
    job-1 |==============✗..............................==============✓| completed after 2 attempts
    job-1  attempt 1  0 to 1  failed       then a wait of 2
    job-1  attempt 2  3 to 4  completed
    """
    by_job = in_rows(jobs, "job", "number", "attempt {0.number}")
    if not by_job:
        raise ValueError("a timeline of no attempts: there is nothing to show; pass at least one Attempt")
    ends = _outcomes(by_job, outcomes or {})
    said = "; ".join(f"{job} {end}" for job, end in list(ends.items())[:6])
    more = f"; and {len(ends) - 6} more jobs" if len(ends) > 6 else ""
    alt = f"{title}: the attempts of {len(by_job)} job{'s' * (len(by_job) > 1)} over time. {said}{more}."
    height = (0.48 if len(by_job) <= 12 else 0.34) * len(by_job) + 0.1
    text = "\n".join([title, *_in_words(by_job, ends, unit)])
    return draw(lambda axes: _draw(axes, by_job, ends, title, unit), text, alt, height, NARROW)


def _outcomes(by_job: dict[str, list[Attempt]], said: Mapping[str, str]) -> dict[str, str]:
    strangers = [job for job in said if job not in by_job]
    if strangers:
        raise ValueError(f"outcomes names {strangers[0]!r}, which has no attempt here; known: {', '.join(by_job)}")
    ends = {}
    for job, tries in by_job.items():
        count = f"{len(tries)} attempt{'s' * (len(tries) > 1)}"
        ends[job] = one_line(said.get(job, f"{tries[-1].outcome} after {count}"))
    return ends


def _in_words(by_job: dict[str, list[Attempt]], ends: dict[str, str], unit: str) -> list[str]:
    chart = CharacterChart(*reach(by_job))
    wide = max(map(len, by_job))
    legend = ", ".join(f"{LOOKS[outcome].character} {outcome}" for outcome in ("failed", "completed", "interrupted"))
    lines = [f"{chart.scale(unit)}; {legend}, . wait"]
    for job, tries in by_job.items():
        waits = [(last.end, one.start, ".", ".", ".") for last, one in pairwise(tries) if one.start > last.end]
        runs = [(one.start, one.end, "=", "=", LOOKS[one.outcome].character) for one in tries]
        lines.append(f"{job:<{wide}} {chart.row(waits + runs)} {ends[job]}")
    return lines + _list(by_job, wide)


def _list(by_job: dict[str, list[Attempt]], wide: int) -> list[str]:
    """Every number, one attempt a line, in columns."""
    times = {one: f"{number(one.start)} to {number(one.end)}" for tries in by_job.values() for one in tries}
    room = max(map(len, times.values()))
    lines = []
    for job, tries in by_job.items():
        waits = [f"then a wait of {number(after.start - before.end)}" for before, after in pairwise(tries)]
        for one, wait in zip(tries, [*waits, ""], strict=True):
            line = f"{job:<{wide}}  attempt {one.number}  {times[one]:<{room}}  {one.outcome:<11}  {wait}"
            lines.append(line.rstrip())
    return lines


def _draw(axes: Axes, by_job: dict[str, list[Attempt]], ends: dict[str, str], title: str, unit: str) -> None:
    length = write_axes(axes, by_job)
    beside: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "va": "center"}
    for row, (job, tries) in enumerate(by_job.items()):
        for last, one in pairwise(tries):
            axes.plot([last.end, one.start], [row, row], color=GREY, lw=1.5, ls=(0, (2, 2)), zorder=1)
        _draw_attempts(axes, tries, row, NARROW * 72 / length)
        axes.annotate(one_line(ends[job], 40), (1, row), (14, 0), **beside)
    axes.set_ylim(len(by_job) - 0.4, -0.7)
    axes.tick_params(axis="y", pad=10)
    axes.set_xlabel(f"time in {unit}; the small number is the attempt, the dotted line a wait")
    axes.set_title(one_line(title, 60), loc="left", fontweight="bold")
    _legend(axes, [one.outcome for tries in by_job.values() for one in tries])


def _draw_attempts(axes: Axes, tries: list[Attempt], row: int, points: float) -> None:
    last_numbered = float("-inf")
    for one in tries:
        look = LOOKS[one.outcome]
        axes.plot([one.start, one.end], [row, row], color=look.colour, lw=7, solid_capstyle="butt", zorder=2)
        axes.plot(one.end, row, _MARKERS[one.outcome], color=look.colour, mec=INK, ms=9, clip_on=False, zorder=3)
        if one.end * points - last_numbered >= _ROOM:
            axes.annotate(str(one.number), (one.end, row), (0, 7), textcoords="offset points", size=8, ha="center")
            last_numbered = one.end * points


def _legend(axes: Axes, outcomes: list[str]) -> None:
    handles = [
        axes.plot([], [], marker, color=LOOKS[outcome].colour, mec=INK, ms=9, label=outcome)[0]
        for outcome, marker in _MARKERS.items()
        if outcome in outcomes
    ]
    axes.legend(handles=handles, ncols=3, frameon=False, loc="lower right", bbox_to_anchor=(1, 1), borderpad=0)
