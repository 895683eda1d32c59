"""The plot: jobs a second in memory, in SQLite and on disk as bars, and the growth as curves. It needs matplotlib."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .figures import OURS
from .rounds import Result
from .rows.growth import SIZES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OURS_IN, OTHERS_IN = "#0b6e99", "#9aa5ad"


def plot(results: Sequence[Result], file: Path) -> None:
    """Draw what was measured into a PNG or SVG file. Raises ImportError without matplotlib."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawn = [(result, PANELS[result.row.name]) for result in results if result.row.name in PANELS and result.figures]
    if not drawn:
        return
    figure = Figure(figsize=(11, 3.6 * ((len(drawn) + 1) // 2)), layout="constrained")
    FigureCanvasAgg(figure)
    for number, (result, draw) in enumerate(drawn, 1):
        draw(figure.add_subplot((len(drawn) + 1) // 2, 2, number), result)
    figure.savefig(file, dpi=150)


def bars(figure: str) -> Callable[["Axes", Result], None]:
    """Return what draws one figure of each contender."""

    def draw(axes: "Axes", result: Result) -> None:
        names = [contender.name for contender in result.row.contenders if contender.name in result.medians]
        unit = result.row.units[figure]
        values = [result.medians[name][figure] * unit.scale for name in names]
        drawn = axes.barh(names, values, color=[OURS_IN if name.startswith(OURS) else OTHERS_IN for name in names])
        axes.bar_label(drawn, [unit.write(result.medians[name][figure]) for name in names], padding=3, fontsize=8)
        axes.margins(x=0.15)
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.invert_yaxis()
        axes.tick_params(labelsize=8)
        axes.set_title(wrapped(result.row.title), fontsize=9, loc="left")
        axes.set_xlabel(unit.title, fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)

    return draw


def curves(axes: "Axes", result: Result) -> None:
    """Draw the cost of a job over the number of jobs."""
    for name, found in result.medians.items():
        points = [(jobs, found[str(jobs)] * 1e6) for jobs in SIZES if str(jobs) in found]
        axes.plot(*zip(*points, strict=True), "o-" if name.startswith(OURS) else "s--", label=name, markersize=4)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_title(wrapped(result.row.title), fontsize=9, loc="left")
    axes.set_xlabel("jobs", fontsize=8)
    axes.set_ylabel("µs a job", fontsize=8)
    axes.tick_params(labelsize=8)
    axes.legend(fontsize=7, ncols=2)
    axes.spines[["top", "right"]].set_visible(False)


def wrapped(title: str) -> str:
    """Return a title on two lines if it is long."""
    first, colon, rest = title.partition(": ")
    return f"{first}:\n{rest}" if colon and len(title) > 50 else title


PANELS: dict[str, Callable[["Axes", Result], None]] = {
    "memory": bars("done"),
    "latency": bars("p99"),
    "sqlite": bars("done"),
    "full": bars("accepted"),
    "growth": curves,
    "import": bars("added"),
}
