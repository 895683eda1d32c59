"""Sharing: what one thread sees of another's work, and what it hands to another thread."""

from copy import copy, deepcopy
from queue import Queue
from threading import Event, Lock, local
from time import sleep
from types import SimpleNamespace

from tests.races.litmus.litmus import NO_LOCK, program, run


class Job:
    def __init__(self, status: str = "running") -> None:
        self.status = status
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

    def get(self, *, a_copy: bool) -> Job:
        with self.lock:
            return copy(self.job) if a_copy else self.job


WHOLE = (("running", ""), ("failed", "timed out"))


@program("the live job handed out", "data race")
def escaping(right: bool) -> None:
    """`get` is locked, but what it returns is the live job, and is read without the lock."""
    storage, seen = Storage(), list[str]()

    def poll() -> None:
        seen.append(storage.get(a_copy=right).status)  # right: a copy, made under the lock

    run(storage.fail, poll)
    assert seen[0] in ("running", "failed")


@program("a torn pair", "failed assertion")
def torn_pair(right: bool) -> None:
    """Two fields are read while another thread is between writing the one and the other."""
    storage, seen = Storage(), list[tuple[str, str]]()
    lock = storage.lock if right else NO_LOCK

    def poll() -> None:
        with lock:
            seen.append((storage.job.status, storage.job.error))

    run(storage.fail, poll)
    assert seen[0] in WHOLE


@program("a torn copy", "failed assertion")
def torn_copy(right: bool) -> None:
    """`deepcopy` reads one field after another: the copy is half old, half new."""
    storage, seen = Storage(), list[Job]()

    def poll() -> None:
        if right:
            with storage.lock:
                seen.append(deepcopy(storage.job))
        else:
            seen.append(deepcopy(storage.get(a_copy=False)))

    run(storage.fail, poll)
    assert (seen[0].status, seen[0].error) in WHOLE


@program("a torn shallow copy", "failed assertion")
def shallow_copy(right: bool) -> None:
    """`copy` takes all fields in one step, and that step comes between the two writes."""
    storage, seen = Storage(), list[Job]()
    lock = storage.lock if right else NO_LOCK

    def poll() -> None:
        with lock:
            seen.append(copy(storage.job))

    run(storage.fail, poll)
    assert (seen[0].status, seen[0].error) in WHOLE


@program("an answer read too early", "failed assertion")
def read_too_early(right: bool) -> None:
    """The answer is read before the event says that it is there."""
    job, answered, seen = Job(), Event(), list[str]()

    def answer() -> None:
        job.status = "completed"
        answered.set()

    def poll() -> None:
        if right:
            answered.wait()
        seen.append(job.status)
        answered.wait()

    run(answer, poll)
    assert seen == ["completed"]


@program("a thread-local taken for shared", "failed assertion")
def local_total(right: bool) -> None:
    """Each thread has its own total: what the threads add is not in the one that the main thread reads."""
    total, lock = SimpleNamespace() if right else local(), Lock()
    total.sent = 0

    def send() -> None:
        with lock:
            total.sent = getattr(total, "sent", 0) + 1

    run(send, send)
    assert total.sent == 2


@program("a job changed after it was handed on", "data race")
def handed_on(right: bool) -> None:
    """The job is changed after it was handed on, when another thread may be reading it."""
    job, jobs, seen = Job("pending"), Queue[Job](), list[str]()

    def submit() -> None:
        if right:
            job.status = "queued"
        jobs.put(job)
        if not right:
            job.status = "queued"

    def work() -> None:
        seen.append(jobs.get().status)

    run(submit, work)
    assert seen[0] in ("pending", "queued")


@program("a plain flag polled", "data race")
def polled_flag(right: bool) -> None:
    """A plain flag ends the loop in every schedule, but nothing orders its reads and its write."""
    worker = SimpleNamespace(stopping=Event() if right else False)  # an event is a flag with a lock

    def work() -> None:
        while not (worker.stopping.is_set() if right else worker.stopping):
            sleep(1)

    def stop() -> None:
        if right:
            worker.stopping.set()
        else:
            worker.stopping = True

    run(work, stop)


@program("a shared pad taken for the thread's own", "failed assertion")
def shared_pad(right: bool) -> None:
    """Both threads note their order on one pad, and one sends the other's order."""
    pad = local() if right else SimpleNamespace()  # right: each thread has a pad of its own
    sent: list[int] = []

    def send(order: int) -> None:
        pad.order = order
        sent.append(pad.order)

    run(first=lambda: send(1), second=lambda: send(2))
    assert sorted(sent) == [1, 2]
