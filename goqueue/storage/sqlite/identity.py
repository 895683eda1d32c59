"""Whether the file is still the file that was opened: not removed, and no other in its place.

SQLite does not notice. It goes on in the file that it has open, whose name is gone, and what it acknowledges there is
lost. So the file and its write-ahead log are looked at by their names, at most every EVERY seconds.
"""

import os
import time

from ...errors import StorageError

EVERY = 0.2  # seconds


class Identity:
    """What the file and its log were when they were opened. Any thread may call it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._opened = {name: _who(name) for name in (path, f"{path}-wal")}
        self._next = 0.0  # when to look again (time.monotonic)

    def check(self) -> None:
        """Raise StorageError if the file is not the one that was opened."""
        now = time.monotonic()
        if now < self._next:
            return
        for name, was in self._opened.items():
            if was is not None and (found := _who(name)) != was:
                what = "is gone" if found is None else "was replaced by another"
                raise StorageError(
                    f"{name}: it {what} while it was open, so nothing is kept any more: "
                    f"stop all that use {self._path}, put its files back or restore a copy, and open it again"
                )
        self._next = now + EVERY


def _who(name: str) -> tuple[int, int] | None:
    """Return what tells a file from all others, or None if there is none."""
    try:
        found = os.stat(name)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
