"""Lost wake-ups: a notification wakes who waits at that moment, and is not kept for who comes later."""

from threading import Condition, Event

from tests.races.litmus.litmus import Litmus, run


def notified_before_broken() -> None:
    """The notification comes before the wait, and is not kept."""
    paid = Condition()

    def ship() -> None:
        with paid:
            paid.wait()

    def pay() -> None:
        with paid:
            paid.notify()

    run(ship, pay)


def notified_before_right() -> None:
    """The payment is kept in a variable, and the wait looks at it first."""
    paid = Condition()
    payments: list[str] = []

    def ship() -> None:
        with paid:
            while not payments:
                paid.wait()

    def pay() -> None:
        with paid:
            payments.append("order-1")
            paid.notify()

    run(ship, pay)


def looked_outside_broken() -> None:
    """Between the look and the wait the lock is free, and the notification comes just then."""
    paid = Condition()
    payments: list[str] = []

    def ship() -> None:
        with paid:
            unpaid = not payments
        if unpaid:
            with paid:
                paid.wait()

    def pay() -> None:
        with paid:
            payments.append("order-1")
            paid.notify()

    run(ship, pay)


def cleared_late_broken() -> None:
    """The second order comes between `pop` and `clear`: its `set` is wiped out, and the worker waits on."""
    ordered = Event()
    orders: list[int] = []
    packed: list[int] = []

    def pack() -> None:
        while len(packed) < 2:
            ordered.wait()
            while orders:
                packed.append(orders.pop())
            ordered.clear()

    def order() -> None:
        for number in (1, 2):
            orders.append(number)
            ordered.set()

    run(pack, order)
    assert sorted(packed) == [1, 2]


def cleared_late_right() -> None:
    """First clear, then look: a later `set` stays."""
    ordered = Event()
    orders: list[int] = []
    packed: list[int] = []

    def pack() -> None:
        while len(packed) < 2:
            ordered.wait()
            ordered.clear()
            while orders:
                packed.append(orders.pop())

    def order() -> None:
        for number in (1, 2):
            orders.append(number)
            ordered.set()

    run(pack, order)
    assert sorted(packed) == [1, 2]


PROGRAMS = [
    Litmus("a notification before the wait", "lost wake-up", notified_before_broken, notified_before_right),
    Litmus("a look outside the lock of the wait", "lost wake-up", looked_outside_broken, notified_before_right),
    Litmus("an event cleared too late", "lost wake-up", cleared_late_broken, cleared_late_right),
]
