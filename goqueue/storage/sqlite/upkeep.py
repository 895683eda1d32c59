"""Looking after a file: a copy of it, a check of it, and keeping it small.

back_up   copies what the file and its log hold at one moment, while others write
check     reads everything there is, and returns what is wrong: `python -m goqueue.storage check FILE`
shrink    gives the room of forgotten jobs back to the disk, a part at a time
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from ...errors import StorageError
from .database import connect_to_read, named, version_of
from .rows import record_of
from .schema import COLUMNS

FREE = 1000  # free pages that are left as they are, because new jobs take them
PART = 500  # pages that are given back in one commit


def back_up(source: Callable[[Callable[[sqlite3.Connection], None]], None], path: str, target: str) -> None:
    """Copy the file `path`, which `source` reads, to `target`. Either all of the copy is there in the end, or none.

    A copy that was there is replaced. Raises ValueError if the log of another database lies where the copy's would be:
    SQLite would play it into the copy, and damage it.
    """
    if os.path.realpath(path) == os.path.realpath(target):
        raise ValueError(f"path is {target!r}: a backup must go to another file than the storage's own")
    if os.path.exists(target) and not os.path.isfile(target):
        raise ValueError(f"path is {target!r}: it is a folder or a device: name a file, which a backup may replace")
    log = f"{os.path.realpath(target)}-wal"
    if os.path.lexists(log):
        raise ValueError(
            f"path is {target!r}: {log} is the log of a database that is open, or whose process was killed: "
            "name another file, or move both away first"
        )
    partial = f"{target}.partial"
    Path(partial).unlink(missing_ok=True)
    try:
        with named(target), contextlib.closing(sqlite3.connect(partial)) as copy:
            source(lambda on: on.backup(copy))
        os.replace(partial, target)
    finally:
        Path(partial).unlink(missing_ok=True)


def check(path: str) -> list[str]:
    """Return what is wrong with a file; [] if nothing is. Others may use the file meanwhile.

    A file of an older goqueue is as good as it was there; it is migrated when a SQLiteStorage opens it. Raises
    StorageError if there is no such file, if it is no queue's, or if it cannot be read at all.
    """
    if not os.path.exists(path):
        raise StorageError(f"{path}: there is no such file: name the file of a SQLiteStorage")
    with named(path), contextlib.closing(connect_to_read(path)) as on:
        on.execute("BEGIN")  # all that follows sees one moment
        schema = version_of(on, path)  # refuses what is another program's, or of a newer goqueue
        damages = [said for (said,) in on.execute("PRAGMA integrity_check") if said != "ok"]
        if not schema and not damages:
            return ["it holds no table of a queue: it is empty, or a copy by other means than a backup"]
        return damages or [*_wrong_rows(on), *(_wrong_counts(on) if schema > 1 else ())]


def _wrong_rows(on: sqlite3.Connection) -> Iterator[str]:
    for row in on.execute(f"SELECT {COLUMNS} FROM jobs ORDER BY key"):
        try:
            record_of(row)
        except ValueError as err:
            yield f"job with key {row[0]}: {err}"


def _wrong_counts(on: sqlite3.Connection) -> Iterator[str]:
    kept = {status: number for status, number in on.execute("SELECT status, number FROM counts") if number}
    found = dict(on.execute("SELECT status, count(*) FROM jobs GROUP BY status").fetchall())
    if kept != found:
        yield f"the jobs are counted as {kept}, and there are {found}"


def shrink(on: sqlite3.Connection) -> bool:
    """Give a part of the free pages back to the disk. Return whether there is more to do."""
    ((free,),) = on.execute("PRAGMA freelist_count")
    ((pages,),) = on.execute("PRAGMA page_count")
    if free <= FREE or free < pages // 4:
        return False
    on.execute(f"PRAGMA incremental_vacuum({PART})").fetchall()
    ((left,),) = on.execute("PRAGMA freelist_count")
    return bool(left < free)  # False if the file was made without auto_vacuum
