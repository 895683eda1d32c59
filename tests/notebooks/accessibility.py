"""Whether a page can be read by ear, by keyboard, and with any colour vision: each rule from a page to its breaches.

What is read: the HTML that a notebook's cells show, and its Markdown, made into HTML. What scripts add is not seen
here: tests/browser looks at that. Where WCAG has a rule (contrast, headings, names), it is that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from typing import Any

from bs4 import BeautifulSoup, Tag
from markdown_it import MarkdownIt

from goqueue.lab.views.style import OKABE_ITO
from tests.notebooks.colours import THEMES, contrast, is_grey, lightness, luminance, mixed, own_style, read

LEAST_CONTRAST = 4.5
LEAST_ALT = 40  # characters; data in words take more than a title does
MOST_ROWS = 12  # of a table without a title; what it shows is seen at a glance
PALE = 0.5  # the least luminance of a tint
LIGHTER = 4.0  # of L*: tints in one table that still differ when printed in grey

_NAMELESS = {"", "here", "click here", "this", "this page", "link", "more", "read more", "see here"}
_MARKDOWN = MarkdownIt("commonmark").enable("table")
_BACKGROUND = "background(?:-color)?"

Rule = Callable[[Tag], Iterator[str]]


def problems(notebook: Any) -> list[str]:
    """All breaches in a notebook, each with where it is."""
    found, written = [], ""
    for index, cell in enumerate(notebook["cells"], start=1):
        if cell["cell_type"] == "markdown":
            written += cell["source"] + "\n"
            found += [f"cell {index}: {breach}" for breach in breaches(_MARKDOWN.render(cell["source"]), ALWAYS)]
        for output in cell.get("outputs", ()):
            found += [f"cell {index}: {breach}" for breach in breaches(output.get("data", {}).get("text/html", ""))]
    return found + breaches(_MARKDOWN.render(written), (headings_do_not_skip,))


def breaches(html: str, rules: tuple[Rule, ...] | None = None) -> list[str]:
    """All breaches in one page of HTML, of every rule unless some are named."""
    page = BeautifulSoup(html, "html.parser")
    return [breach for rule in rules or RULES for breach in rule(page)]


def _attribute(tag: Tag, name: str) -> str:
    return str(tag.get(name) or "").strip()


def text(tag: Tag) -> str:
    """What it says, on one line; of a picture, its alt text."""
    alts = [_attribute(picture, "alt") for picture in tag.select("img")]
    return " ".join(" ".join([*alts, tag.get_text(" ")]).split())


def _name(tag: Tag) -> str:
    return _attribute(tag, "aria-label") or text(tag)


def _short(words: str) -> str:
    return repr(words if len(words) <= 40 else words[:39] + "…")


def pictures_state_their_data(page: Tag) -> Iterator[str]:
    for picture in page.select("img"):
        alt = _attribute(picture, "alt")
        if len(alt) < LEAST_ALT or not any(letter.isdigit() for letter in alt):
            yield f"a picture's alt text, {_short(alt)}, states no data: say in numbers what one sees"


def headings_do_not_skip(page: Tag) -> Iterator[str]:
    levels = [(int(heading.name[1]), text(heading)) for heading in page.select("h1, h2, h3, h4, h5, h6")]
    for (above, _), (level, words) in pairwise([(0, ""), *levels]):
        if level > above + 1:
            yield f"the heading {_short(words)} is of level {level}, after one of level {above}: skip none"
        if level == 1 and above:
            yield f"the heading {_short(words)} is a second title: a page has one"


def links_say_where_they_go(page: Tag) -> Iterator[str]:
    for link in page.select("a[href]"):
        said = _name(link)
        if said.lower().strip(" .:") in _NAMELESS or "://" in said:
            yield f"the link {_short(said)} does not say where it goes: name the page"


def what_is_used_has_a_name_and_its_place(page: Tag) -> Iterator[str]:
    for tag in page.select("button, summary"):
        if not _name(tag):
            yield f"a <{tag.name}> without text: a screen reader has nothing to say"
    labelled = {_attribute(label, "for") for label in page.select("label[for]")}
    for tag in page.select("input, select, textarea"):
        if not (_attribute(tag, "aria-label") or tag.find_parent("label") or _attribute(tag, "id") in labelled):
            yield f"a <{tag.name}> without a label: wrap it in <label>, or give it an aria-label"
    for _ in page.select("details:not(:has(> summary:first-child))"):
        yield "a <details> that does not begin with a <summary>: nobody knows what is folded"
    for tag in page.select('[tabindex]:not([tabindex="0"], [tabindex="-1"])'):
        yield f"a tabindex of {_attribute(tag, 'tabindex')}: use 0, and write things in their order"


def tables_have_heads(page: Tag) -> Iterator[str]:
    for table in page.select("table"):
        said = _short(text(table))
        if not table.select("th"):
            yield f"the table {said} has no <th>: name its columns or its rows"
        if table.select("th:not([scope=col], [scope=row], [scope=colgroup], [scope=rowgroup])"):
            yield f"the table {said} has a <th> without scope: say col or row"
        titled = any(map(text, table.select("caption"))) or table.has_attr("aria-label") or table.find_parent("details")
        if len(table.select("tr")) > MOST_ROWS and not titled:
            yield f"the table {said} is long and has no <caption>: say what it shows"


def words_stand_out(page: Tag) -> Iterator[str]:
    for tag in page.select(":not(script, style, template)"):
        own = "".join(tag.find_all(string=True, recursive=False)).strip()
        around = [tag, *tag.parents]
        inks = [own_style(one, "color") for one in around]
        papers = [own_style(one, _BACKGROUND) for one in around]
        if own:
            yield from (f"{_short(own)} is {breach}" for breach in _pale(inks, papers))


def _pale(inks: list[str], papers: list[str]) -> Iterator[str]:
    """Each theme in which text cannot be read; of the colours, those of the innermost element come first."""
    ink = next((one for one in inks if one not in ("", "inherit")), "")
    if any(read(one) is None for one in [ink, *papers] if one):
        yield f"{ink} on {', '.join(filter(None, papers))}: write all colours as #rrggbb"
        return
    for theme, (seen, behind) in THEMES.items():
        for paper in reversed(papers):
            behind = mixed(*(read(paper) or (behind, 0.0)), behind)
        front = mixed(*(read(ink) or (seen, 1.0)), behind)
        if (found := contrast(front, behind)) < LEAST_CONTRAST:
            yield f"hard to read in {theme}: a contrast of {found:.1f}, not {LEAST_CONTRAST}"


def colours_are_told_apart(page: Tag) -> Iterator[str]:
    known = [found[0] for found in map(read, OKABE_ITO.values()) if found]
    for name in ("color", _BACKGROUND, "border-color", "outline-color"):
        for colour in sorted({own_style(tag, name) for tag in page.select("[style]")}):
            found = read(colour)
            if found and found[0] not in known and not is_grey(found[0]) and luminance(found[0]) < PALE:
                yield f"the colour {colour} is neither of Okabe and Ito's, nor grey, nor pale: some cannot tell it"


def _tint(cell: Tag) -> str:
    """The background of a cell, if it has a hue."""
    colour = own_style(cell, _BACKGROUND)
    found = read(colour)
    return colour if found and not is_grey(found[0]) else ""


def colour_is_never_alone(page: Tag) -> Iterator[str]:
    for table in page.select("table"):
        seen: dict[str, str] = {}  # what a cell says -> its colour
        for cell in table.select("td"):
            colour, said = own_style(cell, _BACKGROUND), text(cell)
            if _tint(cell) and not said:
                yield f"a cell of the table {_short(text(table))} is {colour} and says nothing: add a mark or a word"
            if colour and said and seen.setdefault(said, colour) != colour:
                yield f"{_short(said)} is both {colour} and {seen[said]}: only the colour tells them apart"


def tints_differ_in_grey(page: Tag) -> Iterator[str]:
    for table in page.select("table"):
        tints = [found for found in map(read, sorted(set(map(_tint, table.select("td"))))) if found]
        for (theme, (_, paper)), (one, other) in (
            (at, pair) for at in THEMES.items() for pair in combinations(tints, 2)
        ):
            if abs(lightness(mixed(*one, paper)) - lightness(mixed(*other, paper))) < LIGHTER:
                yield f"two tints of the table {_short(text(table))} are equally light in {theme}: make one darker"


# Markdown too keeps to these; its tables and headings are not of our making.
ALWAYS: tuple[Rule, ...] = (
    pictures_state_their_data,
    links_say_where_they_go,
    what_is_used_has_a_name_and_its_place,
    words_stand_out,
    colours_are_told_apart,
)
RULES = (*ALWAYS, headings_do_not_skip, tables_have_heads, colour_is_never_alone, tints_differ_in_grey)
