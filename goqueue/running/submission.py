"""Submits jobs, in the caller's thread: at once, or as soon as there is room.

add ──> storage ──> wakes a worker that sleeps
 └── full ──> enters `producers` ──> looks for room ──> sleeps until a worker has made some ──> add
"""

from collections.abc import Callable, Sequence
from sys import is_finalizing

from ..context import Context
from ..errors import QueueStopped
from ..job import Record
from ..retry import check_seconds
from .calls import Calls
from .pool import Pool

Keep = Callable[[Sequence[Record], float, int | None], bool]  # as `Storage.add`


class Submission:
    """How one queue submits. Any thread may call it. At most `buffer_size` due jobs wait; None means no bound."""

    def __init__(self, pool: Pool, calls: Calls, buffer_size: int | None) -> None:
        self._pool = pool
        self._floor = pool.floor
        self._storage = pool.storage
        self._calls = calls
        self._most = buffer_size

    def add(self, ctx: Context, records: Sequence[Record], delay: float, keep: Keep | None = None) -> None:
        """Add jobs, all or none, and have them run in `delay` seconds. While the buffer is full, wait until `ctx` ends.

        `keep` stands for the storage's `add`, if it is given.

        Raises ContextDone if `ctx` ends first, QueueStopped if the queue has stopped, and what the storage raises.
        """
        if delay:
            delay = check_seconds(delay, "delay")
        if ctx.err is not None:
            ctx.raise_if_done()
        if keep is None:
            keep = self._storage.add
        floor = self._floor
        # Before all else, because a thread that is gone may hold the floor's lock: after a fork, or when Python ends.
        if floor.forked or is_finalizing():
            self._calls.check_process()
        try:
            if floor.stopping or ctx._deadline is not None or not keep(records, delay, self._most):
                with self._calls.begin(ctx):
                    self._add_with_room(ctx, records, delay, keep)
            if delay:
                floor.due_in(delay)
            elif floor.idle:
                if floor.gathers:
                    floor.call()
                else:
                    floor.wake(len(records))
        except BaseException:  # an interrupt may have come after the job was kept and before a worker was woken
            floor.wake_again(len(records))
            floor.due_in(delay)
            raise

    def _add_with_room(self, ctx: Context, records: Sequence[Record], delay: float, keep: Keep) -> None:
        """Add jobs as soon as there is room for the first. A worker does not wait, because only workers make room."""
        floor, most = self._floor, self._most
        if floor.belongs():
            most = None
        while True:
            if floor.stopping:
                self._calls.check(ctx)
                raise QueueStopped("the queue has stopped and takes no more jobs: submit to one that runs")
            if keep(records, delay, most):
                return
            self._pool.wait_for_room(ctx, self._full)

    def _full(self) -> bool:
        return self._most is not None and self._storage.backlog() >= self._most
