"""Promises about waits under a context, and about calls that a context refuses."""

import math
import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .bench import HOUR, in_virtual_time
from .promise import Broken, expect, promise


@promise(
    "ctx.wait(seconds) sleeps so long, or until the context ends, and says which",
    needs=("context",),
    alone="context",
    counterexamples=("step09_context_oversleeps",),
)
@in_virtual_time
def waits_as_long_as_asked(version: ModuleType) -> None:
    """Each wait begins when the one before is over."""
    limit, stopped = version.Context().with_timeout, version.Context()
    stopped.cancel()
    for call, ctx, seconds, expected in (
        ("Context().wait(3)", version.Context(), 3.0, (False, 3.0)),
        ("Context().wait(0)", version.Context(), 0.0, (False, 0.0)),
        ("Context().with_cancel().wait(2)", version.Context().with_cancel(), 2.0, (False, 2.0)),
        ("a wait(3600) under a context that has ended", stopped, HOUR, (True, 0.0)),
        ("a wait() under a context that has ended", stopped, None, (True, 0.0)),
    ):
        expect(f"what {call} returned, and after how many seconds", waited(ctx, seconds), expected)
    for wait, outcome in ((None, (True, 5.0)), (2.0, (False, 2.0)), (9.0, (True, 5.0))):
        expect(f"the same of with_timeout(5).wait({wait})", waited(limit(5.0), wait), outcome)
    for wait, said in ((None, ""), (math.inf, "inf")):
        shop, closing = version.Context(), threading.Event()
        threading.Thread(target=lambda shop=shop, closing=closing: closing.wait(4.0) or shop.cancel()).start()
        call = f"the same of Context().wait({said}), which another thread cancels after 4 s"
        expect(call, waited(shop, wait), (True, 4.0))
    listening: list[Callable[[], None]] = []
    waited(listened_to(version, listening).with_timeout(1.0), 1.0)
    waited(listened_to(version, listening), 1.0)
    expect("functions that still listen after a wait", len(listening), 0)


def waited(ctx: Any, seconds: float | None) -> tuple[bool, float]:
    """Wait; return what wait() returned, and how long it took."""
    began = time.monotonic()
    ended = ctx.wait() if seconds is None else ctx.wait(seconds)
    return ended, time.monotonic() - began


def listened_to(version: ModuleType, listening: list[Callable[[], None]]) -> Any:
    """Return a context that keeps a list of the functions that listen to it."""

    class Listened(version.Context):  # type: ignore[misc, name-defined]
        def after_done(self, fn: Callable[[], None]) -> Callable[[], None]:
            stop_listening = super().after_done(fn)
            listening.append(fn)

            def stop() -> None:
                if fn in listening:
                    listening.remove(fn)
                stop_listening()

            return stop

    return Listened()


@promise(
    "each call of the storage is refused for a context that has ended, and then changes nothing",
    needs=("context",),
    counterexamples=("step09_storage_works_for_nobody",),
)
def storage_refuses_the_ended(version: ModuleType) -> None:
    """The caller has given up. Calls that came with later steps are tried where they are."""
    storage, job = version.storage.MemoryStorage(), version.job.Job("job-1", "webhook", {"order": 17})
    storage.clear_storage()
    storage.save_job(version.Context(), job)
    other = version.job.Job("job-2", "webhook", {"order": 18})
    changed = version.job.Job("job-1", "webhook", {"order": 19})
    calls = {"save_job": other, "get_job": "job-1", "update_job": changed, "list_by_status": "pending",
             "delete_job": "job-1"}  # fmt: skip
    given_up = version.Context()
    given_up.cancel("the caller gave up")
    for method, argument in calls.items():
        if hasattr(storage, method):
            try:
                getattr(storage, method)(given_up, argument)
            except version.context.ContextDone:
                continue
            raise Broken(f"{method}(ctx, …), when ctx has ended", "no error", "ContextDone")
    expect("the payload of job-1 afterwards", storage.get_job(version.Context(), "job-1").payload, {"order": 17})
    try:
        kept = storage.get_job(version.Context(), "job-2").id
    except LookupError:
        return
    raise Broken("get_job('job-2'), whose save was refused", kept, "LookupError")
