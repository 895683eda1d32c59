"""Queues: which threads put and get, how many sentinels (None) end the workers, and when."""

from contextlib import suppress
from queue import Empty, Queue
from threading import Thread

from tests.races.litmus.litmus import program, run


@program("one sentinel for two workers", "deadlock")
def one_sentinel(right: bool) -> None:
    """One None for two workers ends the first worker that gets it, and the other waits for ever."""
    jobs: Queue[str | None] = Queue()
    for job in ("job-1", None, None) if right else ("job-1", None):
        jobs.put(job)

    def work() -> None:
        while jobs.get() is not None:
            pass

    run(work, work)


@program("a sentinel that overtakes a job", "failed assertion")
def early_sentinel(right: bool) -> None:
    """The None is put while the submitter still works, and overtakes its job."""
    jobs, sent = Queue[str | None](), list[str]()

    def submit() -> None:
        jobs.put("job-1")

    def work() -> None:
        while (job := jobs.get()) is not None:
            sent.append(job)

    submitter = Thread(target=submit, name="submitter")
    submitter.start()
    if right:
        submitter.join()
    jobs.put(None)
    if not right:
        submitter.join()
    run(work)
    assert sent == ["job-1"]


@program("a worker that fills its own queue", "deadlock")
def full_queue(right: bool) -> None:
    """The only worker submits two more jobs to a queue with one place, which nobody else will empty."""
    jobs: Queue[str] = Queue() if right else Queue(maxsize=1)  # a worker that fills its own queue needs room
    jobs.put("order")

    def work() -> None:
        if jobs.get() == "order":
            jobs.put("receipt")
            jobs.put("webhook")

    run(work)
    assert jobs.qsize() == 2


@program("a task never done", "deadlock")
def task_not_done(right: bool) -> None:
    """The partner is down: the exception skips `task_done`, and `join` waits for ever."""
    jobs: Queue[str] = Queue()
    jobs.put("job-1")

    def deliver() -> None:
        raise ConnectionError("partner down")

    def work() -> None:
        jobs.get()
        with suppress(ConnectionError):
            deliver()
            jobs.task_done()
        if right:
            jobs.task_done()  # a failed job is done too

    run(work, jobs.join)


@program("a queue emptied after the look", "exception in a thread")
def empty_then_get(right: bool) -> None:
    """Both see that the queue is not empty. The second finds it empty after all, and dies of queue.Empty."""
    jobs: Queue[str] = Queue()
    jobs.put("job-1")
    taken: list[str] = []

    def take() -> None:
        if right:
            with suppress(Empty):  # `get_nowait` looks and takes in one step
                taken.append(jobs.get_nowait())
        elif not jobs.empty():
            taken.append(jobs.get_nowait())

    run(take, take)
    assert taken == ["job-1"]
