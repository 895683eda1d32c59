"""HTML, made from elements: the one place that escapes text, and the only one that writes a tag.

A plain string is text and is escaped. A `Markup` is HTML already, such as what `element` returns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from goqueue.lab.views.style import CAPTION, CELL, HEAD, TABLE, WORD

_MARKS = {
    r"`([^`]+)`": rf'<code style="{WORD}">\1</code>',
    r"\*\*([^*]+)\*\*": r"<b>\1</b>",
    r"\B\*(\w[^*]*)\*\B": r"<em>\1</em>",
}


class Markup(str):
    """HTML that needs no escaping."""

    __slots__ = ()


def element(tag: str, *inside: str, **attributes: str | None) -> Markup:
    """Return one element. An underscore in an attribute's name stands for a hyphen; an empty value is left out.

    >>> element("p", "1 < 2, ", element("b", "always"), style="margin:0")
    '<p style="margin:0">1 &lt; 2, <b>always</b></p>'
    """
    said = [f' {name.strip("_").replace("_", "-")}="{escape(value)}"' for name, value in attributes.items() if value]
    return Markup(f"<{tag}{''.join(said)}>{joined(inside)}</{tag}>")


def joined(parts: Iterable[str]) -> Markup:
    """Return the parts one after the other, those that are text escaped."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part, quote=False) for part in parts))


def cell(*inside: str, style: str = "", **attributes: str) -> Markup:
    """Return a cell of a table: a head if it has a `scope` ("row" or "col"). `style` is added to the usual one."""
    tag = "th" if "scope" in attributes else "td"
    return element(tag, *inside, style=f"{CELL};{style}".rstrip(";"), **attributes)


def grid(heads: Sequence[str], rows: Iterable[Iterable[str]], caption: str = "", style: str = TABLE) -> Markup:
    """Return a table. A head or a cell that is text becomes a cell of the usual look."""
    top = [head if isinstance(head, Markup) else cell(head, scope="col", style=HEAD) for head in heads]
    body = [element("tr", *(one if isinstance(one, Markup) else cell(one) for one in row)) for row in rows]
    parts = [element("caption", caption, style=CAPTION)] if caption else []
    parts += [element("thead", element("tr", *top))] if top else []
    return element("table", *parts, element("tbody", *body), style=style)


def prose(text: str) -> Markup:
    """Return a line in which `code`, **bold** and *emphasis* are marked as in Markdown.

    >>> prose("*No* <b>")
    '<em>No</em> &lt;b&gt;'
    """
    made: str = joined([text])
    for marked, markup in _MARKS.items():
        made = re.sub(marked, markup, made)
    return Markup(made)


def script(file: Path, content_id: str) -> Markup:
    """Return the script in `file`, which acts once on each element whose class is `content_id`."""
    source = file.read_text(encoding="utf-8").replace("CONTENT_ID", content_id)
    return Markup(f"<script>\n{source}</script>")
