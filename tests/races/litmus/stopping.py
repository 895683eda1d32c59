"""Stopping: what was waiting or in flight is sent, or named as left; nothing is used afterwards."""

from contextlib import suppress
from queue import Empty, Queue
from threading import Event, Thread
from types import SimpleNamespace

from tests.races.litmus.litmus import lock_if, program, run


class Intake:
    def __init__(self) -> None:
        self.stopped = False
        self.waiting: list[str] = []


@program("a queue dropped at stop", "failed assertion")
def queue_dropped(right: bool) -> None:
    """The worker sees the flag first, and drops the job in the queue."""
    jobs: Queue[str] = Queue()
    jobs.put("job-1")
    stopping, sent = Event(), list[str]()

    def work() -> None:
        while right and (job := jobs.get()) != "stop":
            sent.append(job)
        while not right and not stopping.is_set():
            with suppress(Empty):
                sent.append(jobs.get(timeout=1))

    def stop() -> None:
        if right:
            jobs.put("stop")  # waits in line behind the jobs
        else:
            stopping.set()

    run(work, stop)
    assert sent == ["job-1"]


@program("a job in flight dropped at stop", "failed assertion")
def in_flight_dropped(right: bool) -> None:
    """The worker has taken the job when it sees the flag: the job is in no queue any more, and is lost."""
    jobs: Queue[str] = Queue()
    jobs.put("job-1")
    stopping, sent, left = Event(), list[str](), list[str]()

    def work() -> None:
        job = jobs.get()
        if not stopping.is_set():
            sent.append(job)
        elif right:
            left.append(job)

    run(work, stopping.set)
    assert sent + left == ["job-1"]


@program("a job submitted too late", "failed assertion")
def submitted_late(right: bool) -> None:
    """The job comes in after the check and after the last look into the queue."""
    intake, lock = Intake(), lock_if(right)  # the check and the append are one step, the flag and the last look another

    def submit() -> None:
        with lock:
            if not intake.stopped:
                intake.waiting.append("job-1")

    def stop() -> None:
        with lock:
            intake.stopped = True
            intake.waiting.clear()

    run(submit, stop)
    assert intake.waiting == []


@program("a session used after stop", "exception in a thread")
def used_after_stop(right: bool) -> None:
    """The session is closed between the check and its use: AttributeError."""
    client, lock = SimpleNamespace(session=[]), lock_if(right)  # nobody closes the session while it is in use

    def send() -> None:
        with lock:
            if client.session is not None:
                client.session.append("order-1")

    def stop() -> None:
        with lock:
            client.session = None

    run(send, stop)


@program("a daemon thread nobody waits for", "failed assertion")
def daemon_lost(right: bool) -> None:
    """Nobody waits for the daemon thread: the program ends, and the order is not saved."""
    saved: list[str] = []

    def save() -> None:
        saved.append("order-1")

    saver = Thread(target=save, name="saver", daemon=True)
    saver.start()
    if right:
        saver.join()
    assert saved == ["order-1"]
