"""Waits for jobs, in the caller's thread: for one, for all of several, or for each as it ends.

    register ──> look at the storage ──> sleep until told, or until `ctx`, the pool or a poll's time ends ──> …

What ends in this process is told by its worker, so nothing is looked at twice, however many jobs are waited for. What
other processes end is seen by looking: at a few jobs at each poll, the oldest first, because those end first.
"""

from collections.abc import Callable, Iterable, Iterator

from ..context import Context
from ..errors import QueueStopped
from ..job import Job
from ..progress_bar import Show
from ..wake_up import nothing, sooner
from .lookup import Lookup
from .pool import Pool
from .waiting import Waiter

PAGE = 500  # jobs to look at in one step, because workers wait meanwhile
LOOK = 0.1  # seconds between two looks at a job that is shown to whoever waits for it
LOOKS = 100  # jobs that have not ended, at one poll: more of them are left for the next


class Waits:
    """The waits of one queue. Any thread may call it."""

    def __init__(self, pool: Pool, lookup: Lookup) -> None:
        self._pool = pool
        self._lookup = lookup

    def one(self, ctx: Context, key: int, show: Show | None = None) -> Job:
        """Return a job once it has ended. Until then, `show` is called with it after each look."""
        waiter = Waiter((key,))
        waiter.most = None if show is None else LOOK
        stop_listening: Callable[[], None] = nothing
        try:
            self._pool.waiting.add(waiter)
            stop_listening = ctx.after_done(waiter.wake)
            while True:
                stopped = self._over()
                job = self._lookup.get(key)
                while not job.final:
                    if show is not None:
                        show(job)
                    self._sleep(ctx, waiter, key, stopped)
                    told = self._pool.waiting.taken(waiter) if waiter.told else ()
                    if not told or (last := told[-1][1]) is None:
                        break  # look again
                    job = last
                else:
                    return job
        finally:
            try:  # no function around this: an interrupt may come at its beginning
                stop_listening()
                self._pool.waiting.remove(waiter)
            except BaseException:
                stop_listening()
                self._pool.waiting.remove(waiter)
                raise

    def all(self, ctx: Context, keys: list[int]) -> dict[int, Job]:
        """Return all jobs by key, once the last has ended."""
        return {job._record.key: job for job in self.each(ctx, keys, at_once=True)}

    def each(self, ctx: Context, keys: Iterable[int], at_once: bool = False) -> Iterator[Job]:
        """Yield each job once it has ended; with `at_once`, there is no hurry before the last of them has ended."""
        left = dict.fromkeys(sorted(keys))  # an ordered set
        waiter = Waiter(list(left))
        waiter.enough = len(left) if at_once else 1
        waiting = self._pool.waiting
        stop_listening: Callable[[], None] = nothing
        try:
            waiting.add(waiter)
            stop_listening = ctx.after_done(waiter.wake)
            misses = len(left)  # at first, look at all
            while left:
                stopped = self._over()
                yield from self._told(waiter, left)
                yield from self._seen(left, len(left) if stopped else misses)
                if left:
                    waiter.enough = len(left) if at_once else 1
                    self._sleep(ctx, waiter, next(iter(left)), stopped)
                    misses = int(self._pool.storage.shared) if waiter.told or at_once else LOOKS
        finally:
            try:  # no function around this: an interrupt may come at its beginning
                stop_listening()
                waiting.remove(waiter)
            except BaseException:
                stop_listening()
                waiting.remove(waiter)
                raise

    def _told(self, waiter: Waiter, left: dict[int, None]) -> Iterator[Job]:
        """Yield the jobs that workers have handed over."""
        for key, job in self._pool.waiting.taken(waiter) if waiter.told else ():
            if key in left:
                job = self._lookup.get(key) if job is None else job
                if job.final:
                    del left[key]
                    yield job

    def _seen(self, left: dict[int, None], misses: int) -> Iterator[Job]:
        """Look at jobs, the oldest first, until so many have not ended; those go to the end of the line."""
        looked, keys = 0, list(left) if misses else []
        while misses and looked < len(keys):
            some = keys[looked : looked + min(misses, PAGE)]
            looked += len(some)
            for key, job in zip(some, self._lookup.ended(some), strict=True):
                del left[key]
                if job is not None:
                    yield job
                else:
                    left[key] = None
                    misses -= 1

    def _over(self) -> bool:
        """Whether no job will end any more. Call this before looking at a job: then that look is final."""
        return self._pool.stopped and not self._pool.storage.shared

    def _sleep(self, ctx: Context, waiter: Waiter, key: int, stopped: bool) -> None:
        ctx.raise_if_done()
        if stopped:
            raise QueueStopped(f"the queue has stopped, and {self._lookup.id(key)} has not ended: it is kept")
        pool = self._pool
        pool.hearing.begin()
        seconds = sooner(sooner(ctx.remaining(), pool.storage.poll), waiter.most)
        if not pool.started and pool.storage.shared:
            pool.stalls.not_attended(waiter, self._lookup.id(key))
        elif not pool.started:
            pool.stalls.not_started(self._lookup.id(key))
        if not pool.floor.belongs() or pool.storage.shared:
            waiter.sleep_until_enough(seconds)
            return
        pool.stalls.blocks(waiter, self._lookup.id(key))
        try:
            waiter.sleep_until_enough(seconds)
        finally:
            pool.stalls.goes_on(waiter)
