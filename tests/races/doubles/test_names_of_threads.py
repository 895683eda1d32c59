"""What threads are called, and how they are counted: in a model as in a plain program."""

from __future__ import annotations

import _thread
import logging
import sys
import threading
from collections.abc import Callable
from threading import get_ident

import pytest

from goqueue.lab import virtual_time
from goqueue.races import explore, replay

from ..litmus.litmus import run


def test_the_main_thread_is_called_as_in_a_plain_program() -> None:
    def model(alone: bool = True) -> None:
        main = threading.current_thread()
        assert threading.main_thread() is main
        assert (main.name, main.daemon, main.is_alive()) == ("MainThread", False, True)
        assert (main.ident, main.native_id) == (threading.get_ident(), threading.get_native_id())
        assert repr(main) == f"<_MainThread(MainThread, started {main.ident})>"
        assert not alone or (threading.enumerate(), threading.active_count()) == ([main], 1)

    model(alone=False)  # on pytest's own main thread, beside which libraries may have threads
    assert explore(model).verdict == "exhausted"


def test_a_thread_has_its_numbers_once_it_was_started() -> None:
    def model() -> None:
        seen: list[object] = []

        def work() -> None:
            own = threading.current_thread()
            seen.append((own.ident, own.native_id) == (threading.get_ident(), threading.get_native_id()))
            seen.append(own in threading.enumerate())
            seen.append(own is not threading.main_thread())

        thread = threading.Thread(target=work)
        assert (thread.ident, thread.native_id) == (None, None)
        thread.start()
        numbers = thread.ident, thread.native_id
        assert None not in numbers
        assert thread.ident != threading.get_ident()
        thread.join()
        assert seen == [True] * 3
        assert (thread.ident, thread.native_id) == numbers
        assert repr(thread) == f"<Thread(Thread-1 (work), stopped {thread.ident})>"
        assert threading.enumerate() == [threading.main_thread()]

    result = explore(model)
    assert result.verdict == "exhausted"
    assert result.schedules > 1


def test_in_virtual_time_a_thread_counts_from_its_start() -> None:
    with virtual_time():
        others, count = set(threading.enumerate()), threading.active_count()
        done = threading.Event()
        thread = threading.Thread(target=done.wait)
        thread.start()
        assert set(threading.enumerate()) - others == {thread}
        assert threading.active_count() <= count + 1  # threads of earlier tests may end meanwhile
        done.set()
        thread.join()
        assert set(threading.enumerate()) <= others


def test_a_thread_that_never_moves_and_was_asked_for_its_number_leaves_nothing() -> None:
    before = threading.active_count()

    def model() -> None:
        thread = threading.Thread(target=threading.Event().wait, daemon=True)
        thread.start()
        assert thread.ident

    for _ in range(3):
        assert explore(model).verdict == "exhausted"
    assert threading.active_count() <= before


def test_a_raw_thread_s_number_is_the_one_it_sees() -> None:
    def model() -> None:
        seen: list[int] = []
        lock = threading.Lock()
        lock.acquire()

        def work() -> None:
            seen.append(threading.get_ident())
            lock.release()

        number = _thread.start_new_thread(work, ())
        lock.acquire()
        assert seen == [number]

    assert explore(model).verdict == "exhausted"
    assert explore(lambda: run(model)).verdict == "exhausted"


NUMBERS: list[Callable[[], int]] = [
    lambda: threading.get_ident(),
    lambda: threading.get_native_id(),
    lambda: _thread.get_ident(),
    lambda: get_ident(),
    lambda: threading.current_thread().ident or 0,
]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_thread_has_the_same_number_in_each_run(number: Callable[[], int]) -> None:
    def model() -> None:
        seen: dict[int, int] = {}

        def work() -> None:
            me = number()
            if me not in seen:  # the order of the steps depends on it
                seen[me] = 1

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(seen) < 2, seen

    first = explore(model)
    again = explore(model)
    assert first.failed
    assert (first.schedule, first.summary) == (again.schedule, again.summary)
    for _ in range(5):
        assert replay(model, first.schedule).summary == replay(model, first.schedule).summary


def test_all_that_tells_a_thread_s_number_agrees() -> None:
    def model(in_a_run: bool = True) -> None:
        def work() -> None:
            me = threading.get_ident()
            assert me == _thread.get_ident() == get_ident() == threading.current_thread().ident
            assert threading.get_native_id() == threading.current_thread().native_id
            assert sys._current_frames()[me].f_code.co_name
            assert logging.getLogger("x").makeRecord("x", 10, "file", 1, "hi", (), None).thread == me
            lock = threading._PyRLock()  # type: ignore[attr-defined]
            with lock, lock:
                assert str(me) in repr(lock) or threading.current_thread().name in repr(lock)
            assert (me < 5000) == in_a_run

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        work()

    assert explore(model).verdict == "exhausted"
    model(in_a_run=False)
    with virtual_time():
        model(in_a_run=False)
