"""Conditions and events: which thread a notification wakes, and what is still true by the time it runs.

A notification wakes the threads that wait at that moment. It is not kept for those that wait later: a lost wake-up.
"""

from threading import Condition, Event

from tests.races.litmus.litmus import program, run


@program("a wait without a loop", "exception in a thread")
def not_looked_again(right: bool) -> None:
    """The woken thread comes late: another has taken the order. It does not look again, and pops from an empty list."""
    ordered, orders = Condition(), list[int]()

    def take() -> None:
        with ordered:
            while not orders:
                ordered.wait()
                if not right:
                    break  # as `if not orders` would
            orders.pop()

    def order() -> None:
        for number in (1, 2):
            with ordered:
                orders.append(number)
                ordered.notify()

    run(take, take, order)
    assert orders == []


@program("the wrong one woken", "lost wake-up")
def wrong_one_woken(right: bool) -> None:
    """Two threads wait for different things on one condition. `notify` wakes the one that has no use for it."""
    changed, facts = Condition(), list[str]()
    wake = changed.notify_all if right else changed.notify  # right: both wake, and each looks again

    def wait_for(fact: str) -> None:
        with changed:
            while fact not in facts:
                changed.wait()

    def pay() -> None:
        for fact in ("paid", "packed"):
            with changed:
                facts.append(fact)
                wake()

    run(pack=lambda: wait_for("paid"), ship=lambda: wait_for("packed"), pay=pay)


@program("one of two woken", "lost wake-up")
def one_of_two_woken(right: bool) -> None:
    """The queue closes, and wakes one of its two workers."""
    closed, notices = Condition(), list[str]()
    wake = closed.notify_all if right else closed.notify

    def work() -> None:
        with closed:
            while not notices:
                closed.wait()

    def close() -> None:
        with closed:
            notices.append("closed")
            wake()

    run(work, work, close)


def pay(paid: Condition, payments: list[str]) -> None:
    """Keep the payment, and notify a waiting thread."""
    with paid:
        payments.append("order-1")
        paid.notify()


@program("a notification before the wait", "lost wake-up")
def notified_before(right: bool) -> None:
    """The notification comes before the wait, and is not kept."""
    paid, payments = Condition(), list[str]()  # right: the payment is kept here, and the wait looks at it first

    def ship() -> None:
        with paid:
            while right and not payments:
                paid.wait()
            if not right:
                paid.wait()

    run(ship, pay=lambda: pay(paid, payments))


@program("a look outside the lock of the wait", "lost wake-up")
def looked_outside(right: bool) -> None:
    """Between the look and the wait the lock is free, and the notification comes just then."""
    paid, payments = Condition(), list[str]()

    def ship() -> None:
        with paid:
            unpaid = not payments
            if right and unpaid:
                paid.wait()
        if not right and unpaid:
            with paid:
                paid.wait()

    run(ship, pay=lambda: pay(paid, payments))


@program("an event cleared too late", "lost wake-up")
def cleared_late(right: bool) -> None:
    """The second order comes between `pop` and `clear`: its `set` is wiped out, and the worker waits on."""
    ordered, orders, packed = Event(), list[int](), list[int]()

    def pack() -> None:
        while len(packed) < 2:
            ordered.wait()
            if right:
                ordered.clear()  # first clear, then look: a later `set` stays
            while orders:
                packed.append(orders.pop())
            if not right:
                ordered.clear()

    def order() -> None:
        for number in (1, 2):
            orders.append(number)
            ordered.set()

    run(pack, order)
    assert sorted(packed) == [1, 2]
