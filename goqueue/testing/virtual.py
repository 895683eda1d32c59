"""Virtual time for a real queue: its own threads and locks, and a clock that jumps when all of them wait.

    worker waits for a job ──┐
    keeper waits 600 s ──────┼── nobody can go on ──> the clock jumps 600 s ──> the keeper wakes a worker
    test waits for the job ──┘

One thread moves at a time, and which one is decided in the same way in each run. All clocks agree: time.monotonic() is
0 at first, time.time() is the first moment of 2026, and due times, timeouts, `created_at` and `updated_at` follow.

What it cannot do. A handler that waits for the outside world (a socket, a process) blocks really, and the virtual clock
stands still meanwhile: hand it a stand-in. What is computed takes no virtual time. Queues, storages and locks must be
made inside the block. A SQLiteStorage works, in any of its modes and for this process alone: it beats and polls, which
costs some real milliseconds for each virtual second, so let minutes pass rather than days.
"""

import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goqueue.lab.races.timing import VirtualClock


def virtual_time(modules: Iterable[ModuleType] = ()) -> "AbstractContextManager[VirtualClock]":
    """Let time jump: whatever waits in the `with` block, and in the threads it starts, waits in virtual time.

    The clock that it yields says `now`, in seconds since it was started. Code that says `datetime.now()`, or
    `from time import sleep`, hears of virtual time if its module is among `modules`; the one that calls this is always.

    Remember that in hours a queue forgets: a MemoryStorage keeps completed jobs for one, unless told otherwise. Raises
    RuntimeError if nobody can go on any more, and what a thread raised, if one did.

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
    from goqueue.lab.races import virtual_time as lab_time  # the lab is loaded for those who use it

    caller = sys.modules.get(sys._getframe(1).f_globals.get("__name__", ""))
    return lab_time([*modules, *([] if caller is None else [caller])])
