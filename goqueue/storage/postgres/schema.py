"""The tables of a queue, in a schema of their own, and how an older schema becomes a newer one.

    meta       one row: the version, the oldest version that may still work beside it, and the node
    jobs       a job; `due`, `delayed`, `priority`, `name`, `kept` and `limit_key` are as in SQLite (sqlite/schema.py)
    workers    a process that claims jobs, and its last heartbeat by the server's clock
    notes, paused, buckets   numbers under a name; types that are paused; tokens of types with a limit,
               and of limit keys, named TYPE, SEPARATOR, KEY
    keys       a sequence: the last key
    moment()   the server's clock, in seconds since 1970: the only clock that anything here is measured by
    take_keys  reserves keys, each greater than all before

A migration runs once, in one transaction, under an advisory lock, so processes that start together do not do it twice.
Whoever finds the version that he knows creates nothing, and needs no right to. A migration must leave the schema usable
for older workers that run beside it, or else say from which version on they may (`works_with`): the others refuse it
when they open it.
"""

from typing import NamedTuple

from ...errors import StorageError, StorageTooNew
from .session import Session

ADVISORY = 0x676F7175  # "goqu": the class of our advisory locks
MOST_NAME = 48  # characters of a schema's name: PostgreSQL allows 63, and a channel has some more


# From the catalogue itself: what a session remembers of names may be older than the lock that it has just got.
THERE = "SELECT 1 FROM pg_class JOIN pg_namespace AS n ON n.oid = relnamespace WHERE relname = 'meta' AND nspname = %s"


class Migration(NamedTuple):
    """One step from a version to the next, and the oldest version that may work with what comes of it."""

    works_with: int
    text: str


# Never edit a released entry; add another. {s} is the schema, quoted.
MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        1,
        """
    CREATE TABLE {s}.meta (
        version integer NOT NULL, works_with integer NOT NULL, node bigint NOT NULL,
        forget_at double precision NOT NULL DEFAULT 0
    );
    INSERT INTO {s}.meta (version, works_with, node)
        SELECT 0, 0, ('x' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 12))::bit(48)::bigint;
    CREATE FUNCTION {s}.moment() RETURNS double precision LANGUAGE sql VOLATILE
        AS 'SELECT extract(epoch FROM clock_timestamp())::double precision';
    CREATE SEQUENCE {s}.keys AS bigint;
    CREATE FUNCTION {s}.take_keys(wanted bigint) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
    -- The lock is held for microseconds, and not until the commit: submissions at the same time share theirs.
    DECLARE
        first bigint;
        lock_of integer := '{s}.keys'::regclass::oid::bigint::bit(32)::integer;
    BEGIN
        PERFORM pg_advisory_lock(1735356789, lock_of);
        SELECT greatest(last_value + 1, floor({s}.moment() * 976562.5)::bigint) INTO first FROM {s}.keys;
        PERFORM setval('{s}.keys', first + wanted - 1);
        PERFORM pg_advisory_unlock(1735356789, lock_of);
        RETURN first;
    EXCEPTION WHEN query_canceled OR others THEN
        PERFORM pg_advisory_unlock(1735356789, lock_of);
        RAISE;
    END $$;
    CREATE TABLE {s}.jobs (
        key bigint PRIMARY KEY, type text NOT NULL, payload text, options text,
        status text NOT NULL DEFAULT 'pending', due double precision NOT NULL, delayed boolean NOT NULL,
        updated double precision NOT NULL DEFAULT 0, attempts bigint NOT NULL DEFAULT 0, max_retry bigint NOT NULL,
        error text NOT NULL DEFAULT '', result text, worker bigint, claim bigint,
        cancelling boolean NOT NULL DEFAULT false, lost integer NOT NULL DEFAULT 0,
        priority integer NOT NULL DEFAULT 0, name text, kept boolean NOT NULL DEFAULT false, progress text
    ) WITH (
        autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000,
        autovacuum_analyze_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0
    );
    CREATE INDEX ready ON {s}.jobs (type, due, key) WHERE status = 'pending' AND NOT delayed AND lost = 0;
    CREATE INDEX suspects ON {s}.jobs (due, key) WHERE status = 'pending' AND NOT delayed AND lost > 0;
    CREATE INDEX later ON {s}.jobs (due) WHERE status = 'pending' AND delayed;
    CREATE INDEX running ON {s}.jobs (worker) WHERE status = 'running';
    CREATE INDEX ended ON {s}.jobs (status, updated, key) WHERE status IN ('completed', 'failed', 'cancelled');
    CREATE UNIQUE INDEX holders ON {s}.jobs (type, name)
        WHERE name IS NOT NULL AND (kept OR status IN ('pending', 'running'));
    CREATE TABLE {s}.workers (id bigint PRIMARY KEY, beat double precision NOT NULL) WITH (fillfactor = 50);
    CREATE TABLE {s}.notes (name text PRIMARY KEY, value double precision NOT NULL);
    CREATE TABLE {s}.paused (type text PRIMARY KEY);
    CREATE TABLE {s}.buckets (
        type text PRIMARY KEY, tokens double precision NOT NULL, since double precision NOT NULL
    ) WITH (fillfactor = 50);
    """,
    ),
    Migration(  # a job that an older goqueue adds has no limit key here, and is bound by the limit of its type alone
        1,
        """
    ALTER TABLE {s}.jobs ADD COLUMN limit_key text COLLATE "C";
    CREATE INDEX limited ON {s}.jobs (type, limit_key, due, key)
        WHERE status = 'pending' AND NOT delayed AND limit_key IS NOT NULL;
    CREATE INDEX busy ON {s}.jobs (type, limit_key) WHERE status = 'running' AND limit_key IS NOT NULL;
    """,
    ),
)


