"""A stop, in every order with what may come at the same moment: no job is lost, and nobody comes late.

Each model is a whole pool with real worker threads. In those that are exhausted the keeper ends at once; those with a
keeper are too large for that, so some schedules are tried.
"""

import contextlib
import time
from collections.abc import Callable

from goqueue import Context, Queue
from goqueue.errors import QueueStopped
from goqueue.job import Job, Status
from goqueue.keeper import Keeper
from goqueue.pool import Pool, StopReport
from goqueue.worker import Worker

from .parts import keeperless, kept, whole, without_keeper
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


def stopping(start: Start = keeperless, workers: int = 1, jobs: int = 1) -> None:
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
    queue = keeperless(whole())
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
            keeperless(queue)

    ended_well(queue, [], stops(queue, start=start))
    assert not queue.pool.alive()


@proof
def test_a_start_and_a_stop() -> None:
    """One start, one stop: the threads have ended, or never began."""
    starting()


class StartsLater(Pool):
    """Starts its threads after others have seen them."""

    def start(self, values: Context) -> None:
        with self.lock:
            if self.stopping:
                raise RuntimeError("stopped before")
            self.workers.append(Worker(self, "worker-1"))
        self.workers[0].thread.start()
        self.keeper.thread.start()


@counterexample("exception in a thread")
def test_a_pool_that_starts_its_threads_without_the_lock_is_found() -> None:
    """The proof can fail: the stop joins a thread that was never started."""
    starting(StartsLater)


@proof
def test_a_worker_hired_while_the_pool_stops_ends_with_it() -> None:
    """The keeper hires a worker while the pool stops: it is never begun, or it has ended with the stop."""
    queue = without_keeper(whole())
    queue.pool.keeper.thread.start()
    ended_well(queue, [], stops(queue, keeper=queue.pool.hire))
    assert not queue.pool.alive()


def dozing(kind: type[Keeper] = Keeper) -> None:
    """A pool whose worker has nothing to do is stopped while its keeper begins to doze."""
    queue = whole()
    queue.pool.keeper.__class__ = kind
    ended_well(queue, [], kept(queue).stop())


class DozesOff(Keeper):
    """Does not look whether the pool is over when it has the lock, only before."""

    def _doze(self, tend_at: float) -> None:
        with self._pool.lock:
            self._alarm.wait(tend_at - time.monotonic())


@counterexample("failed assertion")
def test_a_keeper_that_dozes_off_while_the_pool_stops_is_found() -> None:
    """The proof can fail: the stop rings before the keeper dozes, and joins it until its next tour."""
    dozing(DozesOff)


@proof
def test_a_keeper_ends_with_its_pool() -> None:
    """One worker without a job, a keeper, one stop: nobody waits for the keeper's next tour."""
    dozing()


@search
def test_a_job_and_a_stop_with_a_keeper() -> None:
    """One producer, one worker, one job, a keeper, one stop."""
    stopping(kept)


@search
def test_two_jobs_and_a_stop_with_two_workers() -> None:
    """One producer, two workers, two jobs, one stop."""
    stopping(workers=2, jobs=2)
