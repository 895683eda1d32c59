"""Locks that guard nothing: the wrong lock, a lock used too rarely, or something that is no lock."""

from threading import Event, Lock

from tests.races.litmus.litmus import Job, lock_if, program, run


@program("a lock made for each call", "failed assertion")
def lock_per_call(right: bool) -> None:
    """Each call makes a lock of its own, which nobody else can hold."""
    job, lock = Job(), Lock()

    def attempt() -> None:
        with lock if right else Lock():
            job.attempts += 1

    run(attempt, attempt)
    assert job.attempts == 2


@program("two locks guard one field", "failed assertion")
def two_locks(right: bool) -> None:
    """The worker takes one lock and the retry another: both get in."""
    job, work_lock = Job(), Lock()
    retry_lock = work_lock if right else Lock()

    def work() -> None:
        with work_lock:
            job.attempts += 1

    def retry() -> None:
        with retry_lock:
            job.attempts += 1

    run(work, retry)
    assert job.attempts == 2


class Numbers:
    """Gives out order numbers. Without a lock it gives one number to two orders."""

    def __init__(self, lock: Lock, *, read_late: bool = False) -> None:
        self._lock, self._read_late = lock, read_late
        self._last = 0

    def next(self) -> int:
        with self._lock:
            self._last += 1
            if not self._read_late:
                return self._last
        return self._last


def two_take_a_number(numbers: Numbers) -> None:
    """Two threads take a number each. The numbers must differ."""
    given: list[int] = []

    def take() -> None:
        given.append(numbers.next())

    run(take, take)
    assert sorted(given) == [1, 2]


@program("one number for two orders", "failed assertion")
def same_id(right: bool) -> None:
    """Without a lock two orders get one number."""
    two_take_a_number(Numbers(lock_if(right)))


@program("the returned number read outside the lock", "failed assertion")
def read_late(right: bool) -> None:
    """The number is read for `return` when the lock is free again, and another thread may have counted on."""
    two_take_a_number(Numbers(Lock(), read_late=not right))


@program("a try-lock that failed, ignored", "failed assertion")
def try_lock(right: bool) -> None:
    """The thread does not check whether it has the lock, and goes on without it."""
    job, lock, skipped = Job(), Lock(), list[str]()

    def attempt() -> None:
        taken = lock.acquire(blocking=False)
        if right and not taken:
            skipped.append("busy")
            return
        job.attempts += 1
        if taken:
            lock.release()

    run(attempt, attempt)
    assert job.attempts + len(skipped) == 2


@program("an event used as a lock", "failed assertion")
def event_as_lock(right: bool) -> None:
    """Two threads may pass `wait` before either of them clears the event."""
    job, free, lock = Job(), Event(), Lock()
    free.set()

    def attempt() -> None:
        if right:
            with lock:  # waits and takes in one step
                job.attempts += 1
            return
        free.wait()
        free.clear()
        job.attempts += 1
        free.set()

    run(attempt, attempt)
    assert job.attempts == 2
