"""Waits with a limit: a sleep or a timeout tells how late it is, not what others have done."""

from contextlib import suppress
from queue import Empty, Queue
from threading import Event, Lock
from time import sleep

from tests.races.litmus.litmus import Litmus, run


class Job:
    def __init__(self) -> None:
        self.status = "pending"


def wait_timed_out_broken() -> None:
    """Nobody looks whether `wait` saw the event or gave up; the answer comes a second too late."""
    job, lock, answered = Job(), Lock(), Event()
    seen: list[str] = []

    def answer() -> None:
        sleep(2)
        with lock:
            job.status = "completed"
        answered.set()

    def poll() -> None:
        answered.wait(timeout=1)
        with lock:
            seen.append(job.status)

    run(answer, poll)
    assert seen in ([], ["completed"])


def wait_timed_out_right() -> None:
    """`wait` returns whether the event was set."""
    job, lock, answered = Job(), Lock(), Event()
    seen: list[str] = []

    def answer() -> None:
        sleep(2)
        with lock:
            job.status = "completed"
        answered.set()

    def poll() -> None:
        if answered.wait(timeout=1):
            with lock:
                seen.append(job.status)

    run(answer, poll)
    assert seen in ([], ["completed"])


def slept_for_it_broken() -> None:
    """A sleep stands in for a wait: both end at the same moment, in either order."""
    job, lock, answered = Job(), Lock(), Event()
    seen: list[str] = []

    def answer() -> None:
        sleep(1)
        with lock:
            job.status = "completed"
        answered.set()

    def poll() -> None:
        sleep(1)
        with lock:
            seen.append(job.status)

    run(answer, poll)
    assert seen == ["completed"]


def slept_for_it_right() -> None:
    """The event says when, however long it takes."""
    job, lock, answered = Job(), Lock(), Event()
    seen: list[str] = []

    def answer() -> None:
        sleep(1)
        with lock:
            job.status = "completed"
        answered.set()

    def poll() -> None:
        answered.wait()
        with lock:
            seen.append(job.status)

    run(answer, poll)
    assert seen == ["completed"]


def gave_up_broken() -> None:
    """A second without a job is taken for the end; the job comes at that moment."""
    jobs: Queue[str] = Queue()
    sent: list[str] = []

    def submit() -> None:
        sleep(1)
        jobs.put("job-1")

    def work() -> None:
        with suppress(Empty):
            sent.append(jobs.get(timeout=1))

    run(submit, work)
    assert sent == ["job-1"]


def gave_up_right() -> None:
    """Wait until it comes."""
    jobs: Queue[str] = Queue()
    sent: list[str] = []

    def submit() -> None:
        sleep(1)
        jobs.put("job-1")

    def work() -> None:
        sent.append(jobs.get())

    run(submit, work)
    assert sent == ["job-1"]


PROGRAMS = [
    Litmus("a wait that timed out, ignored", "failed assertion", wait_timed_out_broken, wait_timed_out_right),
    Litmus("a sleep in place of a wait", "failed assertion", slept_for_it_broken, slept_for_it_right),
    Litmus("a timeout taken for the end", "failed assertion", gave_up_broken, gave_up_right),
]
