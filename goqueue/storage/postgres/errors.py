"""The server's errors under goqueue's names, with what to do about them.

lost      the connection is gone, so nobody knows whether what was on its way has been done
again     the server has rolled it back, and asks for another try
others    it was rolled back, and another try would end alike
"""

from types import TracebackType

import psycopg

from ...errors import (
    StorageCorrupt,
    StorageError,
    StorageFull,
    StorageInDoubt,
    StorageLocked,
    StorageUnreachable,
)

Failure = psycopg.Error
AGAIN = ("40001", "40P01")  # another transaction was in the way
AWAY = ("57P01", "57P02", "57P03", "53300", "25006")  # it stops, starts, is full, or is a standby by now
_NAMED = {
    "55P03": (StorageLocked, "another session has held a lock for too long: try again, or see who does"),
    "57014": (StorageLocked, "it took too long: try again, or see who holds a lock"),
    "53100": (StorageFull, "there is no room left on the server's disk: make some, and try again"),
    "42501": (StorageError, "this role lacks a right: see 'Roles' in docs/many_machines.md"),
    "3F000": (StorageCorrupt, "its schema is gone: open the storage again"),
    "42P01": (StorageCorrupt, "a table of it is gone: restore it, or drop the schema and open the storage again"),
    "42883": (StorageCorrupt, "a function of it is gone: restore it, or drop the schema and open the storage again"),
}


class Overdue(Exception):
    """A call has not ended within its time. Its connection is closed."""


def is_away(err: BaseException) -> bool:
    """Whether the server cannot be used now, and may be later."""
    if isinstance(err, psycopg.Error) and err.sqlstate is not None:
        return err.sqlstate in AWAY or err.sqlstate.startswith("08")
    return isinstance(err, psycopg.OperationalError | psycopg.InterfaceError)


def asks_again(err: BaseException) -> bool:
    """Whether the server has rolled a transaction back because another was in the way."""
    return isinstance(err, psycopg.Error) and err.sqlstate in AGAIN


def unreachable(name: str, err: BaseException) -> StorageUnreachable:
    """Return the error of a server that cannot be used now."""
    why = " ".join(str(err).split()) or type(err).__name__
    return StorageUnreachable(f"{name}: the server cannot be reached now: see that it runs, and try again ({why})")


def in_doubt(name: str, err: BaseException) -> StorageInDoubt:
    """Return the error of a change that was on its way when the connection was lost."""
    return StorageInDoubt(
        f"{name}: the connection was lost before the server could answer, so this change was made, or was not: look, "
        "or submit with a unique key, which makes it safe to try again"
    )


class named:  # noqa: N801 - a context manager reads as a verb
    """Turn an error of the server into one of goqueue's, which names the storage and the remedy."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        if isinstance(err, Overdue):
            raise StorageLocked(
                f"{self._name}: it did not answer in time: try again, or see who holds a lock, and whether the server "
                "is too busy"
            ) from err
        if isinstance(err, psycopg.Error):
            if is_away(err):
                raise unreachable(self._name, err) from err
            kind_named, what = _NAMED.get(err.sqlstate or "", (StorageError, "the server refused it"))
            raise kind_named(f"{self._name}: {what} ({' '.join(str(err).split())})") from err
