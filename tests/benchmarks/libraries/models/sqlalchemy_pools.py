"""SQLAlchemy: pools of connections. No release has the proposed repair, so the repaired forms avoid the race."""

from __future__ import annotations

import threading

from sqlalchemy.pool import AssertionPool, QueuePool, StaticPool

from .threads import together


class Connection:
    """What a database's driver would return."""

    def rollback(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


QueuePool(Connection, reset_on_return=None).connect().close()  # so that no run is the first to fill SQLAlchemy's caches


def overflow(most: int) -> None:
    """Two threads check out of a pool whose connection is taken. A pool's first connect() has a race of its own."""
    pool = QueuePool(Connection, pool_size=1, max_overflow=most, reset_on_return=None)
    kept = [pool.connect()]

    def check_out() -> None:
        kept.append(pool.connect())

    together(check_out, check_out)
    counted = pool.overflow()
    for connection in kept:
        connection.close()
    assert counted == 2


def sqlalchemy_13410_overflow() -> None:
    """Without a limit the overflow is counted without the lock."""
    overflow(-1)


def sqlalchemy_13410_overflow_repaired() -> None:
    """With a limit it is counted with the lock."""
    overflow(5)


def assertion(lock: threading.Lock | None) -> None:
    """Two threads check out of a pool that allows one connection at a time."""
    pool = AssertionPool(Connection, reset_on_return=None)
    kept = []

    def check_out() -> None:
        try:
            if lock is None:
                kept.append(pool.connect())
            else:
                with lock:
                    kept.append(pool.connect())
        except AssertionError:
            pass

    together(check_out, check_out)
    assert len(kept) == 1


def sqlalchemy_13410_assertion() -> None:
    """AssertionPool looks, and then takes: both get the connection."""
    assertion(None)


def sqlalchemy_13410_assertion_repaired() -> None:
    """The same, with a lock round connect()."""
    assertion(threading.Lock())


def static(first: bool) -> None:
    """Two threads check out of a pool of one connection."""
    made = []

    def connect() -> Connection:
        made.append(1)
        return Connection()

    pool = StaticPool(connect, reset_on_return=None)
    if first:
        pool.connect()
    together(pool.connect, pool.connect)
    assert made == [1]


def sqlalchemy_13410_static() -> None:
    """StaticPool makes its one connection twice."""
    static(False)


def sqlalchemy_13410_static_repaired() -> None:
    """The same, with the connection made before the threads start."""
    static(True)
