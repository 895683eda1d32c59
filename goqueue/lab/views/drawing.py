"""How the pictures are drawn: the same bytes each time, in any thread, whatever a reader's own settings are.

matplotlib keeps its settings in one global object. `drawing()` swaps in matplotlib's defaults and ours while a picture
is made, under a lock, so views may be made in any thread and a reader's own matplotlibrc changes nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from goqueue.lab.views.style import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

WIDTH = 9.0  # inches of axes: about the width of a notebook cell
NARROW = 7.0  # the same, where something is written to the right of the axes

_SETTINGS: dict[str, Any] = {
    "svg.hashsalt": "goqueue",  # without it, each run draws different ids
    # Letters as outlines: the picture looks the same where the font is missing, and labels keep the size they were
    # measured with. Inside <img> nobody could select them as text anyway.
    "svg.fonttype": "path",
    "text.parse_math": False,  # a "$" in a payload is a dollar
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "hatch.linewidth": 0.7,
    "axes.edgecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
}

# Guards matplotlib's global settings while ours are in place. Reentrant: a view draws, then renders, under one hold.
_settings_lock = threading.RLock()


@contextmanager
def drawing() -> Iterator[None]:
    """Draw under this: our settings on top of matplotlib's defaults, for one thread at a time.

    Raises ModuleNotFoundError, with the remedy, when matplotlib is not installed.
    """
    try:
        from matplotlib import style
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            f"pictures need matplotlib ({missing}); install it with: pip install 'goqueue[lab]'"
        ) from missing
    with _settings_lock, style.context(["default", _SETTINGS]):
        yield


def canvas(height: float, width: float = WIDTH) -> tuple[Drawing, Axes]:
    """An empty drawing whose axes are `width` by `height` inches; call it, and draw on it, under `drawing()`.

    The axes fill the drawing, and what is written around them (names, title, legend) widens the picture when it is
    saved: so nothing is ever cut off, and a bar's width in points is known before it is drawn.
    """
    from matplotlib.figure import Figure as Drawing

    figure = Drawing(figsize=(width, height))
    return figure, figure.add_axes((0.0, 0.0, 1.0, 1.0))


def text_width(text: str, size: float) -> float:
    """How wide `text` is, in points, in our font."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    prop = FontProperties(family=_SETTINGS["font.family"])
    return float(TextPath((0, 0), text, size=size, prop=prop, usetex=False).get_extents().width) if text.strip() else 0


def svg(figure: Drawing) -> bytes:
    """The drawing as SVG, the same bytes for the same drawing: no date, no version, no random ids."""
    page = BytesIO()
    anonymous = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with drawing():
        figure.savefig(page, format="svg", metadata=anonymous, facecolor="white", bbox_inches="tight", pad_inches=0.12)
    return page.getvalue()
