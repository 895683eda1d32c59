"""A figure: a picture together with the text that states its data, and the words for those who cannot see it."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING

from goqueue.lab.views.document import Block, code, document, fold
from goqueue.lab.views.drawing import svg
from goqueue.lab.views.markup import Markup
from goqueue.lab.views.view import View

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


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
        source = "data:image/svg+xml;base64," + b64encode(svg(drawing)).decode()
        picture = Markup(f'<img src="{source}" alt="{escape(alt)}" style="max-width:100%;background:#ffffff">')
        super().__init__(*document(Block(text, picture), fold("The same as text", code(text))))
