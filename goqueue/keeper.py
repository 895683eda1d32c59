"""The keeper: the thread of a pool that sleeps until something is due.

It wakes a worker when a waiting job is due, or, if other processes add jobs too, to look for one.
It renews the leases on running jobs, and tells the attempts that must stop.
It starts a new worker for one whose handler overran its timeout.
"""

import math
import threading
import time
from typing import TYPE_CHECKING

from .log import log
from .processor import CANCEL
from .worker import Worker

if TYPE_CHECKING:
    from .pool import Pool

LISTEN = 1.0  # seconds that a handler has to stop after its context ended


class Keeper:
    """The thread. Any thread may call `parked`."""

    def __init__(self, pool: "Pool") -> None:
        self._pool = pool
        self._alarm = threading.Condition(pool.lock)  # it sleeps here
        self._wakes = 0.0  # the time of its next look (time.monotonic); read without the lock
        self.thread = threading.Thread(target=self.run, name="keeper", daemon=True)

    def parked(self, delay: float) -> None:
        """Note that a job will be due in `delay` seconds."""
        if time.monotonic() + delay < self._wakes:
            self.wake()

    def wake(self) -> None:
        """Make it look now."""
        with self._pool.lock:
            self._alarm.notify()

    def run(self) -> None:
        """Run until the last worker has ended: the body of the thread."""
        pool = self._pool
        pool.enter()
        tend_at = time.monotonic()
        while not (pool.stopping and not pool.alive()):
            if time.monotonic() >= tend_at:
                tend_at = time.monotonic() + pool.storage.tend_every
                self._tend()
            if pool.idle:
                pool.wake()  # that worker looks, and wakes the next one if it finds several jobs
            self._doze(tend_at)

    def _doze(self, tend_at: float) -> None:
        """Sleep until the next moment at which something may be due."""
        pool = self._pool
        with pool.lock:
            self._wakes = math.inf  # before looking, so that a thread that parks a job later wakes us
            times = [tend_at - time.monotonic(), pool.storage.poll, self._next_due()]
            seconds = min(limit for limit in times if limit is not None)
            self._wakes = time.monotonic() + seconds
            if seconds > 0.0 and (
                not pool.stopping or pool.alive()
            ):  # otherwise stop() has woken us already, and joins us
                self._alarm.wait(seconds)

    def _next_due(self) -> float | None:
        try:
            return self._pool.storage.next_due()
        except Exception:
            log().exception("The storage failed; it is asked again")
            return None

    def _tend(self) -> None:
        pool = self._pool
        desks = [(worker, now) for worker in pool.workers if (now := worker.now) is not None]
        running = {now[0].key: now for _, now in desks}
        try:
            held = [record for record, _ in running.values()]
            for record in pool.storage.tend([*held, *list(pool.ahead.records)]):
                if record.key in running:
                    running[record.key][1].cancel(CANCEL)
            if pool.ahead.stale():
                pool.hand_back_ahead()
        except Exception:
            log().exception("The storage failed; it is asked again in %.1f s", pool.storage.tend_every)
        for worker, (_, ctx) in desks:
            if ctx.done and ctx.deadline is not None:  # looking at it also calls its listeners
                self._replace(worker, ctx.deadline)

    def _replace(self, worker: Worker, deadline: float) -> None:
        """Start a new worker for one that does not listen. At most as many as the pool has workers are replaced."""
        pool = self._pool
        if worker.replaced or time.monotonic() < deadline + LISTEN or pool.stopping:
            return
        if sum(each.replaced and each.thread.is_alive() for each in pool.workers) < pool.size:
            log().error("%s still runs after its timeout: a new worker replaces it", worker.thread.name)
            worker.replaced = True
            pool.hire()
