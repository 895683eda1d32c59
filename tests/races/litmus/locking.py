"""A lock is there, and guards nothing: the wrong lock, too few of its uses, or something that is no lock."""

from threading import Event, Lock

from tests.races.litmus.litmus import Litmus, run


class Job:
    def __init__(self) -> None:
        self.attempts = 0


class Numbers:
    """Gives out order numbers, in three ways."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last = 0

    def next_unlocked(self) -> int:
        self._last += 1
        return self._last

    def next_read_late(self) -> int:
        with self._lock:
            self._last += 1
        return self._last

    def next_locked(self) -> int:
        with self._lock:
            self._last += 1
            return self._last


def lock_per_call_broken() -> None:
    """Each call makes a lock of its own, which nobody else can hold."""
    job = Job()

    def attempt() -> None:
        with Lock():
            job.attempts += 1

    run(attempt, attempt)
    assert job.attempts == 2


def lock_per_call_right() -> None:
    """One lock for one job."""
    job, lock = Job(), Lock()

    def attempt() -> None:
        with lock:
            job.attempts += 1

    run(attempt, attempt)
    assert job.attempts == 2


def two_locks_broken() -> None:
    """The worker takes one lock and the retry another: both get in."""
    job, work_lock, retry_lock = Job(), Lock(), Lock()

    def work() -> None:
        with work_lock:
            job.attempts += 1

    def retry() -> None:
        with retry_lock:
            job.attempts += 1

    run(work, retry)
    assert job.attempts == 2


def two_locks_right() -> None:
    """One lock guards the field, whoever uses it."""
    job, lock = Job(), Lock()

    def work() -> None:
        with lock:
            job.attempts += 1

    def retry() -> None:
        with lock:
            job.attempts += 1

    run(work, retry)
    assert job.attempts == 2


def same_id_broken() -> None:
    """Without a lock two orders get one number."""
    numbers = Numbers()
    given: list[int] = []

    def take() -> None:
        given.append(numbers.next_unlocked())

    run(take, take)
    assert sorted(given) == [1, 2]


def same_id_right() -> None:
    """Counting and returning are one step, under the lock."""
    numbers = Numbers()
    given: list[int] = []

    def take() -> None:
        given.append(numbers.next_locked())

    run(take, take)
    assert sorted(given) == [1, 2]


def read_late_broken() -> None:
    """The number is read for `return` when the lock is free again, and somebody has counted on."""
    numbers = Numbers()
    given: list[int] = []

    def take() -> None:
        given.append(numbers.next_read_late())

    run(take, take)
    assert sorted(given) == [1, 2]


def try_lock_broken() -> None:
    """Nobody looks whether the lock was taken; without it, the work goes on all the same."""
    job, lock = Job(), Lock()

    def attempt() -> None:
        taken = lock.acquire(blocking=False)
        job.attempts += 1
        if taken:
            lock.release()

    run(attempt, attempt)
    assert job.attempts == 2


def try_lock_right() -> None:
    """Who does not get the lock leaves the job alone, and says so."""
    job, lock = Job(), Lock()
    skipped: list[str] = []

    def attempt() -> None:
        if lock.acquire(blocking=False):
            job.attempts += 1
            lock.release()
        else:
            skipped.append("busy")

    run(attempt, attempt)
    assert job.attempts + len(skipped) == 2


def event_as_lock_broken() -> None:
    """Two threads may pass `wait` before either of them clears the event."""
    job, free = Job(), Event()
    free.set()

    def attempt() -> None:
        free.wait()
        free.clear()
        job.attempts += 1
        free.set()

    run(attempt, attempt)
    assert job.attempts == 2


def event_as_lock_right() -> None:
    """A lock waits and takes in one step."""
    job, free = Job(), Lock()

    def attempt() -> None:
        with free:
            job.attempts += 1

    run(attempt, attempt)
    assert job.attempts == 2


PROGRAMS = [
    Litmus("a lock made for each call", "failed assertion", lock_per_call_broken, lock_per_call_right),
    Litmus("two locks guard one field", "failed assertion", two_locks_broken, two_locks_right),
    Litmus("one number for two orders", "failed assertion", same_id_broken, same_id_right),
    Litmus("the returned number read outside the lock", "failed assertion", read_late_broken, same_id_right),
    Litmus("a try-lock that failed, ignored", "failed assertion", try_lock_broken, try_lock_right),
    Litmus("an event used as a lock", "failed assertion", event_as_lock_broken, event_as_lock_right),
]
