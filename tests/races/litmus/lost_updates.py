"""Lost updates: two threads add to the same number, wherever it is kept. `x += 1` is a read and a write."""

from tests.races.litmus.litmus import Job, lock_if, program, run

sold = 0


class SlottedJob:
    __slots__ = ("attempts",)

    def __init__(self) -> None:
        self.attempts = 0


@program("lost update on an attribute", "failed assertion")
def attribute(right: bool) -> None:
    """Both threads read the same attempts, and one addition is lost."""
    job, lock = Job(), lock_if(right)  # makes the read and the write one step

    def attempt() -> None:
        with lock:
            job.attempts += 1

    run(attempt, attempt)
    assert job.attempts == 2


@program("lost update on a slot", "failed assertion")
def slot(right: bool) -> None:
    """A slot is shared like an ordinary attribute."""
    job, lock = SlottedJob(), lock_if(right)

    def attempt() -> None:
        with lock:
            job.attempts += 1

    run(attempt, attempt)
    assert job.attempts == 2


@program("lost update on an item of a dict", "failed assertion")
def item(right: bool) -> None:
    """Both sales read the same stock, and one is not counted."""
    stock, lock = {"tea": 2}, lock_if(right)

    def sell() -> None:
        with lock:
            stock["tea"] -= 1

    run(sell, sell)
    assert stock["tea"] == 0


@program("lost update on an item of a list", "failed assertion")
def list_(right: bool) -> None:
    """A list of one counter is no safer than a number."""
    failures, lock = [0], lock_if(right)

    def fail() -> None:
        with lock:
            failures[0] += 1

    run(fail, fail)
    assert failures == [2]


@program("lost update on a global", "failed assertion")
def global_(right: bool) -> None:
    """Both sales read the same global, and one is not counted."""
    global sold
    sold, lock = 0, lock_if(right)

    def sell() -> None:
        global sold
        with lock:
            sold += 1

    run(sell, sell)
    assert sold == 2


@program("lost update on a closure variable", "failed assertion")
def closure(right: bool) -> None:
    """Both threads read the same variable of the function around them, and one addition is lost."""
    sent, lock = 0, lock_if(right)

    def send() -> None:
        nonlocal sent
        with lock:
            sent += 1

    run(send, send)
    assert sent == 2
