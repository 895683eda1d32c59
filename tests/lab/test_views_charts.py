"""Lanes, timelines and curves: the text states every number, and data that cannot be drawn is refused in words."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import pytest

from goqueue.lab.views import Attempt, Span, curve, lanes, timeline
from goqueue.lab.views.time_chart import CHART_WIDTH, CharacterChart
from goqueue.lab.views.wording import number

NAN = math.nan


# -- lanes -----------------------------------------------------------------------------------------------------------


def test_lanes_keep_the_order_of_first_appearance_and_list_every_bar_and_its_kind() -> None:
    wait, late = Span("worker-2", 0, 0.5, "backoff", "wait"), Span("worker-2", 0.5, 1, "job-2")
    assert lanes([late, Span("worker-1", 0, 1, "job-1"), wait], unit="min").text.splitlines()[1:] == [
        "from 0 to 1 min; one character is 0.01667 min",
        "worker-2 |[.............................[#############################|",
        "worker-1 |[###########################################################|",
        "kinds: . wait, # run",
        "worker-2: backoff 0 to 0.5 (wait), job-2 0.5 to 1 (run)",
        "worker-1: job-1 0 to 1 (run)",
    ]


def test_what_lasts_no_time_at_all_is_still_shown() -> None:
    assert "w |#" in lanes([Span("w", 3, 3, "job-1")]).text


def test_bars_that_meet_may_differ_by_a_rounding() -> None:
    assert lanes([Span("w", 0, 0.1 + 0.2, "job-1"), Span("w", 0.3, 0.5, "job-2")]).text


@pytest.mark.slow
def test_forty_rows_with_long_labels_can_be_drawn_and_each_has_the_usual_width() -> None:
    spans = [Span(f"worker-{n}", at, at + 1, "a label longer than its bar" * 9) for n in range(40) for at in range(3)]
    text = lanes(spans, title="a title " * 40).text
    assert [len(chart) for chart in re.findall(r" \|(.+)\|$", text, re.MULTILINE)] == [CHART_WIDTH] * 40
    attempts = [Attempt(f"job-{n}", k, k * 2, k * 2 + 1, "failed") for n in range(40) for k in range(1, 4)]
    assert timeline(attempts).text.count("failed after 3 attempts") == 40


# -- timeline --------------------------------------------------------------------------------------------------------

FAILED_TWICE = [
    Attempt("job-1", 2, 2, 3, "failed"),
    Attempt("job-1", 1, 0, 1, "failed"),
    Attempt("job-1", 3, 5, 6, "completed"),
    Attempt("job-20", 1, 0, 6, "interrupted"),
]


def test_a_timeline_lists_attempts_and_waits_and_outcomes_that_may_say_more_than_the_last_attempt() -> None:
    view = timeline(FAILED_TWICE, outcomes={"job-1": "completed, and reported"})
    assert view.text.splitlines()[1:] == [
        "from 0 to 6 s; one character is 0.1 s; ✗ failed, ✓ completed, ! interrupted, . wait",
        "job-1  |=========✗..........=========✗....................=========✓| completed, and reported",
        "job-20 |===========================================================!| interrupted after 1 attempt",
        "job-1   attempt 1  0 to 1  failed       then a wait of 1",
        "job-1   attempt 2  2 to 3  failed       then a wait of 2",
        "job-1   attempt 3  5 to 6  completed",
        "job-20  attempt 1  0 to 6  interrupted",
    ]


# -- curve -----------------------------------------------------------------------------------------------------------


def test_a_long_series_is_summarised() -> None:
    text = curve({"many": [(n, n % 64) for n in range(1000)]}, "Load", "time in s", "jobs").text
    assert text.splitlines()[2:] == [
        "many (1,000 points, summarised): least (0, 0), greatest (63, 63), mean y 31.02; 12 of them, evenly chosen: "
        "(0, 0) (91, 27) (182, 54) (272, 16) (363, 43) (454, 6) (545, 33) (636, 60) (727, 23) (817, 49) (908, 12) "
        "(999, 39)"
    ]


def test_the_y_axis_of_a_curve_can_begin_at_0() -> None:
    cut, whole = (curve({"cost": [(1, 5), (2, 6)]}, "Cost", "jobs", "µs", from_zero=asked) for asked in (False, True))
    assert "y: µs, from 0" in whole.text
    assert cut.html.partition('" alt=')[0] != whole.html.partition('" alt=')[0]  # another picture


# -- what cannot be drawn --------------------------------------------------------------------------------------------


def _curve(series: dict[str, list[tuple[float, float]]]) -> Callable[[], object]:
    return lambda: curve(series, "Load", "x", "y")


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: lanes([]), r"pass at least one Span\(lane, start, end, label\)"),
        (lambda: Span("w", 2, 1, "job-1"), "span 'job-1' on lane 'w' ends at 1, before its start at 2: .*swap the two"),
        (lambda: Span("w", NAN, 1, "job-1"), "the start of span 'job-1' on lane 'w' is nan: it must be a finite"),
        (lambda: Span("w", 0, math.inf, "job-1"), "the end of span 'job-1' on lane 'w' is inf: it must be a finite"),
        (
            lambda: lanes([Span("w", 0, 1, "job-1"), Span("w", 0.5, 2, "job-2")]),
            "'job-2' starts at 0.5 on lane 'w', before 'job-1' ends at 1: .*of its own",
        ),
        (lambda: timeline([]), "pass at least one Attempt"),
        (lambda: Attempt("job-1", 1, 2, 1, "failed"), "ends at 1, before its start at 2"),
        (lambda: Attempt("job-1", 1, NAN, 1, "failed"), "the start of attempt 1 of 'job-1' is nan"),
        (lambda: Attempt("job-1", 0, 0, 1, "failed"), "attempts count from 1"),
        (lambda: Attempt("job-1", 1, 0, 1, "broken"), "'broken'; it must be one of completed, failed, interrupted"),
        (
            lambda: timeline([Attempt("job-1", 1, 0, 2, "failed"), Attempt("job-1", 2, 1, 3, "failed")]),
            "attempt 2 starts at 1 on job 'job-1', before attempt 1 ends at 2",
        ),
        (
            lambda: timeline(FAILED_TWICE, outcomes={"job-7": "pending"}),
            "'job-7', which has no attempt here; known: job-1, job-20",
        ),
        (_curve({}), "a curve of no series"),
        (_curve({"load": []}), "series 'load' has no points"),
        (_curve({"load": [(0, 1), (1, NAN)]}), "the y of series 'load' at x = 1 is nan"),
        (_curve({"load": [(math.inf, 1)]}), "an x of series 'load' is inf"),
        (_curve({"load": [(1, 1), (0, 1)]}), "goes back from x = 1 to 0: sort it by x"),
        (_curve({str(n): [(0, 0)] for n in range(7)}), "a curve of 7 series: a reader can tell 6 apart"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(draw: Callable[[], object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        draw()


# -- wording ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "words"),
    [(100.0, "100"), (0.1 + 0.2, "0.3"), (-2.50, "-2.5"), (-0.0, "0"), (1e6, "1000000"), (60.00049, "60"), (7, "7")],
)
def test_numbers_read_as_people_write_them(value: float, words: str) -> None:
    assert number(value) == words


def test_a_bar_narrower_than_a_character_still_has_one() -> None:
    row = CharacterChart(0, 60).row([(0, 0.001, "[", "#", "#"), (59.999, 60, "[", "#", "#")])
    assert row == "|#" + " " * 58 + "#|"
