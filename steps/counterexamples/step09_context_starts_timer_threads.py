"""Fault: each deadline starts a thread that waits for it."""

import threading
import time

from ..step09_context import context as right


class Context(right.Context):
    def with_deadline(self, deadline: float) -> right.Context:
        child = super().with_deadline(deadline)
        timer = threading.Timer(deadline - time.monotonic(), child.cancel)
        timer.daemon = True
        timer.start()
        return child
