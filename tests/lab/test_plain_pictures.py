"""The same charts without matplotlib, as in a browser tab: the same text, and each thing of the data in the picture."""

from __future__ import annotations

import base64
import re
import sys
import xml.etree.ElementTree as Xml

import pytest

from goqueue.lab.views import Attempt, Span, View, curve, figure, lanes, timeline
from goqueue.lab.views.plain_axes import PlainAxes
from goqueue.lab.views.plain_picture import Places, ticks
from goqueue.lab.views.style import OKABE_ITO

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _no_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figure, "PLAIN", True)
    monkeypatch.setitem(sys.modules, "matplotlib", None)


def picture(view: View) -> Xml.Element:
    found = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', view.html)
    assert found
    return Xml.fromstring(base64.b64decode(found[1]))


def words(root: Xml.Element) -> list[str]:
    return [one.text or "" for one in root.iter(f"{SVG}text")]


def test_lanes_have_a_bar_for_each_span_and_a_legend_of_kinds() -> None:
    view = lanes([Span("Ann", 0, 2, "17"), Span("Ann", 2, 3, "18", "failed"), Span("Bob", 0, 1, "<19>")], "Two clerks")
    root = picture(view)
    bars = [float(one.attrib["width"]) for one in root.iter(f"{SVG}rect") if one.attrib["stroke"] != "none"]
    assert sorted(bars)[-3:] == [216, 216, 432], "widths are as the times are"
    assert {"Two clerks", "Ann", "Bob", "17", "18", "<19>", "run", "failed", "time in s"} <= set(words(root))
    assert len(list(root.iter(f"{SVG}pattern"))) == 1, "what has failed is hatched"
    assert "Ann: 17 0 to 2 (run), 18 2 to 3 (failed)" in view.text


def test_a_timeline_has_a_mark_for_each_attempt_and_says_how_each_job_ended() -> None:
    tries = [Attempt("order 17", 1, 0, 1, "failed"), Attempt("order 17", 2, 3, 4, "completed")]
    root = picture(timeline(tries))
    assert {"order 17", "1", "2", "completed after 2 attempts", "failed", "completed"} <= set(words(root))
    dashed = [one for one in root.iter(f"{SVG}polyline") if "stroke-dasharray" in one.attrib]
    assert len(dashed) == 1, "one wait"


def test_a_curve_has_each_point_where_it_belongs() -> None:
    points = {"with a cap": [(1, 1), (2, 2), (3, 4)], "without": [(1, 1), (2, 2), (3, 8)]}
    root = picture(curve(points, "Backoff", "attempt", "wait in s", from_zero=True))
    lines = [one.attrib["points"] for one in root.iter(f"{SVG}polyline") if one.attrib["stroke"] == OKABE_ITO["blue"]]
    (x1, y1), (x2, y2), (x3, y3) = (map(float, one.split(",")) for one in lines[0].split())
    assert x2 - x1 == pytest.approx(x3 - x2, abs=0.2)
    assert (y2 - y3) == pytest.approx(2 * (y1 - y2), abs=0.2), "2 to 4 is twice as far as 1 to 2"
    assert {"with a cap", "without", "Backoff", "attempt", "wait in s", "0"} <= set(words(root))


def test_nothing_is_written_outside_of_the_picture() -> None:
    root = picture(lanes([Span("a worker with a long name", 0, 1, "17")]))
    assert all(
        0 <= float(one.attrib["x"]) <= float(root.attrib["viewBox"].split()[2]) for one in root.iter(f"{SVG}text")
    )


def test_one_point_and_a_flat_line_have_axes_too() -> None:
    for points in ([(1.0, 1.0)], [(0.0, 5.0), (9.0, 5.0)]):
        assert picture(curve({"flat": points}, "Flat", "x", "y")).tag == f"{SVG}svg"


def test_the_places_of_the_limits_are_the_corners() -> None:
    axes = PlainAxes(9, 1)
    axes.set_xlim(0, 4)
    axes.set_ylim(1.5, -0.5)
    at = Places(axes)
    assert (at.x(0), at.x(4), at.y(1.5), at.y(-0.5)) == (at.left, at.right, at.bottom, at.top)


@pytest.mark.parametrize(("limits", "few"), [((0, 1), 5), ((0, 60), 6), ((-3, 0.002), 3), ((5, 5.5), 5)])
def test_ticks_are_round_and_neither_few_nor_many(limits: tuple[float, float], few: int) -> None:
    found = list(ticks(*limits))
    assert few <= len(found) <= 12
    assert all(limits[0] <= one <= limits[1] for one in found)
