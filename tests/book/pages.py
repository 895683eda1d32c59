"""What a page asks for: where its links lead, and which addresses of the network it would fetch by itself.

A Markdown file is read as GitHub renders it: each heading is an anchor.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin

_MARKDOWN = MarkdownIt("commonmark").enable("table").use(anchors_plugin, max_level=6)
_FETCHED = ("src", "srcset", "data", "poster", "background", "href")
_NETWORK = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
_IN_STYLE = re.compile(r"""(?:url\(|@import)\s*["']?((?:https?:)?//[^"')\s;]+)""", re.IGNORECASE)


def broken(file: Path) -> list[str]:
    """The links of a page that lead nowhere, pictures, scripts and styles included."""
    links = [str(tag.get("href", tag.get("src"))) for tag in page_in(file).select("[href], [src]")]
    return [link for link in links if not _leads_somewhere(link, file)]


def _leads_somewhere(link: str, file: Path) -> bool:
    url = urlsplit(link)
    if url.scheme or url.netloc:  # in the network: only its form is checked
        return url.scheme == "data" or (url.scheme in ("http", "https") and "." in url.netloc)
    target = (file.parent / unquote(url.path)).resolve() if url.path else file
    if not url.fragment or target.suffix not in (".md", ".html"):
        return target.exists()
    return target.exists() and page_in(target).find(id=unquote(url.fragment)) is not None


@functools.cache
def page_in(file: Path) -> BeautifulSoup:
    """A file, as a page."""
    text = file.read_text(encoding="utf-8")
    return BeautifulSoup(_MARKDOWN.render(text) if file.suffix == ".md" else text, "html.parser")


def fetched(page: BeautifulSoup) -> list[str]:
    """The addresses that a page fetches by itself, from its tags and its styles."""
    values = [str(tag.get(name, "")) for tag in page.select(":not(a)") for name in _FETCHED]
    styles = [*(tag.get_text() for tag in page("style")), *(str(tag["style"]) for tag in page.select("[style]"))]
    return [value for value in values if _NETWORK.match(value)] + in_style("\n".join(styles))


def in_style(css: str) -> list[str]:
    """The addresses that a style sheet fetches."""
    return _IN_STYLE.findall(css)
