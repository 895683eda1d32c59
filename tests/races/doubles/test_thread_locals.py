"""`threading.local` in a model: each thread of each run has its own, wherever and whenever it was made."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from goqueue.races import explore

from .. import unwatched


class Counted(threading.local):
    def __init__(self, start: int, *, step: int = 1) -> None:
        self.count, self.step = start, step

    def up(self) -> int:
        self.count += self.step
        return self.count


class Listed(threading.local):
    def __init__(self) -> None:
        self.items: list[int] = []

    def __len__(self) -> int:
        return len(self.items)


LOCAL = threading.local()
LOCAL.mine = "of the thread that imports"
COUNTED = Counted(5, step=2)
LISTED = Listed()
IN_A_TUPLE = (Counted(5, step=2),)


class Holder:
    counted = Counted(5, step=2)


def up(local: Any) -> int:
    local.count = getattr(local, "count", 5) + 2
    return int(local.count)


def up_in_two_lines() -> int:
    COUNTED.count += COUNTED.step
    return COUNTED.count


def up_in_a_list() -> int:
    assert len(LISTED) == 0
    LISTED.items.append(7)
    assert isinstance(LISTED, Listed)
    return LISTED.items[0]


UPS: dict[str, Callable[[], int]] = {
    "an empty one": lambda: up(LOCAL),
    "of a library": lambda: up(unwatched.Store.local),
    "a subclass": up_in_two_lines,
    "a subclass's method": lambda: COUNTED.up(),
    "a subclass with special methods": up_in_a_list,
    "a subclass of a library": lambda: unwatched.COUNTED.up(),
    "of a class": lambda: Holder.counted.up(),
    "in a tuple": lambda: IN_A_TUPLE[0].up(),
}


def each(up: Callable[[], int], after: bool) -> list[int]:
    """Call something in two threads, at once or one after the other. Return what they return."""
    seen: list[int] = []
    threads = [threading.Thread(target=lambda: seen.append(up())) for _ in range(2)]
    for thread in threads:
        thread.start()
        if after:
            thread.join()
    for thread in threads:
        thread.join()
    return seen


@pytest.mark.parametrize("modules", [None, []])
@pytest.mark.parametrize("name", UPS)
def test_each_thread_of_each_run_begins_anew(name: str, modules: list[str] | None) -> None:
    def model() -> None:
        assert each(UPS[name], after=False) == [7, 7]
        assert UPS[name]() == 7

    result = explore(model, modules=modules)
    assert result.verdict == "exhausted"
    assert result.schedules > 1


@pytest.mark.parametrize("kind", [lambda: threading.local(), lambda: Counted(5, step=2), unwatched.made_inside])
def test_one_that_a_run_makes_is_not_carried_from_thread_to_thread(kind: Callable[[], Any]) -> None:
    def model() -> None:
        local = kind()
        assert each(lambda: unwatched.up(local), after=True) == [7, 7]

    assert explore(model, modules=[]).verdict == "exhausted"


def test_the_main_thread_has_what_the_caller_s_thread_has_and_leaves_it_alone() -> None:
    def model() -> None:
        assert LOCAL.mine == "of the thread that imports"
        LOCAL.mine = "changed"
        assert each(lambda: hasattr(LOCAL, "mine"), after=False) == [False, False]
        del LOCAL.mine
        assert vars(LOCAL) == {}

    assert explore(model).verdict == "exhausted"
    assert LOCAL.mine == "of the thread that imports"
    assert type(LOCAL) is threading.local


def test_an_object_in_a_local_that_two_threads_share_is_still_seen() -> None:
    def model() -> None:
        orders: list[int] = []

        def order() -> None:
            LOCAL.orders = orders
            if not LOCAL.orders:
                LOCAL.orders.append(1)

        threads = [threading.Thread(target=order) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert orders == [1]

    assert explore(model).verdict == "failed assertion"


def test_what_each_thread_keeps_for_itself_is_no_shared_state() -> None:
    def model() -> None:
        def keep() -> None:
            LOCAL.kept = 1
            assert LOCAL.kept == 1

        threads = [threading.Thread(target=keep) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    result = explore(model)
    assert (result.verdict, result.schedules, result.races) == ("exhausted", 1, ())
    assert result.remark == "1 schedule: no two threads touched the same thing"
