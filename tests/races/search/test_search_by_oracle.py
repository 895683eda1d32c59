"""explore(search="oracle"): each instruction, or each line, is a step; what is found is replayed; nothing is proved."""

import threading
from collections.abc import Callable

import pytest

from goqueue.races import explore, replay


def together(*targets: Callable[[], object]) -> None:
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def lost_update() -> None:
    counts = {"a": 0}

    def up() -> None:
        counts["a"] += 1

    together(up, up)
    assert counts["a"] == 2


def two_orders() -> None:
    one, other = threading.Lock(), threading.Lock()

    def take(first: threading.Lock, second: threading.Lock) -> None:
        with first, second:
            pass

    together(lambda: take(one, other), lambda: take(other, one))


def locked() -> None:
    counts, lock = {"a": 0}, threading.Lock()

    def up() -> None:
        with lock:
            counts["a"] += 1

    together(up, up)
    assert counts["a"] == 2


@pytest.mark.parametrize(("model", "verdict"), [(lost_update, "failed assertion"), (two_orders, "deadlock")])
def test_it_finds_what_can_fail_and_the_schedule_is_replayed(model: Callable[[], None], verdict: str) -> None:
    found = explore(model, search="oracle", seed=1, schedules=500)
    assert found.verdict == verdict
    assert "by the oracle (seed 1)" in found.summary
    assert found.schedule.startswith("oracle-")
    for _ in range(2):
        again = replay(model, found.schedule)
        assert (again.verdict, again.trace) == (verdict, found.trace)


def test_a_seed_always_finds_the_same_schedule() -> None:
    first, second = (explore(lost_update, search="oracle", seed=3, schedules=500) for _ in range(2))
    assert first.schedule == second.schedule
    assert explore(lost_update, search="oracle", seed=4, schedules=500).schedule != first.schedule


def test_it_claims_nothing_about_what_does_not_fail() -> None:
    result = explore(locked, search="oracle", schedules=40)
    assert (result.verdict, result.schedules) == ("budget spent", 40)
    assert "40 schedules, by the oracle (seed 0); no kind of schedule is covered." in result.summary
    assert replay(locked, result.schedule).verdict == "passed"


def test_no_trace_function_stays() -> None:
    before = threading.gettrace()
    explore(lost_update, search="oracle", schedules=50)
    assert threading.gettrace() is before


def test_it_takes_no_faults() -> None:
    with pytest.raises(ValueError, match="search is 'oracle': it must be another one with interrupts or crashes"):
        explore(locked, search="oracle", interrupts=1)
