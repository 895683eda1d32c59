"""A view says everything in text, and its HTML and pictures show anywhere, the same bytes each time."""

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

from goqueue.lab.views import Figure, Span, View, content_id, curve, lanes, table
from goqueue.lab.views.style import LOOKS, OKABE_ITO, looks

SPANS = [Span("worker-1", 0, 0.1, "job-1"), Span("worker-2", 0, 0.2, "job-2", "wait")]


def picture(view: View) -> str:
    """The SVG inside a view's HTML."""
    match = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', view.html)
    assert match, "no picture"
    return base64.b64decode(match[1]).decode()


def test_a_view_shows_its_text_and_when_it_has_some_its_html() -> None:
    assert View("sent 1")._repr_mimebundle_() == {"text/plain": "sent 1"}
    assert View("sent 1", "<b>sent 1</b>")._repr_mimebundle_() == {"text/plain": "sent 1", "text/html": "<b>sent 1</b>"}
    assert repr(View("sent 1\nsent 2")) == "sent 1\nsent 2"


@pytest.mark.parametrize("text", ["", "  \n"])
def test_a_view_without_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="text/plain is what tests compare"):
        View(text, "<b>sent</b>")


@pytest.mark.parametrize(
    "html",
    [
        "<svg width='1'></svg>",
        "<iframe src='data:,'></iframe>",
        '<img alt="x" src="https://partner.example/x.png">',
        "<script src=//partner.example/x.js></script>",
        "<link rel=stylesheet>",
    ],
)
def test_html_that_does_not_show_everywhere_is_refused(html: str) -> None:
    with pytest.raises(ValueError, match="does not show in an untrusted or offline notebook"):
        View("sent", html)


@pytest.mark.parametrize("html", ['<img src="data:image/png;base64,AA" alt="x">', "<pre>&lt;svg src=x</pre>"])
def test_html_that_shows_everywhere_is_accepted(html: str) -> None:
    assert View("sent", html).html == html


def test_a_view_never_changes() -> None:
    with pytest.raises(FrozenInstanceError):
        View("sent").text = "failed"  # type: ignore[misc]


def test_an_id_depends_on_the_content_and_on_nothing_else() -> None:
    assert content_id("a", "b") == "view-59b271ae1bbc"
    assert content_id("a", "b") != content_id("ab")


def test_importing_the_views_imports_no_matplotlib() -> None:
    code = "import sys, goqueue.lab.views; print({'matplotlib', 'numpy', 'IPython', 'rich'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=_environment())
    assert said.stdout == "set()\n"


def _environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **more}


def test_a_picture_has_an_alt_text_and_its_data_as_text() -> None:
    view = lanes(SPANS, title="Two <workers> & a $")
    (alt,) = re.findall(r'<img [^>]*alt="([^"]+)"', view.html)
    assert alt.startswith("Two &lt;workers&gt; &amp; a $: a chart of 2 lanes")
    assert "<details>" in view.html
    assert "worker-1: job-1 0 to 0.1 (run)" in view.html


def test_a_picture_without_an_alt_text_is_refused() -> None:
    from matplotlib.figure import Figure as Drawing

    with pytest.raises(ValueError, match="needs an alt text"):
        Figure(Drawing(), "sent 1", " ")


def test_a_picture_is_the_same_in_another_process() -> None:
    code = (
        "from goqueue.lab.views import Span, lanes\n"
        "print(lanes([Span('worker-1', 0, 0.1, 'job-1'), Span('worker-2', 0, 0.2, 'job-2', 'wait')]).html)"
    )
    environment = _environment(PYTHONHASHSEED="7", TZ="Pacific/Auckland", PYTHONIOENCODING="utf-8")
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment)
    assert said.stdout.decode().strip() == lanes(SPANS).html


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
    expected = [lanes(SPANS).html, curve({"a": [(0, 1)]}, "one", "x", "y").html]

    def draw(index: int) -> str:
        return lanes(SPANS).html if index % 2 == 0 else curve({"a": [(0, 1)]}, "one", "x", "y").html

    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(draw, range(12)))
    assert drawn == expected * 6
    assert dict(mpl.rcParams) == settings


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    missing: Any = None
    monkeypatch.setitem(sys.modules, "matplotlib", missing)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'goqueue\[lab\]'"):
        lanes(SPANS)


def test_no_two_kinds_differ_by_colour_alone() -> None:
    every = looks([*LOOKS, "packing", "sorting", "checking", "billing"])
    assert len({look.character for look in every.values()}) == len(every)
    assert len({look.hatch for look in every.values()}) == len(every)
    assert len(set(OKABE_ITO.values())) == 8


def test_more_kinds_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="5 kinds without a look of their own"):
        looks(["a", "b", "c", "d", "e"])


# -- table -----------------------------------------------------------------------------------------------------------


def test_a_table_is_aligned_in_text_and_escaped_in_html() -> None:
    view = table(["promise", "kept"], [["<stop> joins", True], ["two\nlines", 2]], title="A & B")
    assert view.text == "A & B\npromise       kept\n------------  ----\n<stop> joins  True\ntwo lines     2"
    assert "&lt;stop&gt; joins" in view.html
    assert "A &amp; B" in view.html
    assert "<stop>" not in view.html


def test_a_table_without_rows_says_so() -> None:
    view = table(["status", "jobs"], [])
    assert view.text.splitlines()[-1] == "(no rows)"
    assert "(no rows)" in view.html


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the row \['pending'\] has 1 cells under 2 headers \(status, jobs\)"):
        table(["status", "jobs"], [["failed", 1], ["pending"]])


def test_a_table_without_headers_is_refused() -> None:
    with pytest.raises(ValueError, match="without headers"):
        table([], [])
