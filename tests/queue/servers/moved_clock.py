"""A clock for storages on a server: it stands still until a test sleeps, and the server has the same time.

The server has one place that says what time it is: the function moment() of the schema. Here it reads a table.
"""

from typing import Any

import psycopg


class MovedClock:
    """Stands for the module `time` in the checks of the conformance suite."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self._storages: list[Any] = []

    def rule(self, storage: Any, url: str) -> Any:
        """Let the schema of a storage have this time, and return the storage."""
        storage.on_clock = psycopg.connect(url.partition("?schema=")[0].partition("&schema=")[0], autocommit=True)
        self._storages.append(storage)
        s = storage.schema
        storage.on_clock.execute(f"CREATE TABLE {s}.clock AS SELECT {self.now!r}::double precision AS now")
        storage.on_clock.execute(
            f"CREATE OR REPLACE FUNCTION {s}.moment() RETURNS double precision LANGUAGE sql VOLATILE "
            f"AS 'SELECT now FROM {s}.clock'"
        )
        return storage

    def sleep(self, seconds: float) -> None:
        """Go on, here and on the server; what a storage has counted before is old then."""
        self.now += seconds
        for storage in self._storages:
            storage.on_clock.execute(f"UPDATE {storage.schema}.clock SET now = {self.now!r}")
            storage._counted = (storage._counted[0], 0.0)

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now

    def close(self) -> None:
        """Close what it has on the server."""
        for storage in self._storages:
            storage.on_clock.close()
