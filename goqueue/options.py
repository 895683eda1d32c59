"""The options of a queue, and of a job: checked once, when they are given, and never changed."""

import os
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import EllipsisType
from typing import Any, NamedTuple, cast

from .context import Context
from .job import Options, Status
from .moments import check_aware
from .names import shown
from .payload import as_text, thaw
from .retry import Retry, check_attempts, check_seconds
from .storage import MemoryStorage, Storage
from .unique import check_limit_key

ROOM = 1024  # jobs that may wait for a worker, unless somebody says otherwise
GRACE = 10.0  # seconds that running jobs have at a stop
MOST_URGENT = 100  # the greatest priority, and the least with a minus
REDIS = ("redis", "rediss", "valkey", "valkeys", "unix")  # schemes of URLs
RUN_GRACE = 6.0  # the same for Queue.run: supervisors kill after 10 s, and a handler has about a second to hand back


class QueueOptions(NamedTuple):
    """The options of a queue."""

    workers: int
    buffer_size: int | None
    grace: float


def queue_options(workers: Any, buffer_size: Any, grace: Any, shared: bool) -> QueueOptions:
    """Return the options, checked. `buffer_size` is ... if nobody has said it: then a shared storage has no bound.

    Raises TypeError or ValueError if a value is not valid.
    """
    if not isinstance(workers, int) or isinstance(workers, bool):
        raise TypeError(f"workers is {workers!r}: it must be a whole number, such as 4")
    if workers < 1:
        raise ValueError(f"workers is {workers!r}: a pool must have one worker or more")
    if isinstance(buffer_size, EllipsisType):
        buffer_size = None if shared else ROOM
    elif buffer_size is not None and check_attempts(buffer_size, "buffer_size") < 1:
        raise ValueError(f"buffer_size is {buffer_size!r}: there must be room for one job or more")
    return QueueOptions(workers, buffer_size, check_seconds(grace, "grace"))


def storage_of(given: Any) -> Storage:
    """Return the storage that somebody means: a storage, a path or URL of one, or None for a new one in memory.

    Raises TypeError or ValueError if it is nothing of these, StorageError if the file or server cannot be used, and
    ImportError if the library for it is not installed.

    >>> type(storage_of("memory:")).__name__
    'MemoryStorage'
    """
    if given is None:
        return MemoryStorage()
    if isinstance(given, str | os.PathLike):
        text = os.fspath(given)
        scheme, found, path = text.partition("://")
        if text in ("memory:", ":memory:") or (found and scheme == "memory"):
            return MemoryStorage()
        if found and scheme in ("postgresql", "postgres"):
            from .storage import PostgresStorage  # it needs psycopg, and says so

            return PostgresStorage(text)
        if found and scheme in REDIS:
            from .storage import RedisStorage  # so is redis-py

            return RedisStorage(text)
        path = path.removeprefix("/")
        if found and (scheme != "sqlite" or not path):
            raise ValueError(
                f"storage is {given!r}: it must be a path, 'memory:', or a URL such as 'sqlite:///jobs.db' "
                "or 'postgresql://host/database' or 'redis://localhost:6379/0'"
            )
        from .storage import SQLiteStorage  # sqlite3 is imported only when it is needed

        return SQLiteStorage(path if found else text)
    if isinstance(given, type) or not hasattr(given, "settle_and_claim"):
        raise TypeError(f"storage is {given!r}: it must be a storage, such as MemoryStorage(), or a path")
    return cast("Storage", given)


def several(given: Any, name: str, form: str) -> Iterable[Any]:
    """Return what a caller gave as a list. Raises TypeError if it is one thing, or a dict, which has only its keys."""
    if isinstance(given, str | bytes | bytearray | Mapping) or not hasattr(given, "__iter__"):
        raise TypeError(f"{name} is {shown(given)}: it must be a list {form}")
    found: Iterable[Any] = given
    return found


def status_of(given: Any) -> Status:
    """Return a status. Raises ValueError if there is none of this name."""
    try:
        return Status(given)
    except ValueError as err:
        names = ", ".join(map(repr, map(str, Status)))
        raise ValueError(f"{err!s:.120}: status must be one of {names}") from None


def page_of(limit: Any) -> int:
    """Return how many jobs a page may hold. Raises TypeError or ValueError if it can hold none."""
    if isinstance(limit, int) and limit < 1:
        raise ValueError(f"limit is {limit!r}: a page holds one job or more")
    return min(check_attempts(limit, "limit"), sys.maxsize)  # more is more than a storage can be asked for


def check_priority(priority: Any) -> int:
    """Return a priority. Raises TypeError if it is no whole number, ValueError if it is too far from 0."""
    if not isinstance(priority, int) or isinstance(priority, bool):
        raise TypeError(f"priority is {priority!r}: it must be a whole number, such as 9")
    if abs(priority) > MOST_URGENT:
        raise ValueError(f"priority is {priority!r}: it must be from {-MOST_URGENT} to {MOST_URGENT}; 0 is usual")
    return priority


def job_options(
    ctx: Context,
    timeout: float | None,
    deadline: datetime | None,
    retry: Retry | None,
    priority: int,
    limit_key: str | None = None,
) -> Options | None:
    """Return a job's own options, checked, or None if it has none."""
    values = kept_values(ctx)
    priority = check_priority(priority)
    if limit_key is not None:
        check_limit_key(limit_key)
    elif timeout is None and deadline is None and retry is None and not values and not priority:
        return None
    if timeout is not None:
        timeout = check_seconds(timeout, "timeout")
    if deadline is not None:
        check_aware(deadline, "deadline")
    if retry is not None and not isinstance(retry, Retry):
        raise TypeError(f"retry is {retry!r}: it must be a policy, such as Retry(attempts=3)")
    return Options(
        timeout=timeout,
        deadline=None if deadline is None else deadline.timestamp(),
        retry=retry,
        values=values,
        priority=priority,
        limit_key=limit_key,
    )


def kept_values(ctx: Context) -> dict[str, Any] | None:
    """Return the values of a context as they are stored with a job, so they must be JSON too; None if it has none."""
    values = ctx.values
    return thaw(as_text(values, "context values")) if values else None
