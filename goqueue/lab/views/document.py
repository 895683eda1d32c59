"""A document: what a view shows, said once. It is a list of blocks, and each block is both text and HTML.

    View(*document(bold("12 Worker pool"), paragraph("Kept: 3 of 4"), fold("A hint", paragraph("Join the threads."))))

A view is a block as well, so a document may hold a table or a run to step through.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from goqueue.lab.views.markup import Markup, element, joined
from goqueue.lab.views.style import CODE, FOLD
from goqueue.lab.views.view import View


@dataclass(frozen=True)
class Block:
    """A part of a document: its lines of text, None if the text leaves it out, and the same as HTML."""

    text: str | None
    html: str = ""


def document(*blocks: Block | View, box: str = "") -> tuple[str, str]:
    """Return the text and the HTML of the blocks, one below the other; `box` is the style of a box around the HTML.

    >>> document(bold("2 of 3"), paragraph("a < b"), fold("Why", code("b = 7")))[0]
    '2 of 3\\na < b'
    """
    html = _html(blocks)
    text = "\n".join(block.text for block in blocks if block.text is not None)
    return text, element("div", html, style=box) if box else html


def _html(blocks: Iterable[Block | View]) -> Markup:
    return joined(Markup(block.html) for block in blocks)


def line(text: str, *inside: str) -> Block:
    """Words. `inside` is their HTML where it differs from the text."""
    return Block(text, joined(inside or (text,)))


def paragraph(text: str, *inside: str) -> Block:
    """The same, as a paragraph."""
    return Block(text, element("p", *(inside or (text,))))


def bold(text: str) -> Block:
    """A line that stands out, such as a title."""
    return paragraph(text, element("b", text))


def code(text: str, style: str = CODE) -> Block:
    """Lines of code, or others whose blanks and line breaks count."""
    return Block(text, element("pre", text, style=style))


def bullets(items: Iterable[Block | View], style: str = "") -> Block:
    """A list. With `style=LIST` it shows no bullets: each item has a mark of its own."""
    kept = list(items)
    html = element("ul", *(element("li", Markup(item.html)) for item in kept), style=style)
    return Block(document(*kept)[0], html)


def fold(summary: str, *inside: Block | View, opened: bool = False, text: str | None = None) -> Block:
    """Blocks that are folded away in HTML. Instead of them, the text has `text`, or nothing."""
    parts = (element("summary", summary), _html(inside))
    return Block(text, element("details", *parts, style=FOLD, open="open" if opened else ""))
