"""The HTML of every view passes JupyterLab's sanitiser whole, whatever is written on it; and comes out the same twice.

JupyterLab shows the HTML of an untrusted notebook without the tags, attributes and styles that its sanitiser
(@jupyterlab/apputils, sanitizer.ts) does not know, and says nothing. The lists below are the part of its lists that
the views use. Who wants more: look it up there, add it here, and look at the view in an untrusted notebook.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from goqueue.lab.views import Attempt, Span, View, curve, lanes, table, timeline

TAGS = {"img", "details", "summary", "pre", "table", "caption", "thead", "tbody", "tr", "th", "td"}
ATTRIBUTES = {"img": {"src", "alt"}, "th": {"scope"}}  # besides style, which every tag may have
_COLOUR = r"#[0-9a-f]{6}"
_LENGTH = r"\d*\.?\d+(em|px|%)"
STYLES = {
    "background": _COLOUR,
    "border": rf"\d+px solid {_COLOUR}",
    "border-collapse": "collapse",
    "color": _COLOUR,
    "font-weight": "bold",
    "line-height": r"\d+(\.\d+)?",
    "max-width": _LENGTH,
    "overflow-x": "auto",
    "padding": rf"{_LENGTH}( {_LENGTH})?",
    "text-align": "left|right",
}

VIEWS: dict[str, Callable[[str], View]] = {
    "lanes": lambda name: lanes([Span(name, 0, 1.25, name), Span("worker-2", 0, 2, "job-2", "wait")], title=name),
    "timeline": lambda name: timeline(
        [Attempt(name, 1, 0, 1.25, "failed"), Attempt(name, 2, 2.5, 3, "completed")], title=name
    ),
    "curve": lambda name: curve({name: [(0, 1.25), (1, 2.5)]}, name, name, name),
    "table": lambda name: table([name, "jobs"], [[name, 1.25], ["worker-2", 2]], title=name),
}
HOSTILE = '"><svg onload="x"><b style="position:fixed"> & \'</pre></details></td> $\\nonsense{$'


class Sanitiser(HTMLParser):
    """Notes the tags of a page, and what JupyterLab's sanitiser would take out of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.opened: list[str] = []
        self.lost: list[str] = []
        self.feed(html)
        self.close()
        self.lost += [f"<{tag}> is never closed" for tag in self.opened]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.opened += [tag] if tag != "img" else []
        self.lost += [f"<{tag}>"] if tag not in TAGS else []
        for name, value in attrs:
            if name == "style":
                self._check_style(value or "")
            elif name not in ATTRIBUTES.get(tag, ()):
                self.lost.append(f"<{tag} {name}>")
            elif name == "src" and not re.match("data:image/(svg|png)", value or ""):
                self.lost.append(f"<{tag} src={value}>")

    def handle_endtag(self, tag: str) -> None:
        if self.opened[-1:] != [tag]:
            self.lost.append(f"</{tag}> closes nothing")
        else:
            self.opened.pop()

    def _check_style(self, style: str) -> None:
        for rule in filter(None, style.split(";")):
            name, _, value = rule.partition(":")
            if name not in STYLES or not re.fullmatch(STYLES[name], value):
                self.lost.append(rule)


@pytest.mark.parametrize("kind", VIEWS)
def test_the_sanitiser_takes_nothing_out(kind: str) -> None:
    assert Sanitiser(VIEWS[kind]("worker-1").html).lost == []


@pytest.mark.parametrize("kind", VIEWS)
def test_a_name_cannot_become_markup(kind: str) -> None:
    page, plain = Sanitiser(VIEWS[kind](HOSTILE).html), Sanitiser(VIEWS[kind]("worker-1").html)
    assert page.lost == []
    assert page.tags == plain.tags


@pytest.mark.parametrize("kind", VIEWS)
def test_the_text_says_what_was_written_and_every_number(kind: str) -> None:
    text = VIEWS[kind](HOSTILE).text
    assert HOSTILE in text
    assert {"1.25", "2"} <= set(re.findall(r"\d+(?:\.\d+)?", text)), text


@pytest.mark.parametrize("kind", VIEWS)
def test_the_same_data_give_the_same_bytes_and_other_data_others(kind: str) -> None:
    first, again, other = (VIEWS[kind](name) for name in ("worker-1", "worker-1", "worker-3"))
    assert first == again
    assert first.text != other.text
    assert first.html != other.html


@pytest.mark.parametrize(
    ("html", "lost"),
    [
        ("<svg></svg>", "<svg>"),
        ('<pre onclick="x">1</pre>', "<pre onclick>"),
        ('<pre style="position:fixed">1</pre>', "position:fixed"),
        ('<pre style="color:var(--ink)">1</pre>', "color:var(--ink)"),
        ('<img src="https://partner.example/x.png" alt="x">', "<img src=https://partner.example/x.png>"),
        ("<details><pre>1</details>", "</details> closes nothing"),
        ("<details>", "<details> is never closed"),
    ],
)
def test_this_sanitiser_finds_what_it_is_there_to_find(html: str, lost: str) -> None:
    assert lost in Sanitiser(html).lost
