"""Where jobs are kept: the protocol, in memory, in a SQLite file, on a server.

    protocol.py   what the queue asks of a storage
    memory.py     MemoryStorage: jobs live until the program ends
    sqlite/       SQLiteStorage: jobs in a file, for several processes
    postgres/     PostgresStorage: jobs in a database, for several machines
    redis/        RedisStorage: jobs in Redis or Valkey, for several machines

Every storage passes the suite in `goqueue.testing.conformance`.
"""

from typing import TYPE_CHECKING, Any

from .memory import MemoryStorage
from .protocol import Added, Query, Retention, Settled, Storage

if TYPE_CHECKING:
    from .postgres import PostgresStorage as PostgresStorage
    from .redis import RedisStorage as RedisStorage  # not in __all__, because it needs an extra
    from .sqlite import SQLiteStorage

__all__ = ["Added", "MemoryStorage", "Query", "Retention", "SQLiteStorage", "Settled", "Storage"]


def __getattr__(name: str) -> Any:
    if name == "PostgresStorage":  # it needs psycopg, so it is not in __all__
        from .postgres import PostgresStorage

        return PostgresStorage
    if name == "RedisStorage":
        from .redis import RedisStorage

        return RedisStorage
    if name != "SQLiteStorage":  # sqlite3 is imported only when it is needed
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .sqlite import SQLiteStorage

    return SQLiteStorage
