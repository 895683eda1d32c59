"""What nobody waits for, done by a thread: the ends of short attempts, which share a commit, and the bell.

    settle_soon ──> items ── after SOON seconds, or with the next claim ──> one commit ──> told
    a job was added ──> ring ──> NOTIFY ──> the listeners of other processes

The bell rings after the commit, by a transaction of its own: a NOTIFY inside of it would let the submissions of all
processes wait for each other. Many that come together ring once. If the process is killed in between, others find the
job when they look by themselves.
"""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable

from ...errors import StorageError, ends_thread
from .work import Outcomes

SOON = 0.01  # seconds, at most, until outcomes that nobody waits for are written
AGAIN = 0.5  # seconds until what could not be written is tried again
RUNG = 0.002  # seconds between two rings


class Behind:
    """The thread, and the line before it. Any thread may call it.

    `write` settles the items, and `ring` tells others that a job will be due in so many seconds.
    """

    def __init__(self, write: Callable[[], None], ring: Callable[[float], None]) -> None:
        self.items: deque[Outcomes] = deque()
        self._write = write
        self._ring = ring
        self._line: queue.SimpleQueue[float | None] = queue.SimpleQueue()  # seconds until a job is due; None: look
        self._lock = threading.Lock()  # guards the start of the thread, and `ended`; nothing is waited for under it
        self._thread: threading.Thread | None = None
        self._hurries = False
        self._write_at: float | None = None  # time.monotonic
        self.ended = False

    def accept(self, item: Outcomes, hurry: bool) -> None:
        """Keep an item until it is settled."""
        first = not self.items
        self.items.append(item)
        if hurry:
            self._hurries = True
        if first or hurry:
            self._call(None)

    def ring(self, seconds: float) -> None:
        """Let other processes know that a job is due in so many seconds."""
        self._call(seconds)

    def take(self) -> list[Outcomes]:
        """Return all items, which the caller settles now, or gives back."""
        taken = []
        while self.items:
            taken.append(self.items.popleft())
        return taken

    def give_back(self, items: list[Outcomes]) -> None:
        """Keep items that could not be settled."""
        self.items.extendleft(reversed(items))

    def stop(self) -> None:
        """Let the thread end. A finalizer calls this, so it waits for nothing."""
        self.ended = True
        self._line.put(None)

    def join(self, seconds: float) -> None:
        """Wait until the thread has ended."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(seconds)

    def _call(self, seconds: float | None) -> None:
        self._line.put(seconds)
        if self._thread is None:
            self._start()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None and not self.ended:
                self._thread = threading.Thread(target=self._run, name="postgres-behind", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while not self.ended:
            try:
                due = self._gather()
                if due is not None:
                    self._ring(due)
                    time.sleep(RUNG)
                if self.items and self._is_time():
                    self._hurries, self._write_at = False, None
                    self._write()
            except StorageError:  # it is said by those who wait for something
                self._write_at = time.monotonic() + AGAIN
                time.sleep(SOON)
            except BaseException as err:
                if ends_thread(err):
                    raise
                time.sleep(AGAIN)

    def _gather(self) -> float | None:
        """Wait until there is something to do. Return in how many seconds a job is due, if others are to be told."""
        timeout = None
        if self.items:
            if self._write_at is None:
                self._write_at = time.monotonic() + SOON
            timeout = 0.0 if self._hurries else max(0.0, self._write_at - time.monotonic())
        found: list[float] = []
        try:
            asked = self._line.get(timeout=timeout) if timeout != 0.0 else self._line.get_nowait()
            while True:
                if asked is not None:
                    found.append(asked)
                asked = self._line.get_nowait()
        except queue.Empty:
            pass
        return min(found, default=None)

    def _is_time(self) -> bool:
        return self._hurries or (self._write_at is not None and time.monotonic() >= self._write_at)
