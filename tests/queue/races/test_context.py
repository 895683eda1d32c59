"""A context tree: its end reaches every child and every listener once, in every order of listening and ending."""

import time
from collections.abc import Callable

from goqueue.context import Cancelled, Context

from .proving import HOUR, found, proved, together


def test_a_listener_hears_of_the_end_once() -> None:
    """One begins to listen to a grandchild while its grandparent is cancelled. 9 schedules."""

    def model() -> None:
        top = Context()
        child = top.with_cancel().with_value("order", 17)
        heard: list[int] = []
        together(listener=lambda: child.after_done(lambda: heard.append(1)), owner=top.cancel)
        assert heard == [1], heard
        assert top._told is None, "who listened is still remembered"

    proved(model)


class Deaf(Context):
    """Looks whether a context has ended before it has the lock, and not again."""

    def _listen(self, key: object, fn: Callable[[], None]) -> bool:
        with self._lock:
            self._told = {**(self._told or {}), key: fn}
        return True


def test_a_listener_that_looks_without_the_lock_is_found() -> None:
    """The proof can fail: the context may end between the look and the listening."""

    def model() -> None:
        ctx = Deaf()
        heard: list[int] = []
        together(listener=lambda: ctx.after_done(lambda: heard.append(1)), owner=ctx.cancel)
        assert heard == [1], heard

    assert found(model) == "failed assertion"


def test_a_listener_that_stops_leaves_nothing_behind() -> None:
    """One listens to a child and stops again, while the parent is cancelled, and another listens on. 22 schedules."""

    def model() -> None:
        top = Context()
        child = top.with_cancel()
        heard: list[str] = []
        child.after_done(lambda: heard.append("on"))

        def brief() -> None:
            child.after_done(lambda: heard.append("brief"))()

        together(brief=brief, owner=top.cancel)
        assert sorted(heard) in (["brief", "on"], ["on"]), heard
        assert (top._told, child._told) == (None, None), "who listened is still remembered"

    proved(model)


def test_two_listeners_of_two_children_stop_and_begin() -> None:
    """One stops listening to a child, while another begins to: the parent still knows the child, and ends it.

    2 schedules.
    """

    def model() -> None:
        top = Context()
        child = top.with_cancel()
        heard: list[int] = []
        stop = child.after_done(lambda: None)
        together(stops=stop, begins=lambda: child.after_done(lambda: heard.append(1)))
        top.cancel()
        assert heard == [1], heard

    proved(model)


def test_who_waits_wakes_at_the_end() -> None:
    """One waits on a child, an hour at most, while the parent is cancelled by two. 66 schedules."""

    def model() -> None:
        top = Context()
        child = top.with_timeout(HOUR)
        causes = []

        def waiter() -> None:
            assert child.wait()
            causes.append(child.cause)

        together(waiter=waiter, first=lambda: top.cancel("first"), second=lambda: top.cancel("second"))
        assert time.monotonic() == 0.0, f"{time.monotonic():g} s"
        assert causes == [top.cause], causes

    proved(model)


def test_who_sees_the_end_sees_its_cause() -> None:
    """One looks at a child while its parent is cancelled: an err without a cause is never seen. 6 schedules."""

    def model() -> None:
        top = Context()
        child = top.with_cancel()
        seen = []

        def looks() -> None:
            err = child.err
            seen.append((err is None, child.cause if err is not None else None))

        together(looks=looks, owner=lambda: top.cancel("deploy"))
        assert seen[0] in ((True, None), (False, "deploy")), seen

    proved(model)


class Backwards(Context):
    """Writes its err before its cause."""

    def cancel(self, cause: object = None) -> None:
        with self._lock:
            self._err = Cancelled("cancelled")
            self._cause = cause


def test_an_err_before_its_cause_is_found() -> None:
    """The proof can fail: who looks between the two writes sees an end without a cause."""

    def model() -> None:
        ctx = Backwards()
        seen = []

        def looks() -> None:
            err = ctx.err
            seen.append((err is None, ctx.cause if err is not None else None))

        together(looks=looks, owner=lambda: ctx.cancel("deploy"))
        assert seen[0] in ((True, None), (False, "deploy")), seen

    assert found(model) == "failed assertion"
