"""When the clock moves next for a thread that reads it in a loop: `while time.monotonic() < end: pass`.

    end = 5.0 in the loop's function          ──> at 5.0: the first moment that its numbers speak of
    start = 2.0 there, and a number 3         ──> at 5.0, too
    nothing that the loop's function can name ──> a little later, and each time a tenth more

A moment too many costs only a few rounds. A moment that was missed would let such a loop end late.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from types import FrameType

from ..words import EPOCH
from .recurrence import own_values

FIRST, FACTOR = 0.001, 1.1  # seconds by which the clock moves where no moment is named, and how that grows
NANO = 1e-9
MOST = 40  # numbers of a function that are looked at


def named_moments(frame: FrameType, now: float) -> Iterator[float]:
    """Yield the moments of virtual time that the numbers of a function may mean."""
    numbers = list(itertools.islice(numbers_of(frame), MOST))
    moments = [moment for number in numbers for moment in readings(number)]
    yield from moments
    lengths = [length for number in numbers for length in ((number, number * NANO) if number > 1e6 else (number,))]
    for moment in moments:
        if 0 <= moment <= now:
            yield from (moment + length for length in lengths)


def readings(number: float) -> Iterator[float]:
    """Yield the moments at which a clock shows a number: in seconds or nanoseconds, since the start or since 1970."""
    if type(number) is float:
        yield from (number, number - EPOCH)
    elif number >= EPOCH:
        yield from (number * NANO, number * NANO - EPOCH)


def numbers_of(frame: FrameType) -> Iterator[float]:
    """Yield the numbers that a function can name: its variables, their attributes, its globals, and its constants."""
    held = list(frame.f_locals.values())
    known = [frame.f_globals[name] for name in frame.f_code.co_names if name in frame.f_globals]
    inner = [value for one in held if not isinstance(one, type) for value in own_values(one)]
    yield from (one for one in (*held, *inner, *known, *frame.f_code.co_consts) if type(one) in (int, float))
