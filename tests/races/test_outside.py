"""What a model may not use is reported by name: locks and threads made outside, real input and output."""

from __future__ import annotations

import contextlib
import queue
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import pytest

from goqueue.lab import explore
from goqueue.races import Outside
from goqueue.races.engine import ending

from .litmus.litmus import run

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
}


@pytest.mark.parametrize("name", IO)
def test_real_input_and_output_is_named(name: str) -> None:
    model, what = IO[name]
    with pytest.raises(Outside) as told:
        explore(model)
    assert str(told.value).startswith("main does real input or output in test_outside.py:")
    assert f"): {what}" in str(told.value)


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

        run(add, add)
        assert database.execute("select n from stock").fetchone()[0] == 2
        database.close()

    result = explore(model)
    assert result.failed is not locked
    assert result.schedules > 1
