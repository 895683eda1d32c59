"""A context tree: its end reaches every child and every listener once, in every order of listening and ending.

The last three: an attempt's context is closed while it is cancelled, has a deadline, is made while the pool's ends.
"""

import threading
import time
from collections.abc import Callable

from goqueue.context import Cancelled, Context
from goqueue.running.attempt import RETURNED

from .proving import HOUR, counterexample, on_time, proof, together


def listening(top: Context, ctx: Context) -> None:
    """One begins to listen to `ctx` while `top` is cancelled."""
    heard: list[int] = []
    together(listener=lambda: ctx.after_done(lambda: heard.append(1)), owner=top.cancel)
    assert heard == [1], heard


@proof
def test_a_listener_hears_of_the_end_once() -> None:
    """One begins to listen to a grandchild while its grandparent is cancelled."""
    top = Context()
    listening(top, top.with_cancel().with_value("order", 17))
    assert top._told is None, "who listened is still remembered"


class Deaf(Context):
    """Looks whether a context has ended before it has the lock, and not again."""

    def _listen(self, key: object, fn: Callable[[], None]) -> bool:
        with self._lock:
            self._told = {**(self._told or {}), key: fn}
        return True


@counterexample("failed assertion")
def test_a_listener_that_looks_without_the_lock_is_found() -> None:
    """The proof can fail: the context may end between the look and the listening."""
    ctx = Deaf()
    listening(ctx, ctx)


@proof
def test_a_listener_that_stops_leaves_nothing_behind() -> None:
    """One listens to a child and stops again, while the parent is cancelled, and another listens on."""
    top = Context()
    child = top.with_cancel()
    heard: list[str] = []
    child.after_done(lambda: heard.append("on"))

    def brief() -> None:
        child.after_done(lambda: heard.append("brief"))()

    together(brief=brief, owner=top.cancel)
    assert sorted(heard) in (["brief", "on"], ["on"]), heard
    assert (top._told, child._told) == (None, None), "who listened is still remembered"


@proof
def test_two_listeners_of_two_children_stop_and_begin() -> None:
    """One stops listening to a child, while another begins to: the parent still knows the child, and ends it."""
    top = Context()
    child = top.with_cancel()
    heard: list[int] = []
    stop = child.after_done(lambda: None)
    together(stops=stop, begins=lambda: child.after_done(lambda: heard.append(1)))
    top.cancel()
    assert heard == [1], heard


@proof
def test_who_waits_wakes_at_the_end() -> None:
    """One waits on a child, an hour at most, while the parent is cancelled by two."""
    top = Context()
    child = top.with_timeout(HOUR)
    causes = []

    def waiter() -> None:
        assert child.wait()
        causes.append(child.cause)

    together(waiter=waiter, first=lambda: top.cancel("first"), second=lambda: top.cancel("second"))
    on_time()
    assert causes == [top.cause], causes


def seen_while_cancelled(top: Context, ctx: Context) -> None:
    """One looks at `ctx` while `top` is cancelled."""
    seen = []

    def looks() -> None:
        err = ctx.err
        seen.append((err is None, ctx.cause if err is not None else None))

    together(looks=looks, owner=lambda: top.cancel("deploy"))
    assert seen[0] in ((True, None), (False, "deploy")), seen


@proof
def test_who_sees_the_end_sees_its_cause() -> None:
    """One looks at a child while its parent is cancelled: an err without a cause is never seen."""
    top = Context()
    seen_while_cancelled(top, top.with_cancel())


class Backwards(Context):
    """Writes its err before its cause."""

    def cancel(self, cause: object = None) -> None:
        with self._lock:
            self._err = Cancelled("cancelled")
            self._cause = cause


@counterexample("failed assertion")
def test_an_err_before_its_cause_is_found() -> None:
    """The proof can fail: who looks between the two writes sees an end without a cause."""
    ctx = Backwards()
    seen_while_cancelled(ctx, ctx)


@proof
def test_closing_and_cancelling_end_it_once() -> None:
    """A worker closes an attempt's context, while it is cancelled, and while a thread left behind begins to listen."""
    pool = Context()
    ctx = pool.with_cancel()
    heard: list[int] = []
    together(
        worker=lambda: ctx.close(RETURNED, RETURNED),
        canceller=lambda: ctx.cancel("stop"),
        left=lambda: ctx.after_done(lambda: heard.append(1)),
    )
    assert heard == [1], heard
    assert ctx.cause in (RETURNED, "stop"), ctx.cause
    assert not pool.done


@proof
def test_a_deadline_and_a_cancel_at_one_instant() -> None:
    """A context is cancelled in the instant of its deadline: one of the two ends it, and both agree which."""
    ctx = Context().with_timeout(1.0)
    seen = []

    def late() -> None:
        time.sleep(1.0)
        ctx.cancel("late")

    def waiter() -> None:
        ctx.wait()
        seen.append(ctx.err)

    together(waiter=waiter, canceller=late)
    assert seen == [ctx.err], (seen, ctx.err)


@proof
def test_a_child_made_while_the_parent_ends_has_ended() -> None:
    """A worker makes an attempt's context while the pool's is cancelled: it ends with it, whoever comes first."""
    pool = Context()
    made: list[Context] = []
    heard = threading.Event()

    def worker() -> None:
        made.append(pool.with_cancel())
        made[0].after_done(heard.set)

    together(worker=worker, owner=lambda: pool.cancel("deploy"))
    assert made[0].done
    assert made[0].cause == "deploy"
    assert heard.is_set()