def quoted(schema: str) -> str:
    """Return the name of a schema as SQL has it. Raises ValueError if it cannot be one.

    >>> quoted("jobs")
    '"jobs"'
    """
    if not schema or not schema.replace("_", "a").isalnum() or not schema.isascii():
        raise ValueError(f"schema is {schema!r}: it must be of letters, digits and underscores, such as 'goqueue'")
    if len(schema) > MOST_NAME:
        raise ValueError(f"schema is {schema!r}: it has {len(schema)} characters, and at most {MOST_NAME} are allowed")
    return f'"{schema}"'


def open_schema(
    on: Session, schema: str, name: str, create: bool = True, migrations: tuple[Migration, ...] = MIGRATIONS
) -> int:
    """Create or migrate the tables if necessary, and return the node. Raises StorageTooNew.

    Raises StorageError if there are no tables, and none may be created.
    """
    s = quoted(schema)
    version = _version(on, s, name, migrations)
    if not version and not create:
        raise StorageError(f"{name}: there is no queue: give the address, and the schema, of one that was used before")
    if version < len(migrations):
        with on.transaction():
            on.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (ADVISORY, schema))
            version = _version(on, s, name, migrations)
            if on.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() is None:
                on.execute(f"CREATE SCHEMA {s}".encode())
            for number, step in enumerate(migrations[version:], version + 1):
                on.execute(step.text.replace("{s}", s).encode())
                on.execute(f"UPDATE {s}.meta SET version = %s, works_with = %s".encode(), (number, step.works_with))
    (node,) = on.execute(f"SELECT node FROM {s}.meta".encode()).fetchall()[0]
    return int(node)


def _version(on: Session, s: str, name: str, migrations: tuple[Migration, ...]) -> int:
    """Return the version of a schema; 0 if it has no tables. Raises StorageTooNew if it is not for this goqueue."""
    if not on.execute(THERE, (s.strip('"'),)).fetchall():
        return 0
    version, works_with = on.execute(f"SELECT version, works_with FROM {s}.meta".encode()).fetchall()[0]
    if works_with > len(migrations):
        raise StorageTooNew(
            f"{name}: schema {s} has version {version}, which works with {works_with} or later, and this goqueue knows "
            f"up to {len(migrations)}: install a newer goqueue"
        )
    return int(version)
