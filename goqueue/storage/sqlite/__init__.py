"""Jobs in a SQLite file: one thread owns the write connection, and readers have connections of their own.

    storage.py      SQLiteStorage: the protocol, made of the parts below
    writer.py       the thread that writes: one commit for all ops that wait
    behind.py       write-behind: submissions for which nobody waits;  keys.py: their keys, reserved in advance
    reader.py       connections that only read
    bulk.py         a submission of so many jobs that it is written in parts
    unique.py       jobs with a unique key;  notes.py: numbers that the file remembers by a name
    gates.py        types that are paused, or have limits
    work.py         settling, claiming, heartbeats;  leases.py, presence.py: which workers are alive
    schema.py       the tables;  rows.py: a job as a row;  statements.py: the SQL, from goqueue/states.py
    database.py     opening the file, and its errors;  identity.py: whether it is still the same file
    upkeep.py       backup, check, and keeping the file small;  ending.py: what becomes of it if nobody closes it

No lock is held while a caller waits, and nothing is logged inside a transaction.
"""

from .storage import SQLiteStorage
from .upkeep import check

__all__ = ["SQLiteStorage", "check"]
