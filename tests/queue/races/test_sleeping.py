"""A worker goes to sleep while a job comes: it is seen among the idle, or it sees the job.

No timeout and no keeper helps here, so whoever misses a wake-up sleeps for ever, and the lab says so.
"""

from goqueue import Context
from goqueue.job import Record
from goqueue.worker import Worker

from .parts import bench
from .proving import Model, found, proved, together


def sleepers(*desks: type[Worker], jobs: int, at_once: bool = False) -> Model:
    """Return a model: so many jobs are submitted, one by one or `at_once`, while workers go to sleep."""

    def model() -> None:
        queue, workers = bench(*desks)
        claimed: list[Record] = []

        def shop() -> None:
            if at_once:
                queue.submit_many(Context(), "webhook", [None] * jobs)
            else:
                for _ in range(jobs):
                    queue.submit_job(Context(), "webhook")

        def sleeps(worker: Worker) -> None:
            claimed.extend(worker._sleep())

        together(shop=shop, **{worker.thread.name: lambda desk=worker: sleeps(desk) for worker in workers})
        assert len({record.key for record in claimed}) == len(workers), claimed
        assert queue.pool.idle == [], queue.pool.idle

    return model


class LooksFirst(Worker):
    """Looks at the storage, and enters itself among the idle then."""

    def _sleep(self) -> list[Record]:
        pool = self._pool
        while True:
            claimed = pool.look(self._limit)
            with pool.lock:
                if claimed or pool.stopping:
                    return claimed
                pool.idle.append(self)
            self.gate.acquire()


def test_one_worker_sees_one_job_or_is_seen() -> None:
    """One worker, one job. 12 schedules."""
    proved(sleepers(Worker, jobs=1))


def test_a_worker_that_looks_before_it_is_idle_is_found() -> None:
    """The proof can fail: the job may come between the look and the entry."""
    assert found(sleepers(LooksFirst, jobs=1)) in ("deadlock", "lost wake-up")


def test_two_workers_and_two_jobs() -> None:
    """Two workers, two jobs, one after the other. 522 schedules."""
    proved(sleepers(Worker, Worker, jobs=2), 6_000)


def test_two_workers_and_two_jobs_at_once() -> None:
    """Two workers, two jobs submitted in one step. 117 schedules."""
    proved(sleepers(Worker, Worker, jobs=2, at_once=True), 6_000)


def test_a_worker_that_goes_to_sleep_hears_of_the_stop() -> None:
    """One worker, and a stop. 9 schedules."""

    def model() -> None:
        queue, (worker,) = bench(Worker)
        claimed: list[Record] = [Record("webhook", None)]

        def stop() -> None:
            with queue.pool.lock:
                queue.pool.stopping = True
            queue.pool.wake(1)

        def sleeps() -> None:
            claimed[:] = worker._sleep()

        together(stop=stop, worker=sleeps)
        assert claimed == [], claimed

    proved(model)


def test_a_worker_woken_for_nothing_sleeps_again() -> None:
    """A job, a wake-up too many, and a stop: the worker takes the job, or leaves it pending. 58 schedules."""

    def model() -> None:
        queue, (worker,) = bench(Worker)
        claimed: list[Record] = []

        def stop() -> None:
            with queue.pool.lock:
                queue.pool.stopping = True
            queue.pool.wake(1)

        def shop() -> None:
            queue.storage.add([Record("webhook", None)])
            queue.pool.wake(2)

        together(
            shop=shop,
            stop=stop,
            worker=lambda: claimed.extend(worker._sleep()),
        )
        assert len(claimed) + queue.storage.backlog() == 1, claimed

    proved(model)
