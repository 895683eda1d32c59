"""A figure: a picture together with the text that states its data, and the words for those who cannot see it.

A picture has the same bytes each time, in any thread, whatever a reader's own settings are. matplotlib keeps its
settings in one global object. `drawing()` swaps in matplotlib's defaults and ours while a picture is made, under a
lock, so views may be made in any thread and a reader's own matplotlibrc changes nothing.
"""

from __future__ import annotations

import sys
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

from goqueue.lab.views import plain_picture
from goqueue.lab.views.document import Block, code, document, fold
from goqueue.lab.views.markup import Markup
from goqueue.lab.views.plain_axes import PlainAxes
from goqueue.lab.views.plain_marks import width_of
from goqueue.lab.views.style import INK
from goqueue.lab.views.view import View

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

PLAIN = sys.platform == "emscripten"  # in a browser tab, where matplotlib is not to be had
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


class Figure(View):
    """A matplotlib drawing as a view: the picture, and under it the data, folded away.

    `text` must state the plotted data, since nobody compares pictures; `alt` says in a sentence what the picture
    shows, and a screen reader reads it aloud. The picture is rendered here, so changing `drawing` later changes
    nothing. Thread-safe. Raises ValueError when `alt` is empty.

    >>> from matplotlib.figure import Figure as Drawing
    >>> drawing = Drawing(figsize=(2, 1))
    >>> _ = drawing.add_subplot().plot([1, 2, 3], [1, 2, 4])
    >>> Figure(drawing, "wait in s after attempt 1, 2, 3: 1, 2, 4", "A curve that doubles at each attempt.")
    wait in s after attempt 1, 2, 3: 1, 2, 4
    """

    def __init__(self, drawing: Drawing, text: str, alt: str) -> None:
        if not alt.strip():
            raise ValueError(
                f"a picture needs an alt text, and this one is {alt!r}: it is read aloud in place of the picture; "
                "say in a sentence what the picture shows"
            )
        super().__init__(*with_text(svg(drawing), text, alt))


def with_text(picture: bytes, text: str, alt: str) -> tuple[str, str]:
    """Return the text and the HTML of a view that shows an SVG picture, and its data folded away."""
    source = "data:image/svg+xml;base64," + b64encode(picture).decode()
    image = Markup(f'<img src="{source}" alt="{escape(alt)}" style="max-width:100%;background:#ffffff">')
    return document(Block(text, image), fold("The same as text", code(text)))


def draw(paint: Callable[[Axes], None], text: str, alt: str, height: float, width: float = WIDTH) -> View:
    """Return what `paint` draws on axes of `width` by `height` inches.

    The axes fill the drawing, and what is written around them (names, title, legend) widens the picture when it is
    saved: so nothing is ever cut off, and a bar's width in points is known before it is drawn.
    """
    if PLAIN:
        axes = PlainAxes(width, height)
        paint(cast("Axes", axes))
        return View(*with_text(plain_picture.svg(axes), text, alt))
    with drawing():
        from matplotlib.figure import Figure as Drawing

        figure = Drawing(figsize=(width, height))
        paint(figure.add_axes((0.0, 0.0, 1.0, 1.0)))
        return Figure(figure, text, alt)


def text_width(text: str, size: float) -> float:
    """How wide `text` is, in points, in our font."""
    if PLAIN:
        return width_of(text, size)
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
