"""A thread that swallows what is to end it: the run ends at once all the same, and nothing of it goes on running."""

from __future__ import annotations

import contextlib
import queue
import sys
import threading
import time
from collections.abc import Callable

import pytest

from goqueue.races import Outside, explore
from goqueue.races.engine.ends import ending

Worker = Callable[["queue.Queue[int]", threading.Event], object]


def bare(jobs: queue.Queue[int], stop: threading.Event) -> None:
    while True:
        try:
            jobs.get()
        except:  # noqa: E722
            continue


def waiting(jobs: queue.Queue[int], stop: threading.Event) -> None:
    while True:
        try:
            stop.wait()
        except BaseException:
            continue


def suppressing(jobs: queue.Queue[int], stop: threading.Event) -> None:
    while True:
        with contextlib.suppress(BaseException):
            jobs.get()


def nested(jobs: queue.Queue[int], stop: threading.Event) -> None:
    while True:
        try:
            try:
                jobs.get()
            except BaseException:
                stop.wait()
        except BaseException:
            continue


def model_of(worker: Worker) -> Callable[[], None]:
    def model() -> None:
        jobs, stop, lock, done = queue.Queue[int](), threading.Event(), threading.Lock(), list[int]()

        def client() -> None:
            with lock:
                done.append(1)

        threading.Thread(target=worker, args=(jobs, stop), daemon=True).start()
        clients = [threading.Thread(target=client) for _ in range(2)]
        for thread in clients:
            thread.start()
        for thread in clients:
            thread.join()
        assert len(done) == 2

    return model


@pytest.mark.parametrize("worker", [bare, waiting, suppressing, nested])
def test_its_run_ends_at_once(worker: Worker) -> None:
    explore(lambda: None)  # the first one in a process takes longer
    began, before = time.monotonic(), len(sys._current_frames())
    result = explore(model_of(worker))
    assert (result.verdict, result.schedules) == ("exhausted", 2)
    assert time.monotonic() - began < 2 * ending.UNWINDING  # the least that two runs took
    left = len(sys._current_frames()) - before
    assert left <= (0 if worker is not nested else result.schedules + 3)
    assert is_idle()


def test_one_that_comes_to_no_step_stops_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "PATIENCE", 0.4)

    def endless(jobs: queue.Queue[int], stop: threading.Event) -> None:
        number = 0
        while True:
            try:
                number += 1
            except BaseException:
                continue

    with pytest.raises(Outside):
        explore(model_of(endless))
    assert is_idle()


def is_idle() -> bool:
    """Whether no thread of the process computes."""
    before = time.process_time()
    time.sleep(0.2)
    return time.process_time() - before < 0.1
