"""The tour's scenes and promises: their claims hold on the versions they are about, and on no others."""

import re
import threading
from collections.abc import Iterator

import pytest

from goqueue.lab import load, tour
from goqueue.lab.tour import promises, stage
from goqueue.lab.tour import scene09_context as scene09
from goqueue.lab.tour import scene10_retry_fields as scene10
from goqueue.lab.tour import scene11_locked_storage as scene11
from goqueue.lab.tour import scene12_worker_pool as scene12
from goqueue.lab.tour import scene13_requeue_backoff as scene13
from goqueue.lab.tour.claims import Claim, Scene
from goqueue.lab.tour.scene11_rush_hour import Traffic
from goqueue.lab.versions import Result, gained, lost

ORDERS = tour.FEWEST


@pytest.fixture(autouse=True)
def no_thread_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # So long that waiting for the partner outweighs all else: what is measured is who waits for whom, not speed.
    monkeypatch.setattr(scene12, "PARTNER_SECONDS", 0.05)
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def false_claims(scene: Scene) -> list[str]:
    return [claim.text for claim in scene.claims if not claim.holds]


# -- scenes


@pytest.mark.parametrize("step", stage.SCENES)
def test_every_claim_holds_on_the_versions_it_is_about(step: int) -> None:
    scene = stage.play(stage.SCENES[step], max(step - 1, 8), step, ORDERS)
    assert [claim for claim in scene.claims if not claim.holds] == []
    assert scene.now
    assert scene.before or step == 8
    assert re.match(r"Order \d+, in seconds: 0\.00 submitted · \d+\.\d\d ", scene.timeline)


@pytest.mark.parametrize(
    ("step", "before", "now", "broken"),
    [
        (9, 9, 9, "could be played"),
        (9, 8, 8, "could be played"),
        (10, 10, 10, "does not say why"),
        (10, 9, "step10_job_counts_once", "One more attempt"),
        (10, 9, "step10_storage_lists_everything", "could be played"),
        (11, 11, 11, "crashes a listing"),
        (11, 11, 11, "a row that never was"),
        (11, 11, 11, "Editing a payload"),
        (11, 11, 11, "Two queues share"),
        (11, 10, 10, "does not disturb a listing"),
        (11, 10, 10, "A row is a copy"),
        (11, 10, 10, "keeps its own payload"),
        (11, 10, 10, "has its own jobs"),
        (12, 12, 12, "One delivery at a time"),
        (12, 11, 11, "could be played"),
        (12, 11, 13, "without a handler"),
        (13, 13, 13, "does not say what it leaves"),
        (13, 12, 12, "could be played"),
        (13, 12, "step13_retry_has_no_jitter", "not come back in one instant"),
        (13, 12, "step13_retry_comes_at_once", "not come back in one instant"),
        (13, 12, "step13_retry_forgets_who_waits", "names each"),
    ],
)
def test_a_claim_fails_when_the_version_under_it_is_another(
    step: int, before: int | str, now: int | str, broken: str
) -> None:
    failed = false_claims(stage.play(stage.SCENES[step], before, now, ORDERS))
    assert any(broken in text for text in failed), failed


def test_08_fails_when_jobs_do_not_run() -> None:
    version = load(8)
    version.processor.Processor.process_job = lambda self, job, handler: None
    failed = false_claims(stage.SCENES[8](version, version, ORDERS))
    assert len(failed) == 2  # nothing was delivered, and nobody waited


def test_09_fails_when_nobody_can_be_told() -> None:
    version = load(9)
    version.Context.cancel = lambda self, cause=None: None
    failed = false_claims(stage.SCENES[9](load(8), version, ORDERS))
    assert any("the handler stops" in text for text in failed), failed


