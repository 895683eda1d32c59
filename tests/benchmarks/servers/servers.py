"""The servers that queues are measured on, as a real one is set up: each has a log that it writes to the disk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from goqueue.lab.servers.postgres import Server
from goqueue.lab.servers.valkey import Valkey


class OnPostgres:
    """A PostgreSQL that writes each commit to the disk (fsync, synchronous_commit)."""

    def __init__(self) -> None:
        self._server = Server("fsync=on", "max_wal_size=4GB", "shared_buffers=256MB", "max_connections=600")
        self.url = self._server.url

    def process_ids(self) -> list[int]:
        """Return the server's processes: the first one, and its children."""
        first = int((self._server.folder / "data" / "postmaster.pid").read_text("utf-8").split()[0])
        return [first, *(int(each) for each in children(first))]

    def queries(self) -> int:
        """Return how many transactions there were so far."""
        with psycopg.connect(self.url) as on:
            on.execute("SELECT pg_stat_clear_snapshot()")
            found = on.execute("SELECT sum(xact_commit + xact_rollback) FROM pg_stat_database").fetchone()
        return int(found[0]) if found else 0

    def close(self) -> None:
        """End it."""
        self._server.stop()


class OnValkey:
    """A Valkey that writes its log to the disk once a second (appendfsync everysec)."""

    def __init__(self) -> None:
        self._server = Valkey(appendonly="yes", appendfsync="everysec")
        self.url = self._server.url

    def process_ids(self) -> list[int]:
        """Return the server's process."""
        assert self._server.process is not None
        return [self._server.process.pid]

    def queries(self) -> int:
        """Return how many commands there were so far."""
        return int(self._server.client().info("stats")["total_commands_processed"])

    def memory(self) -> int:
        """Return how many bytes it uses."""
        return int(self._server.client().info("memory")["used_memory"])

    def close(self) -> None:
        """End it."""
        self._server.remove()


def children(process_id: int) -> list[str]:
    """Return the processes that a process has started, of each of its threads."""
    found = []
    for thread in os.listdir(f"/proc/{process_id}/task"):
        found += Path(f"/proc/{process_id}/task/{thread}/children").read_text("utf-8").split()
    return found


@contextmanager
def on_postgres() -> Iterator[OnPostgres]:
    """Give a PostgreSQL, for a block."""
    server = OnPostgres()
    try:
        yield server
    finally:
        server.close()


@contextmanager
def on_valkey() -> Iterator[OnValkey]:
    """Give a Valkey, for a block."""
    server = OnValkey()
    try:
        yield server
    finally:
        server.close()
