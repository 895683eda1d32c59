"""A bounded channel between threads: Go's `make(chan T, size)`.

    producers ── put: waits while it is full ──> [ oldest … newest ] ── get: waits while it is empty ──> workers
    workers ──── put(wait=False), put_back ─────────────────┘

Waiting for room is the back-pressure: a producer faster than the workers is slowed down to their pace instead of
filling the memory. No thread polls. A producer's context can end its wait, and `close` ends all waits.

The pool's own threads never wait for room, because only they make room: they would wait for themselves.
"""

import threading
from collections import deque
from typing import Generic, TypeVar

from .context import Context

T = TypeVar("T")


class Channel(Generic[T]):
    """Holds up to `size` items, first in, first out. Any thread may call it.

    >>> channel: Channel[str] = Channel(2)
    >>> channel.put(Context(), "order 17")
    >>> channel.get()
    'order 17'
    """

    def __init__(self, size: int) -> None:
        if not isinstance(size, int):
            raise TypeError(f"buffer_size is {size!r}: it must be a whole number, such as 64")
        if size < 1:
            raise ValueError(f"buffer_size is {size!r}: a channel must have room for one item or more")
        self._size = size
        # Guards the two fields below. While it is held, only a context's own lock is taken (by remaining()).
        self._lock = threading.Lock()
        self._room = threading.Condition(self._lock)  # an item was taken, or the channel was closed
        self._ready = threading.Condition(self._lock)  # an item was put, or the channel was closed
        self._items: deque[T] = deque()
        self._closed = False

    def put(self, ctx: Context, item: T, *, wait: bool = True) -> None:
        """Add `item`. Wait for room until `ctx` ends; with wait=False, add it even if there is no room.

        Raises ContextDone if `ctx` ends first, RuntimeError if the channel is closed. Then `item` was not added.
        """
        stop_listening = ctx.after_done(self._wake_producers)
        try:
            while not self._put_or_wait(ctx, item, wait):
                pass
        finally:
            stop_listening()

    def put_back(self, item: T) -> None:
        """Add an item that was taken from here. This never waits or fails, even without room or after close()."""
        with self._lock:
            self._items.append(item)
            self._ready.notify()

    def drain(self) -> list[T]:
        """Remove and return all items that are left, oldest first."""
        with self._lock:
            items = list(self._items)
            self._items.clear()
            self._room.notify_all()
        return items

    def get(self) -> T | None:
        """Take the oldest item, waiting for one. Return None once the channel is closed."""
        with self._lock:
            while not self._items and not self._closed:
                self._ready.wait()
            if self._closed:
                return None
            # All of them, not one: a single thread may find that its context has ended, and leave the room unused.
            self._room.notify_all()
            return self._items.popleft()

    def close(self) -> None:
        """Accept and return no items from now on. Those in the channel stay there. A second call changes nothing."""
        with self._lock:
            self._closed = True
            self._room.notify_all()
            self._ready.notify_all()

    def _put_or_wait(self, ctx: Context, item: T, wait: bool) -> bool:
        ctx.raise_if_done()  # without our lock: the end of a context calls its listeners, us included
        with self._lock:
            if self._closed:
                raise RuntimeError("the queue has stopped and takes no more jobs: submit to one that runs")
            if len(self._items) < self._size or not wait:
                self._items.append(item)
                self._ready.notify()
                return True
            # If ctx has ended since the first line, remaining() is 0.0, so no wake-up is missed.
            self._room.wait(ctx.remaining())
            return False

    def _wake_producers(self) -> None:
        with self._lock:
            self._room.notify_all()
