"""How the pictures look: one place for colours, hatches, fonts, and for drawing the same bytes each time.

The colours are Okabe and Ito's, which people with any colour vision tell apart. Colour never carries a meaning alone:
each one comes with a hatch, a marker or a line style, and a character for the text form. The background is always
white, so that a picture reads the same in a dark theme.

matplotlib keeps its settings in one global object. `drawing()` swaps in matplotlib's defaults and ours while a picture
is made, under a lock, so views may be made in any thread and a reader's own matplotlibrc changes nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

OKABE_ITO = {
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "green": "#009E73",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "purple": "#CC79A7",
    "yellow": "#F0E442",
    "black": "#000000",
}
GREY = "#8C8C8C"
INK = "#222222"
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


@dataclass(frozen=True)
class Look:
    """How one kind of thing looks: in colour, without colour, and in text."""

    colour: str
    hatch: str
    character: str


LOOKS = {
    "run": Look(OKABE_ITO["sky"], "", "#"),
    "wait": Look("#DDDDDD", "//", "."),
    "blocked": Look(OKABE_ITO["yellow"], "..", "b"),
    "completed": Look(OKABE_ITO["green"], "||", "✓"),
    "failed": Look(OKABE_ITO["vermillion"], "xx", "✗"),
    "interrupted": Look(OKABE_ITO["orange"], "\\\\", "!"),
}
_SPARE = (
    Look(OKABE_ITO["purple"], "++", "+"),
    Look(OKABE_ITO["blue"], "--", "="),
    Look(OKABE_ITO["orange"], "oo", "o"),
    Look(GREY, "**", "*"),
)


def looks(kinds: list[str]) -> dict[str, Look]:
    """A look for each kind, in order: the known ones as in `LOOKS`, the others from what is left.

    Raises ValueError when there are more unknown kinds than a reader could tell apart.

    >>> [look.character for look in looks(["run", "packing"]).values()]
    ['#', '+']
    """
    unknown = [kind for kind in dict.fromkeys(kinds) if kind not in LOOKS]
    if len(unknown) > len(_SPARE):
        raise ValueError(
            f"{len(unknown)} kinds without a look of their own: {', '.join(unknown)}; a reader can tell "
            f"{len(_SPARE)} apart; use fewer, or the known ones: {', '.join(LOOKS)}"
        )
    spare = dict(zip(unknown, _SPARE, strict=False))
    return {kind: LOOKS.get(kind) or spare[kind] for kind in dict.fromkeys(kinds)}


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
