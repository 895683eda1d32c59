"""Stopping: what was waiting or in flight is sent, or named as left; nothing is used afterwards."""

from contextlib import suppress
from queue import Empty, Queue
from threading import Event, Lock, Thread

from tests.races.litmus.litmus import Litmus, run


class Client:
    def __init__(self) -> None:
        self.session: list[str] | None = []


class Intake:
    def __init__(self) -> None:
        self.stopped = False
        self.waiting: list[str] = []


def queue_dropped_broken() -> None:
    """The flag is seen first, and the job in the queue is dropped."""
    jobs: Queue[str] = Queue()
    jobs.put("job-1")
    stopping = Event()
    sent: list[str] = []

    def work() -> None:
        while not stopping.is_set():
            with suppress(Empty):
                sent.append(jobs.get(timeout=1))

    run(work, stopping.set)
    assert sent == ["job-1"]


def queue_dropped_right() -> None:
    """The order to stop stands in line behind the jobs."""
    jobs: Queue[str] = Queue()
    jobs.put("job-1")
    sent: list[str] = []

    def work() -> None:
        while (job := jobs.get()) != "stop":
            sent.append(job)

    def stop() -> None:
        jobs.put("stop")

    run(work, stop)
    assert sent == ["job-1"]


def in_flight_dropped_broken() -> None:
    """The worker has taken the job when it sees the flag: the job is in no queue any more, and is not sent."""
    jobs: Queue[str] = Queue()
    jobs.put("job-1")
    stopping = Event()
    sent: list[str] = []
    left: list[str] = []

    def work() -> None:
        job = jobs.get()
        if stopping.is_set():
            return
        sent.append(job)

    run(work, stopping.set)
    assert sent + left == ["job-1"]


def in_flight_dropped_right() -> None:
    """What was not sent is named as left."""
    jobs: Queue[str] = Queue()
    jobs.put("job-1")
    stopping = Event()
    sent: list[str] = []
    left: list[str] = []

    def work() -> None:
        job = jobs.get()
        if stopping.is_set():
            left.append(job)
            return
        sent.append(job)

    run(work, stopping.set)
    assert sent + left == ["job-1"]


def submitted_late_broken() -> None:
    """The job comes in after the check and after the last look into the queue."""
    intake = Intake()

    def submit() -> None:
        if not intake.stopped:
            intake.waiting.append("job-1")

    def stop() -> None:
        intake.stopped = True
        intake.waiting.clear()

    run(submit, stop)
    assert intake.waiting == []


def submitted_late_right() -> None:
    """The check and the append are one step, the flag and the last look another."""
    intake, lock = Intake(), Lock()

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


def used_after_stop_broken() -> None:
    """The session is closed between the check and its use: AttributeError."""
    client = Client()

    def send() -> None:
        if client.session is not None:
            client.session.append("order-1")

    def stop() -> None:
        client.session = None

    run(send, stop)


def used_after_stop_right() -> None:
    """Nobody closes the session while it is in use."""
    client, lock = Client(), Lock()

    def send() -> None:
        with lock:
            if client.session is not None:
                client.session.append("order-1")

    def stop() -> None:
        with lock:
            client.session = None

    run(send, stop)


def daemon_lost_broken() -> None:
    """Nobody waits for the daemon thread: the program ends, and the order is not saved."""
    saved: list[str] = []

    def save() -> None:
        saved.append("order-1")

    Thread(target=save, name="saver", daemon=True).start()
    assert saved == ["order-1"]


def daemon_lost_right() -> None:
    """Who starts a thread waits for it."""
    saved: list[str] = []

    def save() -> None:
        saved.append("order-1")

    saver = Thread(target=save, name="saver", daemon=True)
    saver.start()
    saver.join()
    assert saved == ["order-1"]


PROGRAMS = [
    Litmus("a queue dropped at stop", "failed assertion", queue_dropped_broken, queue_dropped_right),
    Litmus("a job in flight dropped at stop", "failed assertion", in_flight_dropped_broken, in_flight_dropped_right),
    Litmus("a job submitted too late", "failed assertion", submitted_late_broken, submitted_late_right),
    Litmus("a session used after stop", "exception in a thread", used_after_stop_broken, used_after_stop_right),
    Litmus("a daemon thread nobody waits for", "failed assertion", daemon_lost_broken, daemon_lost_right),
]
