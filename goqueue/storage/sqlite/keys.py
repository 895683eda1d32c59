"""Keys for jobs that are written later: reserved in the file in advance, so that no other process gives them."""

import threading
import time
from collections.abc import Sequence
from functools import partial

from ...job import Record
from .database import named
from .statements import reserve
from .writer import Writer

RESERVED = 50_000  # keys of about a microsecond each; the ids of two processes may be out of order by this much


class Keys:
    """The keys that are reserved and not assigned yet. Any thread may call it."""

    def __init__(self, writer: Writer, path: str) -> None:
        self._writer = writer
        self._path = path
        self._lock = threading.Lock()  # guards the two below; nothing is read or written while it is held
        self._next = self._end = 0

    def assign(self, records: Sequence[Record]) -> None:
        """Give each record a key, greater than all before."""
        while not self._assign(records):
            count = len(records) + RESERVED
            with named(self._path):
                first = self._writer.do(partial(reserve, count=count))
            with self._lock:
                if first >= self._end:  # otherwise another thread has reserved later ones
                    self._next, self._end = first, first + count

    def drop(self) -> None:
        """Assign none of the keys that are reserved now, because other jobs got later ones."""
        with self._lock:
            self._next = self._end

    def _assign(self, records: Sequence[Record]) -> bool:
        with self._lock:
            key = max(self._next, time.time_ns() >> 10)
            if key + len(records) > self._end:
                return False
            for record in records:
                record.key = key
                key += 1
            self._next = key
        return True
