"""Fault: a wait checks whether the context has ended, and then listens. It misses an end in between."""

import threading

from ..step09_context import context as right


class Context(right.Context):
    def wait(self, seconds: float | None = None) -> bool:
        left, ended = self.remaining(), threading.Event()
        if self.done:
            return True
        with self._lock:
            self._told[ended] = ended.set
        ended.wait(left if seconds is None else seconds)
        self._forget(ended)
        return self.done


right.Context = Context  # type: ignore[misc]  # so that its children have the fault too
