"""The write connection of a file, which one thread at a time uses, and how changes reach it.

    caller A ── op ──┐                                      A, B and C sleep, each at its own ticket
    caller B ── op ──┼──> line (SimpleQueue) ──> writer thread: BEGIN, all ops that wait, COMMIT
    caller C ── op ──┘                              │
                A <── its result or its error ──────┴──> what is behind goes along (behind.py): nobody waits for it

A caller holds no lock while it waits, so an interrupt does nothing but end the wait: its change may or may not be made,
and nothing else is touched. While a commit is on its way to the disk, more ops arrive, so the slower the disk, the
more of them share a commit. If an op raises, the batch is rolled back, and each of its ops gets a commit of its own: a
caller hears only of its own error.

To hand over and to be woken costs as much as a small commit. So if nobody commits, a caller may run a single statement
by itself (`statement`). It is one call into SQLite, and a transaction of its own: an interrupt comes before it or after
it, and `with` gives the connection back. Whatever takes more than one call is handed over.

Another process may hold the file. Then the ops wait, each for as long as its own patience lasts, and newcomers join.
"""

import queue
import sqlite3
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Container, Sequence
from typing import Any, Generic, Protocol, TypeVar

from ...errors import StorageError, ends_thread
from ..opened import closed
from . import database

T = TypeVar("T")
Op = Callable[[sqlite3.Connection], T]

# Runs some of the ops of a batch together, because that is faster, and returns them. Nobody wants their results.
Merge = Callable[[sqlite3.Connection, list[Op[Any]]], Container[Op[Any]]]

MOST = 1000  # ops in a batch
PAUSE = 0.01  # seconds


def apart(on: sqlite3.Connection, ops: list[Op[Any]]) -> Container[Op[Any]]:
    """Run none of the ops together."""
    return ()


