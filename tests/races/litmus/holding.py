"""A lock held during a wait: for a thread, a notification, or a place in a queue that need the lock to come."""

from queue import Queue
from threading import Condition, Lock, Thread

from tests.races.litmus.litmus import Litmus, run


def joined_under_lock_broken() -> None:
    """`stop` waits for the worker under the lock that the worker needs to end."""
    lock = Lock()
    saved: list[str] = []

    def work() -> None:
        with lock:
            saved.append("job-1")

    worker = Thread(target=work, name="worker")
    worker.start()
    with lock:
        worker.join()
    assert saved == ["job-1"]


def joined_under_lock_right() -> None:
    """Give the lock back first, then wait."""
    lock = Lock()
    saved: list[str] = []

    def work() -> None:
        with lock:
            saved.append("job-1")

    worker = Thread(target=work, name="worker")
    worker.start()
    with lock:
        pass
    worker.join()
    assert saved == ["job-1"]


def wait_under_lock_broken() -> None:
    """`wait` gives back the condition's own lock, but not the second one, which the other thread needs to notify."""
    lock, delivered = Lock(), Condition()
    stock: list[str] = []

    def sell() -> None:
        with lock, delivered:
            while not stock:
                delivered.wait()
            stock.pop()

    def deliver() -> None:
        with lock, delivered:
            stock.append("tea")
            delivered.notify()

    run(sell, deliver)
    assert stock == []


def wait_under_lock_right() -> None:
    """One lock for both: `wait` gives it back."""
    delivered = Condition()
    stock: list[str] = []

    def sell() -> None:
        with delivered:
            while not stock:
                delivered.wait()
            stock.pop()

    def deliver() -> None:
        with delivered:
            stock.append("tea")
            delivered.notify()

    run(sell, deliver)
    assert stock == []


def put_under_lock_broken() -> None:
    """The producer waits for a place in the queue under the lock that the consumer needs to make one."""
    lock = Lock()
    log: list[str] = []
    jobs: Queue[str] = Queue(maxsize=1)
    jobs.put("job-1")

    def submit() -> None:
        with lock:
            jobs.put("job-2")
            log.append("submitted")

    def work() -> None:
        with lock:
            log.append("ready")
        jobs.get()

    run(submit, work)
    assert len(log) == 2


def put_under_lock_right() -> None:
    """The lock is held for the log alone."""
    lock = Lock()
    log: list[str] = []
    jobs: Queue[str] = Queue(maxsize=1)
    jobs.put("job-1")

    def submit() -> None:
        jobs.put("job-2")
        with lock:
            log.append("submitted")

    def work() -> None:
        with lock:
            log.append("ready")
        jobs.get()

    run(submit, work)
    assert len(log) == 2


PROGRAMS = [
    Litmus("a join under the lock", "deadlock", joined_under_lock_broken, joined_under_lock_right),
    Litmus("a wait under a second lock", "deadlock", wait_under_lock_broken, wait_under_lock_right),
    Litmus("a put on a full queue under the lock", "deadlock", put_under_lock_broken, put_under_lock_right),
]
