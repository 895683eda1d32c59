"""The context of an attempt: it is made while the pool's ends, closed while it is cancelled, and has a deadline."""

import threading
import time

from goqueue.context import Context
from goqueue.processor import RETURNED

from .proving import proved, together


def test_closing_and_cancelling_end_it_once() -> None:
    """A worker closes an attempt's context, while it is cancelled, and while a thread left behind begins to listen.

    32 schedules.
    """

    def model() -> None:
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

    proved(model)


def test_a_deadline_and_a_cancel_at_one_instant() -> None:
    """A context is cancelled in the instant of its deadline: one of the two ends it, and both agree which.

    16 schedules.
    """

    def model() -> None:
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

    proved(model)


def test_a_child_made_while_the_parent_ends_has_ended() -> None:
    """A worker makes an attempt's context while the pool's is cancelled: it ends with it, whoever comes first.

    9 schedules.
    """

    def model() -> None:
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

    proved(model)
