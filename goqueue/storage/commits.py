"""How changes reach the file: one commit for each, or one for all concurrent changes.

    thread A ── op ──┐                      A leads: BEGIN, its op, all that wait, COMMIT
    thread B ── op ──┼── waiting ──> leader ── tells each its result ──> the next leads, if some wait again
    thread C ── op ──┘

While the leader's commit is on its way to the disk, more ops arrive. So the slower the disk, the more ops share a
commit. If one op raises, the batch is rolled back and each of its ops gets a commit of its own.
"""

import sqlite3
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

ROUNDS = 4  # commits after which another thread leads, because a leader cannot do its own work

T = TypeVar("T")
Op = Callable[[sqlite3.Connection], T]


class Ticket(Generic[T]):
    """An op that waits for its commit, and its result."""

    def __init__(self, op: Op[T], single: bool) -> None:
        self.op = op
        self.single = single
        self.gate = threading.Lock()  # its owner sleeps here until it is done or must lead
        self.gate.acquire()
        self.done = False
        self.error: BaseException | None = None
        self.result: Any = None

    def settle(self) -> T:
        """Return what the op returned, or raise what it raised."""
        if self.error is not None:
            raise self.error
        result: T = self.result
        return result


class EachCommit:
    """A commit for each op. Any thread may call it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.lock = threading.Lock()  # guards the connection, which one thread uses at a time; taken last

    def do(self, op: Op[T], single: bool = False) -> T:
        """Run `op` in a transaction, and return when it is committed. If it raises, nothing has changed.

        An op that is a `single` statement is a transaction by itself, which saves BEGIN and COMMIT.
        """
        with self.lock:
            if single:
                return op(self.connection)
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                result = op(self.connection)
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise
        return result

    def read(self, op: Op[T]) -> T:
        """Run `op`, which only reads."""
        with self.lock:
            return op(self.connection)


class GroupCommit(EachCommit):
    """One commit for all ops that arrive during the previous commit. Any thread may call it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._queue = threading.Lock()  # guards the two fields below; never held together with `lock`
        self._waiting: list[Ticket[Any]] = []
        self._led = False

    def do(self, op: Op[T], single: bool = False) -> T:
        """Run `op` in a transaction that may hold other ops too, and return when it is committed."""
        mine = Ticket(op, single)
        with self._queue:
            self._waiting.append(mine)
            wait, self._led = self._led, True
        if wait:
            mine.gate.acquire()  # until a leader has run it, or has made us the leader
        if not mine.done:
            self._lead()
        return mine.settle()

    def _lead(self) -> None:
        """Commit the waiting ops for a few rounds, then hand the lead to another thread.

        Waking another thread for each round would cost more than the round.
        """
        for _ in range(ROUNDS):
            with self._queue:
                batch, self._waiting = self._waiting, []
                self._led = bool(batch)
            if not batch:
                return
            self._run(batch)
            for ticket in batch:
                ticket.done = True
                ticket.gate.release()
        with self._queue:
            self._led = bool(self._waiting)
            heir = self._waiting[0] if self._waiting else None
        if heir is not None:
            heir.gate.release()

    def _run(self, batch: list[Ticket[Any]]) -> None:
        if len(batch) == 1:
            self._run_alone(batch[0])
            return

        def all_of_them(connection: sqlite3.Connection) -> None:
            for ticket in batch:
                ticket.result = ticket.op(connection)

        try:
            super().do(all_of_them)
        except BaseException as err:
            if getattr(err, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
                for ticket in batch:  # on its own, each op would wait as long again
                    ticket.error = err
                return
            for ticket in batch:
                self._run_alone(ticket)

    def _run_alone(self, ticket: Ticket[Any]) -> None:
        try:
            ticket.result = super().do(ticket.op, ticket.single)
        except BaseException as err:
            ticket.error = err
