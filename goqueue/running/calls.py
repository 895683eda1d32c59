"""What each call of a queue checks first: its context, and that the process was not forked meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from sys import is_finalizing

from ..context import Context
from ..errors import QueueStopped, StorageLocked, StorageUnreachable
from ..names import shown
from .pool import Pool

EARLY = 0.01  # seconds by which a storage may give up before the context ends, because a server counts milliseconds

ALWAYS: AbstractContextManager[None] = nullcontext()  # for a caller who waits as long as usual


class Calls:
    """The checks of one queue. Any thread may call it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def check(self, ctx: Context) -> None:
        """Raise TypeError if `ctx` is no context, ContextDone if it has ended, QueueStopped after a fork."""
        if not isinstance(ctx, Context):
            raise no_context(ctx)
        self.check_process()
        ctx.raise_if_done()

    def begin(self, ctx: Context) -> AbstractContextManager[None]:
        """Check as `check` does. In the `with` block, the storage waits for other processes no longer than `ctx`."""
        self.check(ctx)
        if ctx._deadline is None or not hasattr(self._pool.storage, "patience"):
            return ALWAYS
        return patient(ctx, self._pool.storage.patience)

    def check_process(self) -> None:
        """Raise QueueStopped in the child of a fork, and if Python ends and has stopped the queue's threads."""
        if self._pool.floor.forked:
            raise QueueStopped(
                "this queue was started before a fork, and this is the child, where none of its threads runs: make a "
                "new queue here, or start it after the fork"
            )
        if is_finalizing() and self._pool.started and not self._pool.stopped:
            raise QueueStopped(
                "Python ends, and no thread of this queue runs any more: call it before, such as in a function that "
                "atexit calls"
            )


@contextmanager
def patient(ctx: Context, patience: Callable[[float | None], AbstractContextManager[None]]) -> Iterator[None]:
    """Let a storage wait for other processes until `ctx` ends. Raises ContextDone if it ended because of that."""
    try:
        with patience(ctx.remaining()):
            yield
    except (StorageLocked, StorageUnreachable):
        left = ctx.remaining()
        if left is not None and left <= EARLY:
            ctx.wait(EARLY)
        ctx.raise_if_done()
        raise


def no_context(given: object) -> TypeError:
    """Return the error for a first argument that is no context."""
    return TypeError(f"ctx is {shown(given)}: the first argument must be a Context, such as Context()")
