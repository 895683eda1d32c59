"""What a model may not use is reported by name: locks and threads made outside, real input and output."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import multiprocessing.dummy
import os
import queue
import select
import selectors
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.pool import ThreadPool
from pathlib import Path
from signal import setitimer
from threading import Lock, Thread
from types import FrameType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis.strategies import integers

from goqueue.lab import explore
from goqueue.races import Outside
from goqueue.races.engine import tasks
from goqueue.races.engine.ends import ending

from ..litmus.litmus import run

# The lab replaces what refers to a lock, but not the items of a tuple.
HIDDEN = (Lock(),)
kept: list[Any] = []


@dataclass
class Store:
    lock: Any = field(default_factory=Lock)


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    kept.clear()


@contextlib.contextmanager
def hang(match: str) -> Iterator[None]:
    """Expect the report of a hang, and only here after half a second: elsewhere a busy machine may take longer."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Outside, match=match):
        patch.setattr(ending, "PATIENCE", 0.5)
        patch.setattr(ending, "UNWINDING", 0.5)
        yield


def test_what_is_made_inside_is_allowed() -> None:
    def model() -> None:
        with Store().lock, threading.RLock(), threading.Semaphore(), threading.Condition():
            jobs, done = queue.Queue[int](), threading.Event()
            jobs.put(1)
            done.set()
            assert jobs.get() == 1
            done.wait()

    assert explore(model).verdict == "exhausted"


def test_a_thread_made_outside_is_named() -> None:
    waiting = Thread(target=print, name="not begun")
    ended = Thread(target=kept.clear, name="has ended")
    ended.start()
    ended.join()
    uses: dict[str, Callable[[], object]] = {
        "not begun": lambda: waiting.start(),
        "has ended": lambda: ended.join(),
        "^the thread 'has ended'": lambda: ended.is_alive(),
    }
    for name, use in uses.items():
        with pytest.raises(Outside, match=name) as told:
            explore(use)
        assert str(told.value).startswith("the thread '")


IO: dict[str, tuple[Callable[[], object], str]] = {
    "socket": (lambda: socket.socket(), "socket"),
    "open": (lambda: open("orders.txt"), "open('orders.txt')"),  # noqa: SIM115
    "pathlib": (lambda: Path("orders.txt").read_text(), "open('orders.txt')"),
    "subprocess": (lambda: subprocess.run(["true"]), "subprocess.Popen"),
    "sqlite3": (lambda: sqlite3.connect("orders.db"), "sqlite3.connect('orders.db')"),
    "urllib": (lambda: urllib.request.urlopen("http://shop.invalid"), "urllib.Request"),
    "input": (lambda: input(), "builtins.input"),
    "mkdir": (lambda: os.mkdir("orders"), "os.mkdir('orders')"),
    "makedirs": (lambda: Path("orders/old").mkdir(parents=True), "os.mkdir('old')"),
    "rmdir": (lambda: os.rmdir("orders"), "os.rmdir('orders')"),
    "replace": (lambda: os.replace("orders.txt", "old.txt"), "os.rename('orders.txt')"),
    "rename": (lambda: Path("orders.txt").rename("old.txt"), "os.rename('orders.txt')"),
    "unlink": (lambda: Path("orders.txt").unlink(), "os.remove('orders.txt')"),
    "remove": (lambda: os.remove("orders.txt"), "os.remove('orders.txt')"),
    "link": (lambda: os.link("orders.txt", "old.txt"), "os.link('orders.txt')"),
    "symlink": (lambda: os.symlink("orders.txt", "old.txt"), "os.symlink('orders.txt')"),
    "truncate": (lambda: os.truncate("orders.txt", 0), "os.truncate('orders.txt')"),
    "copy": (lambda: shutil.copy("orders.txt", "old.txt"), "shutil.copyfile('orders.txt')"),
    "rmtree": (lambda: shutil.rmtree("orders", ignore_errors=True), "shutil.rmtree('orders')"),
    "tempfile": (lambda: tempfile.TemporaryDirectory(prefix="orders"), "os.mkdir("),
}


