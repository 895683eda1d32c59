"""A stop, in every order with what may come at the same moment: no job is lost, and nobody comes late.

Each model is a whole pool with real worker threads. In those that are exhausted maintenance ends at once; those with
maintenance are too large for that, so some schedules are tried.
"""

import contextlib
import time
from collections.abc import Callable

from goqueue import Context, Queue
from goqueue.errors import QueueStopped
from goqueue.job import Job, Status
from goqueue.running.maintenance import Maintenance
from goqueue.running.pool import Pool, StopReport
from goqueue.wake_up import WakeUp

from .parts import maintained, whole, without_maintenance, workers_only
from .proving import counterexample, on_time, proof, search, together

Start = Callable[[Queue], Queue]


def ended_well(queue: Queue, jobs: list[Job], report: StopReport) -> None:
    """Check that each accepted job was completed or is pending, that the report says so, and that no time was lost."""
    now = [queue.get_job(Context(), job.id) for job in jobs]
    assert all(job.status in (Status.COMPLETED, Status.PENDING) for job in now), now
    assert report.completed == sum(job.status is Status.COMPLETED for job in now), (report, now)
    assert report.handed_back == report.still_running == ()
    on_time()


def stops(queue: Queue, **others: Callable[[], object]) -> StopReport:
    """Stop a queue while others do something. Return the report."""
    reports: list[StopReport] = []
    together(owner=lambda: reports.append(queue.stop()), **others)
    return reports[0]


def stopping(start: Start = workers_only, workers: int = 1, jobs: int = 1) -> None:
    """A shop submits so many jobs while the queue is stopped."""
    queue = start(whole(workers=workers))
    accepted: list[Job] = []

    def shop() -> None:
        with contextlib.suppress(QueueStopped):
            for _ in range(jobs):
                accepted.append(queue.submit_job(Context(), "webhook"))

    ended_well(queue, accepted, stops(queue, shop=shop))


@proof
def test_a_job_is_completed_or_pending_after_a_stop() -> None:
    """One producer, one worker, one job, one stop."""
    stopping()


@proof
def test_two_stops_give_one_report() -> None:
    """One worker, two stops."""
    queue = workers_only(whole())
    reports: list[StopReport] = []
    report = stops(queue, second=lambda: reports.append(queue.stop()))
    assert reports[0] is report, reports
    ended_well(queue, [], report)


def starting(kind: type[Pool] = Pool) -> None:
    """A queue is started and stopped at once."""
    queue = whole()
    queue.pool.__class__ = kind

    def start() -> None:
        with contextlib.suppress(RuntimeError):  # it was stopped before
            workers_only(queue)

    ended_well(queue, [], stops(queue, start=start))
    assert not queue.pool.crew.alive()


@proof
def test_a_start_and_a_stop() -> None:
    """One start, one stop: the threads have ended, or never began."""
    starting()


class StartsLater(Pool):
    """Starts its threads after others have seen them."""

    def start(self, values: Context) -> None:
        with self.floor.lock:
            if self.floor.stopping:
                raise RuntimeError("stopped before")
        self.crew._start_worker()
        self.maintenance.thread.start()


@counterexample("failed assertion")
def test_a_pool_that_starts_its_threads_without_the_lock_is_found() -> None:
    """The proof can fail: a thread begins after the stop has joined the others."""
    starting(StartsLater)


@proof
def test_a_worker_hired_while_the_pool_stops_ends_with_it() -> None:
    """Maintenance hires a worker while the pool stops: it is never begun, or it has ended with the stop."""
    queue = without_maintenance(whole())
    queue.pool.maintenance.thread.start()
    ended_well(queue, [], stops(queue, maintenance=queue.pool.crew.hire))
    assert not queue.pool.crew.alive()


def dozing(kind: type[Maintenance] = Maintenance) -> None:
    """A pool whose worker has nothing to do is stopped while its maintenance begins to doze."""
    queue = whole()
    queue.pool.maintenance.__class__ = kind
    ended_well(queue, [], maintained(queue).stop())


class DozesOff(Maintenance):
    """Forgets an alarm that has rung before it dozes."""

    def _doze(self) -> None:
        self._floor.alarm = WakeUp()
        self._floor.alarm.sleep(self._maintain_at - time.monotonic())


@counterexample("failed assertion")
def test_maintenance_that_dozes_off_while_the_pool_stops_is_found() -> None:
    """The proof can fail: the stop rings before it dozes, and joins it until its next tour."""
    dozing(DozesOff)


@proof
def test_maintenance_ends_with_its_pool() -> None:
    """One worker without a job, maintenance, one stop: nobody waits for the next round of maintenance."""
    dozing()


@search
def test_a_job_and_a_stop_with_maintenance() -> None:
    """One producer, one worker, one job, maintenance, one stop."""
    stopping(maintained)


@search
def test_two_jobs_and_a_stop_with_two_workers() -> None:
    """One producer, two workers, two jobs, one stop."""
    stopping(workers=2, jobs=2)
