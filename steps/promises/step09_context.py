"""Promises about what a context tells: its end, its listeners, its children, its values."""

import threading
import time
from types import ModuleType
from typing import Any

from .bench import HOUR, in_virtual_time
from .explored import explored
from .logs import logged
from .models import branching, cancelling
from .promise import Broken, expect, expect_at_most, promise


def told_by(ctx: Any) -> tuple[object, ...]:
    """Return all that a context says of its end. The cause is asked first, because each answer must notice the end."""
    cause, err = ctx.cause, type(ctx.err).__name__ if ctx.err else None
    return ctx.done, err, type(cause).__name__ if isinstance(cause, Exception) else cause, ctx.remaining()


@promise(
    "a context says when it has ended, by what, and why: cancelled, or out of time",
    needs=("context",),
    alone="context",
    counterexamples=("step09_context_has_no_cause",),
)
@in_virtual_time
def says_why(version: ModuleType) -> None:
    """One is cancelled with a cause, one without, and three have a deadline in 5 s."""
    asked = "its (done, err, cause, remaining())"
    shop, plain = version.Context(), version.Context()
    expect(f"{asked}, before it ends", told_by(shop), (False, None, None, None))
    shop.cancel("deploy at noon")
    shop.cancel("another cause")
    expect(f"{asked}, after cancel('deploy at noon')", told_by(shop), (True, "Cancelled", "deploy at noon", 0.0))
    expect("the text of its err", str(shop.err), "deploy at noon")
    plain.cancel()
    expect(f"{asked}, after cancel()", told_by(plain), (True, "Cancelled", "Cancelled", 0.0))
    expect("whether the text of its err says something", str(plain.err) not in ("", "None"), True)
    late, later = version.Context().with_timeout(5.0), version.Context().with_timeout(5.0)
    inner = late.with_timeout(9.0).with_cancel()
    time.sleep(4.0)
    expect(f"{asked}, 1 s before its deadline", told_by(late), (False, None, None, 1.0))
    expect("the deadlines of children with more time, and less, and of a context without one",
           (inner.deadline, later.with_timeout(0.5).deadline, shop.deadline), (5.0, 4.5, None))  # fmt: skip
    longest = version.Context().with_timeout(1e12).remaining()
    expect_at_most("remaining() of a context with 1e12 s, in seconds", longest, threading.TIMEOUT_MAX)
    time.sleep(1.0)
    expect("remaining() at the deadline", later.remaining(), 0.0)
    for ctx in (late, inner):
        expect(f"{asked}, at its deadline", told_by(ctx), (True, "DeadlineExceeded", "DeadlineExceeded", 0.0))
    time.sleep(2.0)
    expect("remaining() 2 s after the deadline", later.remaining(), 0.0)
    expect("whether the text of its err says something", bool(str(later.err)), True)
    for seconds in (0.0, -1.0):
        expect(
            f"(done, remaining()) of with_timeout({seconds:g})",
            told_by(version.Context().with_timeout(seconds))[::3],
            (True, 0.0),
        )
    for ctx in (shop, later):
        raises_its_end(version, ctx)


def raises_its_end(version: ModuleType, ctx: Any) -> None:
    """Raise Broken unless raise_if_done() raises a ContextDone of the context's own kind."""
    version.Context().raise_if_done()
    try:
        ctx.raise_if_done()
    except version.context.ContextDone as err:
        expect("the error of raise_if_done()", (type(err), str(err)), (type(ctx.err), str(ctx.err)))
    else:
        raise Broken("raise_if_done() of a context that has ended", "no error", type(ctx.err).__name__)


