"""Maintenance: the thread of a pool that sleeps until something is due.

It wakes a worker when a waiting job is due, or, if other processes add jobs too, to look for one.
It renews the leases on running jobs, and tells the attempts that must stop.
It has workers replaced whose handlers overran their timeouts.
It submits the jobs of periodic tasks.
It hands back, when the pool stops, what was claimed and not begun.
"""

import contextlib
import math
import threading
import time
from collections.abc import Callable

from ..errors import ends_thread
from ..log import CRITICAL, logs_attempts, tell
from ..wake_up import nothing
from .attempt import CANCEL, Attempts
from .crew import Crew
from .dispatch import BRIEF, LISTEN, Dispatch
from .floor import Floor
from .periodic import Periodic
from .stalls import Stalls

EARLY = 0.001  # seconds that a sleep may end early by itself, because clocks and timers round
QUIET = 30.0  # nothing is looked after again before a 30th of the time for which nothing has happened


class Maintenance:
    """The thread, and what it does. Others talk to it through `floor.alarm` and `floor.due_in`."""

    def __init__(
        self,
        floor: Floor,
        dispatch: Dispatch,
        attempts: Attempts,
        crew: Crew,
        stalls: Stalls,
        periodic: Periodic | None = None,
    ) -> None:
        self._floor = floor
        self._dispatch = dispatch
        self._attempts = attempts
        self._crew = crew
        self._stalls = stalls
        self._periodic = periodic
        self._maintain_at = -math.inf  # time.monotonic
        self._was_idle = False  # at the last look at a pool that was dropped
        self._quiet_since = time.monotonic()  # since when nobody has run a job or rung
        self.leave: Callable[[], None] = nothing  # tells the storage that these workers claim no more
        self.thread = threading.Thread(target=self.run, name="maintenance", daemon=True)

    def run(self) -> None:
        """Run until the last worker has ended: the body of the thread."""
        self._floor.belong()
        while not self._over():
            try:
                self._round()
            except BaseException as err:
                if ends_thread(err):
                    raise
                self._recover(err)
        with contextlib.suppress(Exception):  # this thread has nothing else to do
            self.leave()

    def _over(self) -> bool:
        return self._floor.stopping and not self._crew.alive()

    def _round(self) -> None:
        floor, dispatch = self._floor, self._dispatch
        self._crew.tell_overrunning()
        if time.monotonic() >= self._maintain_at:
            self._maintain_at = time.monotonic() + self._interval()
            self._maintain()
        if floor.dropped and not floor.stopping:
            self._stop_if_idle()
        if self._periodic is not None and self._periodic.schedules and not floor.stopping:
            self._submit_periodic(self._periodic)
        if floor.stopping:
            dispatch.hand_back_prefetched()
        elif floor.idle and (dispatch.storage.shared or dispatch.storage.backlog()):
            floor.wake()  # that worker looks, and wakes the next one if it finds several jobs
        self._doze()

    def _submit_periodic(self, periodic: Periodic) -> None:
        try:
            periodic.look()
        except Exception as err:
            self._dispatch.say_failed(err)
            self._floor.stop_begins.wait(LISTEN)  # it is tried again then

    def _stop_if_idle(self) -> None:
        """Stop a pool that nobody has any more, once it has nothing left to do at two looks in a row.

        A worker that has claimed a job just before the first look runs it at the second.
        """
        storage = self._dispatch.storage
        idle = storage.shared or not (self._crew.running() or storage.backlog() or storage.next_due() is not None)
        if idle and self._was_idle:
            self._floor.stop()
        elif idle:
            self._floor.alarm.wake()  # look again soon
            self._floor.stop_begins.wait(BRIEF)
        self._was_idle = idle

    def _interval(self) -> float:
        """Return the seconds until the next maintenance: the longer nothing has happened, the more.

        So a queue that idles for a day costs next to nothing; what retention forgets may be kept a thirtieth longer. A
        storage that is shared has leases, which do not wait.
        """
        storage, now = self._dispatch.storage, time.monotonic()
        if storage.shared or self._crew.running():
            self._quiet_since = now
        return max(storage.maintain_every, (now - self._quiet_since) / QUIET)

    def _recover(self, err: BaseException) -> None:
        """Go on after an exception. Nothing that a log handler raises leaves this."""
        try:
            tell(CRITICAL, "The maintenance thread failed, and goes on", error=err)
            self._floor.stop_begins.wait(LISTEN)
        except BaseException:
            pass

    def _doze(self) -> None:
        """Sleep until the next moment at which something may be due."""
        floor = self._floor
        floor.wakes_at = math.inf  # before looking, so that a thread with something due sooner wakes us
        now = time.monotonic()
        storage = self._dispatch.storage
        poll = getattr(storage, "look_every", storage.poll)  # one that hears of new jobs looks more rarely
        times = [self._maintain_at - now, poll, self._next_due(), self._next_overrun(now)]
        if self._periodic is not None and self._periodic.schedules:
            times.append(self._periodic.wait_time())
        seconds = min(limit for limit in times if limit is not None)
        floor.wakes_at = now + seconds
        floor.alarm.sleep(seconds)  # not at all if somebody has rung since the last time, such as the stop
        if time.monotonic() < now + seconds - EARLY:
            self._quiet_since = now
            self._maintain_at = min(self._maintain_at, now + self._dispatch.storage.maintain_every)

    def _next_due(self) -> float | None:
        try:
            return self._dispatch.storage.next_due()
        except Exception as err:
            self._dispatch.say_failed(err)
            return None

    def _next_overrun(self, now: float) -> float | None:
        """Return the seconds until a running attempt must be told that its time is up, or its worker replaced."""
        moments = [
            ctx.deadline + (LISTEN if now >= ctx.deadline else 0.0) - now
            for worker, _, ctx in self._crew.running()
            if ctx.deadline is not None and not worker.replaced
        ]
        return min((moment for moment in moments if moment > 0.0), default=None)

    def _maintain(self) -> None:
        self._attempts.logged = logs_attempts()
        running = {record.key: (record, ctx) for _, record, ctx in self._crew.running()}
        dispatch = self._dispatch
        try:
            held = [record for record, _ in running.values()]
            for record in dispatch.storage.maintain([*held, *list(dispatch.prefetched.records)]):
                if record.key in running:
                    running[record.key][1].cancel(CANCEL)
            dispatch.note_that_it_works()
            if dispatch.prefetched.stale():
                dispatch.hand_back_prefetched()
            self._stalls.look_at_workers()
            self._stalls.look(dispatch.registry.types)
        except Exception as err:
            dispatch.say_failed(err)
        self._crew.mend()
