"""The storage in memory, alone: each method is one step for the others, so no order of them can lose or double a job.

Two or three threads, one or two jobs: claiming, settling, cancelling, adding to a full buffer, deleting and listing.
"""

import contextlib
from collections.abc import Callable

import pytest

from goqueue.job import DONE, Job, Outcome, Record, Status
from goqueue.storage import MemoryStorage, Query, memory

from .proving import EXHAUSTED, counterexample, proof, together, without_failure


def shelf(jobs: int, kind: type[MemoryStorage] = MemoryStorage) -> tuple[MemoryStorage, list[Record]]:
    """Return a storage, and the records of the jobs in it."""
    storage = kind()
    records = [Record("webhook", None, max_retry=2) for _ in range(jobs)]
    storage.add(records)
    return storage, records


def works(storage: MemoryStorage, outcome: Outcome = DONE, runs: list[int] | None = None) -> Callable[[], None]:
    """Return the body of a worker that claims a job and settles it, and maybe notes that it ran."""

    def worker() -> None:
        for claimed in storage.settle_and_claim((), 1):
            if runs is not None:
                runs.append(claimed.key)
            storage.settle_and_claim([(claimed, outcome)], 0)

    return worker


def deletes(storage: MemoryStorage, record: Record, deleted: list[bool]) -> Callable[[], None]:
    """Return the body of a thread that deletes a job, unless it is running."""

    def deleter() -> None:
        with contextlib.suppress(ValueError):
            deleted.append(storage.delete(record.key))

    return deleter


def cancelled_or_marked() -> None:
    """A worker claims a job and settles it, while somebody cancels it: it ends, and hears of it if it runs."""
    storage, (record,) = shelf(1)
    told: list[Job | None] = []
    again = Outcome(Status.PENDING, error="503")
    together(worker=works(storage, again), canceller=lambda: told.append(storage.cancel(record.key)))
    (job,) = told
    assert job is not None
    now = storage.get(record.key)
    assert now is not None
    assert now.status is Status.CANCELLED, now
    assert (now.attempts == 0) == (job.status is Status.CANCELLED and job.attempts == 0), (now, job)


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "tried first"])
def test_a_cancelled_job_is_cancelled_or_marked(at_once: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a thread sleeps at once at a lock that is held, or tries it first."""
    monkeypatch.setattr(memory, "AT_ONCE", at_once)
    assert EXHAUSTED in without_failure(cancelled_or_marked, 20_000).summary


@proof
def test_a_job_that_was_completed_stays_so() -> None:
    """A worker completes a job while it is cancelled, and while another one looks: completed, or never run."""
    storage, (record,) = shelf(1)
    seen: list[Status] = []

    def board() -> None:
        seen.extend(job.status for job in [storage.get(record.key)] if job is not None)
        seen.extend(job.status for job in storage.list_jobs(Query()))

    together(worker=works(storage), canceller=lambda: storage.cancel(record.key), board=board)
    final = storage.get(record.key)
    assert final is not None
    assert final.status is (Status.COMPLETED if final.attempts else Status.CANCELLED), final
    order = list(Status)
    assert order.index(seen[0]) <= order.index(seen[1]) or seen[0] is seen[1], seen


@proof
def test_a_full_buffer_is_never_exceeded() -> None:
    """Two producers add to a buffer with room for one, while a worker takes: never two are due."""
    storage, _ = shelf(0)
    kept = []
    claimed: list[Record] = []

    def producer() -> None:
        kept.append(storage.add([Record("webhook", None)], limit=1))

    together(first=producer, second=producer, worker=lambda: claimed.extend(storage.settle_and_claim((), 1)))
    assert storage.backlog() <= 1, storage.backlog()
    assert storage.backlog() + len(claimed) == sum(kept), (kept, claimed)


@proof
def test_a_deleted_job_is_never_run() -> None:
    """A worker claims a job while it is deleted: one of the two is refused."""
    storage, (record,) = shelf(1)
    claimed: list[Record] = []
    deleted: list[bool] = []
    together(worker=lambda: claimed.extend(storage.settle_and_claim((), 1)), deleter=deletes(storage, record, deleted))
    assert len(claimed) + len(deleted) == 1, (claimed, deleted)


@proof
def test_two_producers_never_get_one_key() -> None:
    """Two producers add two jobs each in the same microsecond: four keys, all in the order of adding."""
    storage, _ = shelf(0)
    pairs = [[Record("webhook", None) for _ in range(2)] for _ in range(2)]
    together(first=lambda: storage.add(pairs[0]), second=lambda: storage.add(pairs[1]))
    keys = [record.key for record in storage.settle_and_claim((), 9)]
    assert keys == sorted(set(keys)), keys
    assert len(keys) == 4, keys


@proof
def test_four_threads_and_two_jobs() -> None:
    """Two workers that claim and settle a job each, one canceller, one who deletes: each job ends once, or is gone."""
    storage, (first, second) = shelf(2)
    runs: list[int] = []
    worker = works(storage, runs=runs)
    canceller, deleter = lambda: storage.cancel(first.key), deletes(storage, second, [])
    together(worker_1=worker, worker_2=worker, canceller=canceller, deleter=deleter)
    assert len(runs) == len(set(runs)), runs
    one = storage.get(first.key)
    assert one is not None
    assert one.status is (Status.COMPLETED if first.key in runs else Status.CANCELLED), (one, runs)
    assert storage.backlog() == 0 or second.key not in runs, runs


class Hasty(MemoryStorage):
    """Looks whether a job is pending before it has the lock."""

    def settle_and_claim(self, settled, limit, types=()):  # type: ignore[no-untyped-def]
        if not self._waiting.ready or self._waiting.ready[0].status is not Status.PENDING:
            return []
        record = self._waiting.ready[0]
        with self._lock:
            record.status = Status.RUNNING
            record.attempts += 1
            self._waiting.ready.popleft()
        return [record]


@counterexample("failed assertion")
def test_a_look_before_the_lock_is_found() -> None:
    """The proof can fail: a worker that looks before it has the lock runs a job that was cancelled meanwhile."""
    storage, (record,) = shelf(1, Hasty)
    claimed: list[Record] = []
    told: list[Job | None] = []
    together(
        worker=lambda: claimed.extend(storage.settle_and_claim((), 1)),
        canceller=lambda: told.append(storage.cancel(record.key)),
    )
    assert told[0] is not None
    assert not (claimed and told[0].status is Status.CANCELLED), (claimed, told)
