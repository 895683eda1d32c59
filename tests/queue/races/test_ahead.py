"""Jobs claimed several at a time: each is run by one worker, whichever comes first, or is handed back.

No timeout helps a worker that sleeps here, so one that misses a job sleeps for ever, and the lab says so.
"""

from goqueue import Context, Queue
from goqueue.job import Record, Status
from goqueue.worker import Worker

from .parts import bench
from .proving import counterexample, proof, together


def claiming(*desks: type[Worker]) -> tuple[Queue, list[Worker]]:
    """Return a queue with two jobs, and desks of which the first claims two at a time."""
    queue, workers = bench(*desks)
    queue.pool.batch = 2
    workers[0]._limit = 2
    queue.submit_many(Context(), "webhook", [None, None])
    return queue, workers


def shared(kind: type[Worker] = Worker, handing_back: bool = False) -> None:
    """A worker claims two jobs while another goes to sleep, and maybe the keeper hands one back."""
    queue, (first, second) = claiming(Worker, kind)
    taken: list[Record | None] = []

    def keeper() -> None:
        queue.pool.hand_back_ahead()
        if queue.pool.idle:  # as Keeper.run does after each tour
            queue.pool.wake()

    together(
        worker_1=lambda: taken.append(first._next(())),
        worker_2=lambda: taken.append(second._next(())),
        keeper=keeper if handing_back else int,
    )
    keys = {record.key for record in taken if record is not None}
    assert len(keys) == 2, taken
    assert queue.storage.count()[Status.RUNNING] == 2


@proof
def test_two_workers_share_what_one_has_claimed() -> None:
    """Two workers, two jobs that one of them may claim together."""
    shared()


@proof
def test_what_is_handed_back_is_claimed_again() -> None:
    """Two workers, two jobs that one of them may claim together, a keeper that hands back what nobody has begun."""
    shared(handing_back=True)


class LooksFirst(Worker):
    """Looks at what was claimed ahead, and enters itself among the idle then."""

    def _sleep(self) -> list[Record]:
        pool = self._pool
        while True:
            claimed = pool.ahead.take() or pool.look(self._limit)
            if claimed:
                return claimed
            with pool.lock:
                pool.idle.append(self)
            self.gate.acquire()


@counterexample("deadlock", "lost wake-up")
def test_a_worker_that_looks_before_it_is_idle_is_found() -> None:
    """The proof can fail: the job may be put there between the look and the entry."""
    shared(LooksFirst)
