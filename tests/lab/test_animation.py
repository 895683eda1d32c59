"""An animation says what is where at each moment, also without scripts; moments are made from what charts show."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from goqueue.lab.rehearsal import rehearse, rehearse_stop
from goqueue.lab.versions.load import load
from goqueue.lab.views import Attempt, Moment, Span, View, animation, pool_moments, retry_moments

SPANS = [
    Span("worker-1", 0, 0.3, "order 1"),
    Span("worker-2", 0, 0.1, "order 2"),
    Span("worker-2", 0.1, 0.4, "order 3"),
]
STOPPED = animation(pool_moments(SPANS, left=["order 4"], events={0.2: "the stop"}), "A stop")


def page(view: View) -> BeautifulSoup:
    return BeautifulSoup(view.html, "html.parser")


def test_jobs_through_a_pool_as_text() -> None:
    assert (
        STOPPED.text
        == """\
A stop
time in s  in the buffer     worker-1  worker-2  done                       what happens
---------  ----------------  --------  --------  -------------------------  ------------
        0  order 3, order 4  order 1   order 2
      0.1  order 4           order 1   order 3   order 2
      0.2  order 4           order 1   order 3   order 2                    the stop
      0.3  order 4                     order 3   order 2, order 1
      0.4  order 4                               order 2, order 1, order 3"""
    )


def test_without_scripts_there_is_a_still_of_the_middle_and_a_folded_table_of_all() -> None:
    scene, every = page(STOPPED).select("table")
    assert [row.get_text("|", strip=True) for row in scene.select("tr")] == [
        "in the buffer|order 4",
        "worker-1|order 1",
        "worker-2|order 3",
        "done|order 2",
    ]
    assert "At 0.2 s: the stop" in page(STOPPED).get_text()
    assert every.find_parent("details") is not None
    assert len(every.select("tbody > tr")) == 5
    assert [head.get_text() for head in scene.select("th[scope=row]")] == [
        "in the buffer",
        "worker-1",
        "worker-2",
        "done",
    ]


def test_the_script_is_small_and_finds_its_own_view_only() -> None:
    other = animation(pool_moments(SPANS), "Another")
    [one], [two] = (page(view).select("div[class^=view-]") for view in (STOPPED, other))
    assert one["class"] != two["class"]
    [script] = page(STOPPED).select("script")
    assert f'querySelectorAll(".{one["class"][0]}:not([data-made])")' in script.get_text()
    assert len(script.get_text().strip().splitlines()) < 60


def test_retries_go_to_and_fro() -> None:
    tries = [Attempt("order 1", 1, 0, 2, "failed"), Attempt("order 1", 2, 5, 7, "completed")]
    found = retry_moments([*tries, Attempt("order 2", 1, 2, 4, "failed")])
    places = [{place: jobs for place, jobs in one.places.items() if jobs} for one in found]
    assert [(one.time, one.event, place) for one, place in zip(found, places, strict=True)] == [
        (0, "", {"in the buffer": ["order 2"], "in a worker": ["order 1"]}),
        (2, "order 1: attempt 1 failed", {"in a worker": ["order 2"], "waits for its retry": ["order 1"]}),
        (4, "order 2: attempt 1 failed", {"waits for its retry": ["order 1", "order 2"]}),
        (5, "", {"in a worker": ["order 1"], "waits for its retry": ["order 2"]}),
        (7, "order 1: attempt 2 completed", {"waits for its retry": ["order 2"], "delivered": ["order 1"]}),
    ]
    assert [one.time for one in retry_moments(tries, until=2)] == [0, 2]


@pytest.mark.parametrize("workers", [1, 3])
def test_in_each_moment_of_a_real_run_each_job_is_in_one_place(workers: int) -> None:
    spans = rehearse(load(12), [0.3, 0.1, 0.1, 0.2, 0.1], workers=workers)
    orders = sorted(span.label for span in spans)
    moments = pool_moments(spans)
    assert all(sorted(job for inside in one.places.values() for job in inside) == orders for one in moments)
    assert [len(one.places["done"]) for one in moments][-1] == len(orders) == 5


def test_a_stop_leaves_what_no_worker_had_begun() -> None:
    spans, left = rehearse_stop(load(12), [0.3, 0.1, 0.2, 0.3, 0.1, 0.2], stop_at=0.35)
    assert left == ["order 6"]
    assert sorted(span.label for span in spans) == [f"order {number}" for number in range(1, 6)]
    assert max(span.end for span in spans) == pytest.approx(0.6), "what runs is finished after the stop"


@pytest.mark.parametrize("moments", [[], [Moment(0, {})], [Moment(0, {"buffer": []}), Moment(1, {"worker": []})]])
def test_moments_must_have_the_same_places(moments: list[Moment]) -> None:
    with pytest.raises(ValueError, match="'Jobs' needs moments that name the same places"):
        animation(moments, "Jobs")
