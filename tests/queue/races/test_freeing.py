"""A full buffer whose only job is cancelled or deleted before it ran: whoever comes upon it tells those who wait."""

import contextlib
from collections.abc import Callable

from goqueue import Context, Queue
from goqueue.job import Record
from goqueue.worker import Worker

from .proving import Model, found, proved, together
from .room import full, on_time, submits


def freeing(ends: Callable[[Queue, str], object], desk: type[Worker] = Worker) -> Model:
    """Return a model: a producer waits for room, while the job in its way is ended, or taken by a worker."""

    def model() -> None:
        queue, worker = full(desk)
        (job,) = queue.list_jobs(Context())
        log: list[str] = []

        def owner() -> None:
            with contextlib.suppress(ValueError):  # it runs, so it cannot be deleted
                ends(queue, job.id)

        together(producer=submits(queue, Context(), log), worker=lambda: worker._next(()), owner=owner)
        on_time(log, ["kept"])

    return model


def cancels(queue: Queue, job_id: str) -> None:
    """Cancel a job."""
    queue.cancel(Context(), job_id)


def cancels_in_silence(queue: Queue, job_id: str) -> None:
    """Cancel a job in the storage alone, as another queue on it would: this one's producers are told by its worker."""
    queue.storage.cancel(int(job_id[:16], 16))


def deletes(queue: Queue, job_id: str) -> None:
    """Delete a job."""
    queue.delete(Context(), job_id)


def test_a_job_that_is_cancelled_makes_room() -> None:
    """One producer, one worker, and somebody who cancels the only job that is due. 885 schedules."""
    proved(freeing(cancels))


def test_a_job_that_is_deleted_makes_room() -> None:
    """One producer, one worker, and somebody who deletes the only job that is due. 885 schedules."""
    proved(freeing(deletes))


class SleepsAtOnce(Worker):
    """Goes to sleep without a word to producers, though what it came upon may all have been cancelled."""

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


def test_a_worker_that_drops_cancelled_jobs_and_tells_nobody_is_found() -> None:
    """The proof can fail: the buffer is empty, the worker sleeps, and the producer waits for ever."""
    assert found(freeing(cancels_in_silence, SleepsAtOnce)) == "failed assertion"
