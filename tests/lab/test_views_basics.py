"""What all views rest on: text first, HTML that shows anywhere, one look for each kind, the same picture each time."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from bs4 import BeautifulSoup

from goqueue.lab.views import Figure, Span, View, content_id, curve, lanes, table
from goqueue.lab.views.document import Block, bold, code, document, fold, paragraph
from goqueue.lab.views.markup import Markup, cell, element, grid
from goqueue.lab.views.style import BAD, GOOD, LOOKS, ODD, OKABE_ITO, looks
from tests.notebooks.accessibility import breaches

SPANS = [Span("worker-1", 0, 0.1, "job-1"), Span("worker-2", 0, 0.2, "job-2", "wait")]


def picture(view: View) -> str:
    """The SVG inside a view's HTML."""
    image = BeautifulSoup(view.html, "html.parser").select_one("img")
    assert image
    return base64.b64decode(str(image["src"]).removeprefix("data:image/svg+xml;base64,")).decode()


def test_a_view_shows_its_text_and_when_it_has_some_its_html_and_never_changes() -> None:
    view = View("sent 1\nsent 2", "<b>sent 1</b>")
    assert repr(view) == "sent 1\nsent 2"
    assert view._repr_mimebundle_() == {"text/plain": "sent 1\nsent 2", "text/html": "<b>sent 1</b>"}
    assert View("sent 1")._repr_mimebundle_() == {"text/plain": "sent 1"}
    with pytest.raises(FrozenInstanceError):
        view.text = "failed"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "html", "words"),
    [
        ("", "<b>sent</b>", "text/plain is what tests compare"),
        ("  \n", "<b>sent</b>", "text/plain is what tests compare"),
        ("sent", "<svg width='1'></svg>", "does not show in an untrusted or offline notebook"),
        ("sent", "<iframe src='data:,'></iframe>", "does not show"),
        ("sent", '<img alt="x" src="https://partner.example/x.png">', "does not show"),
        ("sent", "<script src=//partner.example/x.js></script>", "does not show"),
        ("sent", "<link rel=stylesheet>", "does not show"),
    ],
)
def test_a_view_that_would_not_show_everywhere_is_refused(text: str, html: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        View(text, html)


@pytest.mark.parametrize("html", ['<img src="data:image/png;base64,AA" alt="x">', "<pre>&lt;svg src=x</pre>"])
def test_html_that_shows_everywhere_is_accepted(html: str) -> None:
    assert View("sent", html).html == html


def test_an_id_depends_on_the_content_and_on_nothing_else() -> None:
    assert content_id("a", "b") == "view-59b271ae1bbc"
    assert content_id("a", "b") != content_id("ab")


# -- documents and their markup --------------------------------------------------------------------------------------


def test_text_is_escaped_once_in_elements_and_in_attributes() -> None:
    inner = element("b", "1 < 2 & 3")
    assert inner == "<b>1 &lt; 2 &amp; 3</b>"
    assert element("p", inner, " <", class_="x", data_call='say("<")', title="") == (
        '<p class="x" data-call="say(&quot;&lt;&quot;)"><b>1 &lt; 2 &amp; 3</b> &lt;</p>'
    )


def test_a_grid_names_its_columns_and_keeps_cells_that_are_made_already() -> None:
    page = BeautifulSoup(grid(["job", "ms"], [[cell("a", scope="row"), "7"]], "Jobs"), "html.parser")
    assert [(head.get_text(), head["scope"]) for head in page.select("th")] == [
        ("job", "col"),
        ("ms", "col"),
        ("a", "row"),
    ]
    assert [tag.get_text() for tag in page.select("caption, td")] == ["Jobs", "7"]
    assert "thead" not in grid([], [["7"]])


def test_a_document_says_in_html_what_it_says_in_text_and_folds_the_rest() -> None:
    blocks: list[Block | View] = [
        bold("Two <jobs>"),
        paragraph("kept: 2", "2 are ", element("b", "kept")),
        table(["n"], [[1]]),
    ]
    text, html = document(*blocks, fold("Why", code("a  b"), opened=True), fold("More", text="1 more"), box="margin:0")
    assert text == "Two <jobs>\nkept: 2\nn\n-\n1\n1 more"
    page = BeautifulSoup(html, "html.parser")
    assert [tag.get_text() for tag in page.select("div > p, pre, summary")] == [
        "Two <jobs>",
        "2 are kept",
        "Why",
        "a  b",
        "More",
    ]
    assert [fold.has_attr("open") for fold in page.select("details")] == [True, False]


def test_every_tint_can_be_read_and_told_apart_in_every_theme() -> None:
    cells = [cell(colour, style=f"background:{colour}") for colour in (GOOD, BAD, ODD)]
    assert breaches(grid(["kept", "broken", "error"], [cells])) == []
    assert isinstance(cells[0], Markup)


def test_no_two_kinds_differ_by_colour_alone() -> None:
    every = looks([*LOOKS, "packing", "sorting", "checking", "billing"])
    assert len({look.character for look in every.values()}) == len(every)
    assert len({look.hatch for look in every.values()}) == len(every)
    assert len(set(OKABE_ITO.values())) == 8
    with pytest.raises(ValueError, match="5 kinds without a look of their own"):
        looks(["a", "b", "c", "d", "e"])


# -- tables ----------------------------------------------------------------------------------------------------------


def test_a_table_is_aligned_in_text() -> None:
    view = table(["promise", "kept"], [["<stop> joins", True], ["two\nlines", 2]], title="A & B")
    assert view.text == "A & B\npromise       kept\n------------  ----\n<stop> joins  True\ntwo lines     2"


def test_a_table_without_rows_says_so() -> None:
    view = table(["status", "jobs"], [])
    assert view.text.splitlines()[-1] == "(no rows)"
    assert "(no rows)" in view.html


def test_rows_and_headers_must_fit() -> None:
    with pytest.raises(ValueError, match=r"the row \['pending'\] has 1 cells under 2 headers \(status, jobs\)"):
        table(["status", "jobs"], [["failed", 1], ["pending"]])
    with pytest.raises(ValueError, match="without headers"):
        table([], [])


# -- pictures --------------------------------------------------------------------------------------------------------


def test_a_picture_says_what_it_shows_and_has_its_data_as_text() -> None:
    view = lanes(SPANS, title="Two <workers> & a $")
    page = BeautifulSoup(view.html, "html.parser")
    assert [str(image["alt"])[:39] for image in page.select("img")] == ["Two <workers> & a $: a chart of 2 lanes"]
    assert [data.get_text() for data in page.select("details pre")] == [view.text]


def test_a_picture_without_an_alt_text_is_refused() -> None:
    from matplotlib.figure import Figure as Drawing

    with pytest.raises(ValueError, match="needs an alt text"):
        Figure(Drawing(), "sent 1", " ")


def _run(code: str, **environment: str) -> str:
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )
    return done.stdout.decode().strip()