@pytest.mark.parametrize("name", IO)
def test_real_input_and_output_is_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # if it passes, it leaves nothing elsewhere
    model, what = IO[name]
    with pytest.raises(Outside) as told:
        explore(model)
    assert str(told.value).startswith("main does real input or output in test_outside.py:")
    assert f"): {what}" in str(told.value)


@given(integers())
def drawn(number: int) -> None:
    kept.append(number)


REFUSED: dict[str, tuple[Callable[[], object], str, str]] = {
    "ThreadPool": (lambda: ThreadPool(2), "multiprocessing.pool.ThreadPool", "ThreadPoolExecutor"),
    "dummy.Pool": (lambda: multiprocessing.dummy.Pool(2), "multiprocessing.pool.ThreadPool", "ThreadPoolExecutor"),
    "Pool": (lambda: multiprocessing.Pool(2), "multiprocessing.Pool", "threading.Thread"),
    "Process": (lambda: multiprocessing.Process(target=print).start(), "multiprocessing.Process", "threading.Thread"),
    "a lock of processes": (lambda: multiprocessing.Lock(), "a lock of multiprocessing", "threading"),
    "a value of processes": (lambda: multiprocessing.Value("i", 0), "shared memory of multiprocessing", "threading"),
    "a queue of processes": (lambda: multiprocessing.Queue(), "of multiprocessing", "threading"),
    "ProcessPoolExecutor": (lambda: ProcessPoolExecutor(1).submit(print), "of multiprocessing", "threading"),
    "fork": (lambda: os.fork(), "os.fork", "threading.Thread"),
    "asyncio.run": (lambda: asyncio.run(asyncio.sleep(1)), "asyncio.run", "let threads call"),
    "Runner": (lambda: asyncio.Runner().run(asyncio.sleep(1)), "asyncio.Runner", "let threads call"),
    "new_event_loop": (lambda: asyncio.new_event_loop(), "an event loop of asyncio", "let threads call"),
    "a loop of the policy": (
        lambda: asyncio.get_event_loop_policy().new_event_loop(),
        "an event loop of asyncio",
        "let threads call",
    ),
    "a future that makes a loop": (lambda: asyncio.Future[int](), "an event loop of asyncio", "let threads call"),
    "a handler of a signal": (lambda: signal.signal(signal.SIGINT, print), "signal.signal()", "interrupts=1"),
    "a pipe": (lambda: os.pipe(), "os.pipe()", "queue.Queue"),
    "read": (lambda: os.read(0, 1), "os.read()", "queue.Queue"),
    "pause": (lambda: signal.pause(), "signal.pause", "interrupts=1"),
    "sigwait": (lambda: signal.sigwait([signal.SIGTERM]), "signal.sigwait", "interrupts=1"),
    "alarm": (lambda: signal.alarm(1), "signal.alarm", "threading.Timer"),
    "setitimer, by name": (lambda: setitimer(signal.ITIMER_REAL, 1), "signal.setitimer", "threading.Timer"),
    "select": (lambda: select.select([0], [], []), "select.select", "queue.Queue"),
    "poll": (lambda: select.poll(), "select.poll", "queue.Queue"),
    "selectors": (lambda: selectors.DefaultSelector(), "a selector", "queue.Queue"),
    "Hypothesis": (lambda: drawn(), "a test with Hypothesis's @given", "inside the test with @given"),
}

if sys.version_info >= (3, 14):  # where it makes none, but raises RuntimeError
    del REFUSED["a future that makes a loop"]


