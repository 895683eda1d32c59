"""What one thread sees of another's work: the live job, half a change, or nothing yet."""

from copy import copy, deepcopy
from threading import Event, Lock, local

from tests.races.litmus.litmus import Litmus, run


class Job:
    def __init__(self) -> None:
        self.status = "running"
        self.error = ""


class Storage:
    """Guards its one job by a lock."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.job = Job()

    def fail(self) -> None:
        with self.lock:
            self.job.status = "failed"
            self.job.error = "timed out"

    def get(self) -> Job:
        with self.lock:
            return self.job

    def get_copy(self) -> Job:
        with self.lock:
            return copy(self.job)


class Total:
    def __init__(self) -> None:
        self.sent = 0


WHOLE = (("running", ""), ("failed", "timed out"))


def escaping_broken() -> None:
    """`get` is locked, but what it returns is the live job, and is read without the lock."""
    storage = Storage()
    seen: list[str] = []

    def poll() -> None:
        seen.append(storage.get().status)

    run(storage.fail, poll)
    assert seen[0] in ("running", "failed")


def escaping_right() -> None:
    """`get_copy` returns a copy, made under the lock."""
    storage = Storage()
    seen: list[str] = []

    def poll() -> None:
        seen.append(storage.get_copy().status)

    run(storage.fail, poll)
    assert seen[0] in ("running", "failed")


def torn_pair_broken() -> None:
    """Two fields are read while another thread is between writing the one and the other."""
    storage = Storage()
    seen: list[tuple[str, str]] = []

    def poll() -> None:
        seen.append((storage.job.status, storage.job.error))

    run(storage.fail, poll)
    assert seen[0] in WHOLE


def torn_pair_right() -> None:
    """Both fields are read under the lock."""
    storage = Storage()
    seen: list[tuple[str, str]] = []

    def poll() -> None:
        with storage.lock:
            seen.append((storage.job.status, storage.job.error))

    run(storage.fail, poll)
    assert seen[0] in WHOLE


def torn_copy_broken() -> None:
    """`deepcopy` reads one field after another: the copy is half old, half new."""
    storage = Storage()
    seen: list[Job] = []

    def poll() -> None:
        job = storage.get()
        seen.append(deepcopy(job))

    run(storage.fail, poll)
    assert (seen[0].status, seen[0].error) in WHOLE


def torn_copy_right() -> None:
    """The copy is made under the lock."""
    storage = Storage()
    seen: list[Job] = []

    def poll() -> None:
        with storage.lock:
            seen.append(deepcopy(storage.job))

    run(storage.fail, poll)
    assert (seen[0].status, seen[0].error) in WHOLE


def shallow_copy_broken() -> None:
    """`copy` takes all fields in one step, and that step comes between the two writes."""
    storage = Storage()
    seen: list[Job] = []

    def poll() -> None:
        seen.append(copy(storage.job))

    run(storage.fail, poll)
    assert (seen[0].status, seen[0].error) in WHOLE


def shallow_copy_right() -> None:
    """The copy is made under the lock."""
    storage = Storage()
    seen: list[Job] = []

    def poll() -> None:
        with storage.lock:
            seen.append(copy(storage.job))

    run(storage.fail, poll)
    assert (seen[0].status, seen[0].error) in WHOLE


def read_too_early_broken() -> None:
    """The answer is read before the event says that it is there."""
    job, answered = Job(), Event()
    seen: list[str] = []

    def answer() -> None:
        job.status = "completed"
        answered.set()

    def poll() -> None:
        seen.append(job.status)
        answered.wait()

    run(answer, poll)
    assert seen == ["completed"]


def read_too_early_right() -> None:
    """First wait, then read."""
    job, answered = Job(), Event()
    seen: list[str] = []

    def answer() -> None:
        job.status = "completed"
        answered.set()

    def poll() -> None:
        answered.wait()
        seen.append(job.status)

    run(answer, poll)
    assert seen == ["completed"]


def local_total_broken() -> None:
    """The total is a thread's own: what the threads add is not in the one that the main thread reads."""
    total = local()
    total.sent = 0

    def send() -> None:
        total.sent = getattr(total, "sent", 0) + 1

    run(send, send)
    assert total.sent == 2


def local_total_right() -> None:
    """One object for all, and a lock."""
    total, lock = Total(), Lock()

    def send() -> None:
        with lock:
            total.sent = getattr(total, "sent", 0) + 1

    run(send, send)
    assert total.sent == 2


PROGRAMS = [
    Litmus("the live job handed out", "data race", escaping_broken, escaping_right),
    Litmus("a torn pair", "failed assertion", torn_pair_broken, torn_pair_right),
    Litmus("a torn copy", "failed assertion", torn_copy_broken, torn_copy_right),
    Litmus("a torn shallow copy", "failed assertion", shallow_copy_broken, shallow_copy_right),
    Litmus("an answer read too early", "failed assertion", read_too_early_broken, read_too_early_right),
    Litmus("a thread-local taken for shared", "failed assertion", local_total_broken, local_total_right),
]
