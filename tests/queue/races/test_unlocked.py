"""What the queue reads without a lock: all that `detect` reports is in ALLOWED, with the reason, and nothing else is.

Each model brings a reader and a writer together. A new race in the queue fails one of the proofs beside this file; a
line of ALLOWED that nothing needs any more fails this one.
"""

import time

from goqueue import Context, Queue
from goqueue.job import Status
from goqueue.races import detect

from .parts import whole, workers_only
from .proving import ALLOWED, SEEN_IN_LONG_SEARCHES, WATCHED, Model, on_time, races, search, together
from .test_cancelling import one_attempt
from .test_maintenance import parks
from .test_registry import registering
from .test_room import one_producer
from .test_sleeping import called
from .test_stopping import stopping


def slow(seconds: float) -> Queue:
    """Return a queue with a worker, and a handler that sleeps for so long, though it has a second."""
    return workers_only(whole(lambda ctx, payload: time.sleep(seconds), timeout=1.0))


def given_up() -> None:
    """A stop gives a handler up, which ends later."""
    queue = slow(5.0)
    job = queue.submit_job(Context(), "webhook")
    report = queue.stop(grace=0.0)
    assert report.still_running in ((job.id,), ()), report
    time.sleep(5.0)


def overrunning() -> None:
    """A handler overruns its timeout, and maintenance comes in the instant in which the handler returns."""
    queue = slow(3.0)
    first, second = (queue.submit_job(Context(), "webhook") for _ in range(2))

    def maintenance() -> None:
        time.sleep(3.0)
        queue.pool.crew.tell_overrunning()
        queue.pool.maintenance._maintain()

    together(maintenance=maintenance)
    ended = queue.wait_many(Context(), [first.id, second.id])
    assert [job.status for job in ended] == [Status.COMPLETED] * 2, ended
    on_time(6.0)


def test_what_is_read_without_a_lock_is_listed() -> None:
    """Each race is allowed, and each allowed one is still there."""
    models: tuple[Model, ...] = (
        *(one_attempt, parks, one_producer, stopping, registering, given_up, overrunning),
        called,
    )
    found = set().union(*(races(detect(model, modules=WATCHED, schedules=80)) for model in models))
    assert found - set(ALLOWED) == set(), "a race that nobody has thought about"
    assert set(ALLOWED) - found - SEEN_IN_LONG_SEARCHES == set(), "it is read under a lock now: take it off the list"


@search
def test_a_handler_that_overruns_holds_nobody_back() -> None:
    """One worker, two jobs, maintenance: both jobs complete, whoever runs the second."""
    overrunning()


@search
def test_a_handler_that_is_given_up_is_named_or_has_ended() -> None:
    """One worker, one job that overruns, a stop without grace."""
    given_up()
