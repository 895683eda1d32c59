"""Which broken promise is shown first: the first of the course, unless a part alone does not work."""

from types import ModuleType

import pytest

from goqueue.lab.versions.load import load
from goqueue.lab.versions.mend_first import first_to_mend
from goqueue.lab.versions.trial import BROKEN, ERROR, KEPT, NOT_TRIED, NOT_YET, TOO_SLOW, Result, promises

HANGS = "start(ctx), 3600 s after ctx ended: nothing came back, its return was expected"
PROCESSOR = "what arrived of order 17: [] came back, [{'order': 17}] was expected"


def result(name: str, outcome: str, message: str = "") -> Result:
    return Result("mine", name, outcome, message)


def test_nothing_is_to_be_mended_if_all_is_kept() -> None:
    assert first_to_mend([result("delivers", KEPT)]) is None


def test_the_order_of_the_course_counts() -> None:
    first = result("hears_the_end", BROKEN, "5 came back")
    assert first_to_mend([result("delivers", KEPT), first, result("back_pressure", BROKEN)]) is first


@pytest.mark.parametrize(("outcome", "message"), [(TOO_SLOW, ""), (BROKEN, HANGS), (BROKEN, PROCESSOR), (ERROR, "")])
def test_a_part_comes_before_the_whole_queue(outcome: str, message: str) -> None:
    whole, part = result("delivers", outcome, message), result("tells_listeners", BROKEN, "[] came back")
    assert first_to_mend([whole, result("back_pressure", BROKEN), result("says_why", ERROR), part]) is part


def test_parts_come_in_the_order_in_which_they_are_built() -> None:
    channel, context = result("holds_its_size", BROKEN), result("says_why", BROKEN)
    assert first_to_mend([result("delivers", BROKEN), channel, context]) is context
    job = result("legal_moves", BROKEN)
    assert first_to_mend([result("delivers", BROKEN), job, channel]) is job


def test_an_error_of_a_part_comes_first_unless_the_whole_queue_has_the_same() -> None:
    part = result("says_why", ERROR, "context.py, line 7: TypeError")
    assert first_to_mend([result("delivers", BROKEN, HANGS), part]) is part
    whole = result("delivers", ERROR, "context.py, line 7: TypeError")
    assert first_to_mend([whole, part]) is whole


@pytest.mark.parametrize("outcome", [NOT_TRIED, NOT_YET])
def test_what_is_missing_or_could_not_be_tried_comes_first(outcome: str) -> None:
    whole = result("delivers", outcome)
    assert first_to_mend([whole, result("says_why", BROKEN)]) is whole


def test_a_queue_that_hangs_comes_first_if_its_parts_work_or_an_exercise_is_asked() -> None:
    whole = result("delivers", BROKEN, HANGS)
    assert first_to_mend([whole, result("back_pressure", BROKEN)]) is whole
    late = result("12.3 holds_its_size", TOO_SLOW)
    assert first_to_mend([late, result("12.3 stops_listening", BROKEN)]) is late


@pytest.fixture
def without_a_queue(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    version = load(13)

    def start(self: object, ctx: object) -> None:
        raise RuntimeError("this promise starts a queue")

    def submit(self: object, *args: object) -> None:
        raise RuntimeError("this promise submits a job")

    monkeypatch.setattr(version.queue.Queue, "start", start)
    monkeypatch.setattr(version.queue.Queue, "submit_job", submit)
    return version


@pytest.mark.parametrize("name", [name for name, one in promises().items() if one.alone])
def test_what_tries_a_part_alone_needs_no_queue_that_works(without_a_queue: ModuleType, name: str) -> None:
    promises()[name].check(without_a_queue)


def test_what_needs_a_queue_fails_without_it(without_a_queue: ModuleType) -> None:
    with pytest.raises(RuntimeError, match="this promise"):
        promises()["delivers"].check(without_a_queue)
