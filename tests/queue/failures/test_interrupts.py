"""Ctrl-C at random moments, real ones: each storage stays usable, by its own process and by others.

The race lab proves it for every step (sqlite/test_writer.py, test_memory.py); here signals really come.
"""

import gc
import signal
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goqueue import MemoryStorage, Status
from goqueue.job import Record
from goqueue.storage import SQLiteStorage

from ..files import DURABILITIES, records
from ..parts import PATIENCE

pytestmark = [
    pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no timers that interrupt"),
    # One that comes in a finalizer, perhaps of what another test has left, is lost, and Python says so.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


TIMES = 60  # interrupts of one storage
AGAIN = 0.02  # seconds after which one comes that follows one that was lost, because it came in a finalizer


class Interrupts:
    """Raise KeyboardInterrupt in the main thread, at most one between two calls of `expect`.

    A timer that rings late, on a busy machine, must not raise where nobody expects it: pytest would end.
    """

    def __init__(self) -> None:
        self.expected = False

    def ring(self, number: int, frame: object) -> None:
        """Raise, if one is expected."""
        if self.expected:
            self.expected = False
            raise KeyboardInterrupt

    def expect(self, seconds: float) -> None:
        """Let one come after some seconds, and the next after `AGAIN`."""
        self.expected = True
        signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)


@pytest.fixture
def interrupts() -> Iterator[Interrupts]:
    """Interrupts of the main thread, while the test expects them."""
    interrupts = Interrupts()
    gc.collect()
    gc.freeze()  # else most come while the collector looks at what other tests have left, and are lost in its callbacks
    before = signal.signal(signal.SIGALRM, interrupts.ring)
    yield interrupts
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    signal.signal(signal.SIGALRM, before)
    gc.unfreeze()


def interrupt(storage: Any, interrupts: Interrupts) -> tuple[int, int]:
    """Add jobs while interrupts come. Return how many were accepted for certain, and how many may have been."""
    hits = accepted = 0
    while hits < TIMES:
        try:
            interrupts.expect(0.0005 + 0.00007 * (hits % 31))
            while True:
                storage.add(records(1))
                accepted += 1
                interrupts.expected = True  # the last one may have been lost
        except KeyboardInterrupt:
            hits += 1
    return accepted, hits


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # an interrupt of a finalizer
@pytest.mark.parametrize("number", [1, pytest.param(20, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ["memory", *DURABILITIES])
def test_ctrl_c_at_random_moments_leaves_storages_usable(
    interrupts: Interrupts, tmp_path: Path, kind: str, number: int
) -> None:
    for each in range(number):  # one after the other, because each fills up while it is interrupted
        leaves_it_usable(tmp_path / f"{each}.db", kind, interrupts)


def leaves_it_usable(path: Path, kind: str, interrupts: Interrupts) -> None:
    """Interrupt a storage, and then use it: from this thread, from another, from another process."""
    storage: Any = MemoryStorage() if kind == "memory" else SQLiteStorage(path, durability=kind)
    accepted, hits = interrupt(storage, interrupts)
    done: list[bool] = []
    other = threading.Thread(target=lambda: done.append(storage.add([Record("webhook", None)])), daemon=True)
    other.start()
    other.join(PATIENCE)
    assert done == [True], "another thread is left asleep"
    assert accepted + 1 <= storage.count()[Status.PENDING] <= accepted + 1 + hits
    storage.close()
    if kind != "memory":
        other_process = sqlite3.connect(path, timeout=0.0, isolation_level=None)
        other_process.execute("BEGIN IMMEDIATE")  # no transaction was left open
        other_process.close()
