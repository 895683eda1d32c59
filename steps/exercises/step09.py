"""The checks of the exercises of step 09: contexts."""

import contextlib
import time
from types import ModuleType
from typing import Any

from .grader import HOUR, Bench, check, expect, expect_at_most, in_virtual_time

SLOW = 2  # the chunk whose partner hangs


def sent_under(answer: Any, ctx: Any, *slow: int) -> tuple[list[int], list[Any]]:
    """Send a catalogue with her function; return the chunks that were sent, and the contexts of all that were started.

    The chunks that are `slow` take an hour each.
    """
    sent: list[int] = []
    contexts: list[Any] = []

    def send(chunk_ctx: Any, chunk: int) -> None:
        contexts.append(chunk_ctx)
        if not chunk_ctx.wait(HOUR if chunk in slow else 0):
            sent.append(chunk)

    try:
        answer(ctx, send)
    except Exception as err:
        if not ctx.done:
            raise
        expect("whether the error is a ContextDone, when the caller gives up", ended_by(err), True)
    return sent, contexts


def ended_by(err: Exception) -> bool:
    """Whether this is what `ctx.raise_if_done()` raises."""
    return type(err).__name__ in ("Cancelled", "DeadlineExceeded")


@check(
    "09.1",
    "the slow chunk is given up, and the others are sent, once each",
    right_if="no chunk were ever slow, or a slow one were allowed to hold up the rest",
)
@in_virtual_time
def gives_up_the_slow_one(answer: Any, version: ModuleType) -> None:
    """Chunk 2 takes an hour; on another day, the first and the last do."""
    sent, contexts = sent_under(answer, version.Context(), SLOW)
    expect("chunks sent, if chunk 2 takes an hour", sent, [0, 1, 3, 4])
    expect("calls of send, for five chunks", len(contexts), 5)
    sent, _ = sent_under(answer, version.Context(), 0, 4)
    expect("chunks sent, if chunks 0 and 4 take an hour", sent, [1, 2, 3])


@check("09.1", "a chunk gets two seconds, no more and no less", right_if="another limit had been agreed")
@in_virtual_time
def gives_it_two_seconds(answer: Any, version: ModuleType) -> None:
    """Chunk 2 takes an hour, the others take no time."""
    sent_under(answer, version.Context(), SLOW)
    expect("seconds that the catalogue took, if chunk 2 takes an hour", time.monotonic(), 2.0)


@check("09.1", "when the caller gives up, no further chunk is started", right_if="callers never gave up")
@in_virtual_time
def hears_the_caller(answer: Any, version: ModuleType) -> None:
    """The caller gives up while the first chunk is sent, and then asks once more."""
    caller = version.Context()
    began: list[int] = []

    def send(ctx: Any, chunk: int) -> None:
        began.append(chunk)
        caller.cancel("the caller gave up")

    with contextlib.suppress(version.Cancelled):
        answer(caller, send)
    expect("chunks started, if the caller gives up during the first", began, [0])
    with contextlib.suppress(version.Cancelled):
        answer(caller, send)
    expect("chunks started by a caller that had given up before", began[1:], [])


@check("09.1", "the caller's end reaches the chunk that is being sent", right_if="callers never gave up")
@in_virtual_time
def gives_up_with_the_caller(answer: Any, version: ModuleType) -> None:
    """The caller has a second for the whole catalogue, and its first chunk takes an hour."""
    sent_under(answer, version.Context().with_timeout(1.0), 0)
    expect("when it was over, in seconds, if chunk 0 takes an hour and the caller gives up at 1 s", time.monotonic(),
           1.0)  # fmt: skip


@check("09.1", "the caller's own context goes on", right_if="the catalogue were the caller's last call")
@in_virtual_time
def leaves_the_caller_alone(answer: Any, version: ModuleType) -> None:
    """The caller has more to do."""
    caller = version.Context()
    sent_under(answer, caller)
    expect("ctx.done of the caller, when the catalogue is sent", caller.done, False)


@check("09.1", "no chunk's context is left behind", right_if="memory were endless")
@in_virtual_time
def leaves_no_child(answer: Any, version: ModuleType) -> None:
    """A child that is not ended stays with its parent."""
    caller = version.Context()
    _, contexts = sent_under(answer, caller)
    expect("chunk contexts that are still open afterwards", sum(not ctx.done for ctx in contexts), 0)


@check("09.2", "it ends no context itself")
@in_virtual_time
def ends_nothing(answer: Any, version: ModuleType) -> None:
    """The context is not cancelled."""
    contexts, _ = logging(answer, version)
    expect("contexts that ended without a cancel", [name for name, ctx in contexts.items() if ctx.done], [])


@check("09.2", "the list gets the names of the ended contexts, and no others", right_if="all of them ended together")
@in_virtual_time
def names_those_that_ended(answer: Any, version: ModuleType) -> None:
    """A deploy ends one branch of a small tree."""
    contexts, ended = logging(answer, version)
    for _ in ("deploy", "deploy, once more"):
        contexts["deploy"].cancel("deploy at noon")
    expect(
        "the list right after deploy.cancel(), of shop > deploy > delivery",
        sorted(ended, key=str),
        ["delivery", "deploy"],
    )
    contexts["shop"].cancel("closing time")
    expect("what the list gets when shop ends too", sorted(ended[2:], key=str), ["shop"])


@check("09.2", "a name comes once", right_if="the list were a set")
@in_virtual_time
def names_each_once(answer: Any, version: ModuleType) -> None:
    """The shop has closed before anybody listens. Its name may be there, then, but not twice."""
    shop = version.Context()
    shop.cancel("closing time")
    ended: list[str] = []
    answer({"shop": shop}, ended)
    shop.cancel("closing time")
    expect_at_most("how often the name of a context is there that had ended before", len(ended), 1)


def logging(answer: Any, version: ModuleType) -> tuple[dict[str, Any], list[str]]:
    """Make a small tree, and let her function listen to it."""
    shop = version.Context()
    deploy = shop.with_cancel()
    contexts = {"shop": shop, "deploy": deploy, "delivery": deploy.with_cancel()}
    ended: list[str] = []
    answer(contexts, ended)
    return contexts, ended


@check(
    "09.3",
    "the storage is told that the job runs, before it does, and the outcome afterwards",
    right_if="every storage kept the very object that the worker changes, as the memory storage does",
)
def storage_is_told(answer: Any, version: ModuleType) -> None:
    """What save_job is told, and when the handler is called."""
    bench = Bench(version)
    happened: list[str] = []
    save = bench.queue.storage.save_job

    def note(ctx: Any, job: Any) -> None:
        happened.append(f"save_job: {job.status}")
        save(ctx, job)

    bench.queue.storage.save_job = note
    bench.process(bench.new_job(), lambda ctx, payload: happened.append("the handler"))
    expect("what happens, in order", happened, ["save_job: running", "the handler", "save_job: completed"])
