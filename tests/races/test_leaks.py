"""After an exploration everything is as before, however it ended: threads, memory, and all that was replaced."""

from __future__ import annotations

import gc
import queue
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from threading import Lock, Thread
from time import sleep
from typing import Any

import pytest

from goqueue.lab import detect, explore, replay, virtual_time
from goqueue.races import Outside
from goqueue.races.engine.run import Run
from goqueue.races.search.exploration import Exploration

from .litmus import deadlocks, lost_updates, pools
from .litmus.litmus import run
from .litmus.programs import NAMED
from .staged import NONE_LEFT, differences, left_since, state_of_the_process, threads

HERE = sys.modules[__name__]
WATCHED = HERE, lost_updates, deadlocks, pools
OUTSIDE = Lock()
well, failure = NAMED["lost update on an attribute"].right, NAMED["lost update on an attribute"].broken


def daemon_left_waiting() -> None:
    jobs: queue.Queue[int] = queue.Queue()
    Thread(target=jobs.get, daemon=True).start()


def livelock() -> None:
    while True:
        sleep(0.1)


def timer_left_waiting() -> None:
    timer = threading.Timer(60, print)
    timer.daemon = True
    timer.start()


def handlers_of_everything() -> None:
    never = threading.Event()

    def deliver() -> None:
        try:
            never.wait()
        except BaseException:
            sleep(1)  # waits again, although the run is over

    Thread(target=deliver).start()


def interrupted() -> None:
    raise KeyboardInterrupt


def outside() -> None:
    def deliver() -> None:
        with OUTSIDE:
            pass

    run(deliver, deliver)


MODELS = {
    "exhausted": well,
    "failed assertion": failure,
    "deadlock": NAMED["two locks in opposite order"].broken,
    "exception in a thread": NAMED["a job that kills its worker"].broken,
    "a daemon left": daemon_left_waiting,
    "an executor": NAMED["a result waited for under the lock"].right,
    "livelock": livelock,
    "a timer left": timer_left_waiting,
    "except BaseException": handlers_of_everything,
    "KeyboardInterrupt": interrupted,
    "Outside": outside,
}


def explored(model: Callable[[], None]) -> None:
    """Explore a model, whatever the result."""
    try:
        explore(model, schedules=20, steps=60)
    except Outside:
        assert model is outside


@pytest.fixture(autouse=True, scope="module")
def _hooks_are_installed() -> None:
    """The first exploration of a process adds its hooks to the builtins, and leaves them there."""
    explore(failure)


@pytest.mark.slow
def test_no_thread_is_left_after_many_explorations() -> None:
    before = threads()
    for model in [*MODELS.values()] * 6:
        explored(model)
    assert left_since(before) == NONE_LEFT


@pytest.mark.parametrize("name", MODELS)
def test_an_exploration_leaves_no_garbage_for_later(name: str) -> None:
    for _ in range(2):
        explored(MODELS[name])
    before = len(gc.get_objects())
    for _ in range(5):
        explored(MODELS[name])
    assert len(gc.get_objects()) - before < 1_000  # an executor left 1,800 objects each time


@pytest.mark.parametrize("name", ["lost update on an attribute", "a wait without a loop", "a circle of three locks"])
def test_a_run_is_gone_without_the_collector(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[weakref.ref[Run]] = []
    alive: list[int] = []
    real = Exploration.run

    def run(exploration: Exploration, *arguments: Any, **options: Any) -> Run:
        made = real(exploration, *arguments, **options)
        alive.append(sum(one() is not None for one in runs))
        if options.get("recorder") is None:
            runs.append(weakref.ref(made))
        return made

    monkeypatch.setattr(Exploration, "run", run)
    explore(NAMED[name].right)
    assert len(runs) > 1
    assert max(alive) == 1, "only the run before, which the search still has in hand"


@pytest.mark.parametrize("name", MODELS)
def test_everything_is_back_however_it_ended(name: str) -> None:
    before = state_of_the_process(*WATCHED)
    explored(MODELS[name])
    assert differences(before, state_of_the_process(*WATCHED)) == {}


def test_everything_is_back_after_the_other_functions() -> None:
    before, counted = state_of_the_process(*WATCHED), threads()
    schedule = explore(failure).schedule
    replay(failure, schedule)
    detect(failure)
    with pytest.raises(ValueError, match="schedule"):
        replay(failure, "none")
    with pytest.raises(TypeError):
        explore(len)  # it has no code of its own
    with pytest.raises(OSError, match="source"):
        explore(eval("lambda: None"))
    with virtual_time([HERE]):
        thread = Thread(target=sleep, args=(60,))
        thread.start()
        thread.join()
    with pytest.raises(KeyError), virtual_time([HERE]):
        raise KeyError
    assert differences(before, state_of_the_process(*WATCHED)) == {}
    assert left_since(counted) == NONE_LEFT


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        explore(well)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_other_threads_go_on_with_their_files(tmp_path: Path) -> None:
    ready, path = threading.Event(), tmp_path / "log.txt"
    done = threading.Event()

    def write() -> None:
        ready.wait()
        for _ in range(20):
            path.write_text("a line", encoding="utf-8")
        done.set()

    thread = Thread(target=write)
    thread.start()
    ready.set()
    while not done.is_set():
        assert explore(well).verdict == "exhausted"
    thread.join()
    assert path.read_text(encoding="utf-8") == "a line"


def with_a_class_inside() -> None:
    class Store:
        def __init__(self) -> None:
            self.orders: dict[str, object] = {"store": self}
            self.lock = Lock()

    store = Store()

    def board() -> None:
        with store.lock:
            store.orders["count"] = len(store.orders)

    run(board, board)


def kept_after(explorations: int) -> tuple[int, int]:
    """Explore a number of times. Return the number of objects, and of allocated blocks of memory."""
    for _ in range(explorations):
        explore(with_a_class_inside)
    gc.collect()
    return len(gc.get_objects()), sys.getallocatedblocks()


@pytest.mark.slow
def test_memory_does_not_grow() -> None:
    explorations = 150
    objects, blocks = kept_after(explorations // 4)
    more_objects, more_blocks = kept_after(explorations)
    assert more_objects - objects < explorations / 2  # not one object for each exploration
    assert more_blocks - blocks < explorations


def test_a_finaliser_that_is_unwound_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    def waits_in_a_finaliser() -> None:
        lock = threading.Lock()

        class Channel:
            def __del__(self) -> None:
                with lock:
                    pass

        def work() -> None:
            channel = Channel()
            with lock:
                del channel

        worker = threading.Thread(target=work)
        worker.start()
        worker.join()

    usual, told = sys.unraisablehook, list[object]()
    sys.unraisablehook = told.append
    try:
        assert explore(waits_in_a_finaliser).verdict == "deadlock"
        assert sys.unraisablehook == told.append
    finally:
        sys.unraisablehook = usual
    assert not told
    assert capsys.readouterr().err == ""


def test_another_error_in_a_finaliser_is_reported() -> None:
    def fails_in_a_finaliser() -> None:
        class Channel:
            def __del__(self) -> None:
                raise LookupError("closed already")

        Channel()

    usual, told = sys.unraisablehook, list[str]()
    sys.unraisablehook = lambda error: told.append(repr(error.exc_value))
    try:
        explore(fails_in_a_finaliser)
    finally:
        sys.unraisablehook = usual
    assert set(told) == {"LookupError('closed already')"}
