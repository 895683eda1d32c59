"""A thread that was started before the exploration takes no part: a failure says so, and nothing else does."""

from __future__ import annotations

import functools
import queue
import threading
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import pytest

from goqueue.races import explore, replay
from goqueue.races.doubles import bystanders
from goqueue.races.doubles.threads import REAL_ENUMERATE


@pytest.fixture(autouse=True)
def no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the threads that other tests have left, such as those of their servers."""
    others = REAL_ENUMERATE()
    monkeypatch.setattr(
        bystanders, "REAL_ENUMERATE", lambda: [thread for thread in REAL_ENUMERATE() if thread not in others]
    )


class Worker:
    """Answers what is asked, in a real thread."""

    def __init__(self) -> None:
        self.asked, self.answers = queue.Queue[Any](), queue.Queue[Any]()

    def loop(self) -> None:
        while (question := self.asked.get()) is not None:
            self.answers.put(question)


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker()
    thread = threading.Thread(target=made.loop, name="the worker")
    thread.start()
    yield made
    made.asked.put(None)
    thread.join()


SAID = "the worker was started before the run and takes no part in it; start it in the model."


def test_a_deadlock_for_want_of_a_thread_names_it(worker: Worker) -> None:
    def model() -> None:
        worker.asked.put(1)
        assert worker.answers.get() == 1

    result = explore(model)
    assert result.verdict == "deadlock"
    assert result.remark == SAID
    assert f"\n{SAID}\n" in result.summary
    again = replay(model, result.schedule)
    assert again.remark == SAID
    assert SAID in again.summary


def test_so_does_a_failed_assertion(worker: Worker) -> None:
    def model() -> None:
        worker.asked.put(1)
        assert not worker.answers.empty(), "no answer"

    assert explore(model).remark == SAID


def test_what_is_exhausted_does_not(worker: Worker) -> None:
    def model() -> None:
        worker.asked.put(1)

    assert SAID not in explore(model).summary


def test_so_does_a_wait_whose_time_is_up_but_no_other_exception(worker: Worker) -> None:
    def model() -> None:
        worker.asked.put(1)
        worker.answers.get(timeout=1)

    assert explore(model).remark == SAID

    def divide() -> None:
        worker.asked.put(1 // 0)

    assert explore(divide).remark == ""


def fail() -> None:
    assert not "good"


def code_of_a_tool() -> Callable[[threading.Event], object]:
    """Return a function that waits, and whose file is pytest's."""
    return FunctionType(wait.__code__.replace(co_filename=pytest.Item.from_parent.__code__.co_filename), globals())


def wait(event: threading.Event) -> None:
    event.wait()


@pytest.mark.parametrize(
    "start",
    [
        lambda end: threading.Thread(target=code_of_a_tool(), args=(end,)),
        lambda end: threading.Thread(target=functools.partial(code_of_a_tool(), end)),
        lambda end: threading.Timer(0.0, code_of_a_tool(), (end,)),
    ],
)
def test_a_thread_of_a_tool_is_not_named(start: Callable[[threading.Event], threading.Thread]) -> None:
    end = threading.Event()
    thread = start(end)
    thread.start()
    try:
        assert explore(fail).remark == ""
    finally:
        end.set()
        thread.join()


def test_several_are_named() -> None:
    end = threading.Event()
    threads = [threading.Thread(target=wait, args=(end,), name=f"T{number}") for number in range(5)]
    for thread in threads:
        thread.start()
    try:
        assert explore(fail).remark.startswith("T0, T1, T2 and 2 more were started before the run and take no part in")
    finally:
        end.set()
        for thread in threads:
            thread.join()
