"""What can be done to a storage's file from a shell: for `python -m goqueue.storage`, and for `goqueue queue`."""

import os

from .sqlite import SQLiteStorage, check


def back_up_checked(path: str, copy: str) -> list[str]:
    """Copy a file that is not damaged, while others may use it. Return what is wrong with it: then there is no copy.

    Raises StorageError if the copy cannot be made.
    """
    damages = check(path)
    if not damages:
        storage = SQLiteStorage(path)
        try:
            storage.backup(os.fspath(copy))
        finally:
            storage.close()
    return damages
