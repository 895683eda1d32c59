"""Where jobs are kept: the protocol, in memory, in a SQLite file.

    protocol.py   what the queue asks of a storage
    memory.py     MemoryStorage: until the program ends
    sqlite.py     SQLiteStorage: a file, for several processes; with it:
        database.py     opening the file, its schema and migrations, its errors
        statements.py   the SQL;  rows.py: a job as a row
        commits.py      a commit for each change, or one for all that come together
        behind.py       submissions that are not in the file yet
        leases.py       who is alive

Whatever storage it is, the suite in `goqueue.testing.conformance` runs against it.
"""

from typing import TYPE_CHECKING, Any

from .memory import MemoryStorage
from .protocol import Query, Retention, Settled, Storage

if TYPE_CHECKING:
    from .sqlite import SQLiteStorage

__all__ = ["MemoryStorage", "Query", "Retention", "SQLiteStorage", "Settled", "Storage"]


def __getattr__(name: str) -> Any:
    if name != "SQLiteStorage":  # its database is loaded for those who use it
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .sqlite import SQLiteStorage

    return SQLiteStorage
