"""Go's other primitives: a wait group, a read-write lock that lets writers first, and "once"."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class WaitGroup:
    """Counts what is to be done, and lets others wait until nothing is left."""

    def __init__(self, count: int = 0) -> None:
        self.count, self.changed = count, threading.Condition()

    def add(self, number: int) -> None:
        with self.changed:
            self.count += number
            if self.count < 0:
                raise ValueError("negative counter of a wait group")
            self.changed.notify_all()

    def done(self) -> None:
        self.add(-1)

    def wait(self) -> None:
        with self.changed:
            self.changed.wait_for(lambda: self.count == 0)


class ReadWriteLock:
    """Many readers or one writer. A reader waits while a writer is in, and while one waits."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.readers, self.writing_now, self.writers_waiting = 0, False, 0

    def lock_to_read(self) -> None:
        with self.changed:
            self.changed.wait_for(lambda: not self.writing_now and not self.writers_waiting)
            self.readers += 1

    def unlock_read(self) -> None:
        with self.changed:
            self.readers -= 1
            self.changed.notify_all()

    def lock_to_write(self) -> None:
        with self.changed:
            self.writers_waiting += 1
            self.changed.wait_for(lambda: not self.writing_now and not self.readers)
            self.writers_waiting -= 1
            self.writing_now = True

    def unlock_write(self) -> None:
        with self.changed:
            self.writing_now = False
            self.changed.notify_all()

    @contextmanager
    def reading(self) -> Iterator[None]:
        self.lock_to_read()
        try:
            yield
        finally:
            self.unlock_read()

    @contextmanager
    def writing(self) -> Iterator[None]:
        self.lock_to_write()
        try:
            yield
        finally:
            self.unlock_write()


class Once:
    """Runs a function at the first call only; other callers wait until that has ended."""

    def __init__(self) -> None:
        self.lock, self.called = threading.Lock(), False

    def do(self, function: Callable[[], object]) -> None:
        with self.lock:
            if not self.called:
                self.called = True
                function()
