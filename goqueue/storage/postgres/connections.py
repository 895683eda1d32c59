"""Connections that are lent to one caller at a time, and what happens while the server is away.

    caller ── waits for one of `most` ──> an idle one, or a new one ──> its op ──> gives it back

    the server is away:  whoever sees it waits a moment, and tries again; the moment doubles, up to LONGEST, and is
                         drawn by chance, so that a thousand processes do not come back at once
                         whoever has no time for that fails at once, with the words of the first failure, so that
                         it is logged once

No thread is needed for it. (psycopg_pool has threads that reconnect, says each try in a log of its own, doubles its
pauses without a bound, and tells a caller neither the reason nor at once.)
"""

import contextlib
import os
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TypeVar

from psycopg.pq import TransactionStatus

from ...errors import StorageError, StorageLocked, StorageUnreachable
from .errors import Failure, Overdue, asks_again, in_doubt, is_away, named, unreachable
from .session import Session

T = TypeVar("T")

SHORTEST, LONGEST = 0.05, 3.0  # seconds between two tries to reach a server that is away
CONNECT = 5  # seconds that one try may take
BUSY = 5.0  # seconds to wait for a lock of another session
PATIENT = BUSY - 0.5  # seconds: whoever has as much left needs no timeout of his own
# A half-open connection is noticed by the system too, if the server is on another machine.
KEEPALIVES = {"keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3"}


class Connections:
    """The connections of one storage. Any thread may call it."""

    def __init__(self, conninfo: str, name: str, most: int, prepare: bool) -> None:
        self.name = name
        self._conninfo = conninfo
        self._prepare = prepare
        self._idle: deque[Session] = deque()
        self._room = threading.BoundedSemaphore(most)
        self._most = most
        self._closed = False
        self._pid = os.getpid()
        # While the server is away; read and written without a lock, because a lost change costs one try:
        self._failure: StorageError | None = None
        self._again_at = 0.0  # time.monotonic
        self._pause = SHORTEST

    def run(self, op: Callable[[Session], T], until: float, again: bool) -> T:
        """Run `op` on a connection, and return what it returns. It must leave no transaction open.

        If the connection is lost on the way, `op` runs `again` on another if it may; otherwise StorageInDoubt is
        raised. Raises StorageError or a subclass, by about `until` (time.monotonic).
        """
        while True:
            with self._lent(until) as on:
                try:
                    with named(self.name):
                        return op(on)
                except StorageError as err:
                    cause = err.__cause__
                    if asks_again(cause or err) and time.monotonic() < until:
                        continue
                    if isinstance(cause, Overdue) and not again:
                        raise in_doubt(self.name, cause) from cause
                    if cause is None or not is_away(cause):
                        raise
                    if not again:
                        raise in_doubt(self.name, cause) from cause
                    self.note_failed(cause)

    def connect(self, until: float) -> Session:
        """Return a new connection, as soon as the server can be reached. Raises StorageUnreachable."""
        while True:
            pause = self._again_at - time.monotonic()
            if self._failure is not None and pause > 0.0:
                if self._again_at > until:
                    raise type(self._failure)(*self._failure.args) from self._failure.__cause__
                time.sleep(pause)
            try:
                session = Session.connect(
                    self._conninfo,
                    autocommit=True,
                    client_encoding="utf8",
                    prepare_threshold=5 if self._prepare else None,
                    connect_timeout=max(2, min(CONNECT, int(until - time.monotonic()))),
                    **KEEPALIVES,  # type: ignore[arg-type]
                )
                if self._prepare:  # a pooler would let others have what is set in a session
                    session.execute(f"SET lock_timeout = {int(1000 * BUSY)}".encode())
            except Failure as err:
                if not is_away(err):
                    with named(self.name):
                        raise
                self.note_failed(err)
            else:
                self._failure, self._pause = None, SHORTEST
                return session

    def note_failed(self, err: BaseException) -> None:
        """Note that the server is away, and when to try again. The words of the first failure stay."""
        if self._failure is None:
            self._failure = unreachable(self.name, err)
            self._failure.__cause__ = err
        self._again_at = time.monotonic() + self._pause * random.uniform(0.5, 1.0)
        self._pause = min(2 * self._pause, LONGEST)
        self._drain()

    @contextlib.contextmanager
    def _lent(self, until: float) -> Iterator[Session]:
        if not self._room.acquire(timeout=max(0.0, until - time.monotonic())):
            raise StorageLocked(f"{self.name}: all {self._most} connections are in use: try again, or allow more")
        try:
            on = self._ready(until)
            try:
                yield on
            finally:
                # After an interrupt too: what is in the middle of something is of no use to anybody.
                if on.closed or self._closed or on.info.transaction_status != TransactionStatus.IDLE:
                    on.close()
                else:
                    self._idle.append(on)
        finally:
            self._room.release()

    def _ready(self, until: float) -> Session:
        """Return a connection that works and knows our time. One that is lost meanwhile has done nothing yet."""
        while True:
            try:
                return self._fresh(until) or self._limited(self.connect(until), until)
            except StorageUnreachable as err:
                if time.monotonic() >= until:
                    raise
                self.note_failed(err.__cause__ or err)

    def _limited(self, on: Session, until: float) -> Session:
        """Let the server give up before the caller does, so that nobody need wonder what became of a change."""
        on.until = until
        left = until - time.monotonic()
        wanted = 0 if left >= PATIENT else max(1, int(1000 * left))
        if wanted != on.timeout and self._prepare:
            with named(self.name):
                on.execute(f"SET statement_timeout = {wanted}".encode())
            on.timeout = wanted
        return on

    def _fresh(self, until: float) -> Session | None:
        """Return an idle connection that works, as far as one can see, or None."""
        while self._idle:
            try:
                on = self._idle.pop()
            except IndexError:  # another thread was faster
                break
            with contextlib.suppress(StorageError):  # nobody answers
                if on.is_fresh():
                    return self._limited(on, until)
            on.close()
        return None

    def close(self) -> None:
        """Close the connections. One that is in use is closed when it is given back."""
        self._closed = True
        if os.getpid() == self._pid:  # the child of a fork would close those of its parent
            self._drain()

    def _drain(self) -> None:
        while self._idle:
            with contextlib.suppress(IndexError):
                self._idle.pop().close()
