"""Queues: who puts, who gets, how many sentinels (None) end the workers, and when."""

from contextlib import suppress
from queue import Empty, Queue
from threading import Thread

from tests.races.litmus.litmus import Litmus, run


def one_sentinel_broken() -> None:
    """One None for two workers: it ends the first to get it, and the other waits on."""
    jobs: Queue[str | None] = Queue()
    for job in ("job-1", None):
        jobs.put(job)

    def work() -> None:
        while jobs.get() is not None:
            pass

    run(work, work)


def one_sentinel_right() -> None:
    """One None for each worker."""
    jobs: Queue[str | None] = Queue()
    for job in ("job-1", None, None):
        jobs.put(job)

    def work() -> None:
        while jobs.get() is not None:
            pass

    run(work, work)


def early_sentinel_broken() -> None:
    """The None is put while the submitter still works, and overtakes its job."""
    jobs: Queue[str | None] = Queue()
    sent: list[str] = []

    def submit() -> None:
        jobs.put("job-1")

    def work() -> None:
        while (job := jobs.get()) is not None:
            sent.append(job)

    submitter = Thread(target=submit, name="submitter")
    submitter.start()
    jobs.put(None)
    submitter.join()
    run(work)
    assert sent == ["job-1"]


def early_sentinel_right() -> None:
    """First wait for the submitter, then put the None."""
    jobs: Queue[str | None] = Queue()
    sent: list[str] = []

    def submit() -> None:
        jobs.put("job-1")

    def work() -> None:
        while (job := jobs.get()) is not None:
            sent.append(job)

    submitter = Thread(target=submit, name="submitter")
    submitter.start()
    submitter.join()
    jobs.put(None)
    run(work)
    assert sent == ["job-1"]


def full_queue_broken() -> None:
    """The only worker submits two more jobs to a queue with one place, which nobody else will empty."""
    jobs: Queue[str] = Queue(maxsize=1)
    jobs.put("order")

    def work() -> None:
        if jobs.get() == "order":
            jobs.put("receipt")
            jobs.put("webhook")

    run(work)
    assert jobs.qsize() == 2


def full_queue_right() -> None:
    """What a worker submits to its own queue must find a place: this queue has no bound."""
    jobs: Queue[str] = Queue()
    jobs.put("order")

    def work() -> None:
        if jobs.get() == "order":
            jobs.put("receipt")
            jobs.put("webhook")

    run(work)
    assert jobs.qsize() == 2


def task_not_done_broken() -> None:
    """The partner is down: the exception passes by `task_done`, and `join` waits for ever."""
    jobs: Queue[str] = Queue()
    jobs.put("job-1")

    def deliver() -> None:
        raise ConnectionError("partner down")

    def work() -> None:
        jobs.get()
        with suppress(ConnectionError):
            deliver()
            jobs.task_done()

    run(work, jobs.join)


def task_not_done_right() -> None:
    """A failed job is done too."""
    jobs: Queue[str] = Queue()
    jobs.put("job-1")

    def deliver() -> None:
        raise ConnectionError("partner down")

    def work() -> None:
        jobs.get()
        with suppress(ConnectionError):
            deliver()
        jobs.task_done()

    run(work, jobs.join)


def empty_then_get_broken() -> None:
    """Both find the queue not empty; the second finds it empty after all, and dies of queue.Empty."""
    jobs: Queue[str] = Queue()
    jobs.put("job-1")
    taken: list[str] = []

    def take() -> None:
        if not jobs.empty():
            taken.append(jobs.get_nowait())

    run(take, take)
    assert taken == ["job-1"]


def empty_then_get_right() -> None:
    """`get_nowait` looks and takes in one step, and says so if there is nothing."""
    jobs: Queue[str] = Queue()
    jobs.put("job-1")
    taken: list[str] = []

    def take() -> None:
        with suppress(Empty):
            taken.append(jobs.get_nowait())

    run(take, take)
    assert taken == ["job-1"]


PROGRAMS = [
    Litmus("one sentinel for two workers", "deadlock", one_sentinel_broken, one_sentinel_right),
    Litmus("a sentinel that overtakes a job", "failed assertion", early_sentinel_broken, early_sentinel_right),
    Litmus("a worker that fills its own queue", "deadlock", full_queue_broken, full_queue_right),
    Litmus("a task never done", "deadlock", task_not_done_broken, task_not_done_right),
    Litmus("a queue emptied after the look", "exception in a thread", empty_then_get_broken, empty_then_get_right),
]
