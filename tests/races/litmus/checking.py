"""Check, then act: what was true at the check is no longer true at the act."""

from threading import Lock

from tests.races.litmus.litmus import lock_if, program, run


class Shop:
    def __init__(self) -> None:
        self.stock = 1


@program("the last piece sold twice", "failed assertion")
def last_piece(right: bool) -> None:
    """Both see the last piece, and both sell it."""
    shop, lock = Shop(), lock_if(right)  # nobody sells between the check and the sale

    def sell() -> None:
        with lock:
            if shop.stock > 0:
                shop.stock -= 1

    run(sell, sell)
    assert shop.stock == 0


@program("check and act in two locked sections", "failed assertion")
def two_sections(right: bool) -> None:
    """The check is locked and the act is locked, but between them the lock is free. No data race."""
    shop, lock = Shop(), Lock()

    def sell() -> None:
        with lock:
            in_stock = shop.stock > 0
            if right and in_stock:
                shop.stock -= 1
        if not right and in_stock:
            with lock:
                shop.stock -= 1

    run(sell, sell)
    assert shop.stock == 0


@program("an entry gone between look and take", "exception in a thread")
def gone(right: bool) -> None:
    """Both see the job; the second finds it gone, and dies of a KeyError."""
    jobs, taken = {"job-1": "webhook"}, list[str]()

    def take() -> None:
        if right:
            job = jobs.pop("job-1", None)  # looks and takes in one step
            if job is not None:
                taken.append(job)
        elif "job-1" in jobs:
            taken.append(jobs.pop("job-1"))

    run(take, take)
    assert taken == ["webhook"]


@program("a number made of a length", "failed assertion")
def numbered_by_length(right: bool) -> None:
    """Both count the same orders: two of them get one number."""
    orders, lock = list[int](), lock_if(right)  # nobody orders between the count and the `append`

    def order() -> None:
        with lock:
            number = len(orders) + 1
            orders.append(number)

    run(order, order)
    assert orders == [1, 2]


@program("a move in two locked sections", "failed assertion")
def moved(right: bool) -> None:
    """Between taking and giving, the auditor finds a piece missing. Every access is locked."""
    stock, lock, found = {"shelf": 1, "van": 0}, Lock(), list[int]()

    def load() -> None:
        with lock:
            stock["shelf"] -= 1
            if right:
                stock["van"] += 1
        if not right:
            with lock:
                stock["van"] += 1

    def audit() -> None:
        with lock:
            found.append(stock["shelf"] + stock["van"])

    run(load, audit)
    assert found == [1]