def test_importing_the_views_imports_no_matplotlib() -> None:
    unwanted = {"matplotlib", "numpy", "IPython", "rich"}
    assert _run(f"import sys, goqueue.lab.views; print({unwanted} & set(sys.modules))") == "set()"


def test_a_picture_is_the_same_in_another_process() -> None:
    code = f"from goqueue.lab.views import Span, lanes\nprint(lanes({SPANS}).html)"
    assert _run(code, PYTHONHASHSEED="7", TZ="Pacific/Auckland", PYTHONIOENCODING="utf-8") == lanes(SPANS).html


def test_a_picture_names_no_date_no_version_and_no_font() -> None:
    svg = picture(lanes(SPANS))
    assert not re.search(r"<dc:date>|Matplotlib v|<text\b|font-family", svg)
    loaded = [address for address in re.findall(r'(?:href|src)="([^"]*)"', svg) if not address.startswith("#")]
    assert loaded == []


def test_the_readers_settings_of_matplotlib_neither_matter_nor_change() -> None:
    import matplotlib as mpl

    before = picture(lanes(SPANS))
    with mpl.rc_context({"font.size": 30, "svg.hashsalt": "another", "axes.facecolor": "black"}):
        settings = dict(mpl.rcParams)
        assert picture(lanes(SPANS)) == before
        assert dict(mpl.rcParams) == settings


def test_pictures_may_be_drawn_in_many_threads() -> None:
    import matplotlib as mpl

    settings = dict(mpl.rcParams)

    def draw(index: int) -> str:
        return lanes(SPANS).html if index % 2 == 0 else curve({"a": [(0, 1)]}, "one", "x", "y").html

    expected = [draw(0), draw(1)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(draw, range(12))) == expected * 6
    assert dict(mpl.rcParams) == settings


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    missing: Any = None
    monkeypatch.setitem(sys.modules, "matplotlib", missing)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'goqueue\[lab\]'"):
        lanes(SPANS)
