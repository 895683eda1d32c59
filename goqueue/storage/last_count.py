"""How many jobs wait, as last counted: producers ask before each submission, and counting many jobs takes time."""

import time
from collections.abc import Callable

RARELY = 10  # a count is used again for at least so many times as long as it took


class LastCount:
    """The last count, and until when it is used again. Any thread may call it; two that count at once do no harm."""

    def __init__(self) -> None:
        self._last = (0, 0.0)  # the count, and until when to reuse it (time.monotonic); replaced as one value

    def now(self, count: Callable[[], int], reuse: float) -> int:
        """Return the count. It is counted anew if that was done `reuse` seconds ago, or longer."""
        found, until = self._last
        begun = time.monotonic()
        if begun >= until:
            found = count()
            ended = time.monotonic()
            self._last = (found, ended + max(reuse, RARELY * (ended - begun)))
        return found

    def add(self, more: int) -> None:
        """Adjust the count by what this process did, because its producers wait for room that its workers make."""
        found, until = self._last
        self._last = (max(0, found + more), until)

    def is_old(self) -> None:
        """Have it counted anew next time."""
        self._last = (self._last[0], 0.0)
