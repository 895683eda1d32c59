"""The conformance suite, continued: what a storage must do for jobs that have a priority."""

import time

from ..job import HANDED_BACK, PENDING, Outcome
from ..storage import Storage
from .checks import SOON, add, check, claim


def claimed(storage: Storage) -> list[int]:
    """Claim jobs one at a time, as long as there are any, and return their keys."""
    keys = []
    while records := claim(storage):
        keys += [record.key for record in records]
    return keys


@check
def a_higher_priority_comes_first(storage: Storage) -> None:
    """Of the jobs that are due, those of a higher priority are claimed first, and the oldest first within one."""
    first, second = add(storage, 1, 2)
    (low,) = add(storage, 3, priority=-1)
    high = add(storage, 4, 5, priority=9)
    (middle,) = add(storage, 6, priority=5)
    (third,) = add(storage, 7)
    assert claimed(storage) == [*high, middle, first, second, third, low]


@check
def one_claim_has_the_order_of_many(storage: Storage) -> None:
    """Several jobs that are claimed at once come in the order in which they would be claimed one at a time."""
    (usual,) = add(storage, 1)
    (high,) = add(storage, 2, priority=2)
    (higher,) = add(storage, 3, priority=3)
    assert [record.key for record in claim(storage, 3)] == [higher, high, usual]


@check
def a_priority_waits_for_its_time(storage: Storage) -> None:
    """A delayed job is not claimed before it is due, whatever its priority. Then it goes before others."""
    (late,) = add(storage, 1, delay=SOON, priority=9)
    (never,) = add(storage, 2, delay=3600.0, priority=100)
    (now,) = add(storage, 3)
    assert claimed(storage) == [now]
    (usual,) = add(storage, 4)
    time.sleep(SOON)
    assert claimed(storage) == [late, usual]
    assert storage.cancel(never) is not None
    assert storage.backlog() == 0


@check
def a_priority_outlives_an_attempt(storage: Storage) -> None:
    """A job that is tried again, at once or later, or that was handed back, still has its priority."""
    high = add(storage, 1, 2, 3, priority=9)
    (usual,) = add(storage, 4)
    at_once, later, back = claim(storage, 3)
    outcomes = (Outcome(PENDING, error="down"), Outcome(PENDING, error="down", delay=SOON), HANDED_BACK)
    claim(storage, 0, tuple(zip((at_once, later, back), outcomes, strict=True)))
    time.sleep(SOON)
    found = claimed(storage)
    assert sorted(found[:3]) == high
    assert found[3:] == [usual]


@check
def the_urgent_can_be_cancelled(storage: Storage) -> None:
    """A job with a priority that is cancelled or deleted is not claimed, and takes no room."""
    first, second, third = add(storage, 1, 2, 3, priority=9)
    storage.cancel(first)
    storage.delete(second)
    time.sleep(2 * (storage.poll or 0.0))
    assert storage.backlog() == 1
    assert claimed(storage) == [third]
