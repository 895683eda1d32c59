"""Places where an interrupt may come in every order of threads, however a clean-up or a loop is left.

Each right model must be exhausted. Each broken one says something that an interrupt makes untrue, so it must fail.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from goqueue.races import Interrupts, explore


def early_thread() -> SimpleNamespace:
    """Return what a thread changes while main goes on, so that main takes another way."""
    flag = SimpleNamespace(early=False)

    def work() -> None:
        flag.early = True

    Thread(target=work).start()
    return flag


def whole_cleanup() -> None:
    """In one order main makes a call before the clean-up, so all later points have another number."""
    flag, shop = early_thread(), SimpleNamespace(busy=1)
    try:
        try:
            if flag.early:
                len("a")
        finally:
            shop.busy -= 1
    except KeyboardInterrupt:
        assert shop.busy == 0


def no_call_between() -> None:
    flag, shop = early_thread(), SimpleNamespace(a=0, b=0)
    try:
        if flag.early:
            len("a")
            len("b")
            len("c")
        shop.a = 1
        shop.b = 1
    except KeyboardInterrupt:
        assert shop.a == shop.b


@pytest.mark.parametrize(("model", "at"), [(whole_cleanup, "steps"), (no_call_between, "calls")])
def test_none_comes_at_a_forbidden_place_that_has_another_number_in_this_order(model: Any, at: str) -> None:
    found = explore(model, interrupts=Interrupts(at=at))
    assert found.verdict == "exhausted", found


class Store:
    def __contains__(self, key: object) -> bool:
        try:
            raise KeyError
        except KeyError:
            return False


def left_by(way: str) -> Callable[[], None]:
    """Return a model that leaves a clean-up without a call, and then changes two things."""

    def model() -> None:
        shop = SimpleNamespace(a=0, b=0)
        with suppress(KeyboardInterrupt):
            while way == "break":
                try:
                    raise KeyError
                except KeyError:
                    break
            while way == "break of finally":
                try:
                    pass
                finally:
                    break  # noqa: B012  # this is what the test is about
            if way == "return" and 3 in Store():
                return
            if way == "raise":
                with suppress(TypeError):
                    try:
                        raise ValueError
                    except ValueError:
                        raise TypeError from None
            shop.a = 1
            shop.b = 1
        assert shop.a == shop.b

    return model


@pytest.mark.parametrize("way", ["break", "break of finally", "return", "raise"])
def test_interrupts_come_again_however_a_cleanup_was_left(way: str) -> None:
    assert explore(left_by(way), interrupts=1).verdict == "failed assertion"


def nested_cleanup() -> None:
    shop = SimpleNamespace(busy=1, inner=0)
    with suppress(KeyboardInterrupt):
        try:
            len("work")
        finally:
            try:
                shop.inner = 1
            finally:
                shop.inner = 2
            shop.busy -= 1
    assert shop.busy == 0


def test_a_cleanup_inside_of_another_does_not_end_that_one() -> None:
    assert explore(nested_cleanup, interrupts=1).verdict == "exhausted"


def by_rounds(way: str) -> Callable[[], None]:
    """Return a model that counts to three without a call."""

    def model() -> None:
        n = 0
        try:
            if way == "list":
                [(n := n + 1) for _ in range(3)]
            elif way == "set":
                {(n := n + 1) for _ in range(3)}
            elif way == "generator":
                all((n := n + 1) for _ in range(3))
            elif way == "for":
                for _ in range(3):
                    n += 1
            else:
                while n < 3:
                    n += 1
        except KeyboardInterrupt:
            assert n in (0, 3)

    return model


@pytest.mark.parametrize("way", ["list", "set", "generator", "for", "while"])
def test_each_kind_of_loop_is_interrupted_between_its_rounds(way: str) -> None:
    assert explore(by_rounds(way), interrupts=Interrupts(at="calls")).verdict == "failed assertion"


def an_item_is_taken_and_kept() -> None:
    left, done = iter([1, 2, 3]), list[int]()
    with suppress(KeyboardInterrupt):
        for item in left:
            done.append(item)
    assert done + list(left) == [1, 2, 3]


def an_item_is_left() -> None:
    left, last = iter([1, 2, 3]), 0
    try:
        for item in left:
            last = item
    except KeyboardInterrupt:
        assert (last, list(left)) != (1, [2, 3])


def test_it_comes_before_the_next_item_is_taken() -> None:
    at_calls = Interrupts(at="calls")
    assert explore(an_item_is_taken_and_kept, interrupts=at_calls).verdict == "exhausted"
    assert explore(an_item_is_left, interrupts=at_calls).verdict == "failed assertion"


def looks_at_its_variables() -> None:
    m = n = 0
    for m in range(2):
        n = m
    while n < 2:
        n += 1

    class Numbers:
        for m in range(2):
            last = m

    names = {name for name in vars(Numbers) if "round" in name}
    assert not names
    assert set(locals()) == {"m", "n", "Numbers", "names"}


def test_loops_leave_no_variables() -> None:
    assert explore(looks_at_its_variables, interrupts=1).verdict == "exhausted"
