"""What all proofs of the queue have in common."""

import pytest

from goqueue.storage import convoy


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that finds a lock held sleeps at it at once, because a pause would only move the clock."""
    monkeypatch.setattr(convoy, "PAUSE", 0.0)
