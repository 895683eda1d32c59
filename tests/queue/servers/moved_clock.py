"""A clock for storages on a server: it stands still until a test sleeps, and the server has the same time.

The server has one place that says what time it is: the function moment() of the schema. Here it reads a table.
"""

from typing import Any

import psycopg

from . import postgres

EMPTIED = ("jobs", "workers", "notes", "paused", "buckets")
LATER = 1000.0  # seconds from one test to the next in the same schema, so that keys go on growing


class MovedClock:
    """Stands for the module `time` in the checks of the conformance suite."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self._on: psycopg.Connection[Any] | None = None
        self._storages: list[Any] = []

    @property
    def on(self) -> "psycopg.Connection[Any]":
        """A connection of our own to the server."""
        if self._on is None:
            self._on = psycopg.connect(postgres.url(), autocommit=True)
        return self._on

    def rule(self, storage: Any) -> Any:
        """Let the schema of a storage have this time, and return the storage."""
        s = storage.schema
        self.on.execute(
            f"CREATE TABLE {s}.clock AS SELECT {self.now!r}::double precision AS now;"
            f"CREATE OR REPLACE FUNCTION {s}.moment() RETURNS double precision LANGUAGE sql VOLATILE "
            f"AS 'SELECT now FROM {s}.clock'"
        )
        self._storages.append(storage)
        return storage

    def rule_again(self, storage: Any) -> Any:
        """Empty the schema of a storage that had this time before, and return the storage."""
        s = storage.schema
        emptied = ";".join(f"DELETE FROM {s}.{table}" for table in EMPTIED)
        self.on.execute(f"{emptied}; UPDATE {s}.meta SET forget_at = 0".encode())
        self._storages.append(storage)
        self.sleep(LATER)
        return storage

    def forget(self) -> None:
        """Have no storages any more."""
        self._storages = []

    def sleep(self, seconds: float) -> None:
        """Go on, here and on the server; what a storage has counted before is old then."""
        self.now += seconds
        for storage in self._storages:
            self.on.execute(f"UPDATE {storage.schema}.clock SET now = {self.now!r}".encode())
            storage._waiting.is_old()

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now

    def close(self) -> None:
        """Close what it has on the server."""
        if self._on is not None:
            self._on.close()
