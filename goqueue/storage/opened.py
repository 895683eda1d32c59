"""Who may use a storage that was opened: the process that opened it, until it is closed."""

import os

from ..errors import StorageError


def check_process(opened_by: int, name: str, kind: str) -> None:
    """Raise StorageError in the child of a fork. `opened_by` is the id of the process that opened the storage."""
    if opened_by != os.getpid():
        raise StorageError(f"{name}: it was opened before a fork: each process must open its own {kind}")


def closed(name: object) -> StorageError:
    """Return the error of a storage that is used after its close."""
    return StorageError(f"{name}: this storage was closed: open another")
