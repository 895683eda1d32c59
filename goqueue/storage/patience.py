"""How long the calls of each thread wait for a storage that others hold, or for its server."""

import contextlib
import threading
import time
from collections.abc import Iterator


class Patience:
    """What each thread has said of its own calls. Any thread may call it."""

    def __init__(self) -> None:
        self._own = threading.local()  # .until

    @property
    def until(self) -> float | None:
        """When the calls of this thread must end (time.monotonic); None: it has not said so."""
        until: float | None = getattr(self._own, "until", None)
        return until

    @contextlib.contextmanager
    def of(self, seconds: float | None) -> Iterator[None]:
        """Let the calls of this thread in the `with` block wait for at most so long. None means as long as usual."""
        before = self.until
        self._own.until = None if seconds is None else time.monotonic() + seconds
        try:
            yield
        finally:
            self._own.until = before
