"""Check, then act: what was true at the check is no longer true at the act."""

from threading import Lock

from tests.races.litmus.litmus import Litmus, run


class Shop:
    def __init__(self) -> None:
        self.stock = 1


def last_piece_broken() -> None:
    """Both see the last piece, and both sell it."""
    shop = Shop()

    def sell() -> None:
        if shop.stock > 0:
            shop.stock -= 1

    run(sell, sell)
    assert shop.stock == 0


def last_piece_right() -> None:
    """Nobody sells between the check and the sale."""
    shop, lock = Shop(), Lock()

    def sell() -> None:
        with lock:
            if shop.stock > 0:
                shop.stock -= 1

    run(sell, sell)
    assert shop.stock == 0


def two_sections_broken() -> None:
    """The check is locked and the act is locked, but between them the lock is free. No data race."""
    shop, lock = Shop(), Lock()

    def sell() -> None:
        with lock:
            in_stock = shop.stock > 0
        if in_stock:
            with lock:
                shop.stock -= 1

    run(sell, sell)
    assert shop.stock == 0


def two_sections_right() -> None:
    """The lock is held from the check to the end of the act."""
    shop, lock = Shop(), Lock()

    def sell() -> None:
        with lock:
            in_stock = shop.stock > 0
            if in_stock:
                shop.stock -= 1

    run(sell, sell)
    assert shop.stock == 0


def gone_broken() -> None:
    """Both see the job; the second finds it gone, and dies of a KeyError."""
    jobs = {"job-1": "webhook"}
    taken: list[str] = []

    def take() -> None:
        if "job-1" in jobs:
            taken.append(jobs.pop("job-1"))

    run(take, take)
    assert taken == ["webhook"]


def gone_right() -> None:
    """`pop` looks and takes in one step."""
    jobs = {"job-1": "webhook"}
    taken: list[str] = []

    def take() -> None:
        job = jobs.pop("job-1", None)
        if job is not None:
            taken.append(job)

    run(take, take)
    assert taken == ["webhook"]


def numbered_by_length_broken() -> None:
    """Both count the same orders: two of them get one number."""
    orders: list[int] = []

    def order() -> None:
        number = len(orders) + 1
        orders.append(number)

    run(order, order)
    assert orders == [1, 2]


def numbered_by_length_right() -> None:
    """Nobody orders between the count and the `append`."""
    orders: list[int] = []
    lock = Lock()

    def order() -> None:
        with lock:
            number = len(orders) + 1
            orders.append(number)

    run(order, order)
    assert orders == [1, 2]


def moved_broken() -> None:
    """Between taking and giving, the auditor finds a piece missing. Every access is locked."""
    stock, lock = {"shelf": 1, "van": 0}, Lock()
    found: list[int] = []

    def load() -> None:
        with lock:
            stock["shelf"] -= 1
        with lock:
            stock["van"] += 1

    def audit() -> None:
        with lock:
            found.append(stock["shelf"] + stock["van"])

    run(load, audit)
    assert found == [1]


def moved_right() -> None:
    """One locked section takes and gives."""
    stock, lock = {"shelf": 1, "van": 0}, Lock()
    found: list[int] = []

    def load() -> None:
        with lock:
            stock["shelf"] -= 1
            stock["van"] += 1

    def audit() -> None:
        with lock:
            found.append(stock["shelf"] + stock["van"])

    run(load, audit)
    assert found == [1]


PROGRAMS = [
    Litmus("the last piece sold twice", "failed assertion", last_piece_broken, last_piece_right),
    Litmus("check and act in two locked sections", "failed assertion", two_sections_broken, two_sections_right),
    Litmus("an entry gone between look and take", "exception in a thread", gone_broken, gone_right),
    Litmus("a number made of a length", "failed assertion", numbered_by_length_broken, numbered_by_length_right),
    Litmus("a move in two locked sections", "failed assertion", moved_broken, moved_right),
]
