"""The pool: worker threads, a maintenance thread, and how they stop.

    submit ──> storage ── claims ──> worker-1 ─┐
                  ^   └────────────> worker-2 ─┼──> attempt ──> handler
                  └──── settles ───────────────┘
    maintenance: asleep until a waiting job is due, a lease must be renewed, or an attempt has overrun

A worker settles the job it has run and claims the next one in a single step. If there is no job, the worker sleeps
until a thread that adds a job, or the maintenance thread, wakes it. Nothing polls, except on a storage that other
processes share.

A stop has an order. First, workers stop claiming. Then running jobs may finish for `grace` seconds. Then their contexts
tell them to stop. A handler that still runs cannot be killed, so the report names it. Nothing is lost: a job that was
claimed and did not finish is pending in the storage, with the attempts it had before.

A pool that is dropped without a stop ends its threads once its jobs in memory have run, those that wait for their time
too; what is pending in a storage that others share is left to them.
"""

import contextlib
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import NamedTuple

from ..context import Context
from ..errors import StorageLocked, StorageUnreachable
from ..hooks import Hooks
from ..job import COMPLETED, id_of
from ..log import logs_attempts
from ..options import QueueOptions
from ..registry import Registry
from ..storage import Storage
from ..wake_up import WakeUp, nothing, sooner
from .attempt import SHUTDOWN, Attempts
from .crew import Crew
from .dispatch import BRIEF, LISTEN, Dispatch
from .floor import Floor
from .forks import note_start
from .hearing import Hearing
from .maintenance import Maintenance
from .periodic import Periodic, Schedule
from .stalls import Stalls
from .waiting import Waiting

LONGEST = threading.TIMEOUT_MAX / 2  # seconds: nobody can wait for much longer, and nobody does


def both(first: Callable[[], None], second: Callable[[], None]) -> Callable[[], None]:
    """Return a call of two functions, whatever the first raises."""

    def call() -> None:
        try:
            first()
        finally:
            second()

    return call


class StopReport(NamedTuple):
    """The result of a stop: how many jobs completed in all, and the ids of those that did not finish.

    The jobs in `handed_back` are pending again, with the attempts they had before. The handlers of the jobs in
    `still_running` did not listen to their contexts, or the storage could not be told of their end.
    """

    completed: int = 0
    handed_back: tuple[str, ...] = ()
    still_running: tuple[str, ...] = ()


def check_not_isolated() -> None:
    """Raise RuntimeError in the process of an attempt: its module is imported there only for its handler."""
    places = sys.modules.get("goqueue.isolation.places")
    if places is not None and places.registered is not None:
        raise RuntimeError(
            "a queue is started in the process of an attempt, which only imports the handler: put what starts the "
            "queue under `if __name__ == '__main__':`"
        )


