"""Two critical sections that touch nothing in common count once, and no outcome is lost by that.

Each random program is explored twice: as it is, and with all orders of all sections. What the second reaches, the first
must have reached when it has tried all.
"""

import gc
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from goqueue.races import detect, explore
from goqueue.races.engine.run import Run

from ..generated.comparing import Seen, reduced, shrunk
from ..generated.guarded import GUARDED, guarded_program
from ..generated.programs import Program
from ..generated.vocabulary import THEMES
from ..litmus.litmus import run

QUICK, SLOW, OTHER = 12, 62, 30
MOST = 1_200


def both(program: Program) -> tuple[Seen, Seen]:
    """Return what is reached if sections may be one step, and if none is."""
    few = reduced(program, MOST)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "knows_sections", False)
        return few, reduced(program, MOST)


def lost(program: Program) -> set[str]:
    """Return the outcomes that only one of the two explorations reaches, though both have tried all."""
    few, many = both(program)
    if not few.exhausted or not many.exhausted or any(end.startswith("exception") for end in many.outcomes):
        return set()
    return set(few.outcomes) ^ set(many.outcomes)


def check(program: Program) -> None:
    if lost(program):
        small = shrunk(program, lambda smaller: bool(lost(smaller)))
        pytest.fail(f"{small.source()}\nonly one of the two reaches: {lost(small)}")


@pytest.mark.parametrize("seed", range(QUICK))
def test_no_outcome_is_lost(seed: int) -> None:
    check(guarded_program(seed))


@pytest.mark.slow
@pytest.mark.parametrize("group", range(10))
def test_no_outcome_is_lost_by_many_programs(group: int) -> None:
    for seed in range(QUICK + group, SLOW, 10):
        check(guarded_program(seed))


@pytest.mark.slow
@pytest.mark.parametrize("group", range(6))
def test_no_outcome_is_lost_whatever_threads_share(group: int) -> None:
    for seed in range(1_000 + group, 1_000 + OTHER, 6):
        check(guarded_program(seed, (GUARDED, *THEMES)))


def schedules(one: Callable[[SimpleNamespace], object], two: Callable[[SimpleNamespace], object]) -> int:
    """Return how many schedules two sections of one lock have."""

    def model() -> None:
        box, lock = SimpleNamespace(n=0, m=0, many={}, source=iter("ab")), threading.Lock()

        def first() -> None:
            with lock:
                one(box)

        def second() -> None:
            with lock:
                two(box)

        run(first, second)

    result = explore(model)
    assert (result.verdict, result.remark) == ("exhausted", "")  # also where one schedule is all, nothing is amiss
    return result.schedules


def read(box: SimpleNamespace) -> int:
    return int(box.n)


def write(box: SimpleNamespace) -> None:
    box.n = 1


def write_another(box: SimpleNamespace) -> None:
    box.m = 1


def look_up(box: SimpleNamespace) -> object:
    return box.many.get("a")


def put(box: SimpleNamespace) -> None:
    box.many["b"] = 2


def switch(box: SimpleNamespace) -> None:
    gc.enable()


def ask(box: SimpleNamespace) -> bool:
    return gc.isenabled()


@pytest.mark.parametrize(
    ("one", "two", "count"),
    [
        (read, read, 1),
        (read, write_another, 1),
        (write, write_another, 1),
        (read, write, 2),
        (write, write, 2),
        (look_up, put, 2),  # a new key: the whole dict is touched
        (switch, ask, 2),  # what they touch is unseen
        (read, ask, 2),
    ],
)
def test_only_what_both_touch_makes_two_orders(
    one: Callable[[SimpleNamespace], object], two: Callable[[SimpleNamespace], object], count: int
) -> None:
    assert schedules(one, two) == count


def test_a_race_beside_an_empty_section_is_found() -> None:
    # If the section of `first` comes first, the lock orders the two accesses. Nothing makes it come first.
    def model() -> None:
        box, lock = SimpleNamespace(n=0), threading.Lock()

        def first() -> None:
            box.n = 1
            with lock:
                pass

        def second() -> None:
            with lock:
                pass
            assert box.n in (0, 1)

        run(first, second)

    assert detect(model).verdict == "data race"


def test_what_a_section_publishes_is_no_race() -> None:
    def model() -> None:
        box, lock, ready = SimpleNamespace(n=0), threading.Lock(), list[int]()

        def first() -> None:
            box.n = 1
            with lock:
                ready.append(1)

        def second() -> None:
            with lock:
                seen = bool(ready)
            if seen:
                assert box.n == 1

        run(first, second)

    result = detect(model)
    assert (result.verdict, result.races) == ("exhausted", ())


def test_a_generator_that_waits_inside_of_a_section_is_no_step() -> None:
    def model() -> None:
        box, lock = SimpleNamespace(order=""), threading.Lock()

        def held() -> Iterator[None]:
            with lock:
                yield

        def work(name: str) -> None:
            for _ in held():
                gc.isenabled()
                box.order += name

        run(lambda: work("a"), lambda: work("b"))
        assert box.order == "ab"

    assert explore(model).verdict == "failed assertion"
