"""Which broken promise is shown first: the first of the course, unless it only says that everything hangs."""

from goqueue.lab.versions.mend_first import first_to_mend
from goqueue.lab.versions.trial import BROKEN, ERROR, KEPT, TOO_SLOW, Result

HANGS = "start(ctx), 3600 s after ctx ended: nothing came back, its return was expected"


def result(name: str, outcome: str, message: str = "") -> Result:
    return Result("mine", name, outcome, message)


def test_nothing_is_to_be_mended_if_all_is_kept() -> None:
    assert first_to_mend([result("delivers", KEPT)]) is None


def test_the_order_of_the_course_counts() -> None:
    first = result("hears_the_end", BROKEN, "5 came back")
    assert first_to_mend([result("delivers", KEPT), first, result("tells_listeners", BROKEN)]) is first


def test_a_part_comes_before_a_queue_that_hangs() -> None:
    part = result("tells_listeners", BROKEN, "[] came back")
    for whole in (result("delivers", TOO_SLOW), result("delivers", BROKEN, HANGS)):
        assert first_to_mend([whole, result("back_pressure", BROKEN), result("says_why", ERROR), part]) is part


def test_a_queue_that_hangs_comes_first_if_its_parts_work_or_an_exercise_is_asked() -> None:
    whole = result("delivers", BROKEN, HANGS)
    assert first_to_mend([whole, result("back_pressure", BROKEN)]) is whole
    late = result("12.3 holds_its_size", TOO_SLOW)
    assert first_to_mend([late, result("12.3 stops_listening", BROKEN)]) is late