@promise(
    "whoever listens to a context is told once, at its end, and not after it stopped listening",
    needs=("context",),
    alone="context",
    counterexamples=("step09_context_tells_on_the_next_call",),
)
@in_virtual_time
def tells_listeners(version: ModuleType) -> None:
    """Listeners may fail, and may use the context. One stops listening, and one comes too late."""
    shop, told = version.Context(), list[object]()
    stop_listening = shop.after_done(lambda: told.append("stopped"))
    shop.after_done(lambda: told.append("first"))
    shop.after_done(leaves)
    shop.after_done(lambda: told.append((shop.done, shop.remaining(), shop.children)))
    shop.after_done(lambda: shop.after_done(lambda: told.append("from inside")))
    stop_listening()
    expect("who was told before the end", told, [])
    with logged(version) as lines:
        shop.cancel("deploy at noon")
        shop.cancel("deploy at noon")
    expect("who was told at the end", told, ["first", (True, 0.0, ()), "from inside"])
    expect("whether the error of a listener was logged", [bool(line) for line in lines], [True])
    shop.after_done(lambda: told.append("late"))()
    shop.after_done(lambda: told.append((shop.done, shop.cause)))
    expect("who was told after the end", told[3:], ["late", (True, "deploy at noon")])


def leaves() -> None:
    """Fail as badly as a listener can."""
    raise SystemExit(3)


@promise(
    "an end that comes at any moment reaches each listener and each child once, and has one cause",
    needs=("context",),
    alone="context",
    counterexamples=("step09_context_ends_twice",),
)
def ends_at_any_moment(version: ModuleType) -> None:
    """A shop closes while others listen to it, look at it, branch off, or close it too."""
    explored(version, branching(version), "what others see of an end that comes meanwhile", "all of it, once")
    explored(version, cancelling(version), "what two who cancel leave behind", "the end of one of them")


@promise(
    "a context knows its children until they end, and leaving a `with` block ends one",
    needs=("context",),
    alone="context",
    counterexamples=("step09_context_keeps_its_children",),
)
@in_virtual_time
def knows_its_children(version: ModuleType) -> None:
    """Four children; they end by themselves, by their deadline, by their block, and with their parent."""
    shop = version.Context()
    made = [shop.with_cancel(), shop.with_timeout(5.0), shop.with_value("order", 17), shop.with_cancel()]
    expect("its children, in the order in which they were made", shop.children, tuple(made))
    shop.after_done(lambda: None)
    expect("the same, when something else listens to it too", shop.children, tuple(made))
    seen: list[object] = []
    made[0].after_done(lambda: seen.append(made[0] in shop.children))
    made[0].cancel()
    expect("whether a child is still one when its listeners are told of its end", seen, [False])
    expect("its children, when the first has ended", shop.children, tuple(made[1:]))
    time.sleep(5.0)
    expect("whether a child has ended at its deadline", made[1].done, True)
    expect("its children after that", shop.children, tuple(made[2:]))
    with made[2] as block:
        expect("what `with child` gives", (block is made[2], block.done), (True, False))
    expect("(child.done, parent.done) after the block", (made[2].done, shop.done), (True, False))
    shop.cancel("deploy at noon")
    expect("its children after its own end", shop.children, ())
    expect("the cause of the last child", made[3].cause, "deploy at noon")
    late = shop.with_cancel()
    expect("(done, cause) of a child that is made after the end", (late.done, late.cause), (True, "deploy at noon"))
    expect("children of a context that has ended", shop.children, ())


@promise(
    "a context's values are its parent's and one more, which hides a parent's of the same name",
    needs=("context",),
    alone="context",
    counterexamples=("step09_context_shares_its_values",),
)
def values_add_up(version: ModuleType) -> None:
    """Two orders of one customer."""
    root = version.Context()
    shop = root.with_value("customer", "Ada")
    order = shop.with_value("order", 17).with_value("order", 18).with_cancel().with_timeout(HOUR)
    found = [ctx.value("order", "none") for ctx in (order, shop, shop.with_value("order", 19), version.Context())]
    expect("value('order', 'none') of four contexts", found, [18, "none", 19, "none"])
    expect("value('lines', 3), if with_value stored 0", root.with_value("lines", 0).value("lines", 3), 0)
    expect("value('customer') of a child, and of a parent", (order.value("customer"), root.value("customer")),
           ("Ada", None))  # fmt: skip
