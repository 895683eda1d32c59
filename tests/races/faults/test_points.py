"""At which points an interrupt comes, and what an option changes: each model keeps what it saw when one came."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Condition, Event, Lock, Thread, current_thread
from types import SimpleNamespace
from typing import Any

import pytest

from goqueue.races import Crashes, Disk, Interrupts, Misfit, explore, replay

# What the runs of one exploration saw. The lab puts the lists of a module back before each run, but not this one.
KEEP: Any = list[Any]().append


def seen_by(model: Callable[[], object], interrupts: Any = 1) -> set[Any]:
    """Explore a model, which must be exhausted, and return what its runs saw."""
    KEEP.__self__.clear()
    found = explore(model, interrupts=interrupts)
    assert found.verdict == "exhausted", found
    return set(KEEP.__self__)


def plain_writes() -> None:
    shop = SimpleNamespace(steps=0)
    try:
        shop.steps = 1
        shop.steps = 2
        shop.steps = 3
    except KeyboardInterrupt:
        KEEP(shop.steps)


def three_calls() -> None:
    done = list[int]()
    try:
        done.append(1)
        done.append(2)
        done.append(3)
    except KeyboardInterrupt:
        KEEP(len(done))


def rounds() -> None:
    n = 0
    try:
        while n < 3:
            n += 1
    except KeyboardInterrupt:
        KEEP(n)


def test_at_steps_it_comes_before_each_access_and_at_calls_only_where_cpython_looks() -> None:
    assert seen_by(plain_writes) == {0, 1, 2}
    assert seen_by(plain_writes, Interrupts(at="calls")) == set()


@pytest.mark.parametrize("at", ["steps", "calls"])
def test_it_comes_at_the_end_of_each_call_and_at_each_round(at: str) -> None:
    assert seen_by(three_calls, Interrupts(at=at)) >= {1, 2, 3}
    assert seen_by(rounds, Interrupts(at=at)) == {1, 2, 3}


def begins() -> None:
    state = SimpleNamespace(at="")

    def work() -> None:
        state.at += "in work"

    def numbers() -> Any:
        try:
            yield 1
        except KeyboardInterrupt:
            KEEP("in the generator")
            yield 2

    state.at = "before "
    with suppress(KeyboardInterrupt):
        try:
            work()
        except KeyboardInterrupt:
            KEEP(state.at)
            raise
        for _ in numbers():
            pass


def test_it_comes_where_a_function_begins_and_where_a_generator_goes_on() -> None:
    assert seen_by(begins, Interrupts(at="calls")) == {"before ", "before in work", "in the generator"}


def finally_first() -> None:
    shop = SimpleNamespace(busy=1)
    with suppress(KeyboardInterrupt):
        try:
            len("work")
        finally:
            shop.busy -= 1
            len("more")
            shop.busy -= 1
    if shop.busy >= 0:
        KEEP(shop.busy)


def test_a_cleanup_is_whole_up_to_its_first_call() -> None:
    assert 1 not in seen_by(finally_first)
    assert seen_by(finally_first) == {0}


class Guard:
    """A manager in Python, whose methods can be interrupted themselves."""

    def __init__(self) -> None:
        self.state = "new"

    def __enter__(self) -> None:
        self.state = "entered"

    def __exit__(self, *_: object) -> None:
        len("before")
        self.state = "left"


def guarded() -> None:
    guard = Guard()
    try:
        with guard:
            len("work")
    except KeyboardInterrupt:
        KEEP(guard.state)


def test_a_managers_own_methods_are_interrupted() -> None:
    assert seen_by(guarded) == {"new", "entered", "left"}


def waits_for(wait: str) -> Callable[[], None]:
    """Return a model that waits while a thread goes through three stages, two seconds apart."""

    def model() -> None:
        state, never, lock = SimpleNamespace(stage=0), Event(), Lock()
        changed = Condition(lock)

        def work() -> None:
            with lock:
                state.stage = 1
            time.sleep(2)
            with lock:
                state.stage = 2
            time.sleep(2)
            with lock:
                state.stage = 3
            never.set()
            with changed:
                changed.notify()

        worker = Thread(target=work, name="worker")
        worker.start()
        try:
            if wait == "join":
                worker.join()
            elif wait == "event":
                never.wait()
            elif wait == "sleep":
                time.sleep(10)
            else:
                with changed:
                    changed.wait(10)
        except KeyboardInterrupt:
            with lock:
                KEEP(state.stage)

    return model


@pytest.mark.parametrize("wait", ["join", "event", "sleep", "condition"])
def test_a_wait_is_interrupted_at_any_time(wait: str) -> None:
    assert seen_by(waits_for(wait)) == {0, 1, 2, 3}


def in_two_threads() -> None:
    def work() -> None:
        try:
            len("work")
        except KeyboardInterrupt:
            KEEP(current_thread().name)

    worker = Thread(target=work, name="worker")
    worker.start()
    work()
    worker.join()


def test_other_threads_are_interrupted_if_that_is_asked_for() -> None:
    assert seen_by(in_two_threads) == {"MainThread"}
    assert seen_by(in_two_threads, Interrupts(threads="all")) == {"MainThread", "worker"}


def how_often() -> None:
    count = 0
    for _ in range(3):
        try:
            len("work")
        except KeyboardInterrupt:
            count += 1
    KEEP(count)


def test_it_comes_so_often_at_most() -> None:
    assert seen_by(how_often) == {0, 1}
    assert seen_by(how_often, Interrupts(most=2)) == {0, 1, 2}
    assert seen_by(how_often, 3) == {0, 1, 2, 3}


def another_error() -> None:
    try:
        len("work")
    except TimeoutError:
        KEEP("late")


def test_it_may_be_another_error() -> None:
    assert seen_by(another_error, Interrupts(error=TimeoutError)) == {"late"}


def keeps_a_lock() -> None:
    lock = Lock()
    lock.acquire()
    lock.release()


def test_a_lock_that_is_kept_is_a_failure_unless_that_is_meant() -> None:
    found = explore(keeps_a_lock, interrupts=1)
    assert found.verdict == "failed assertion"
    assert "main was interrupted, and never gives back lock" in found.summary
    assert explore(keeps_a_lock, interrupts=Interrupts(held_locks="ignore")).verdict == "exhausted"


def tries_a_lock() -> None:
    lock = Lock()
    if lock.acquire(blocking=False):
        len("work")
        lock.release()


def test_a_lock_that_was_only_tried_is_kept_too() -> None:
    assert "main was interrupted, and never gives back lock" in explore(tries_a_lock, interrupts=1).summary


def through_a_future() -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: len("work")).result()


def fails_by_itself() -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(raises).result()


def raises() -> None:
    raise KeyboardInterrupt


def test_an_interrupt_of_another_thread_is_no_failure_when_it_comes_through_a_future() -> None:
    found = explore(through_a_future, interrupts=Interrupts(threads="all"))
    assert found.verdict == "exhausted", found
    assert explore(fails_by_itself, interrupts=Interrupts(threads="all")).verdict == "exception in a thread"


def test_an_error_that_nobody_can_raise_is_refused() -> None:
    with pytest.raises(TypeError, match="UnicodeDecodeError, which cannot be made without arguments"):
        Interrupts(error=UnicodeDecodeError)


def test_the_report_says_where_it_comes_and_what_was_tried() -> None:
    found = explore(keeps_a_lock, interrupts=1)
    assert "Ctrl-C comes here: KeyboardInterrupt" in repr(found)
    assert replay(keeps_a_lock, found.schedule).trace == found.trace  # the schedule says that there is an interrupt
    assert "Ctrl-C: once in a run, at each of" in explore(three_calls, interrupts=1).summary


def test_a_small_budget_claims_nothing() -> None:
    found = explore(three_calls, interrupts=1, schedules=4)
    assert (found.verdict, found.schedules) == ("budget spent", 4)
    assert "at some of" in found.summary


def test_a_schedule_of_another_model_does_not_fit() -> None:
    with pytest.raises(Misfit, match="ended before the fault came"):
        replay(three_calls, "i500.0-000000")
    with pytest.raises(Misfit, match="ended before the fault came"):
        replay(one_write, "c9-000000", crashes=Crashes(dict, len))
    with pytest.raises(ValueError, match="ends with a crash: give replay"):
        replay(one_write, "c2-000000")


def one_write(store: dict[str, int]) -> None:
    try:
        store["a"] = 1
        store["b"] = 2
    finally:
        store["c"] = 3


def test_a_crash_comes_before_each_change_and_at_the_end_and_nothing_is_cleaned_up() -> None:
    left = list[tuple[str, ...]]()
    found = explore(one_write, crashes=Crashes(dict, lambda store: left.append(tuple(store))))
    assert (found.verdict, left) == ("exhausted", [(), ("a",), ("a", "b"), ("a", "b", "c")])


def both_write(store: dict[str, int]) -> None:
    def write(name: str) -> None:
        store[name] = 1

    threads = [Thread(target=write, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_crash_comes_in_each_order_of_the_changes() -> None:
    left = set[tuple[str, ...]]()
    explore(both_write, crashes=Crashes(dict, lambda store: left.add(tuple(store))))
    assert left == {(), ("a",), ("b",), ("a", "b"), ("b", "a")}


def nested(store: SimpleNamespace) -> None:
    store.jobs["1"] = {"status": "pending"}
    store.jobs["1"]["status"] = "done"
    elsewhere = {"a": 1}
    elsewhere["a"] = 2


def test_what_is_held_by_what_survives_survives_and_nothing_else() -> None:
    left = list[str]()
    keep = Crashes(lambda: SimpleNamespace(jobs={}), lambda store: left.append(str(store.jobs)))
    assert explore(nested, crashes=keep).verdict == "exhausted"
    assert left == ["{}", "{'1': {'status': 'pending'}}", "{'1': {'status': 'done'}}"]


def interrupted_and_killed(store: dict[str, int]) -> None:
    try:
        store["a"] = 1
        len("work")
    except KeyboardInterrupt:
        store["undone"] = 1
        store["clean"] = 1


def test_both_faults_may_come_in_one_run() -> None:
    def recover(store: dict[str, int]) -> None:
        assert ("undone" in store) == ("clean" in store)

    crashes = Crashes(dict, recover)
    assert explore(interrupted_and_killed, crashes=crashes).verdict == "exhausted"
    found = explore(interrupted_and_killed, interrupts=1, crashes=crashes)
    assert found.verdict == "failed assertion"
    assert replay(interrupted_and_killed, found.schedule, crashes=crashes).trace == found.trace


def one_append(disk: Disk) -> None:
    disk.append("log", b"abcd")
    disk.fsync("log")
    disk.replace("log", "old")


def test_a_disk_loses_keeps_or_tears_what_was_not_synced() -> None:
    left = list[tuple[tuple[str, bytes], ...]]()

    def recover(disk: Disk) -> None:
        left.append(tuple((name, disk.read(name)) for name in disk.names()))

    assert explore(one_append, crashes=Crashes(Disk, recover)).verdict == "exhausted"
    torn = {(), (("log", b""),), (("log", b"ab"),), (("log", b"abcd"),)}
    assert set(left) == torn | {(("old", b"abcd"),)}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"interrupts": -1}, "interrupts is -1: it must be a whole number"),
        ({"interrupts": True}, "interrupts is True"),
        ({"crashes": len}, "crashes is <built-in function len>: it must be Crashes"),
        ({"crashes": Crashes(str, len)}, "survives makes str objects, whose changes the lab cannot see"),
    ],
)
def test_a_wrong_option_is_refused_by_name(options: dict[str, Any], words: str) -> None:
    with pytest.raises((ValueError, TypeError), match=words.replace("(", r"\(")):
        explore(one_write if "crashes" in options else three_calls, **options)
