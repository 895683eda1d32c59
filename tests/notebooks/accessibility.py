"""Whether a page can be read by ear, by keyboard, and with any colour vision: each rule from a tree to its breaches.

What is read: the HTML that a notebook's cells show, and its Markdown, made into HTML. What scripts add is not seen
here: tests/browser looks at that. Where WCAG has a rule (contrast, headings, names), it is that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from typing import Any

from markdown_it import MarkdownIt

from goqueue.lab.views.style import OKABE_ITO
from tests.notebooks.elements import Element, contrast, lightness, luminance, parsed, rgb

LEAST_CONTRAST = 4.5
LEAST_ALT = 40  # characters; data in words take more than a title does
MOST_ROWS = 12  # of a table without a title; what it shows is seen at a glance
PALE = 0.5  # the least luminance of a tint
APART = 4.0  # of L*: tints in one table that still differ when printed in grey

_NAMELESS = {"", "here", "click here", "this", "this page", "link", "more", "read more", "see here"}
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_MARKDOWN = MarkdownIt("commonmark").enable("table")

Rule = Callable[[Element], Iterator[str]]


def problems(notebook: Any) -> list[str]:
    """All breaches in a notebook, each with where it is."""
    found: list[str] = []
    for index, cell in enumerate(notebook["cells"], start=1):
        for rules, html in _pages(cell):
            page = parsed(html)
            found += [f"cell {index}: {breach}" for rule in rules for breach in rule(page)]
    return found + list(headings_do_not_skip(parsed(_written(notebook))))


def breaches(html: str) -> list[str]:
    """All breaches in one page of HTML."""
    page = parsed(html)
    return [breach for rule in RULES for breach in rule(page)]


def _pages(cell: Any) -> Iterator[tuple[tuple[Rule, ...], str]]:
    if cell["cell_type"] == "markdown":
        yield ALWAYS, _MARKDOWN.render(cell["source"])
    for output in cell.get("outputs", ()):
        yield RULES, output.get("data", {}).get("text/html", "")


def _written(notebook: Any) -> str:
    return "\n".join(_MARKDOWN.render(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")


def _named(element: Element) -> str:
    return element.attributes.get("aria-label", "").strip() or element.text


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")


def pictures_state_their_data(page: Element) -> Iterator[str]:
    for picture in page.all("img"):
        alt = picture.attributes.get("alt", "")
        if len(alt) < LEAST_ALT or not any(letter.isdigit() for letter in alt):
            yield f"a picture's alt text, {_short(alt)}, states no data: say in numbers what one sees"


def headings_do_not_skip(page: Element) -> Iterator[str]:
    levels = [(int(heading.tag[1]), heading.text) for heading in page.all(*_HEADINGS)]
    for (above, _), (level, text) in pairwise([(0, ""), *levels]):
        if level > above + 1:
            yield f"the heading {_short(text)} is of level {level}, after one of level {above}: skip none"
        if level == 1 and above:
            yield f"the heading {_short(text)} is a second title: a page has one"


def links_say_where_they_go(page: Element) -> Iterator[str]:
    for link in page.all("a"):
        said = _named(link)
        if "href" in link.attributes and (said.lower().strip(" .:") in _NAMELESS or "://" in said):
            yield f"the link {_short(said)} does not say where it goes: name the page"


def what_is_used_has_a_name(page: Element) -> Iterator[str]:
    for element in page.all("button", "summary"):
        if not _named(element):
            yield f"a <{element.tag}> without text: a screen reader has nothing to say"
    for element in page.all("input", "select", "textarea"):
        name, around = element.attributes.get("id"), element.inside("label")
        labels = [label for label in page.all("label") if name and label.attributes.get("for") == name]
        if not (element.attributes.get("aria-label") or around or labels):
            yield f"a <{element.tag}> without a label: wrap it in <label>, or give it an aria-label"


def folds_have_a_summary(page: Element) -> Iterator[str]:
    for fold in page.all("details"):
        inside = [child for child in fold.children if isinstance(child, Element)]
        if not inside or inside[0].tag != "summary":
            yield "a <details> that does not begin with a <summary>: nobody knows what is folded"


def the_keyboard_goes_in_reading_order(page: Element) -> Iterator[str]:
    for element in page.all():
        if element.attributes.get("tabindex", "0").strip() not in ("0", "-1"):
            yield f"a tabindex of {element.attributes['tabindex']}: use 0, and write things in their order"


def tables_have_heads(page: Element) -> Iterator[str]:
    for table in page.all("table"):
        heads = list(table.all("th"))
        said = _short(table.text)
        if not heads:
            yield f"the table {said} has no <th>: name its columns or its rows"
        if any(head.attributes.get("scope") not in ("col", "row", "colgroup", "rowgroup") for head in heads):
            yield f"the table {said} has a <th> without scope: say col or row"
        if len(list(table.all("tr"))) > MOST_ROWS and not _titled(table):
            yield f"the table {said} is long and has no <caption>: say what it shows"


def _titled(table: Element) -> bool:
    """Whether something says what the table shows: its caption, its label, or the fold that it is in."""
    caption = any(caption.text for caption in table.all("caption"))
    return caption or "aria-label" in table.attributes or table.inside("details") is not None


def words_stand_out(page: Element) -> Iterator[str]:
    for element in page.all():
        ink, paper = element.style("color"), _paper(element)
        if not element.own_text or not (ink or paper):
            continue
        front, back = rgb(ink), rgb(paper)
        if not (ink and paper):
            yield f"{_short(element.own_text)} has a colour and no background, or the reverse: a dark theme hides it"
        elif front is None or back is None:
            yield f"{_short(element.own_text)} is {ink} on {paper}: write both as #rrggbb"
        elif (found := contrast(front, back)) < LEAST_CONTRAST:
            yield f"{_short(element.own_text)} is {ink} on {paper}: a contrast of {found:.1f}, not {LEAST_CONTRAST}"


def _paper(element: Element) -> str:
    return element.style("background(?:-color)?")


def colours_are_told_apart(page: Element) -> Iterator[str]:
    known = {rgb(colour) for colour in OKABE_ITO.values()}
    for name in ("color", "background(?:-color)?", "border-color", "outline-color"):
        for colour in sorted({element.own_style(name) for element in page.all()} - {""}):
            found = rgb(colour)
            if found and found not in known and not _is_grey(found) and luminance(found) < PALE:
                yield f"the colour {colour} is neither of Okabe and Ito's, nor grey, nor pale: some cannot tell it"


def _is_grey(colour: tuple[int, int, int]) -> bool:
    return max(colour) - min(colour) <= 8


def colour_is_never_alone(page: Element) -> Iterator[str]:
    for table in page.all("table"):
        said: dict[str, str] = {}  # what a cell says -> its colour
        for cell in table.all("td"):
            colour = cell.own_style("background(?:-color)?")
            found = rgb(colour)
            if found and not _is_grey(found) and not cell.text:
                yield f"a cell of the table {_short(table.text)} is {colour} and says nothing: add a mark or a word"
            if colour and cell.text and said.setdefault(cell.text, colour) != colour:
                yield f"{_short(cell.text)} is both {colour} and {said[cell.text]}: only the colour tells them apart"


def tints_differ_in_grey(page: Element) -> Iterator[str]:
    for table in page.all("table"):
        seen = {rgb(cell.own_style("background(?:-color)?")) for cell in table.all("td")}
        tints = sorted(found for found in seen if found and not _is_grey(found))
        for one, other in combinations(tints, 2):
            if abs(lightness(one) - lightness(other)) < APART:
                yield f"two tints of the table {_short(table.text)} are equally light: make one darker"


ALWAYS: tuple[Rule, ...] = (  # Markdown too, whose tables and headings are not of our making
    pictures_state_their_data,
    links_say_where_they_go,
    what_is_used_has_a_name,
    folds_have_a_summary,
    the_keyboard_goes_in_reading_order,
    words_stand_out,
    colours_are_told_apart,
)
RULES: tuple[Rule, ...] = (
    *ALWAYS,
    headings_do_not_skip,
    tables_have_heads,
    colour_is_never_alone,
    tints_differ_in_grey,
)
