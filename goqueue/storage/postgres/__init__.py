"""Jobs in a PostgreSQL database: for workers on many machines.

    storage.py      PostgresStorage: the protocol, made of the parts below;  looking.py: what only looks
    connections.py  connections that are lent to one caller at a time;  session.py: one of them, with a deadline
    errors.py       the server's errors under goqueue's names
    schema.py       the tables, and how an older schema becomes a newer one;  statements.py: the SQL
    adding.py       new jobs, unique keys, notes, and the transaction of a caller
    work.py         settling and claiming;  gates.py: types that are paused, or have limits
    keyed.py        the SQL of a claim under limits
    behind.py       the ends of short attempts, which share a commit, and the bell that wakes other processes
    listener.py     hears that bell
    leases.py       heartbeats: which workers are alive
    upkeep.py       what retention no longer keeps

The server keeps all that is shared, its clock included: no clock of one machine is compared with that of another.
"""

try:
    import psycopg as _psycopg  # noqa: F401 -- before the parts, which need it
except ImportError as err:  # without libpq, too
    raise ImportError(
        f"jobs in PostgreSQL need psycopg, which cannot be imported ({err}): pip install 'goqueue[postgres]'"
    ) from err

from .storage import PostgresStorage

__all__ = ["PostgresStorage"]
