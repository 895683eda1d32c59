"""One connection to the server, which can be told until when a call may take.

A server that hangs, or a network that swallows what is sent, would hold a caller for ever: the connection is there, and
nothing comes. So each wait for an answer looks at a clock of this machine, and gives up: then nobody knows what the
server did, and the connection is closed.
"""

import select
import time
from collections.abc import Generator
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from .errors import Overdue

SLACK = 0.5  # seconds that an answer may be late, because the server itself gives up at the same moment


class Session(psycopg.Connection[tuple[Any, ...]]):
    """A connection. One thread at a time uses it."""

    until: float | None = None  # when a wait ends (time.monotonic); None: never
    timeout = 0  # milliseconds that the server allows a statement; 0: any time

    def wait(self, gen: Any, *more: Any, **named: Any) -> Any:
        """Wait for an answer, until `until`. Raises Overdue after that."""
        return super().wait(gen if self.until is None else _bounded(gen, self.until + SLACK), *more, **named)

    def is_fresh(self) -> bool:
        """Whether the server has said nothing since the last answer. What it says unasked is mostly a farewell."""
        if self.closed or self.info.transaction_status != TransactionStatus.IDLE:
            return False
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        return not poll.poll(0)


def _bounded(gen: Generator[Any, Any, Any], until: float) -> Generator[Any, Any, Any]:
    """Be a generator of psycopg that ends with Overdue if nothing has come by then."""
    try:
        asks = next(gen)
        while True:
            ready = yield asks
            if not ready and time.monotonic() > until:
                gen.close()
                raise Overdue
            asks = gen.send(ready)
    except StopIteration as ended:
        return ended.value
