"""Timers, leases and backoffs: what is due at one moment happens in any order."""

from threading import Event, Lock, Timer
from time import sleep

from tests.races.litmus.litmus import Litmus, run


def cancelled_too_late_broken() -> None:
    """The timer fires as it is cancelled: the order is both expired and paid."""
    outcomes: list[str] = []

    def expire() -> None:
        outcomes.append("expired")

    timer = Timer(5, expire)
    timer.start()
    sleep(5)
    timer.cancel()
    outcomes.append("paid")
    timer.join()
    assert len(outcomes) == 1


def cancelled_too_late_right() -> None:
    """Who comes first decides, under a lock; `cancel` only saves the timer its work."""
    outcomes: list[str] = []
    lock = Lock()

    def decide(outcome: str) -> None:
        with lock:
            if not outcomes:
                outcomes.append(outcome)

    timer = Timer(5, decide, ["expired"])
    timer.start()
    sleep(5)
    timer.cancel()
    decide("paid")
    timer.join()
    assert len(outcomes) == 1


def retry_dropped_broken() -> None:
    """The queue stops during a backoff of minutes: the job is neither sent again nor named as left."""
    stopping = Event()
    sent: list[str] = []
    left: list[str] = []

    def retry() -> None:
        if stopping.wait(timeout=300):
            return
        sent.append("job-1")

    run(retry, stopping.set)
    assert sent + left == ["job-1"]


def retry_dropped_right() -> None:
    """What was not sent again is named as left."""
    stopping = Event()
    sent: list[str] = []
    left: list[str] = []

    def retry() -> None:
        if stopping.wait(timeout=300):
            left.append("job-1")
            return
        sent.append("job-1")

    run(retry, stopping.set)
    assert sent + left == ["job-1"]


def lease_expired_broken() -> None:
    """The worker ends just as its lease does, and another has taken the job over: two send it."""
    sent: list[str] = []
    lock = Lock()

    def slow() -> None:
        sleep(10)
        with lock:
            sent.append("slow")

    def take_over() -> None:
        sleep(10)
        with lock:
            if not sent:
                sent.append("take_over")

    run(slow, take_over)
    assert len(sent) == 1


def lease_expired_right() -> None:
    """Both look, under the lock, whether the job is still theirs to send."""
    sent: list[str] = []
    lock = Lock()

    def slow() -> None:
        sleep(10)
        with lock:
            if not sent:
                sent.append("slow")

    def take_over() -> None:
        sleep(10)
        with lock:
            if not sent:
                sent.append("take_over")

    run(slow, take_over)
    assert len(sent) == 1


PROGRAMS = [
    Litmus("a timer cancelled as it fires", "failed assertion", cancelled_too_late_broken, cancelled_too_late_right),
    Litmus("a retry dropped at stop", "failed assertion", retry_dropped_broken, retry_dropped_right),
    Litmus("a lease that ends with the work", "failed assertion", lease_expired_broken, lease_expired_right),
]
