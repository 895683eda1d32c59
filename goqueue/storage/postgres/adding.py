"""New jobs: in a transaction of their own, or in that of a caller, who commits them with what he does besides.

add          one statement takes the keys and inserts the rows, however many there are
add_unique   looks who has the key and inserts; the index `holders` lets no second one in, whoever is faster
caller's     the same statements on the connection that he gave; other processes hear of it when he commits
"""

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from ...job import Job, Record
from ..protocol import Added
from ..sqlite.rows import readable
from . import statements as text
from .rows import columns_of
from .statements import Statements

Connection = psycopg.Connection[Any]


class Adding:
    """The statements of one storage that add jobs. Each call has a connection of its own, so any thread may call it."""

    def __init__(self, sql: Statements, node: int) -> None:
        self._sql = sql
        self._node = node

    def add(self, on: Connection, records: Sequence[Record], delay: float) -> int:
        """Insert jobs, assign their keys, and return how many were inserted: a unique key may stand in the way of one.

        Raises ValueError if the connection leads to another database.
        """
        values = {**columns_of(records), "count": len(records), "delay": delay, "node": self._node}
        first, count, here = _ask(on, self._sql(text.INSERT), values)[0]
        if not here:
            raise ValueError(
                "connection leads to another database than the storage: give one to the database of the queue"
            )
        for number, record in enumerate(records if count else ()):
            record.key = first + number
        return int(count)

    def add_unique(self, on: Connection, record: Record, delay: float, full: bool, replace: bool) -> Added:
        """Insert a job with a key, unless another has it; see the protocol."""
        assert record.options is not None
        who = (record.type, record.options.key)
        while True:  # another may insert its job between two steps: then that one is found
            with on.transaction():
                found = _ask(on, self._sql(text.HOLD if replace else text.HOLDER), who)
                holder = readable(found[0]) if found else None
                if holder is not None and replace:
                    _do(on, self._sql(text.CANCEL), (holder.key,))
                    _do(on, self._sql(text.LET_GO), (holder.key,))
                    holder = self._get(on, holder.key)
                elif holder is not None or full:
                    return Added(False, None if holder is None else Job(holder, self._node))
                if self.add(on, [record], delay):
                    return Added(True, None if holder is None else Job(holder, self._node))
                raise psycopg.Rollback

    def renew(self, on: Connection, key: int, record: Record) -> bool:
        """Delete a job that has ended, and insert a new one, unless another has its unique key."""
        with on.transaction():
            if not _ask(on, self._sql(text.DELETE_ENDED), (key,)):
                return False
            if self.add(on, [record], 0.0):
                return True
            raise psycopg.Rollback
        return False

    def advance(self, on: Connection, name: str, before: float | None, after: float, records: Sequence[Record]) -> bool:
        """Note a number in the place of another, and insert jobs. Return False if something else is noted."""
        values = {"name": name, "before": before, "after": after}
        with on.transaction():
            if not _ask(on, self._sql(text.NOTE_FIRST if before is None else text.NOTE), values):
                return False
            if records:
                self.add(on, records, 0.0)
        return True

    def _get(self, on: Connection, key: int) -> Any:
        return readable(_ask(on, self._sql(text.GET), (key,))[0])


def _ask(on: Connection, query: bytes, values: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a statement as tuples, whatever rows the connection of a caller has."""
    with on.cursor(row_factory=tuple_row) as cursor:
        return cursor.execute(query, values).fetchall()


def _do(on: Connection, query: bytes, values: Any) -> None:
    with on.cursor() as cursor:
        cursor.execute(query, values)


def joined(given: Any) -> Connection:
    """Return the psycopg connection in what a caller gave: of psycopg, SQLAlchemy or Django.

    Raises TypeError if there is none in it, ValueError if it commits each statement by itself.
    """
    found, hops = given, 0
    while not isinstance(found, psycopg.Connection) and found is not None and hops < 5:
        if callable(getattr(found, "ensure_connection", None)):  # Django's opens itself when it is used first
            found.ensure_connection()
        inner = getattr(found, "driver_connection", None) or getattr(found, "connection", None)
        found, hops = inner() if callable(inner) else inner, hops + 1  # a method of a session of SQLAlchemy's ORM
    if not isinstance(found, psycopg.Connection):
        raise TypeError(
            f"connection is {given!r}: it must be a connection of psycopg 3, or of SQLAlchemy or Django on top of it"
        )
    if found.autocommit and found.info.transaction_status == TransactionStatus.IDLE:
        raise ValueError(
            f"connection is {given!r}: it commits each statement by itself: begin a transaction on it, such as "
            "`with connection.transaction():`"
        )
    return found
