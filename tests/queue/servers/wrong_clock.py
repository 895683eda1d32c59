"""The clock of a machine whose worker uses a storage on a server: hours wrong, it changes nothing."""

import time
from typing import Any

import pytest

from goqueue.job import DONE, PENDING, Outcome, Record
from goqueue.storage import Query

from ..parts import PATIENCE


def works_with_a_wrong_clock(storage: Any, other: Any, hours: int) -> None:
    """Let `other` work with a clock that is so many hours wrong. What is due, and when a job came, is the server's."""
    real = time.time
    storage.add([Record("webhook", None)])
    with pytest.MonkeyPatch.context() as wrong:
        wrong.setattr(time, "time", lambda: real() + 3600 * hours)
        wrong.setattr(time, "time_ns", lambda: int(1e9 * (real() + 3600 * hours)))
        other.add([Record("webhook", None)])
        other.add([Record("webhook", None)], delay=600.0)
        first, second = other.settle_and_claim((), 5, ("webhook",))
        other.settle_and_claim(((first, DONE), (second, Outcome(PENDING, error="down", delay=300.0))), 0, ())
        other.maintain(())
        assert other.next_due() == pytest.approx(300.0, abs=PATIENCE)
    assert storage.next_due() == pytest.approx(300.0, abs=PATIENCE)
    for job in storage.list_jobs(Query()):
        assert job.created_at.timestamp() == pytest.approx(real(), abs=PATIENCE)
        assert job.updated_at.timestamp() == pytest.approx(real(), abs=PATIENCE)
    assert [job.status for job in storage.list_jobs(Query())] == ["completed", "pending", "pending"]
