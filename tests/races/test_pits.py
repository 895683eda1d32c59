"""Eighteen pitfalls of an engine like this, each a test: 1 to 4 and 7 to 9."""

from __future__ import annotations

import os
import queue
import re
import sys
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock, Thread, current_thread
from typing import Any

import pytest

from goqueue.lab import explore
from goqueue.races import Outside
from goqueue.races.engine.run import Run

from .litmus.litmus import run

ROOT = str(Path(__file__).parents[2])
LOCK = Lock()
kept: list[object] = []
seen: list[Any] = []


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    kept.clear()
    seen.clear()


class Job:
    def __init__(self) -> None:
        self.attempts = 0


class Fleeting:
    """Has no attribute, so nothing in a run keeps it alive."""


def test_1_the_current_thread_is_the_models_own() -> None:
    seen: list[Any] = []

    def deliver() -> None:
        seen.append((type(current_thread()), current_thread().name))

    def model() -> None:
        run(deliver, deliver)
        assert current_thread().name == "MainThread"

    before = set(threading._active)  # type: ignore[attr-defined]
    reports = {repr(explore(model)) for _ in range(3)}
    assert len(reports) == 1
    assert set(seen) == {(Thread, "deliver-1"), (Thread, "deliver-2")}  # no _DummyThread
    assert set(threading._active) == before  # type: ignore[attr-defined]


def test_2_a_set_of_threads_has_the_same_order_in_every_run() -> None:
    seen: list[list[str]] = []

    def model() -> None:
        with ThreadPoolExecutor(3) as executor:
            for _ in range(3):
                executor.submit(Job)
        threads = {Thread(name=name) for name in "abcdef"}
        seen.append([thread.name for thread in threads])

    explore(model, schedules=30)
    assert len(seen) > 10
    assert all(order == seen[0] for order in seen)


def test_3_a_lock_of_an_earlier_run_does_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    def model() -> None:
        job, lock, other = Fleeting(), Lock(), Lock()
        lock.acquire()
        weakref.finalize(job, lock.acquire).atexit = False
        kept[:] = [job]  # the job of the previous run dies here and takes its lock, which nobody releases
        delivered = []

        def deliver() -> None:
            with other:
                delivered.append(1)

        run(deliver, deliver)

    result = explore(model)
    assert (result.verdict, result.schedules) == ("exhausted", 2)
    assert capfd.readouterr() == ("", "")  # Python would print what a finaliser raises


def test_4_other_threads_keep_getting_real_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    begin = Run.begin

    def use() -> None:
        kinds = type(threading.Lock()), type(threading.RLock())
        seen.append([kind.__module__ for kind in kinds] == ["_thread", "_thread"])
        jobs, done = queue.SimpleQueue[int](), threading.Event()
        jobs.put(1)
        done.set()
        seen.append((jobs.get(timeout=1), done.wait(1), type(jobs).__module__) == (1, True, "_queue"))
        seen.append(time.monotonic() > begun and time.time() > 1e9)

    def meanwhile(self: Run, body: Callable[[], object], thread: object) -> None:
        use()  # the caller's thread is not controlled either
        other = Thread(target=use)
        other.start()
        other.join()
        begin(self, body, thread)

    begun = time.monotonic()
    monkeypatch.setattr(Run, "begin", meanwhile)
    assert explore(lambda: run(lambda: seen)).verdict == "exhausted"  # what a model captures is not put back
    assert len(seen) >= 6
    assert all(seen)


def test_7_no_address_no_number_of_a_process_or_thread_no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    rest = Run.let_rest

    # Code without a source, because the lab would watch it.
    note = eval("lambda self, carrier: (seen.append(carrier.ident), rest(self, carrier))", {"seen": seen, "rest": rest})
    monkeypatch.setattr(Run, "let_rest", note)

    def failing() -> None:
        job, lock = Job(), Lock()

        def attempt() -> None:
            job.attempts += 1
            print(job, lock, current_thread(), attempt, f"{current_thread()}"[:0])

        run(attempt, attempt)
        if job.attempts != 2:
            raise ValueError(f"{job} {attempt}")

    def io() -> None:
        open(f"{ROOT}/orders.txt")  # noqa: SIM115

    found = explore(failing)
    with pytest.raises(Outside) as told:
        explore(io)
    text = "\n".join([repr(found), found._repr_mimebundle_()["text/html"], str(told.value), repr(found.trace)])
    assert "ValueError: " in text
    assert not re.search(r"0x[0-9a-f]{4,}", text)
    for number in {os.getpid(), *seen}:
        assert str(number) not in text
    assert ROOT not in text
    assert sys.prefix not in text


def test_8_a_real_lock_from_before_the_run_is_a_lock_of_the_run() -> None:
    def deliver() -> None:
        with LOCK:
            pass

    LOCK.acquire()
    try:
        held = explore(lambda: run(deliver))
    finally:
        LOCK.release()
    assert held.verdict == "deadlock"
    assert "deliver-1 waits for LOCK, which code outside of the run has" in repr(held)
    assert explore(lambda: run(deliver, deliver)).verdict == "exhausted"
    assert LOCK.acquire(blocking=False)
    LOCK.release()


def test_9_reaching_the_limit_of_steps_claims_nothing() -> None:
    def long() -> None:
        for _ in range(100):
            time.sleep(1)

    assert explore(long, steps=50).verdict == "too long"
    assert explore(long, steps=500).verdict == "exhausted"
