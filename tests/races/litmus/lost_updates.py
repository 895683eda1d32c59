"""Lost updates: two threads add to the same number, wherever it is kept. `x += 1` is a read and a write."""

from threading import Lock

from tests.races.litmus.litmus import Litmus, run

sold = 0


class Job:
    def __init__(self) -> None:
        self.attempts = 0


class SlottedJob:
    __slots__ = ("attempts",)

    def __init__(self) -> None:
        self.attempts = 0


def attribute_broken() -> None:
    """Both threads read the same attempts, and one addition is lost."""
    job = Job()

    def attempt() -> None:
        job.attempts += 1

    run(attempt, attempt)
    assert job.attempts == 2


def attribute_right() -> None:
    """One lock makes the read and the write one step."""
    job, lock = Job(), Lock()

    def attempt() -> None:
        with lock:
            job.attempts += 1

    run(attempt, attempt)
    assert job.attempts == 2


def slot_broken() -> None:
    """As with an ordinary attribute: a slot is shared too."""
    job = SlottedJob()

    def attempt() -> None:
        job.attempts += 1

    run(attempt, attempt)
    assert job.attempts == 2


def slot_right() -> None:
    """One lock makes the read and the write one step."""
    job, lock = SlottedJob(), Lock()

    def attempt() -> None:
        with lock:
            job.attempts += 1

    run(attempt, attempt)
    assert job.attempts == 2


def item_broken() -> None:
    """Both sales read the same stock, and one is not counted."""
    stock = {"tea": 2}

    def sell() -> None:
        stock["tea"] -= 1

    run(sell, sell)
    assert stock["tea"] == 0


def item_right() -> None:
    """One lock makes the read and the write one step."""
    stock, lock = {"tea": 2}, Lock()

    def sell() -> None:
        with lock:
            stock["tea"] -= 1

    run(sell, sell)
    assert stock["tea"] == 0


def list_broken() -> None:
    """A list of one counter is no safer than a number."""
    failures = [0]

    def fail() -> None:
        failures[0] += 1

    run(fail, fail)
    assert failures == [2]


def list_right() -> None:
    """One lock makes the read and the write one step."""
    failures, lock = [0], Lock()

    def fail() -> None:
        with lock:
            failures[0] += 1

    run(fail, fail)
    assert failures == [2]


def global_broken() -> None:
    """Both sales read the same global, and one is not counted."""
    global sold
    sold = 0

    def sell() -> None:
        global sold
        sold += 1

    run(sell, sell)
    assert sold == 2


def global_right() -> None:
    """One lock makes the read and the write one step."""
    global sold
    sold = 0
    lock = Lock()

    def sell() -> None:
        global sold
        with lock:
            sold += 1

    run(sell, sell)
    assert sold == 2


def closure_broken() -> None:
    """Both threads read the same variable of the function around them, and one addition is lost."""
    sent = 0

    def send() -> None:
        nonlocal sent
        sent += 1

    run(send, send)
    assert sent == 2


def closure_right() -> None:
    """One lock makes the read and the write one step."""
    sent = 0
    lock = Lock()

    def send() -> None:
        nonlocal sent
        with lock:
            sent += 1

    run(send, send)
    assert sent == 2


PROGRAMS = [
    Litmus("lost update on an attribute", "failed assertion", attribute_broken, attribute_right),
    Litmus("lost update on a slot", "failed assertion", slot_broken, slot_right),
    Litmus("lost update on an item of a dict", "failed assertion", item_broken, item_right),
    Litmus("lost update on an item of a list", "failed assertion", list_broken, list_right),
    Litmus("lost update on a global", "failed assertion", global_broken, global_right),
    Litmus("lost update on a closure variable", "failed assertion", closure_broken, closure_right),
]
