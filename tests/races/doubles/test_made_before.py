"""What was made at import, in a class body or in a fixture: each run has it in the state in which it was made."""

from __future__ import annotations

import _thread
import contextlib
import queue
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from goqueue.races import Outside, explore
from goqueue.races.engine.ends import ending

from .. import unwatched
from ..litmus.litmus import run
from ..staged import differences, state_of_the_process

LOCK = threading.Lock()
RLOCK = threading.RLock()
CONDITION = threading.Condition(RLOCK)
SET, UNSET = threading.Event(), threading.Event()
SET.set()
SEMAPHORE = threading.Semaphore(1)
BARRIER = threading.Barrier(2)
JOBS: queue.Queue[int] = queue.Queue()
SIMPLE: queue.SimpleQueue[int] = queue.SimpleQueue()
for ready in (1, 2):
    JOBS.put(ready)
    SIMPLE.put(ready)


class Guarded:
    lock = threading.Lock()


class Count:
    def __init__(self) -> None:
        self.value = 0

    def add(self) -> None:
        seen = self.value
        self.value = seen + 1


@contextlib.contextmanager
def under_condition() -> Any:
    CONDITION.acquire()
    yield
    CONDITION.release()


LOCKS: dict[str, Callable[[], Any]] = {
    "a Lock": lambda: LOCK,
    "an RLock": lambda: RLOCK,
    "a Condition": lambda: CONDITION,
    "a Condition, taken by name": under_condition,
    "a Semaphore": lambda: SEMAPHORE,
    "of a class": lambda: Guarded.lock,
}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_made_before_excludes(name: str) -> None:
    def counted(right: bool) -> Callable[[], None]:
        def model() -> None:
            count = Count()

            def add() -> None:
                with LOCKS[name]() if right else contextlib.nullcontext():
                    count.add()

            run(add, add)
            assert count.value == 2

        return model

    assert explore(counted(True)).verdict == "exhausted"
    assert explore(counted(False)).failed


@pytest.mark.parametrize("guard", [unwatched.guarded, unwatched.Store().add])
def test_a_lock_of_a_library_that_is_not_watched_excludes(guard: Callable[..., Any]) -> None:
    def model() -> None:
        count = Count()
        guarded = guard(count.add) if guard is unwatched.guarded else lambda: guard(count.add)
        run(guarded, guarded)
        assert count.value == 2

    result = explore(model, modules=[])
    assert result.verdict == "exhausted"
    assert result.schedules > 1


def test_a_condition_shares_its_lock_with_others() -> None:
    def model() -> None:
        count = Count()

        def one() -> None:
            with RLOCK:
                count.add()

        def other() -> None:
            with CONDITION:
                count.add()

        run(one, other)
        assert count.value == 2

    assert explore(model).verdict == "exhausted"


def test_each_run_finds_the_state_in_which_things_were_made() -> None:
    def take() -> None:
        assert JOBS.get() == 1
        assert SIMPLE.get() == 1
        JOBS.put(3)
        SIMPLE.put(3)
        assert SEMAPHORE.acquire(blocking=False)
        assert SET.is_set()
        SET.clear()
        UNSET.set()

    def model() -> None:
        assert not UNSET.is_set()
        run(take, UNSET.wait)
        assert JOBS.qsize() == 2
        assert SIMPLE.qsize() == 2

    before = state_of_the_process(sys.modules[__name__], unwatched)
    assert explore(model).verdict == "exhausted"
    assert differences(before, state_of_the_process(sys.modules[__name__], unwatched)) == {}
    assert (SET.is_set(), UNSET.is_set(), list(JOBS.queue), SIMPLE.qsize()) == (True, False, [1, 2], 2)
    assert SEMAPHORE.acquire(blocking=False)
    SEMAPHORE.release()


def test_a_deadlock_and_a_lost_wake_up_on_what_was_made_before_are_found() -> None:
    def outer() -> None:
        with LOCK, RLOCK:
            pass

    def inner() -> None:
        with RLOCK, LOCK:
            pass

    found = explore(lambda: run(outer, inner))
    assert found.verdict == "deadlock"
    assert "LOCK" in repr(found)
    assert explore(lambda: run(outer, outer)).verdict == "exhausted"

    def wait() -> None:
        with CONDITION:
            CONDITION.wait()

    def notify() -> None:
        with CONDITION:
            CONDITION.notify()

    assert explore(lambda: run(wait, notify)).verdict == "lost wake-up"


def test_a_barrier_made_before_is_whole_in_each_run() -> None:
    assert explore(lambda: run(BARRIER.wait, BARRIER.wait), schedules=20).verdict in ("exhausted", "budget spent")
    assert (BARRIER.n_waiting, BARRIER.broken) == (0, False)


def test_a_lock_that_is_held_stays_held() -> None:
    def model() -> None:
        assert not LOCK.acquire(blocking=False)
        LOCK.release()
        assert LOCK.acquire(blocking=False)

    with LOCK:
        assert explore(model).verdict == "exhausted"
        assert LOCK.locked()
    assert explore(model).failed


def test_a_lock_of_an_earlier_run_is_free_in_the_next() -> None:
    kept: list[Any] = []

    def model() -> None:
        if not kept:
            kept.append(threading.Lock())
        count = Count()

        def add() -> None:
            with kept[0]:
                count.add()

        run(add, add)
        assert count.value == 2

    assert explore(model).verdict == "exhausted"


def test_clocks_that_a_library_imported_by_name_are_virtual() -> None:
    def model() -> None:
        assert unwatched.nap(600) == (600, 600)

    assert explore(model, modules=[]).verdict == "exhausted"


def test_a_real_lock_that_cannot_be_replaced_is_refused_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "GRACE", 0.3)

    def wait() -> None:
        UNSET.wait(1)

    with pytest.raises(Outside, match=r"waits for the real lock HIDDEN\[0\], which \S+ holds; .*inside the model"):
        explore(lambda: run(unwatched.hidden(wait), unwatched.hidden(wait)), modules=[])
    assert explore(lambda: run(wait)).verdict == "exhausted"


@pytest.mark.parametrize("locked", [True, False])
def test_a_raw_thread_is_controlled(locked: bool) -> None:
    def model() -> None:
        count, done = Count(), threading.Semaphore(0)
        lock = threading.Lock()

        def add() -> None:
            with lock if locked else contextlib.nullcontext():
                count.add()
            done.release()

        for _ in range(2):
            _thread.start_new_thread(add, ())
        done.acquire()
        done.acquire()
        assert count.value == 2

    assert explore(model).failed is not locked


def test_a_wait_with_a_time_on_what_was_made_before_ends_in_time() -> None:
    def waits() -> None:
        with CONDITION:
            assert not CONDITION.wait(timeout=1)
            assert not CONDITION.wait_for(lambda: False, timeout=1)

    assert explore(waits).verdict == "exhausted"

    def gets() -> None:
        for _ in (1, 2):
            JOBS.get()
        with pytest.raises(queue.Empty):
            JOBS.get(timeout=1)

    assert explore(gets).verdict == "exhausted"


def test_who_is_notified_and_cannot_have_the_lock_waits_for_its_holder() -> None:
    def model() -> None:
        def wait() -> None:
            with CONDITION:
                CONDITION.wait()

        def keep() -> None:
            CONDITION.acquire()
            CONDITION.notify()

        run(ann=wait, bob=keep)

    result = explore(model)
    assert result.verdict == "deadlock"
    assert "which bob-2 took and never gave back" in result.summary
