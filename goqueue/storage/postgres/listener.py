"""Hears when another process has made a job due, so that workers need not ask again and again.

    another process ── NOTIFY ──> server ──> this thread ──> whoever listens: a pool, which wakes a worker

The connection is its own, and is mostly silent: once in a while it is tried, because a network may swallow it without a
word. While it is gone, workers look by themselves more often. When it is back, they look once, for what they missed.
"""

import contextlib
import os
import random
import select
import socket
import threading
import time
from collections.abc import Callable

from ...errors import StorageError, ends_thread
from .connections import BUSY, Connections
from .errors import named
from .session import Session

TRY = 30.0  # seconds of silence after which the connection is tried
PAUSE = 3.0  # seconds, at most, between two tries to connect

Tell = Callable[[str, str], bool]


class Listener:
    """The thread, and whom it wakes. Any thread may call it."""

    def __init__(self, connections: Connections, channel: str, me: str) -> None:
        self._connections = connections
        self._channel = channel
        self._me = me
        self._lock = threading.Lock()  # guards the list and the start of the thread; nothing is waited for under it
        self._tells: list[Tell] = []
        self._thread: threading.Thread | None = None
        self._bell, self._rope = socket.socketpair()  # who pulls the rope wakes the thread
        self._pid = os.getpid()
        self._ends = False
        self.hears = False

    def listen(self, tell: Tell) -> Callable[[], None]:
        """Call `tell` from now on; see the protocol. Return what ends that."""
        with self._lock:
            self._tells = [*self._tells, tell]
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="postgres-listener", daemon=True)
                self._thread.start()

        def leave() -> None:
            with self._lock:
                self._tells = [each for each in self._tells if each is not tell]

        return leave

    def stop(self) -> None:
        """Let the thread end. A finalizer calls this, so it waits for nothing."""
        self._ends = True
        if os.getpid() == self._pid:  # the child of a fork has the same rope
            with contextlib.suppress(OSError):
                self._rope.send(b".")
        if self._thread is None:
            self._close()

    def join(self, seconds: float) -> None:
        """Wait until the thread has ended, and close what it had."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(seconds)
        self._close()

    def _close(self) -> None:
        self._bell.close()
        self._rope.close()

    def _run(self) -> None:
        try:
            self._hear()
        finally:
            self._close()  # nobody joins the thread of a storage that was dropped

    def _hear(self) -> None:
        while not self._ends:
            try:
                session = self._connections.connect(time.monotonic() + BUSY)
                with contextlib.closing(session), named(self._connections.name):
                    session.execute(f'LISTEN "{self._channel}"'.encode())
                    self.hears = True
                    self._wake([0.0])
                    self._listen(session)
            except (StorageError, OSError):  # it is said by those who wait for something
                self.hears = False
                self._doze(PAUSE * random.uniform(0.2, 1.0))
            except BaseException as err:
                self.hears = False
                if ends_thread(err):
                    raise
                self._doze(PAUSE)
        self.hears = False

    def _listen(self, session: Session) -> None:
        while not self._ends:
            ready, _, _ = select.select([session.fileno(), self._bell.fileno()], [], [], TRY)
            session.until = time.monotonic() + BUSY
            if not ready:
                session.execute("SELECT 1")
            if session.fileno() in ready or not ready:
                self._wake([self._due(each.payload) for each in session.notifies(timeout=0)])

    def _due(self, payload: str) -> float | None:
        """Return in how many seconds a job is due, or None if it was this process that told so."""
        whose, _, seconds = payload.partition(" ")
        try:
            return None if whose == self._me else float(seconds or 0.0)
        except ValueError:  # it is of a newer goqueue, or somebody plays
            return 0.0

    def _wake(self, heard: list[float | None]) -> None:
        due = min((seconds for seconds in heard if seconds is not None), default=None)
        for tell in self._tells if due is not None else ():
            tell("later" if due else "added", "")

    def _doze(self, seconds: float) -> None:
        with contextlib.suppress(OSError, ValueError):
            select.select([self._bell], [], [], seconds)