@pytest.mark.parametrize(
    ("options", "broken"),
    [
        ({"workers": 1}, "8 workers"),
        ({"workers": 1, "buffer_size": 1}, "submit returns at once"),
    ],
)
def test_12_fails_when_the_queue_has_not_what_it_was_asked_for(
    options: dict[str, int], broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = load(12)
    queue = version.Queue
    monkeypatch.setattr(version, "Queue", lambda **asked: queue(**(asked | options)))
    failed = false_claims(stage.SCENES[12](load(11), version, ORDERS))
    assert [text for text in failed if broken in text], failed


PAST = (scene13.Wait(told=0.4, since=0.0, waited=0.5), scene13.Wait(told=0.2, since=0.0, waited=0.1))


@pytest.mark.parametrize(
    "claim",
    [
        scene09.goes_on(scene09.GivenUp(3, "failed", "")),
        scene09.hears(scene09.GivenUp(0, "running", "")),
        scene09.deadline(30.1, "failed"),
        scene09.deadline(0.2, "completed"),
        scene10.fails_for_good(scene10.Lost(failed=2, saved_by_hand=1, say_why=0), orders=16),
        scene10.says_why(scene10.Kept(waiting=2, say_why=1, saved=2, completed=16, timeline=""), orders=16),
        scene10.saved_by_one_more(scene10.Kept(waiting=2, say_why=2, saved=2, completed=15, timeline=""), orders=16),
        scene10.nothing_by_itself(scene10.Kept(waiting=1, say_why=1, saved=1, completed=16, timeline=""), orders=16),
        scene11.full_speed(Traffic(delivered_once=15, ids=16, pages=9, errors=0), orders=16),
        scene11.full_speed(Traffic(delivered_once=16, ids=15, pages=9, errors=0), orders=16),
        scene11.full_speed(Traffic(delivered_once=16, ids=16, pages=9, errors=1), orders=16),
        scene12.customers_wait(scene12.Run(1.0, wait=0.001, delivered=16, most_at_once=1)),
        scene13.nobody_runs_it(scene13.Left(pending=1, report=None), orders=16),
        scene13.left_unnamed(scene13.Left(pending=2, report="2 jobs left")),
        scene13.all_delivered(scene13.Done(1.0, delivered=15, second_attempts=2, waits=()), orders=16),
        scene13.all_delivered(scene13.Done(1.0, delivered=16, second_attempts=1, waits=()), orders=16),
        scene13.spread_out(scene13.Done(1.0, delivered=16, second_attempts=2, waits=PAST), orders=16),
        scene13.stop_does_not_wait(scene13.Stopped(seconds=600.0, named=20, intact=20)),
        scene13.stop_names_them(scene13.Stopped(seconds=0.0, named=20, intact=19)),
    ],
)
def test_a_claim_fails_when_one_figure_is_off(claim: Claim) -> None:
    assert not claim.holds


# -- promises


def results(outcomes: dict[int, str]) -> dict[tuple[int, str], Result]:
    names = [promise.name for promise in gained(12) + lost(12)]
    return {
        (step, name): Result(str(step), name, outcome, f"{outcome} in {step}")
        for step, outcome in outcomes.items()
        for name in names
    }


@pytest.mark.parametrize(
    ("before", "now", "gain", "loss"),
    [
        ("broken", "kept", True, False),
        ("not yet", "kept", True, False),
        ("kept", "broken", False, True),
        ("kept", "kept", False, False),
        ("broken", "broken", False, False),
        ("not yet", "broken", False, False),
        ("kept", "not yet", False, False),
        ("error", "kept", False, False),
        ("kept", "error", False, False),
    ],
)
def test_a_promise_is_gained_or_lost_only_if_both_versions_say_so(
    before: str, now: str, gain: bool, loss: bool
) -> None:
    found = results({11: before, 12: now})
    assert {claim.holds for claim in promises.gained_claims(12, found)} == {gain}
    assert {claim.holds for claim in promises.lost_claims(12, found)} == {loss}


def test_a_promise_that_is_not_as_claimed_says_what_came_of_it() -> None:
    found = results({11: "not yet", 12: "broken"})
    claim = promises.gained_claims(12, found)[0]
    assert claim.measured == "– → ✗"
    assert claim.text.endswith("N jobs at once: broken in 12")


def test_promises_are_tried_in_this_run_on_both_versions() -> None:
    found = promises.try_promises([9])
    assert {step for step, _ in found} == {8, 9}
    assert {result.outcome for (step, _), result in found.items() if step == 9} == {"kept"}
