"""Handing something to another thread: a job, a flag, a scratch pad."""

from queue import Queue
from threading import Event, local
from time import sleep

from tests.races.litmus.litmus import Litmus, run


class Job:
    def __init__(self) -> None:
        self.status = "pending"


class Worker:
    def __init__(self) -> None:
        self.stopping = False


class Pad:
    def __init__(self) -> None:
        self.order = 0


def handed_on_broken() -> None:
    """The job is changed after it was handed on: who takes it may be reading it."""
    job = Job()
    jobs: Queue[Job] = Queue()
    seen: list[str] = []

    def submit() -> None:
        jobs.put(job)
        job.status = "queued"

    def work() -> None:
        seen.append(jobs.get().status)

    run(submit, work)
    assert seen[0] in ("pending", "queued")


def handed_on_right() -> None:
    """First change it, then hand it on."""
    job = Job()
    jobs: Queue[Job] = Queue()
    seen: list[str] = []

    def submit() -> None:
        job.status = "queued"
        jobs.put(job)

    def work() -> None:
        seen.append(jobs.get().status)

    run(submit, work)
    assert seen[0] in ("pending", "queued")


def polled_flag_broken() -> None:
    """A plain flag ends the loop in every schedule, but nothing orders its reads and its write."""
    worker = Worker()

    def work() -> None:
        while not worker.stopping:
            sleep(1)

    def stop() -> None:
        worker.stopping = True

    run(work, stop)


def polled_flag_right() -> None:
    """An event is a flag with a lock."""
    stopping = Event()

    def work() -> None:
        while not stopping.is_set():
            sleep(1)

    def stop() -> None:
        stopping.set()

    run(work, stop)


def shared_pad_broken() -> None:
    """Both note their order on one pad: one sends the other's order."""
    pad = Pad()
    sent: list[int] = []

    def send(order: int) -> None:
        pad.order = order
        sent.append(pad.order)

    def first() -> None:
        send(1)

    def second() -> None:
        send(2)

    run(first, second)
    assert sorted(sent) == [1, 2]


def shared_pad_right() -> None:
    """Each thread has a pad of its own."""
    pad = local()
    sent: list[int] = []

    def send(order: int) -> None:
        pad.order = order
        sent.append(pad.order)

    def first() -> None:
        send(1)

    def second() -> None:
        send(2)

    run(first, second)
    assert sorted(sent) == [1, 2]


PROGRAMS = [
    Litmus("a job changed after it was handed on", "data race", handed_on_broken, handed_on_right),
    Litmus("a plain flag polled", "data race", polled_flag_broken, polled_flag_right),
    Litmus("a shared pad taken for the thread's own", "failed assertion", shared_pad_broken, shared_pad_right),
]
