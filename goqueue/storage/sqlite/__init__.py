"""Jobs in a SQLite file: one thread owns the write connection, and readers have connections of their own.

storage.py      SQLiteStorage: the protocol, made of the parts below
writer.py       the thread that writes: one commit for all ops that wait
behind.py       write-behind: submissions for which nobody waits;  keys.py: their keys, reserved in advance
reader.py       connections that only read
leases.py       which workers are alive
rows.py         a job as a row;  statements.py: the SQL
database.py     opening the file, its schema and migrations, its errors
"""

from .storage import SQLiteStorage

__all__ = ["SQLiteStorage"]
