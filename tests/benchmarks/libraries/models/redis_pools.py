"""redis-py: its pool of connections."""

import contextlib
import os

from redis.connection import ConnectionPool
from redis.exceptions import ConnectionError

from .threads import together


class Connection:
    """A connection without a server."""

    description_format = "Connection"

    def __init__(self, **options: object) -> None:
        self.pid = os.getpid()

    def connect(self) -> None:
        """Do nothing."""

    def can_read(self) -> bool:
        """Say that nothing is there to read."""
        return False

    def disconnect(self) -> None:
        """Do nothing."""

    def re_auth(self) -> None:
        """Do nothing."""

    def should_reconnect(self) -> bool:
        """Say that all is well."""
        return False


def redis_906_limit() -> None:
    """Two threads see that one more connection is allowed."""
    pool = ConnectionPool(connection_class=Connection, max_connections=1)
    kept = []

    def take() -> None:
        with contextlib.suppress(ConnectionError):
            kept.append(pool.get_connection("GET"))

    together(take, take)
    assert len(kept) == 1


def redis_906_fork() -> None:
    """In a child process, one thread still gets the parent's connection while the other resets the pool."""
    pool = ConnectionPool(connection_class=Connection)
    parents = pool.get_connection("GET")
    pool.release(parents)
    pool.pid -= 1  # as if this were another process now
    parents.pid -= 1
    kept = []

    def take() -> None:
        kept.append(pool.get_connection("GET"))

    together(take, take)
    assert parents not in kept


def redis_release() -> None:
    """While the pool makes a connection, garbage is collected, and what is collected gives its connection back."""

    class Collecting(Connection):
        def __init__(self, **options: object) -> None:
            super().__init__(**options)
            if kept:
                pool.release(kept.pop())

    kept: list[object] = []
    pool = ConnectionPool(connection_class=Collecting)
    kept.append(pool.get_connection("SUBSCRIBE"))
    pool.get_connection("GET")
