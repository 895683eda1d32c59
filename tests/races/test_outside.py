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

LOCK = Lock()
RLOCK = threading.RLock()
EVENT = threading.Event()
CONDITION = threading.Condition()
SEMAPHORE = threading.Semaphore()
BARRIER = threading.Barrier(1)
JOBS: queue.Queue[int] = queue.Queue()
SIMPLE: queue.SimpleQueue[int] = queue.SimpleQueue()
kept: list[Any] = []


@dataclass
class Store:
    lock: Any = field(default_factory=Lock)


STORE = Store()


def enter(thing: Any) -> Callable[[], None]:
    def model() -> None:
        with thing:
            pass

    return model


def in_a_thread() -> None:
    def deliver() -> None:
        with LOCK:
            pass

    run(deliver, deliver)


WAITED_FOR: dict[str, tuple[Callable[[], object], str]] = {
    "a global": (lambda: LOCK.acquire(), "a lock"),
    "with a timeout": (lambda: LOCK.acquire(timeout=1), "a lock"),
    "only looked at": (lambda: LOCK.locked(), "a lock"),
    "in a closure": (enter(Lock()), "a lock"),
    "in a thread": (in_a_thread, "a lock"),
    "an RLock": (lambda: RLOCK.acquire(), "a lock"),
    "in a dataclass": (lambda: STORE.lock.acquire(), "a lock"),
    "an Event": (lambda: EVENT.wait(), "an Event"),
    "an Event that is set": (lambda: EVENT.set(), "an Event"),
    "an Event that is polled": (lambda: EVENT.is_set(), "an Event"),
    "a Condition": (enter(CONDITION), "a Condition"),
    "a Semaphore": (lambda: SEMAPHORE.acquire(), "a Semaphore"),
    "a Barrier": (lambda: BARRIER.wait(), "a Barrier"),
    "a Queue": (lambda: JOBS.get(), "a Queue"),
    "a Queue that is filled": (lambda: JOBS.put(1), "a Queue"),
    "a Queue that is polled": (lambda: JOBS.empty(), "a Queue"),
    "a SimpleQueue": (lambda: SIMPLE.get(), "a SimpleQueue"),
}


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


@pytest.mark.parametrize("name", WAITED_FOR)
def test_what_was_made_outside_is_named(name: str) -> None:
    model, what = WAITED_FOR[name]
    with pytest.raises(Outside, match=rf"^{what} in test_outside.py:\d+ \(.+\) was made before the run began"):
        explore(model)


def test_what_another_run_made_is_reported_too() -> None:
    def model() -> None:
        if not kept:
            kept.append(Lock())
        with kept[0]:
            pass
        assert len(kept) > 1  # so that the model is run again

    with pytest.raises(Outside, match="a lock in .* was made before the run began"):
        explore(model)


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


@pytest.mark.parametrize("name", ["a file", "a lock"])
def test_a_model_cannot_swallow_the_error(name: str) -> None:
    def deliver() -> None:
        try:
            if name == "a lock":
                LOCK.acquire()
            open("orders.txt")  # noqa: SIM115
        except Exception:
            kept.append("a failed job, as if it were the handler's")

    with pytest.raises(Outside, match="a lock in" if name == "a lock" else "does real input or output"):
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
            stack.enter_context(LOCK)
            time.sleep(1)

    with hang("deliver-2 has been in test_outside.py:.* such as a lock made"):
        explore(lambda: run(deliver, deliver))
    assert LOCK.acquire(timeout=5)
    LOCK.release()
