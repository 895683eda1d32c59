"""Go's channels: with a buffer or without, closed, and in a `select`.

All waiting goes through one Condition. Channels that stand in one `select` share it:

    changed = threading.Condition()
    events, stopped = Channel(0, changed), Channel(0, changed)
    events.send_unless("event", stopped.is_closed)      # select { case events <- "event": ; case <-stopped: }
"""

import threading
from collections.abc import Callable
from typing import Any


class Closed(Exception):
    """A channel was used in a way that Go answers with a panic."""


class Offer:
    """What a sender holds out, until it is taken."""

    def __init__(self, item: Any) -> None:
        self.item, self.taken = item, False


def never() -> bool:
    return False


class Channel:
    """A channel with `size` places. Without a place, a sender waits until its item has been taken."""

    def __init__(self, size: int = 0, changed: threading.Condition | None = None) -> None:
        self.size, self.offers, self.closed = size, list[Offer](), False
        self.changed = changed or threading.Condition()

    def send(self, item: Any = None) -> None:
        """Send. Raises Closed on a closed channel, or if it is closed meanwhile."""
        self.send_unless(item, never)

    def send_unless(self, item: Any, other: Callable[[], bool]) -> bool:
        """Send, unless `other` holds first; then take the item back. Return whether it was sent."""
        with self.changed:
            if self.closed:
                raise Closed("send on a closed channel")
            offer = Offer(item)
            self.offers.append(offer)
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.delivered(offer) or self.closed or other())
            if self.delivered(offer):
                return True
            self.offers.remove(offer)
            if self.closed:
                raise Closed("send on a closed channel")
            return False

    def delivered(self, offer: Offer) -> bool:
        """Whether the sender of this offer may go on; the lock is held."""
        return offer.taken or self.offers.index(offer) < self.size

    def try_send(self, item: Any = None) -> bool:
        """Send into a free place of the buffer, if there is one: `select` with `default`."""
        with self.changed:
            if len(self.offers) >= self.size:
                return False
            self.offers.append(Offer(item))
            self.changed.notify_all()
            return True

    def receive(self) -> Any:
        """Wait for an item and return it; None from a closed, empty channel."""
        return self.receive_unless(never)

    def receive_unless(self, other: Callable[[], bool], timeout: float | None = None) -> Any:
        """Receive; return None if `other` holds first, or if `timeout` seconds are over."""
        with self.changed:
            self.changed.wait_for(lambda: self.offers or self.closed or other(), timeout)
            return self.take()

    def take(self) -> Any:
        """Return the next item, or None if there is none; the lock is held."""
        if not self.offers:
            return None
        offer = self.offers.pop(0)
        offer.taken = True
        self.changed.notify_all()
        return offer.item

    def try_receive(self) -> Any:
        """Return an item if there is one, without waiting: `select` with `default`."""
        with self.changed:
            return self.take()

    def close(self) -> None:
        """Close. Raises Closed if that has been done."""
        with self.changed:
            if self.closed:
                raise Closed("close of a closed channel")
            self.closed = True
            self.changed.notify_all()

    def wait_closed(self) -> None:
        """Wait until the channel is closed: what a "done" channel is for."""
        with self.changed:
            self.changed.wait_for(self.is_closed)

    def is_closed(self) -> bool:
        """Whether it is closed; the lock is held."""
        return self.closed

    def was_closed(self) -> bool:
        """Whether it was closed a moment ago, without waiting."""
        with self.changed:
            return self.closed

    def is_waiting(self) -> bool:
        """Whether somebody offers an item; the lock is held."""
        return bool(self.offers)
