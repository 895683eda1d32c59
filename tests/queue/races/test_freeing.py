"""A full buffer whose only job is cancelled or deleted before it ran: whoever finds that out tells those who wait."""

import contextlib
from collections.abc import Callable

from goqueue import Context, Queue
from goqueue.job import Record
from goqueue.worker import Worker

from .proving import counterexample, proof
from .room import full, produces


def freeing(ends: Callable[[Queue, str], object], desk: type[Worker] = Worker) -> None:
    """A producer waits for room, while the job in its way is ended, or taken by a worker."""
    queue, worker = full(desk)
    (job,) = queue.list_jobs(Context())

    def owner() -> None:
        with contextlib.suppress(ValueError):  # it runs, so it cannot be deleted
            ends(queue, job.id)

    produces(queue, "kept", worker=lambda: worker._next(()), owner=owner)


def cancels_in_silence(queue: Queue, job_id: str) -> None:
    """Cancel a job in the storage alone, as another queue on it would: this one's producers are told by its worker."""
    queue.storage.cancel(int(job_id[:16], 16))


@proof
def test_a_job_that_is_cancelled_makes_room() -> None:
    """One producer, one worker, and somebody who cancels the only job that is due."""
    freeing(lambda queue, job_id: queue.cancel(Context(), job_id))


@proof
def test_a_job_that_is_deleted_makes_room() -> None:
    """One producer, one worker, and somebody who deletes the only job that is due."""
    freeing(lambda queue, job_id: queue.delete(Context(), job_id))


class SleepsAtOnce(Worker):
    """Goes to sleep and does not tell producers that the jobs it found were cancelled."""

    def _sleep(self) -> list[Record]:
        pool = self._pool
        while True:
            with pool.lock:
                pool.idle.append(self)
                claimed = pool.look(self._limit)
                if claimed:
                    pool.idle.remove(self)
                    return claimed
            self.gate.acquire()


@counterexample("failed assertion")
def test_a_worker_that_drops_cancelled_jobs_and_tells_nobody_is_found() -> None:
    """The proof can fail: the buffer is empty, the worker sleeps, and the producer waits forever."""
    freeing(cancels_in_silence, SleepsAtOnce)
