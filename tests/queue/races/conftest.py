"""What all proofs of the queue have in common."""

import pytest

from goqueue.storage import memory


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that finds the storage's lock held sleeps at it at once, as it does without a GIL.

    To try the lock first changes nothing, but each try that fails is one more step, whose orders would be tried too.
    """
    monkeypatch.setattr(memory, "AT_ONCE", True)
