"""Controlled threads where there are no threads: in Pyodide, which is CPython as WebAssembly, in a browser tab.

    a thread   is a coroutine, and has a stack of its own
    a lock     that is held suspends the stack of whoever wants it (`run_sync`), until it is released

Only one controlled thread may move at a time anyway, so nothing is lost. It needs what browsers call JavaScript Promise
Integration, and Python must have been entered by a call that may wait, such as `runPythonAsync` or a notebook's cell.

Each stack has an ident. `threading.get_ident` returns it from now on, so current_thread() and threading.local find the
right thread; what C code keeps for each real thread, such as the owner of a real RLock, is common to all stacks.
"""

from __future__ import annotations

import _threading_local
import asyncio
import sys
import threading
from _thread import get_ident as get_real_ident
from collections.abc import Callable
from itertools import count
from types import FrameType
from typing import Any

from pyodide.code import run_js
from pyodide.ffi import can_run_sync, run_sync

REAL = get_real_ident()
PROMISE = run_js("() => { let go; const promise = new Promise(found => { go = found; }); return { promise, go }; }")
SLEEP = run_js("seconds => new Promise(go => setTimeout(go, 1000 * seconds))")
RACE = run_js("(one, other) => Promise.race([one, other])")

_idents = count(1_000_001).__next__
_alive: set[asyncio.Future[None]] = set()  # the event loop does not keep what it runs
_waiting: dict[int, Any] = {}  # where each suspended stack is, by its ident


NOBODY = -1  # the event loop moves, which is no thread: the lab does not look at what it does


class _Now:
    ident = REAL  # of the stack that moves


class Seen:
    """A frame of a suspended stack. Its real `f_back` must not be read: it leads through memory that others use now."""

    __slots__ = ("_frame", "f_back")

    def __init__(self, frame: FrameType, back: Seen | None) -> None:
        self._frame, self.f_back = frame, back

    def __getattr__(self, name: str) -> Any:
        return getattr(self._frame, name)


def seen(frame: FrameType | None) -> Seen | None:
    """Return a frame and those below it as they are now, while their stack moves."""
    frames, found = list[FrameType](), None
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    for one in reversed(frames):
        found = Seen(one, found)
    return found


class Waiter:
    """A stack that is suspended until it is handed a lock."""

    def __init__(self) -> None:
        self.js, self.handed = PROMISE(), False

    def suspend(self, timeout: float) -> bool:
        """Suspend the stack, for `timeout` seconds of real time at most. Returns whether it was handed the lock.

        Raises RuntimeError if it cannot be suspended.
        """
        if not can_run_sync():
            raise RuntimeError(
                "no thread can wait here: this browser has no JavaScript Promise Integration (Chrome and Edge have it "
                "from 137 on, Firefox from 153 on, Safari from 27 on), or Python was not entered by runPythonAsync"
            )
        ident = _Now.ident
        _waiting[ident] = seen(sys._getframe(2))
        _Now.ident = NOBODY
        try:
            run_sync(self.js.promise if timeout < 0 else RACE(self.js.promise, SLEEP(timeout)))
        finally:
            _Now.ident = ident
            del _waiting[ident]
        return self.handed


class Lock:
    """A lock for which a stack is suspended. It is handed on when it is released: nobody can come in between.

    Only one stack moves, so nothing here can be interrupted.
    """

    def __init__(self) -> None:
        self._held = False
        self._waiters: list[Waiter] = []

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock; wait for it, if it is held, for `timeout` seconds of real time. Returns whether it was taken.

        Raises RuntimeError if this stack cannot be suspended.
        """
        if not self._held:
            self._held = True
            return True
        if not blocking:
            return False
        waiter = Waiter()
        self._waiters.append(waiter)
        try:
            return waiter.suspend(timeout)
        finally:
            if not waiter.handed:
                self._waiters.remove(waiter)

    def release(self) -> None:
        """Hand the lock to the stack that waits longest: it goes on when this one is suspended, or ends.

        Raises RuntimeError if nobody holds the lock.
        """
        if not self._held:
            raise RuntimeError("release unlocked lock")
        if not self._waiters:
            self._held = False
            return
        waiter = self._waiters.pop(0)
        waiter.handed = True
        waiter.js.go()

    def locked(self) -> bool:
        """Say whether somebody holds the lock."""
        return self._held

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *error: object) -> None:
        self.release()


def allocate_lock() -> Lock:
    """Return a new lock."""
    return Lock()


def start_new_thread(function: Callable[..., object], args: tuple[Any, ...]) -> int:
    """Run a function in a stack of its own, which begins when the caller's is suspended. Returns its ident."""
    ident, caller = _idents(), _Now.ident

    async def body() -> None:
        _Now.ident = ident
        try:
            function(*args)
        finally:
            _Now.ident = NOBODY

    _Now.ident = NOBODY
    try:
        task = asyncio.ensure_future(body())
        _alive.add(task)
        task.add_done_callback(_alive.discard)
    finally:
        _Now.ident = caller
    return ident


def get_ident() -> int:
    """Return the ident of the stack that moves."""
    return _Now.ident


get_native_id = get_ident


def current_frames() -> dict[int, Any]:
    """Return where each stack is, by its ident."""
    return {**_waiting, _Now.ident: sys._getframe(1)}


class NoLock:
    """In place of the lock in each `local`: no other stack moves while a value of it is found."""

    def __enter__(self) -> None: ...

    def __exit__(self, *error: object) -> None: ...


class local(_threading_local.local):  # noqa: N801
    """The one in Python asks current_thread(), and not C, which thread it is."""

    __slots__ = ("__weakref__",)  # as the one in C


_threading_local.RLock = NoLock  # type: ignore[assignment,attr-defined]  # a real one would be a step of the model
threading.local = local  # type: ignore[assignment]
threading.get_ident = get_ident  # else all stacks would be one thread to `threading`
