"""What a process has once: two threads that set it and ask for it are seen, and a run leaves it as it was."""

from __future__ import annotations

import gc
import os
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from goqueue.races import explore
from goqueue.races.watch.objects.settings import PUT_BACK

# How often a run sets each: to something that it is not.
SET: dict[str, Callable[[], Any]] = {
    "the directory": lambda: os.chdir(os.sep if os.getcwd() != os.sep else os.path.dirname(__file__)),
    "the mask of new files": lambda: os.umask(0o37),
    "the recursion limit": lambda: sys.setrecursionlimit(sys.getrecursionlimit() + 100),
    "the switch interval": lambda: sys.setswitchinterval(sys.getswitchinterval() * 2),
    "the digits of a text": lambda: sys.set_int_max_str_digits(5_000),
    "the stack size": lambda: threading.stack_size(1 << 20),
    "the collector": lambda: gc.set_threshold(17, 5, 5),
}


@pytest.mark.parametrize("name", SET)
def test_it_is_put_back_after_each_run(name: str) -> None:
    get, _ = PUT_BACK[name]
    before, change = get(), SET[name]
    found = []

    def model() -> None:
        found.append(get())
        thread = threading.Thread(target=change)
        thread.start()
        thread.join()
        assert get() != before

    assert explore(model).verdict == "exhausted"
    assert get() == before
    assert set(found) == {before}


def test_who_sets_the_limit_and_who_asks_for_it_are_tried_in_both_orders() -> None:
    first, seen = sys.getrecursionlimit(), set()

    def model() -> None:
        thread = threading.Thread(target=SET["the recursion limit"])
        thread.start()
        seen.add(sys.getrecursionlimit() - first)
        thread.join()

    assert explore(model, races="off").verdict == "exhausted"
    assert seen == {0, 100}


def test_a_warning_is_an_error_while_another_thread_says_so() -> None:
    """`catch_warnings` is known not to be safe for threads."""

    def strict() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")

    def model() -> None:
        warnings.simplefilter("ignore")
        thread = threading.Thread(target=strict)
        thread.start()
        warnings.warn("late", stacklevel=1)
        thread.join()

    found = explore(model)
    assert found.verdict == "exception in a thread"
    assert "UserWarning: late" in found.summary


def test_a_warning_names_the_line_of_its_caller() -> None:
    said: list[tuple[str, int]] = []

    def note(message: Any, category: Any, filename: str, lineno: int, file: Any = None, line: Any = None) -> None:
        said.append((filename, lineno))

    def model() -> None:
        warnings.simplefilter("always")
        warnings.showwarning = note
        warnings.warn("late", stacklevel=1)
        warnings.warn(message="later")  # noqa: B028 - without a stacklevel, too

    explore(model)
    line = model.__code__.co_firstlineno
    assert set(said) == {(__file__, line + 3), (__file__, line + 4)}
