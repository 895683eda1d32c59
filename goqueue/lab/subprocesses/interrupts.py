"""Interrupts that wait: a process that has just been started is known before Ctrl-C or SIGTERM unwinds its starter."""

import contextlib
import signal
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def interrupts_wait() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait until the block has ended; then they come.

    Only the main thread hears signals, so in another one there is nothing to do.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
    else:
        with _waits(signal.SIGTERM), _waits(signal.SIGINT):
            yield


@contextlib.contextmanager
def _waits(number: int) -> Iterator[None]:
    before = signal.getsignal(number)
    if not callable(before):  # the system's own handler raises nothing
        yield
        return
    came: list[int] = []
    try:
        signal.signal(number, lambda number, frame: came.append(number))
        yield
    finally:
        signal.signal(number, before)
        if came:
            signal.raise_signal(number)
