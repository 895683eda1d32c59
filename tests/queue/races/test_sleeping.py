"""A worker goes to sleep while a job comes: it is seen among the idle, or it sees the job.

Of jobs that are claimed several at a time, each is run by one worker, whichever comes first, or is handed back.
No timeout and no maintenance helps here, so a worker that misses a wake-up sleeps forever, and the lab reports it.
"""

import pytest

from goqueue import Context, Queue
from goqueue.job import Record, Status
from goqueue.running.worker import Worker

from .parts import bench
from .proving import counterexample, proof, together


def sleepers(*kinds: type[Worker], jobs: int, at_once: bool = False) -> None:
    """So many jobs are submitted, one by one or `at_once`, while workers go to sleep."""
    queue, workers = bench(*kinds)
    claimed: list[Record] = []

    def shop() -> None:
        if at_once:
            queue.submit_many(Context(), "webhook", [None] * jobs)
        for _ in range(0 if at_once else jobs):
            queue.submit_job(Context(), "webhook")

    bodies = {worker.thread.name: lambda worker=worker: claimed.extend(worker._sleep()) for worker in workers}
    together(shop=shop, **bodies)
    assert len({record.key for record in claimed}) == len(workers), claimed
    assert queue.pool.floor.idle == [], queue.pool.floor.idle


class LooksFirst(Worker):
    """Looks at the storage, and enters itself among the idle then."""

    def _sleep(self) -> list[Record]:
        while True:
            claimed = self._dispatch.look(self._limit)
            if claimed or not self._floor.enter(self.wake_up):
                return claimed
            self.wake_up.sleep()


@proof
def test_one_worker_sees_one_job_or_is_seen() -> None:
    """One worker, one job."""
    sleepers(Worker, jobs=1)


@counterexample("deadlock", "lost wake-up")
def test_a_worker_that_looks_before_it_is_idle_is_found() -> None:
    """The proof can fail: the job may come between the look and the entry."""
    sleepers(LooksFirst, jobs=1)


@pytest.mark.parametrize("at_once", [False, True])
@proof
def test_two_workers_and_two_jobs(at_once: bool) -> None:
    """Two workers, two jobs, one after the other or submitted in one step."""
    sleepers(Worker, Worker, jobs=2, at_once=at_once)


def stop(queue: Queue) -> None:
    """Stop a queue, as far as a worker that sleeps is concerned."""
    queue.pool.floor.stop()


@proof
def test_a_worker_that_goes_to_sleep_hears_of_the_stop() -> None:
    """One worker, and a stop."""
    queue, (worker,) = bench(Worker)
    claimed: list[list[Record]] = []
    together(stop=lambda: stop(queue), worker=lambda: claimed.append(worker._sleep()))
    assert claimed == [[]], claimed


@proof
def test_a_worker_woken_for_nothing_sleeps_again() -> None:
    """A job, a wake-up too many, and a stop: the worker takes the job, or leaves it pending."""
    queue, (worker,) = bench(Worker)
    claimed: list[Record] = []

    def shop() -> None:
        queue.storage.add([Record("webhook", None)])
        queue.pool.floor.wake(2)

    together(shop=shop, stop=lambda: stop(queue), worker=lambda: claimed.extend(worker._sleep()))
    assert len(claimed) + queue.storage.backlog() == 1, claimed


def shared(kind: type[Worker] = Worker, handing_back: bool = False) -> None:
    """A worker claims two jobs while another goes to sleep, and maybe maintenance hands one back."""
    queue, (first, second) = bench(Worker, kind)
    queue.storage.batch = first._limit = 2
    queue.submit_many(Context(), "webhook", [None, None])
    taken: list[Record | None] = []

    def maintenance() -> None:
        queue.pool.dispatch.hand_back_ahead()
        if queue.pool.floor.idle:  # as Maintenance does in each round
            queue.pool.floor.wake()

    together(
        worker_1=lambda: taken.append(first._next()),
        worker_2=lambda: taken.append(second._next()),
        maintenance=maintenance if handing_back else int,
    )
    keys = {record.key for record in taken if record is not None}
    assert len(keys) == 2, taken
    assert queue.storage.count()[Status.RUNNING] == 2


@pytest.mark.parametrize("handing_back", [False, True])
@proof
def test_two_workers_share_what_one_has_claimed_or_handed_back(handing_back: bool) -> None:
    """Two workers, two jobs that one of them may claim together; and maintenance that hands back what waits."""
    shared(handing_back=handing_back)


class LooksAheadFirst(Worker):
    """Looks at what was claimed ahead, and enters itself among the idle then."""

    def _sleep(self) -> list[Record]:
        while True:
            claimed = self._look()
            if claimed:
                return claimed
            self._floor.enter(self.wake_up)
            self.wake_up.sleep()


@counterexample("deadlock", "lost wake-up")
def test_a_worker_that_looks_at_what_was_claimed_before_it_is_idle_is_found() -> None:
    """The proof can fail: the job may be put there between the look and the entry."""
    shared(LooksAheadFirst)
