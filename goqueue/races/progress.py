"""How far an exploration has come: one line in a terminal, which is gone when the exploration ends.

    goqueue race …   stderr is a terminal ─> a line
                     else ────────────────> nothing, so that no file and no output of a test has it

The line is written by the thread that called explore(), between two runs. No thread of a model writes.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from time import monotonic
from typing import TextIO

SELDOM = 0.1  # seconds between two changes of the line

Tell = Callable[[int], None]  # takes the number of schedules that have been tried


@contextlib.contextmanager
def progress_line(schedules: int, stream: TextIO | None = None) -> Iterator[Tell | None]:
    """Yield what explore() takes as `progress`. None if the stream (stderr) is no terminal."""
    stream = sys.stderr if stream is None else stream
    if not stream.isatty():
        yield None
        return
    text = ""

    def tell(tried: int) -> None:
        nonlocal text
        text = f"{tried} of at most {schedules} schedules"
        stream.write(f"\r{text}")
        stream.flush()

    try:
        yield seldom(tell)
    finally:
        stream.write(f"\r{' ' * len(text)}\r")
        stream.flush()


def seldom(tell: Tell) -> Tell:
    """Return a function that passes on a few of its calls a second."""
    following = 0.0

    def told(tried: int) -> None:
        nonlocal following
        if monotonic() >= following:
            tell(tried)
            following = monotonic() + SELDOM

    return told
