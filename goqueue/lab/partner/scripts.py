"""Scripts: how a partner answers. Each is a plain function of an order and of how often it came."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """What a script says to one delivery: an HTTP status, after a delay in seconds.

    `reason` is the text beside the status; None means the usual one.
    """

    status: int = 200
    delay: float = 0.0
    reason: str | None = None


Script = Callable[[int, int], Answer]
"""A script gets the order and the attempt (from 1). Many threads may call it at once.

A script of your own may wait (for an Event, say) to make a partner that hangs; the partner's stop waits for it.
"""


def healthy() -> Script:
    """A script that accepts every delivery at once.

    >>> healthy()(17, 1).status
    200
    """
    return slow(0.0)


def slow(seconds: float) -> Script:
    """A script that accepts every delivery after `seconds`.

    >>> slow(0.5)(17, 1).delay
    0.5
    """
    return lambda order, attempt: Answer(200, seconds)


def flaky(every: int = 8) -> Script:
    """A script that refuses every 8th order (or whatever `every` says) the first time it comes, and only then.

    Raises ValueError if `every` is below 1.

    >>> script = flaky(every=8)
    >>> script(7, 1).status, script(8, 1).status, script(8, 2).status
    (200, 503, 200)
    """
    if every < 1:
        raise ValueError(f"every={every}: it must be 1 or more (1 refuses each order)")
    return lambda order, attempt: Answer(503 if order % every == 0 and attempt == 1 else 200)


def down(status: int = 503) -> Script:
    """A script that refuses every delivery with `status`.

    >>> down()(17, 1).status
    503
    """
    return lambda order, attempt: Answer(status)