def is_busy(err: BaseException) -> bool:
    """Whether another process holds the file."""
    return getattr(err, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


class Ticket(Generic[T]):
    """An op that waits for its commit, and its result."""

    __slots__ = ("_wake_up", "done", "error", "op", "result", "single", "until")

    awaited = True  # somebody waits for it

    def __init__(self, op: Op[T], single: bool, patience: float) -> None:
        self.op = op
        self.single = single
        self.until = time.monotonic() + patience
        self.done = False
        self.error: BaseException | None = None
        self.result: Any = None
        self._wake_up = threading.Lock()  # its owner sleeps here
        self._wake_up.acquire()

    def wait(self) -> T:
        """Sleep until the op is committed, and return its result. Raises what it raised."""
        self._wake_up.acquire()
        if self.error is not None:
            raise self.error
        result: T = self.result
        return result

    def settle(self, error: BaseException | None = None) -> None:
        """Wake the owner. Only the writer calls this."""
        if not self.done:
            self.error = error
            self.done = True
            self._wake_up.release()


class Companion(Protocol):
    """What goes along with the batches, without anybody waiting for it."""

    def wait_time(self) -> float | None:
        """Return the seconds after which it wants a commit of its own, or None."""

    def ticket(self, in_company: bool) -> Ticket[Any] | None:
        """Return its op, if it has one that is due or goes along with others."""


class Writer:
    """The thread, and the line before it. Any thread may call it; ops run in the writer's thread."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: str,
        companions: Sequence[Companion] = (),
        merge: Merge = apart,
    ) -> None:
        self._connection = connection
        self._path = path
        self._companions = companions
        self._line: queue.SimpleQueue[Ticket[Any] | None] = queue.SimpleQueue()  # None: a companion calls
        self._batch: list[Ticket[Any]] = []  # what the thread has in hand
        self._alone: deque[Ticket[Any]] = deque()  # what failed together, and is tried alone
        # What is over, and its error: told when the thread has given the connection back, because others may listen.
        self._over: deque[tuple[Ticket[Any], BaseException | None]] = deque()
        self._ends = False
        self._merge = merge
        self._connection_lock = threading.RLock()  # held by who uses the connection; no other lock is taken under it
        # Hints, read without a lock:
        self._commits = False  # the thread has it, or waits for it
        self._busy = False  # another thread has it
        self._blocked = False  # another process holds the file, and a batch waits for that
        self.ended = False  # the file is closed
        self.thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self.thread.start()

    # -- for callers ----------------------------------------------------------------------------------

    def do(self, op: Op[T], single: bool = False, patience: float | None = None) -> T:
        """Run `op` in a transaction, and return when it is committed. If it raises, nothing has changed.

        A `single` statement is a transaction by itself, which saves BEGIN and COMMIT if no other op waits. Raises
        SQLite's busy error if another process holds the file for `patience` seconds.
        """
        if threading.current_thread() is self.thread:
            raise StorageError(f"{self._path}: it was called from within one of its own changes: call it afterwards")
        if self._has_connection():
            return self._do_now(op)
        if sys.is_finalizing():  # a finalizer calls, after Python has ended all threads that do not end themselves
            return self._do_last(op)
        ticket = Ticket(op, single, database.BUSY if patience is None else patience)
        self._line.put(ticket)
        if self.ended:  # after the put: either the thread sees the ticket, or we see this
            self.thread.join()
            if not ticket.done:
                raise closed(self._path)
        return ticket.wait()

    def _has_connection(self) -> bool:
        """Whether the calling thread has the connection: then it is a signal handler, or a finalizer, that calls."""
        return self._connection_lock._is_owned()  # type: ignore[attr-defined,no-any-return]

    def _do_now(self, op: Op[T]) -> T:
        """Run `op` between two steps of a `statement` of the same thread."""
        ticket = Ticket(op, False, 0.0)
        self._transact([ticket])
        result: T = ticket.result
        return result

    def _do_last(self, op: Op[T]) -> T:
        """Run `op` when the thread runs no more, and then what is behind."""
        try:
            if not self._connection_lock.acquire(blocking=False):
                raise StorageError(f"{self._path}: Python ends, and has ended the thread that writes: call it earlier")
            result = self._do_now(op)
            for ticket in [ticket for each in self._companions if (ticket := each.ticket(True)) is not None]:
                self._transact([ticket])
                self._over.append((ticket, None))
        finally:
            try:  # noqa: SIM105 -- a call in between would be a place for an interrupt
                self._connection_lock.release()
            except RuntimeError:  # it has not got it
                pass
        self._tell()
        return result

    def rest(self) -> None:
        """Let nobody write until `go_on`, which the same thread calls soon; but do not wait for this too long."""
        self._connection_lock.acquire(timeout=database.BUSY)

    def go_on(self) -> None:
        """End what `rest` has begun."""
        if self._has_connection():
            self._connection_lock.release()

    def statement(self, text: str, values: Sequence[object]) -> int | None:
        """Run one statement, a transaction by itself, in the calling thread. Return how many rows it has changed.

        Return None, and change nothing, if somebody commits now, or another process holds the file: then hand over an
        op, because many that come at once share a commit.
        """
        if sys.is_finalizing():
            return None  # a thread that Python has ended may have the connection
        if (self._blocked or self._commits or self._busy) and not self._has_connection():
            return None
        with self._connection_lock:
            if self._blocked or self.ended or self._connection.in_transaction:
                return None
            self._busy = True
            try:
                return self._connection.execute(text, values).rowcount
            except sqlite3.OperationalError as err:
                if is_busy(err):
                    return None
                raise
            finally:
                self._busy = False  # if an interrupt comes before, the thread does this

    def call(self) -> None:
        """Let the thread look at the companions."""
        self._line.put(None)

    def stop(self) -> None:
        """Let the thread close the file and end, after what is in line now. Takes no lock and waits for nothing, so
        a finalizer may call it.
        """
        self._line.put(Last(self))

    # -- the thread -----------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._ends or self._alone or self._batch:
            try:
                self._tell()  # before it waits again
                if self._blocked:
                    time.sleep(PAUSE)  # without the locks, because a lock is not fair: whoever waits for one gets in
                else:
                    self._take()
                if self._batch:
                    self._commits = True
                    with self._connection_lock:  # given back if another process holds the file: nobody waits here then
                        self._busy = False
                        self._commit()
                    self._commits = False
            except BaseException as err:  # whatever it is: the thread goes on, and nobody is left asleep
                if ends_thread(err):
                    raise
                with self._connection_lock:
                    self._recover(err)
        self._tell()
        with self._connection_lock:
            self._connection.close()
            self.ended = True
        self._gather(0.0)
        self._settle(closed(self._path))
        self._tell()

    def _take(self) -> None:
        """Fill the batch."""
        if self._alone:
            self._batch.append(self._alone.popleft())
            return
        times = [seconds for each in self._companions if (seconds := each.wait_time()) is not None]
        self._gather(min(times, default=None))
        for companion in self._companions:
            if (ticket := companion.ticket(bool(self._batch))) is not None:
                self._batch.insert(0, ticket)

    def _gather(self, seconds: float | None) -> None:
        """Take what waits in line; if there is nothing, wait for it for so long. None means for ever."""
        try:
            ticket = self._line.get(timeout=seconds) if seconds != 0.0 else self._line.get_nowait()
            while True:
                if ticket is not None:
                    self._batch.append(ticket)
                if len(self._batch) >= MOST:
                    break
                ticket = self._line.get_nowait()
        except queue.Empty:
            pass

    def _commit(self) -> None:
        """Commit the batch, and wake its owners. If another process holds the file, keep it for the next call."""
        while self._batch:
            try:
                self._transact(self._batch)
            except BaseException as err:
                if is_busy(err):
                    self._let_go(err)
                    self._gather(0.0)
                    self._blocked = bool(self._batch)
                    return
                elif len(self._batch) == 1:
                    self._settle(err)
                else:
                    self._alone.extend(self._batch)
                    self._batch = []
            else:
                self._settle(None)
        self._blocked = False

    def _transact(self, batch: list[Ticket[Any]]) -> None:
        on = self._connection
        self._roll_back()  # what an interrupt has left, if there is something
        if len(batch) == 1 and batch[0].single:
            batch[0].result = batch[0].op(on)
            return
        try:
            on.execute("BEGIN IMMEDIATE")
            done = self._merge(on, [ticket.op for ticket in batch]) if len(batch) > 1 else ()
            for ticket in batch:
                if ticket.op not in done:
                    ticket.result = ticket.op(on)
            on.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self._connection.in_transaction:  # a full disk may have ended it already
            self._connection.execute("ROLLBACK")

    def _settle(self, err: BaseException | None) -> None:
        self._over.extend((ticket, err) for ticket in self._batch)
        self._batch = []

    def _tell(self) -> None:
        """Tell the owners of what is over, in order. The thread has no lock."""
        while self._over:
            ticket, err = self._over[0]
            ticket.settle(err)  # a second time, it does nothing
            self._over.popleft()

    def _let_go(self, err: BaseException) -> None:
        """Give up those whose patience has ended. What nobody waits for goes with the first."""
        now = time.monotonic()
        over = any(now >= ticket.until for ticket in self._batch)
        waiting, self._batch = self._batch, []
        for ticket in waiting:
            if now >= ticket.until or (over and not ticket.awaited):
                self._over.append((ticket, err))
            else:
                self._batch.append(ticket)

    def _recover(self, err: BaseException) -> None:
        """After an error of the thread itself: give up what it had in hand, and go on."""
        self._roll_back()
        self._blocked = False
        self._settle(StorageError(f"{self._path}: its writer was interrupted: {err!r}: try again"))

    def end(self, on: sqlite3.Connection) -> None:
        """Let the thread end after this batch, unless a companion has something to write: an op."""
        self._ends = all(each.wait_time() is None for each in self._companions)
        if not self._ends:
            time.sleep(PAUSE)  # nobody calls any more
            self.stop()


class Last(Ticket[None]):
    """The op after which the thread ends. It comes again as long as something is not written."""

    __slots__ = ("_writer",)

    def __init__(self, writer: Writer) -> None:
        super().__init__(writer.end, True, database.BUSY)
        self._writer = writer

    def settle(self, error: BaseException | None = None) -> None:
        """Note how it went."""
        self.done = True
        if error is not None:
            self._writer.stop()
