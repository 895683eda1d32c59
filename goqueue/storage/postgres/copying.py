"""A database as the source or the target of a copy: see storage/copying.py. Both are ops."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from ...job import id_of
from ..copying import Contents, Kept, limit_key_of
from .rows import storable
from .session import Session
from .statements import LAST, Statements

T = TypeVar("T")
PAGE = 1000  # rows that are fetched at once
COLUMNS = ", ".join(Kept._fields)
COPY = f"COPY {{s}}.jobs ({COLUMNS}, limit_key) FROM STDIN"


def export(on: Session, sql: Statements, take: Callable[[Contents, Iterable[Kept]], T]) -> T:
    """Call `take` with all there is at one moment."""
    with on.transaction():
        on.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        contents = Contents(
            _ask(on, sql, "SELECT node FROM {s}.meta")[0][0],
            _ask(on, sql, LAST)[0][0],
            _ask(on, sql, "SELECT name, value FROM {s}.notes"),
            [job_type for (job_type,) in _ask(on, sql, "SELECT type FROM {s}.paused")],
        )
        with on.cursor(name="goqueue_copy") as cursor:
            cursor.itersize = PAGE
            cursor.execute(sql(f"SELECT {COLUMNS} FROM {{s}}.jobs ORDER BY key"))
            return take(contents, map(Kept._make, cursor))


def receive(on: Session, sql: Statements, contents: Contents, jobs: Iterable[Kept]) -> int:
    """Insert all of it. Raises ValueError unless the schema is empty, or if a job is such that it cannot be kept."""
    with on.transaction():
        on.execute(sql("LOCK TABLE {s}.jobs IN EXCLUSIVE MODE"))
        if _ask(on, sql, "SELECT 1 FROM {s}.jobs LIMIT 1"):
            raise ValueError("the target holds jobs already: copy to an empty storage")
        on.execute(sql("UPDATE {s}.meta SET node = %s"), (contents.node,))
        if contents.last:
            on.execute(sql("SELECT setval('{s}.keys', %s)"), (contents.last,))
        on.execute(sql("TRUNCATE {s}.notes, {s}.paused"))
        with on.cursor() as cursor:
            cursor.executemany(sql("INSERT INTO {s}.notes VALUES (%s, %s)"), contents.notes)
            cursor.executemany(sql("INSERT INTO {s}.paused VALUES (%s)"), [(each,) for each in contents.paused])
            count = 0
            with cursor.copy(sql(COPY)) as copy:
                for values in _rows(jobs, contents.node):
                    copy.write_row(values)
                    count += 1
    on.execute(sql("ANALYZE {s}.jobs"))
    return count


def _rows(jobs: Iterable[Kept], node: int) -> Iterator[tuple[Any, ...]]:
    for job in jobs:
        limit_key = limit_key_of(job)
        if any("\x00" in (each or "") for each in (job.type, job.name, limit_key)):
            raise ValueError(
                f"job {id_of(job.key, node)} has the type {job.type!r}, the key {job.name!r} and the limit key "
                f"{limit_key!r}: PostgreSQL cannot hold it: delete that job, and copy again"
            )
        kept = job._replace(
            delayed=bool(job.delayed), cancelling=bool(job.cancelling), kept=bool(job.kept), error=storable(job.error)
        )
        yield (*kept, limit_key)


def _ask(on: Session, sql: Statements, statement: str) -> list[tuple[Any, ...]]:
    return on.execute(sql(statement)).fetchall()
