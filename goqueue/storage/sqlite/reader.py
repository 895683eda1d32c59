"""Reading a file: on connections that cannot write, beside the writer and behind no lock.

    caller A ── takes an idle connection, or opens one ──> its op ──> puts the connection back
    caller B ── likewise, at the same time

In WAL mode a reader sees the file as the last commit left it, and waits for nobody. There are as many connections as
there were callers at one time, at most MOST of them are kept. One whose op was interrupted is closed.
"""

import sqlite3
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from . import database

T = TypeVar("T")

MOST = 8  # idle connections to keep


class Reader:
    """The connections. Any thread may call it, because a deque's append and pop are atomic."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._idle: deque[sqlite3.Connection] = deque(maxlen=MOST)  # one more pushes the oldest out, which is closed
        self._closed = False

    def read(self, op: Callable[[sqlite3.Connection], T]) -> T:
        """Run `op`, which only reads."""
        try:
            on = self._idle.pop()
        except IndexError:
            on = database.connect_to_read(self._path)
        try:
            result = op(on)
        except BaseException:  # an interrupt may have left a statement half read
            on.close()
            raise
        self._put_back(on)
        return result

    def close(self) -> None:
        """Close the connections. A connection in use is closed when its op has ended."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def _put_back(self, on: sqlite3.Connection) -> None:
        self._idle.append(on)
        if self._closed:  # after the append: either close() sees the connection, or we see this
            self.close()
