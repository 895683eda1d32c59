"""What all views rest on: text first, HTML that shows anywhere, one look for each kind, documents and tables."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from bs4 import BeautifulSoup

from goqueue.lab.views import View, content_id, table
from goqueue.lab.views.document import Block, bold, code, document, fold, paragraph
from goqueue.lab.views.markup import element, grid
from goqueue.lab.views.style import LOOKS, OKABE_ITO, looks


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


def test_a_grid_names_its_columns_if_they_have_names() -> None:
    named = BeautifulSoup(grid(["job", "ms"], [["a", "7"]]), "html.parser")
    assert [(head.get_text(), head["scope"]) for head in named.select("thead th")] == [("job", "col"), ("ms", "col")]
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
    told = [tag.get_text() for tag in page.select("div > p, pre, summary")]
    assert told == ["Two <jobs>", "2 are kept", "Why", "a  b", "More"]
    assert [fold.has_attr("open") for fold in page.select("details")] == [True, False]


def test_no_two_kinds_differ_by_colour_alone() -> None:
    every = looks([*LOOKS, "packing", "sorting", "checking", "billing"])
    assert len({look.character for look in every.values()}) == len(every)
    assert len({look.hatch for look in every.values()}) == len(every)
    assert len(set(OKABE_ITO.values())) == 8
    with pytest.raises(ValueError, match="5 kinds without a look of their own"):
        looks(["a", "b", "c", "d", "e"])


# -- tables ----------------------------------------------------------------------------------------------------------


def test_a_table_is_aligned_in_text_says_if_it_has_no_rows_and_rows_must_fit() -> None:
    view = table(["promise", "kept"], [["<stop> joins", True], ["two\nlines", 2]], title="A & B")
    assert view.text == "A & B\npromise       kept\n------------  ----\n<stop> joins  True\ntwo lines     2"
    empty = table(["status", "jobs"], [])
    assert empty.text.splitlines()[-1] == "(no rows)"
    assert "(no rows)" in empty.html
    with pytest.raises(ValueError, match=r"the row \['pending'\] has 1 cells under 2 headers \(status, jobs\)"):
        table(["status", "jobs"], [["failed", 1], ["pending"]])
    with pytest.raises(ValueError, match="without headers"):
        table([], [])
