"""`async def`: coroutines as tasks, and waiting that does not block an event loop.

worker's thread ── asyncio.run(coroutine) ── the attempt's context ends ──> the coroutine is cancelled
event loop      ── await not_blocking(…) ── a thread of the loop's executor does the waiting
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ..context import Context

T = TypeVar("T")


def run_coroutine(ctx: Context, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end, in an event loop of its own. Raises ContextDone if `ctx` ends first.

    The coroutine hears of that as it does in asyncio: by CancelledError, at its next `await`.
    """

    async def until_done() -> T:
        loop, this = asyncio.get_running_loop(), asyncio.current_task()
        assert this is not None

        def cancel() -> None:
            loop.call_soon_threadsafe(this.cancel)

        forget = ctx.after_done(cancel)
        try:
            async with asyncio.timeout(ctx.remaining()):  # because no thread watches a deadline
                return await make()
        finally:
            forget()

    try:
        return asyncio.run(until_done())
    except (asyncio.CancelledError, TimeoutError):
        ctx.raise_if_done()
        raise


async def not_blocking(call: Callable[[Context], T], ctx: Context) -> T:
    """Return what a call returns that waits, without blocking the event loop. If this is cancelled, the wait ends."""
    bounded = ctx.with_cancel()
    try:
        return await asyncio.to_thread(call, bounded)
    except asyncio.CancelledError:
        bounded.cancel("nobody awaits it any more")
        raise
    finally:
        bounded.cancel()
