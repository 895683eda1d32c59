"""A picture states its data, and is the same bytes on every run, in every thread, whatever the reader's settings."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from bs4 import BeautifulSoup

from goqueue.lab.views import Figure, Span, View, curve, lanes

SPANS = [Span("worker-1", 0, 0.1, "job-1"), Span("worker-2", 0, 0.2, "job-2", "wait")]


def picture(view: View) -> str:
    """The SVG inside a view's HTML."""
    image = BeautifulSoup(view.html, "html.parser").select_one("img")
    assert image
    return base64.b64decode(str(image["src"]).removeprefix("data:image/svg+xml;base64,")).decode()


def test_a_picture_says_what_it_shows_and_has_its_data_as_text() -> None:
    view = lanes(SPANS, title="Two <workers> & a $")
    page = BeautifulSoup(view.html, "html.parser")
    assert [str(image["alt"])[:39] for image in page.select("img")] == ["Two <workers> & a $: a chart of 2 lanes"]
    assert [data.get_text() for data in page.select("details pre")] == [view.text]


def test_a_picture_without_an_alt_text_is_refused() -> None:
    from matplotlib.figure import Figure as Drawing

    with pytest.raises(ValueError, match="needs an alt text"):
        Figure(Drawing(), "sent 1", " ")


def test_a_picture_is_the_same_in_another_process() -> None:
    code = f"from goqueue.lab.views import Span, lanes\nprint(lanes({SPANS}).html)"
    elsewhere = {"PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "PYTHONIOENCODING": "utf-8"}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **elsewhere}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment)
    assert done.stdout.decode().strip() == lanes(SPANS).html


def test_a_picture_names_no_date_no_version_and_no_font() -> None:
    svg = picture(lanes(SPANS))
    assert not re.search(r"<dc:date>|Matplotlib v|<text\b|font-family", svg)
    loaded = [address for address in re.findall(r'(?:href|src)="([^"]*)"', svg) if not address.startswith("#")]
    assert loaded == []


def test_pictures_may_be_drawn_in_many_threads_and_the_readers_settings_neither_matter_nor_change() -> None:
    import matplotlib as mpl

    def draw(index: int) -> str:
        return lanes(SPANS).html if index % 2 == 0 else curve({"a": [(0, 1)]}, "one", "x", "y").html

    expected = [draw(0), draw(1)]
    with (
        ThreadPoolExecutor(4) as pool,
        mpl.rc_context({"font.size": 30, "svg.hashsalt": "another", "axes.facecolor": "black"}),
    ):
        settings = dict(mpl.rcParams)
        assert list(pool.map(draw, range(12))) == expected * 6
        assert dict(mpl.rcParams) == settings


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    missing: Any = None
    monkeypatch.setitem(sys.modules, "matplotlib", missing)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'goqueue\[lab\]'"):
        lanes(SPANS)
