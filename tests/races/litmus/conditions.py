"""Several threads wait on one condition: which of them is woken, and what is still true by the time it runs."""

from threading import Condition

from tests.races.litmus.litmus import Litmus, run


def not_looked_again_broken() -> None:
    """Another takes the order before the one that was woken: it does not look again, and pops from an empty list."""
    ordered = Condition()
    orders: list[int] = []

    def take() -> None:
        with ordered:
            if not orders:
                ordered.wait()
            orders.pop()

    def order() -> None:
        for number in (1, 2):
            with ordered:
                orders.append(number)
                ordered.notify()

    run(take, take, order)
    assert orders == []


def not_looked_again_right() -> None:
    """`while` looks again after each wait."""
    ordered = Condition()
    orders: list[int] = []

    def take() -> None:
        with ordered:
            while not orders:
                ordered.wait()
            orders.pop()

    def order() -> None:
        for number in (1, 2):
            with ordered:
                orders.append(number)
                ordered.notify()

    run(take, take, order)
    assert orders == []


def wrong_one_woken_broken() -> None:
    """Two wait for different things on one condition: `notify` wakes the one that has no use for it."""
    changed = Condition()
    facts: list[str] = []

    def wait_for(fact: str) -> None:
        with changed:
            while fact not in facts:
                changed.wait()

    def pack() -> None:
        wait_for("paid")

    def ship() -> None:
        wait_for("packed")

    def pay() -> None:
        for fact in ("paid", "packed"):
            with changed:
                facts.append(fact)
                changed.notify()

    run(pack, ship, pay)


def wrong_one_woken_right() -> None:
    """`notify_all` wakes both; each looks for itself."""
    changed = Condition()
    facts: list[str] = []

    def wait_for(fact: str) -> None:
        with changed:
            while fact not in facts:
                changed.wait()

    def pack() -> None:
        wait_for("paid")

    def ship() -> None:
        wait_for("packed")

    def pay() -> None:
        for fact in ("paid", "packed"):
            with changed:
                facts.append(fact)
                changed.notify_all()

    run(pack, ship, pay)


def one_of_two_woken_broken() -> None:
    """The queue closes, and wakes one of its two workers."""
    closed = Condition()
    notices: list[str] = []

    def work() -> None:
        with closed:
            while not notices:
                closed.wait()

    def close() -> None:
        with closed:
            notices.append("closed")
            closed.notify()

    run(work, work, close)


def one_of_two_woken_right() -> None:
    """`notify_all` wakes both."""
    closed = Condition()
    notices: list[str] = []

    def work() -> None:
        with closed:
            while not notices:
                closed.wait()

    def close() -> None:
        with closed:
            notices.append("closed")
            closed.notify_all()

    run(work, work, close)


PROGRAMS = [
    Litmus("a wait without a loop", "exception in a thread", not_looked_again_broken, not_looked_again_right),
    Litmus("the wrong one woken", "lost wake-up", wrong_one_woken_broken, wrong_one_woken_right),
    Litmus("one of two woken", "lost wake-up", one_of_two_woken_broken, one_of_two_woken_right),
]
