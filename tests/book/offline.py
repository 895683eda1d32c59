"""Which addresses of the network a page would ask for. A link that a reader may follow is none of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

_FETCHED = {"src", "srcset", "data", "poster", "background", "href"}
_NETWORK = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_IN_STYLE = re.compile(r"""(?:url\(|@import)\s*["']?((?:https?:)?//[^"')\s;]+)""", re.IGNORECASE)


def fetched(html: str) -> list[str]:
    """The addresses that a page fetches by itself, from its tags and its styles."""
    page = _Page()
    page.feed(html)
    page.close()
    return page.found


def in_style(css: str) -> Iterator[str]:
    """The addresses that a style sheet fetches."""
    yield from _IN_STYLE.findall(css)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.style = tag == "style"
        for name, value in attrs:
            if name == "style":
                self.found += in_style(value or "")
            elif name in _FETCHED and tag != "a" and _NETWORK.match((value or "").strip()):
                self.found.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        self.style = False

    def handle_data(self, data: str) -> None:
        if self.style:
            self.found += in_style(data)
