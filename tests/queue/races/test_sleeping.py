"""A worker goes to sleep while a job comes: it is seen among the idle, or it sees the job.

Of jobs that are claimed several at a time, each is run by one worker, whichever comes first, or is handed back.
No timeout and no maintenance helps here, so a worker that misses a wake-up sleeps forever, and the lab reports it.
"""

import threading
import time
from typing import Any, cast

import pytest

from goqueue import Context, Queue
from goqueue.hooks import Hooks
from goqueue.job import Record, Status
from goqueue.registry import Registry
from goqueue.running.attempt import Attempts
from goqueue.running.dispatch import Dispatch
from goqueue.running.floor import Floor
from goqueue.running.prefetch import Prefetched
from goqueue.running.waiting import Waiting
from goqueue.running.worker import WORTH, Worker

from .parts import bench, quiet_storage
from .proving import counterexample, proof, search, together


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


class Counter:
    """Stands for Dispatch: a few jobs, of which a worker claims up to two at once. Each takes `seconds`."""

    def __init__(self, jobs: int, seconds: float) -> None:
        self.lock = threading.Lock()
        self.jobs = list(range(1, jobs + 1))
        self.seconds = seconds
        self.prefetched = Prefetched()
        self.waiting = Waiting()
        self.storage = quiet_storage()
        self.storage.batch = 2

    def add(self, floor: Floor, job: int) -> None:
        """Add a job, as Queue does."""
        with self.lock:
            self.jobs.append(job)
        if floor.idle:
            floor.call()

    def look(self, limit: int) -> list[int]:
        with self.lock:
            taken, self.jobs = self.jobs[:limit], self.jobs[limit:]
        return taken

    def settle_and_claim(self, settled: object, limit: int) -> list[int]:
        return self.look(limit)

    def seconds_of(self, jobs: list[int]) -> float:
        return self.seconds * len(jobs)

    def hand_back_prefetched(self) -> None:
        taken: list[Any] = self.prefetched.drain()
        with self.lock:
            self.jobs += taken


def at_counter(*kinds: type[Worker], jobs: int, seconds: float) -> tuple[Counter, Floor, list[Any]]:
    """Return a counter with some jobs, and workers before it that claim several at once."""
    counter, floor = Counter(jobs, seconds), Floor(gathers=True)
    attempts = Attempts(Registry(), 0, Hooks())
    workers: list[Any] = [kind(floor, cast("Dispatch", counter), attempts, "worker") for kind in kinds]
    for worker in workers:
        worker._limit = 2
    return counter, floor, workers


def shared(kind: type[Worker] = Worker, handing_back: bool = False) -> None:
    """A worker claims two jobs while another goes to sleep, and maybe maintenance hands one back."""
    counter, floor, (first, second) = at_counter(Worker, kind, jobs=2, seconds=2 * WORTH)
    taken: list[Any] = []

    def maintenance() -> None:
        counter.hand_back_prefetched()
        if floor.idle:  # as Maintenance does in each round
            floor.wake()

    together(
        worker_1=lambda: taken.append(first._next()),
        worker_2=lambda: taken.append(second._sleep()[0]),
        maintenance=maintenance if handing_back else int,
    )
    assert sorted(taken) == [1, 2], taken


@proof
def test_two_workers_share_what_one_has_claimed() -> None:
    """Two workers, two jobs that one of them may claim together."""
    shared()


@proof
def test_a_worker_finds_what_is_handed_back() -> None:
    """A worker goes to sleep while maintenance hands back a job that was claimed before: it runs, wherever it is."""
    counter, floor, (worker,) = at_counter(Worker, jobs=0, seconds=2 * WORTH)
    held: list[Any] = [1]
    counter.prefetched.put(held)
    taken: list[Any] = []

    def maintenance() -> None:
        counter.hand_back_prefetched()
        if floor.idle:  # as Maintenance does in each round
            floor.wake()

    together(worker=lambda: taken.append(worker._sleep()[0]), maintenance=maintenance)
    assert taken == [1], taken


@search
def test_two_workers_share_what_one_has_claimed_or_handed_back() -> None:
    """Both at once: too many orders to try them all."""
    shared(handing_back=True)


@search
def test_two_workers_of_a_queue_share_what_one_has_claimed() -> None:
    """The same with all that a queue has: too many orders to try them all."""
    queue, (first, second) = bench(Worker, Worker)
    queue.storage.batch = first._limit = 2
    queue.pool.floor.gathers = True
    queue.submit_many(Context(), "webhook", [None, None])
    taken: list[Record | None] = []

    def maintenance() -> None:
        queue.pool.dispatch.hand_back_prefetched()
        if queue.pool.floor.idle:
            queue.pool.floor.wake()

    together(
        worker_1=lambda: taken.append(first._next()),
        worker_2=lambda: taken.append(second._next()),
        maintenance=maintenance,
    )
    assert len({record.key for record in taken if record is not None}) == 2, taken
    assert queue.storage.count()[Status.RUNNING] == 2


class LooksAtPrefetchedFirst(Worker):
    """Looks at what was prefetched, and enters itself among the idle then."""

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
    shared(LooksAtPrefetchedFirst)


def streams(kind: type[Worker], seconds: float) -> None:
    """Two jobs come one after the other, and a worker that claims many at once is called for the first, or for both."""
    counter, floor, (worker,) = at_counter(kind, jobs=0, seconds=seconds)
    taken: list[int] = []

    def producer() -> None:
        for job in (1, 2):
            counter.add(floor, job)

    def work() -> None:
        while len(taken) < 2:
            taken.append(worker._next())

    together(producer=producer, worker=work)
    assert time.monotonic() < 1.0, "it slept until somebody looked by chance"
    assert taken == [1, 2], taken


@pytest.mark.parametrize("seconds", [WORTH / 100, 2 * WORTH], ids=["short jobs", "long jobs"])
@proof
def test_a_worker_is_called_or_comes_by_itself(seconds: float) -> None:
    """One worker, and two jobs that come one after the other."""
    streams(Worker, seconds)


@search
def test_a_worker_of_a_queue_is_called_for_many_jobs() -> None:
    """The same with all that a queue has: too many orders to try them all."""
    queue, (worker,) = bench(Worker)
    queue.storage.batch, queue.pool.floor.gathers = 2, True
    queue.pool.dispatch.note_seconds(Record("webhook", None), WORTH / 100)
    taken: list[Record | None] = []

    def producer() -> None:
        for _ in range(2):
            queue.submit_job(Context(), "webhook")

    def work() -> None:
        while len(taken) < 2:
            taken.append(worker._next())

    together(producer=producer, worker=work)
    assert time.monotonic() < 1.0, "it slept until somebody looked by chance"


def called() -> None:
    """A worker that claims many at once is called, or comes by itself."""
    streams(Worker, WORTH / 100)


class LooksAtAddedFirst(Worker):
    """Looks whether something was added, and says then that it is not coming any more."""

    def _share_out(self, claimed: list[Record]) -> None:
        floor = self._floor
        if claimed:
            super()._share_out(claimed)
        elif floor.added:
            floor.come_no_more()
        else:
            floor.coming = False


@counterexample("deadlock", "lost wake-up", "failed assertion")
def test_a_worker_that_looks_before_it_says_that_it_does_not_come_is_found() -> None:
    """The proof can fail: a producer that adds in between calls nobody."""
    streams(LooksAtAddedFirst, WORTH / 100)