class Pool:
    """Worker threads and a maintenance thread. Any thread may call it."""

    def __init__(
        self, options: QueueOptions, storage: Storage, registry: Registry, hooks: Hooks, waiting: Waiting
    ) -> None:
        self.storage = storage
        self.waiting = waiting
        self.floor = Floor(gathers=storage.batch > 1)
        self.attempts = Attempts(registry, storage.node, hooks)
        self.dispatch = Dispatch(storage, registry, self.floor, waiting, options.buffer_size)
        self.crew = Crew(options.workers, self.floor, self.dispatch, self.attempts)
        self.stalls = Stalls(storage, self.crew)
        self.periodic = Periodic(storage)
        self.hearing = Hearing(storage, self.floor, waiting, self.crew)
        self.maintenance = Maintenance(self.floor, self.dispatch, self.attempts, self.crew, self.stalls, self.periodic)
        if hasattr(storage, "spare"):  # a storage need not be able to
            storage.spare(waiting.by_key)
        self.started = False  # set once, by start()
        self.stopped = False  # set once, by stop()
        self._forgotten: weakref.finalize[[], Pool] | None = None
        # The next three are read and written under floor.lock.
        self._report: StopReport | None = None  # of the first stop that has ended
        self._stops_in = 0  # the thread that stops it now
        self._other_stops: list[WakeUp] = []  # of other threads, that stop it too

    def start(self, values: Context) -> None:
        """Start the threads. Raises RuntimeError if they were started, or stopped, before, and what the storage raises
        if it cannot be used, such as one that was closed, or opened before a fork.
        """
        check_not_isolated()
        if self.storage.shared and not self.started:
            with contextlib.suppress(StorageLocked, StorageUnreachable):  # it may be free soon
                self.storage.next_due()  # otherwise a worker would find out, and nobody would hear of it
        logged = logs_attempts()  # not under the lock, because it imports logging
        with self.floor.lock:
            if self.started or self.floor.stopping:
                raise RuntimeError("this queue was started before: a queue runs once, so make a new one")
            self.started = True
            note_start(self.floor)
            self._forgotten = weakref.finalize(self, self.floor.drop)  # its threads know its parts, and not the pool
            self._forgotten.atexit = False
            self.attempts.parent = values.without_cancel()
            self.attempts.logged = logged
        leave = self.storage.attend() if hasattr(self.storage, "attend") else nothing  # a storage need not be able to
        self.maintenance.leave = both(self.hearing.end, leave)
        try:
            with self.floor.lock:
                if not self.floor.stopping:
                    self.crew.start()
                    self.maintenance.thread.start()
            self.hearing.begin()
        except BaseException:  # no thread is left in the system, or Ctrl-C: half a pool must not run on
            self.floor.stop()
            raise
        finally:
            if not self.crew.workers:  # nobody claims, and maintenance never begins
                leave()

    def look_after(self, schedule: Schedule) -> None:
        """Submit jobs by a schedule, while the pool runs."""
        self.periodic.add(schedule)
        self.floor.due_in(0.0)

    def wait_for_room(self, ctx: Context, full: Callable[[], bool]) -> None:
        """If `full()`, sleep until there is room, or `ctx` or the pool ends. Raises ContextDone if `ctx` ended."""
        floor, sleeper = self.floor, WakeUp()
        stop_listening: Callable[[], None] = nothing
        try:
            stop_listening = ctx.after_done(sleeper.wake)
            floor.enter_producer(sleeper)  # before looking, so that a worker that makes room later sees this producer
            if not floor.stopping and full():
                sleeper.sleep(sooner(ctx.remaining(), self.storage.poll))
        finally:
            try:  # no function around this: an interrupt may come at its beginning
                stop_listening()
                floor.leave_producer(sleeper)
            except BaseException:
                stop_listening()
                floor.leave_producer(sleeper)
                raise
        ctx.raise_if_done()

    def stop(self, grace: float) -> StopReport:
        """Stop as the head of this file says. A second call returns the first report.

        No lock is held meanwhile: a signal handler, or a function that listens to a context, may call this too. If
        another thread stops the pool already, this waits for it, but no longer than its own grace.
        """
        grace = min(grace, LONGEST)
        sleeper = self._join_stop()
        if sleeper is not None:
            sleeper.sleep(grace + LISTEN)
            grace = 0.0
        with self.floor.lock:
            report = self._report
        if report is None:
            try:
                report = self._end_stop(self._stop(grace))
            except BaseException:
                with self.floor.lock:
                    self._stops_in = 0  # the next call begins anew
                raise
        return report

    def _join_stop(self) -> WakeUp | None:
        """Note that this thread stops the pool, or return where it can sleep while another does."""
        with self.floor.lock:
            if self._report is None and self._stops_in not in (0, threading.get_ident()):
                self._other_stops.append(WakeUp())
                return self._other_stops[-1]
            self._stops_in = threading.get_ident()
            return None

    def _end_stop(self, found: StopReport) -> StopReport:
        """Keep the report of the first stop that has ended, and return it."""
        with self.floor.lock:
            report = self._report = self._report or found
            self._stops_in = 0
            if self._forgotten is not None:
                self._forgotten.detach()
            for sleeper in self._other_stops:
                sleeper.wake()
        self.stopped = True
        self.waiting.wake_all()  # a job that has not ended by now will not end here
        return report

    def _stop(self, grace: float) -> StopReport:
        """Stop, and call no storage: a file that another process holds must not hold the caller."""
        floor, crew, thread = self.floor, self.crew, self.maintenance.thread
        until = time.monotonic() + grace + LISTEN
        floor.stop()
        crew.join(grace)
        self.attempts.parent.cancel(SHUTDOWN)
        crew.join(LISTEN)
        floor.alarm.wake()
        if not crew.alive() and not floor.belongs():
            with contextlib.suppress(RuntimeError):  # it was never started
                thread.join(max(BRIEF, until - time.monotonic()))  # it may wait for a file that another holds
        node = self.storage.node
        unsettled = list(self.dispatch.unsettled.values())
        return StopReport(
            completed=crew.completed() - sum(outcome.status is COMPLETED for _, outcome in unsettled),
            handed_back=tuple(id_of(key, node) for key in self.dispatch.handed_back),
            still_running=tuple(
                id_of(record.key, node)
                for record in [*(record for _, record, _ in crew.running()), *(record for record, _ in unsettled)]
            ),
        )
