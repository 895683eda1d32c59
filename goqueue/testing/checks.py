"""What the conformance suite is made of: the lists of its checks, and what many of them do.

checks.py         this
conformance.py    the checks of what each storage must do;  expectations.py: of priorities and the like
"""

import time
from collections.abc import Callable
from typing import Any

from ..job import Options, Record
from ..payload import freeze
from ..storage import Retention, Settled, Storage

Check = Callable[[Storage], None]
CHECKS: list[Check] = []

RetentionCheck = Callable[[Callable[[Retention], Storage]], None]
RETENTION_CHECKS: list[RetentionCheck] = []

TYPES = ("webhook", "mail")
SOON = 0.05  # seconds


def check(promise: Check) -> Check:
    """Add a check to CHECKS."""
    CHECKS.append(promise)
    return promise


def retention_check(promise: RetentionCheck) -> RetentionCheck:
    """Add a check to RETENTION_CHECKS."""
    RETENTION_CHECKS.append(promise)
    return promise


def add(
    storage: Storage, *payloads: Any, job_type: str = "webhook", delay: float = 0.0, priority: int = 0
) -> list[int]:
    """Add jobs in one step; return their keys."""
    options = Options(priority=priority) if priority else None
    records = [Record(job_type, freeze(payload), 3, options) for payload in payloads]
    assert storage.add(records, delay)
    return [record.key for record in records]


def claim(storage: Storage, limit: int = 1, settled: Settled = ()) -> list[Record]:
    """Settle, and claim."""
    return storage.settle_and_claim(settled, limit, TYPES)


def comes_soon(storage: Storage, key: int, attempts: int) -> None:
    """Check that a job that is due SOON is claimed then, and not before."""
    assert claim(storage) == []
    due = storage.next_due()
    assert due is not None
    assert 0.0 < due <= SOON
    time.sleep(SOON)
    (record,) = claim(storage)
    assert (record.key, record.attempts) == (key, attempts)


def state(storage: Storage, key: int) -> tuple[Any, ...]:
    """Return the visible state of a job."""
    job = storage.get(key)
    assert job is not None, f"job {key} is gone"
    return (job.status, job.attempts, job.error, job.result)
