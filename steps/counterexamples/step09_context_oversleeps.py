"""Fault: a wait sleeps its whole time, although the deadline comes earlier."""

import time

from ..step09_context import context as right


class Context(right.Context):
    def wait(self, seconds: float | None = None) -> bool:
        time.sleep(self.remaining() or 0.0 if seconds is None else seconds)
        return self.done
