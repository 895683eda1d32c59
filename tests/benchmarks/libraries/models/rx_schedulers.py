"""RxPY: the scheduler of the current thread."""

from . import aliases  # noqa: F401 - before the library

# isort: split
from rx.concurrency import CurrentThreadScheduler

from .threads import together


def rx_88() -> None:
    """One queue belongs to all threads, so one thread drops it while another uses it."""
    scheduler = CurrentThreadScheduler()
    done = []

    def schedule() -> None:
        scheduler.schedule(lambda *_: done.append(1))

    together(schedule, schedule)
    assert len(done) == 2
