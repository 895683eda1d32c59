"""What a queue is told when it is made: checked once, and never changed."""

from types import EllipsisType
from typing import Any, NamedTuple

from .retry import check_attempts, check_seconds

ROOM = 1024  # jobs that may wait for a worker, unless somebody says otherwise
GRACE = 10.0  # seconds that running jobs have at a stop
RUN_GRACE = 6.0  # the same for Queue.run: supervisors kill after 10 s, and a handler has about a second to hand back


class QueueOptions(NamedTuple):
    """The options of a queue."""

    workers: int
    buffer_size: int | None
    grace: float


def queue_options(workers: Any, buffer_size: Any, grace: Any, shared: bool) -> QueueOptions:
    """Return the options, checked. `buffer_size` is ... if nobody has said it: then a shared storage has no bound.

    Raises TypeError or ValueError if a value is not valid.
    """
    if not isinstance(workers, int) or isinstance(workers, bool):
        raise TypeError(f"workers is {workers!r}: it must be a whole number, such as 4")
    if workers < 1:
        raise ValueError(f"workers is {workers!r}: a pool must have one worker or more")
    if isinstance(buffer_size, EllipsisType):
        buffer_size = None if shared else ROOM
    elif buffer_size is not None and check_attempts(buffer_size, "buffer_size") < 1:
        raise ValueError(f"buffer_size is {buffer_size!r}: there must be room for one job or more")
    return QueueOptions(workers, buffer_size, check_seconds(grace, "grace"))
