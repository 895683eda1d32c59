"""Virtual time for a real queue: its own threads and locks, and a clock that jumps when all of them wait.

    worker waits for a job ─────┐
    maintenance waits 600 s ────┼── nobody can go on ──> the clock jumps 600 s ──> maintenance wakes a worker
    test waits for the job ─────┘

One thread runs at a time, and every run chooses it in the same way. All clocks agree: time.monotonic() starts at 0,
time.time() starts at the first moment of 2026, and due times, timeouts, `created_at` and `updated_at` follow.

Limits. A handler that waits for the outside world (a socket, a process) really blocks, and the virtual clock stands
still meanwhile, so use a test double. Computation takes no virtual time. Create queues, storages and locks inside the
block. A SQLiteStorage works in every mode, for this process alone. It sends heartbeats and polls, which costs a few
real milliseconds for each virtual second, so let minutes pass rather than days.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goqueue.races.timing import VirtualClock


def virtual_time(modules: Iterable[ModuleType] = ()) -> "AbstractContextManager[VirtualClock]":
    """Let time jump: every wait in the `with` block, and in the threads that it starts, is in virtual time.

    The block gets a clock, whose `now` is in seconds since its start. Code that says `from
    datetime import datetime`, or `from time import sleep`, sees virtual time if its module is among `modules`; the
    calling module is always included. An event loop of asyncio is refused. Ctrl-C ends the block.

    Note that a queue forgets in hours: by default, a MemoryStorage keeps completed jobs for one hour. Raises
    RuntimeError if no thread can continue, and re-raises an exception of a thread.

    >>> from goqueue import Context, Queue, Retry
    >>> def deliver(ctx, payload):
    ...     if ctx.attempt == 1:
    ...         raise ConnectionError("down")
    >>> with virtual_time() as clock, Queue() as queue:
    ...     queue.register_handler("webhook", deliver, retry=Retry(attempts=2, base=600.0, cap=600.0, jitter=False))
    ...     job = queue.submit_job(Context(), "webhook")
    ...     job = queue.wait(Context(), job)
    ...     print(job.status, job.attempts, round(clock.now))
    completed 2 600
    """
    from goqueue.races import virtual_time as lab_time  # the lab is imported only when it is needed

    caller = sys.modules.get(sys._getframe(1).f_globals.get("__name__", ""))
    return outside_of_threads(lab_time([*modules, *([] if caller is None else [caller])]))


@contextmanager
def outside_of_threads(lab_time: "AbstractContextManager[VirtualClock]") -> "Iterator[VirtualClock]":
    """Make `datetime` virtual for those who say `import datetime` too, and refuse asyncio, which would hang."""
    import asyncio
    import datetime
    from unittest.mock import patch

    from goqueue.races.doubles.clock import VirtualDatetime

    with (
        lab_time as clock,
        patch.object(datetime, "datetime", VirtualDatetime),
        patch.object(asyncio.events, "new_event_loop", refuse_asyncio),
        patch.object(asyncio, "new_event_loop", refuse_asyncio),
        patch.object(asyncio.BaseEventLoop, "run_forever", refuse_asyncio),
    ):
        yield clock


def refuse_asyncio(*loop: object) -> Any:
    """Say that an event loop cannot run."""
    raise RuntimeError(
        "an asyncio event loop cannot run in virtual_time(): it waits for sockets, which the virtual clock does not "
        "know; test that part with the real clock, or call the handler with JobContext.for_test()"
    )
