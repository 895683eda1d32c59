"""A data race is no failure: explore() lists it, and the caller decides what it counts for."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, Thread

import pytest

from goqueue.races import detect, explore

from ..litmus.litmus import Job, run


def stop_flag() -> None:
    """Correct: the worker looks at the flag without a lock, and sees it sooner or later."""
    job = Job()

    def stop() -> None:
        job.status = "stopping"

    def work() -> None:
        for _ in range(3):
            if job.status == "stopping":
                break

    run(stop, work)


def double_checked() -> None:
    """Correct: an unlocked look comes before the locked one, so the job is initialised once."""
    job, lock = Job(), Lock()

    def url() -> None:
        if not job.url:
            with lock:
                if not job.url:
                    job.attempts += 1
                    job.url = "https://example.org"

    run(url, url)
    assert job.attempts == 1


def stop_flag_meant() -> None:
    """The same, and says so."""
    job = Job()

    def stop() -> None:
        job.status = "stopping"

    def work() -> None:
        for _ in range(3):
            if job.status == "stopping":  # race: meant, because a late look only costs one more round
                break

    run(stop, work)


def one_meant_and_one_not() -> None:
    job = Job()

    def stop() -> None:
        job.status = "stopping"  # race: meant
        job.attempts = 1

    def work() -> None:
        assert job.status in ("pending", "stopping")
        assert job.attempts < 2

    run(stop, work)


def lost_update() -> None:
    job = Job()

    def attempt() -> None:
        before = job.attempts  # race: meant, wrongly: the mark hides no failure
        job.attempts = before + 1  # race: meant

    run(attempt, attempt)
    assert job.attempts == 2


@pytest.mark.parametrize("model", [stop_flag, double_checked])
def test_correct_code_passes_and_its_races_are_listed(model: Callable[[], None]) -> None:
    found = explore(model)
    assert (found.verdict, found.failed) == ("exhausted", False)
    assert len(found.races) == 1
    assert "1 data race was seen, and it made nothing fail; detect() shows it." in found.summary


def test_the_caller_may_let_a_race_fail() -> None:
    found = explore(stop_flag, races="fail")
    assert (found.verdict, found.failed, len(found.races)) == ("data race", True, 1)
    assert detect(stop_flag).verdict == "data race"


def test_the_caller_may_turn_races_off() -> None:
    found = explore(stop_flag, races="off")
    assert (found.verdict, found.races) == ("exhausted", ())
    assert "data race" not in found.summary
    assert found.schedules == explore(stop_flag).schedules  # the orders of racing accesses matter all the same


def test_a_line_marked_as_meant_is_no_race_for_anybody() -> None:
    assert explore(stop_flag_meant, races="fail").verdict == "exhausted"
    assert detect(stop_flag_meant).verdict == "exhausted"
    assert explore(stop_flag_meant).races == ()
    assert explore(stop_flag_meant).schedules == explore(stop_flag).schedules


def test_a_mark_covers_its_own_line_and_no_failure() -> None:
    assert [race.location for race in detect(one_meant_and_one_not).races] == ["Job#1.attempts"]
    assert explore(lost_update).verdict == "failed assertion"


def test_several_races_are_counted() -> None:
    def model() -> None:
        job = Job()

        def write() -> None:
            job.status = "done"
            job.url = "https://example.org"

        threads = [Thread(target=write), Thread(target=lambda: (job.status, job.url))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert "2 data races were seen, and none made anything fail; detect() shows them." in explore(model).summary


def test_another_word_is_refused() -> None:
    with pytest.raises(ValueError, match="races is 'no': it must be 'report' .*, 'fail' .* or 'off'"):
        explore(stop_flag, races="no")