@pytest.mark.skipif(os.name != "posix", reason="names what only POSIX has")
@pytest.mark.filterwarnings("ignore:There is no current event loop:DeprecationWarning")  # which 3.12 and 3.13 tell
@pytest.mark.filterwarnings("ignore:'asyncio.get_event_loop_policy' is deprecated:DeprecationWarning")
@pytest.mark.parametrize("name", REFUSED)
def test_what_waits_elsewhere_is_refused_at_once(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    model, what, way_out = REFUSED[name]
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Outside) as told:
        patch.setattr(ending, "PATIENCE", 600)  # so that nothing is refused because it takes long
        patch.setattr(ending, "waits_for_a_real_lock", lambda task: False)
        explore(model)
    assert "test_outside.py:" in str(told.value)
    assert what in str(told.value)
    assert way_out in str(told.value)
    gc.collect()
    assert capfd.readouterr() == ("", "")
    assert explore(lambda: run(lambda: None)).verdict == "exhausted"


def test_a_loop_made_before_is_refused_too() -> None:
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        with pytest.raises(Outside, match="an event loop of asyncio"):
            explore(lambda: loop.run_forever())
        with pytest.raises(Outside, match="run_coroutine_threadsafe"):
            explore(lambda: asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop))


NOT_YET_IMPORTED = """
from goqueue.races import Outside, explore

def pool():
    from multiprocessing.pool import ThreadPool
    ThreadPool(2)

def loop():
    import asyncio
    asyncio.run(asyncio.sleep(1))

for model in (pool, loop):
    try:
        explore(model)
    except Outside as refused:
        print(refused)
    from multiprocessing.pool import ThreadPool
    with ThreadPool(2) as real:
        assert real.map(abs, [-1, -2]) == [1, 2]
"""


def test_what_a_run_itself_imports_is_refused_as_well(tmp_path: Path) -> None:
    (tmp_path / "late.py").write_text(NOT_YET_IMPORTED, encoding="utf-8")
    command = [sys.executable, str(tmp_path / "late.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    assert done.stderr == ""
    first, second = done.stdout.splitlines()
    assert "in late.py:6 (ThreadPool(2))" in first
    assert "main uses multiprocessing.pool.ThreadPool" in first or sys.version_info >= (3, 14)  # it opens a file before
    assert "main uses asyncio.run() in late.py:10" in second


def test_threads_of_multiprocessing_dummy_are_threads() -> None:
    def model() -> None:
        seen: list[int] = []
        lock = multiprocessing.dummy.Lock()

        def add() -> None:
            with lock:
                seen.append(len(seen))

        processes = [multiprocessing.dummy.Process(target=add) for _ in range(2)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        assert seen == [0, 1]

    result = explore(model)
    assert (result.verdict, result.schedules > 1) == ("exhausted", True)


def test_a_model_inside_an_example_of_hypothesis_is_explored() -> None:
    schedules: list[int] = []

    @settings(max_examples=5, deadline=None, database=None)
    @given(integers(0, 9))
    def examples(number: int) -> None:
        def model() -> None:
            seen: list[int] = []
            run(lambda: seen.append(number), lambda: seen.append(number))
            assert seen == [number, number]

        result = explore(model)
        assert result.verdict == "exhausted"
        schedules.append(result.schedules)

    examples()
    assert len(schedules) == 5


def test_a_module_that_a_run_imports_may_be_written_to_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "imported_in_a_run.py").write_text("done = True\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)

    def model() -> None:
        sys.modules.pop("imported_in_a_run", None)
        assert importlib.import_module("imported_in_a_run").done

    assert explore(model).verdict == "exhausted"
    assert list(tmp_path.glob("__pycache__/*.pyc"))


def test_what_a_tool_does_with_files_for_its_own_sake_passes(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert explore(lambda: tmp_path_factory.mktemp("orders").is_dir() or 1 / 0).verdict == "exhausted"


def test_a_model_cannot_swallow_the_error() -> None:
    def deliver() -> None:
        try:
            open("orders.txt")  # noqa: SIM115
        except Exception:
            kept.append("a failed job, as if it were the handler's")

    with pytest.raises(Outside, match="does real input or output"):
        explore(lambda: run(deliver, deliver))


def test_a_loop_without_a_step_is_reported_and_can_be_stopped() -> None:
    stopped = eval("lambda: len(kept)", {"kept": kept})  # not in watched code

    def model() -> None:
        for _ in iter(stopped, 1):
            pass

    with hang("main has been in test_outside.py:.* for more than 0.5 seconds of real time"):
        explore(model)
    kept.append("stop")
    assert explore(lambda: run(lambda: None, lambda: None)).verdict == "exhausted"


def test_a_wait_for_something_real_is_reported() -> None:
    def deliver() -> None:
        with contextlib.ExitStack() as stack:  # the lab does not see that a lock is taken
            stack.enter_context(HIDDEN[0])
            time.sleep(1)

    with hang(r"deliver-2 .* waits for the real lock HIDDEN\[0\], which deliver-1 holds; .* make the lock inside"):
        explore(lambda: run(deliver, deliver))
    assert HIDDEN[0].acquire(timeout=5)
    HIDDEN[0].release()


@pytest.mark.parametrize("locked", [True, False])
def test_a_database_in_memory_is_shared_like_any_object(locked: bool) -> None:
    def model() -> None:
        database, lock = sqlite3.connect(":memory:", check_same_thread=False), threading.Lock()
        database.execute("create table stock (n int)")
        database.execute("insert into stock values (0)")

        def add() -> None:
            with lock if locked else contextlib.nullcontext():
                seen = database.execute("select n from stock").fetchone()[0]
                database.execute("update stock set n = ?", (seen + 1,))

        with contextlib.closing(database):
            run(add, add)
            assert database.execute("select n from stock").fetchone()[0] == 2

    result = explore(model)
    assert result.failed is not locked
    assert result.schedules > 1


def test_other_threads_of_the_process_wait_as_ever() -> None:
    waits = select.select  # in a closure, where the lab looks for it as well
    explored, waited = threading.Event(), list[object]()

    def wait() -> None:
        while not explored.is_set():
            waited.append(waits([], [], [], 0.001))

    other = Thread(target=wait)
    other.start()
    try:
        for _ in range(3):
            assert explore(lambda: run(lambda: None, lambda: None)).verdict == "exhausted"
    finally:
        explored.set()
        other.join(60)
    assert not other.is_alive()
    assert set(map(str, waited)) == {"([], [], [])"}


def test_a_thread_that_sleeps_at_a_lock_of_the_engine_waits_for_no_lock_of_the_model() -> None:
    """On a busy machine, a thread may take long to come, or to go on."""
    carrier = tasks.Carrier()
    task: Any = SimpleNamespace(carrier=carrier)
    for _ in range(100):
        assert not ending.waits_for_a_real_lock(task)
    carrier.dismiss()


AFTERWARDS = """
import sys, threading
from types import SimpleNamespace
from goqueue.races.engine.ends import ending

held = threading.Lock()
held.acquire()
sleeper = threading.Thread(target=held.acquire, daemon=True)
sleeper.start()
ending.send_abort(SimpleNamespace(carrier=sleeper))

def called():
    print("called", flush=True)

sys.settrace(lambda *args: None)
called()
"""


def test_after_a_thread_was_given_up_traced_code_runs() -> None:
    done = subprocess.run([sys.executable, "-c", AFTERWARDS], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["called"], done.stderr


@pytest.mark.parametrize("module", ["engine.ends.ending", "engine.run", "doubles.locks", "search.workers", "exploring"])
def test_a_lock_that_the_lab_itself_uses_is_not_what_a_model_waits_for(module: str) -> None:
    hidden = [[threading.Lock()]]  # which a frame outwards of the one that is asked cannot name
    with hidden[0][0]:
        assert [name for name, _ in ending.real_locks(standing_in("shop", hidden))] == ["lock"]
        assert ending.real_locks(standing_in(f"goqueue.races.{module}", hidden)) == []


def standing_in(module: str, hidden: list[list[Any]]) -> FrameType:
    """Return a frame of a module that holds a lock."""
    space: dict[str, Any] = {"__name__": module, "__package__": module.rpartition(".")[0], "here": sys._getframe}
    exec("def stand(hidden):\n    lock = hidden[0][0]\n    return here()", space)
    frame: FrameType = space["stand"](hidden)
    return frame
