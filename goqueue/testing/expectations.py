"""The conformance suite, continued: what a storage must do for priorities, unique keys, notes, pauses and limits."""

import threading
import time
from collections.abc import Callable
from typing import Any

from ..job import CANCELLED, COMPLETED, DONE, FAILED, HANDED_BACK, PENDING, RUNNING, Options, Outcome, Record
from ..limits import Limit
from ..payload import freeze, thaw
from ..progress import Progress
from ..storage import Added, Query, Retention, Storage
from .checks import SOON, add, check, claim, comes_soon, retention_check, state


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


@check
def what_snoozes_waits_and_was_not_tried(storage: Storage) -> None:
    """An attempt that does not count may have a delay: the job waits for its time, as it was before."""
    (key,) = add(storage, 1)
    claim(storage, 0, ((claim(storage)[0], Outcome(PENDING, error="ValueError: down")),))
    claim(storage, 0, ((claim(storage)[0], Outcome(PENDING, counts=False, delay=SOON)),))
    assert state(storage, key) == (PENDING, 1, "ValueError: down", None)
    comes_soon(storage, key, 2)


def add_unique(
    storage: Any, key: str = "mail-17", *, replace: bool = False, kept: bool = False, **more: Any
) -> tuple[int, Added]:
    """Add a job with a unique key; return its key in the storage, and what came of it."""
    record = Record(more.get("job_type", "webhook"), None, 3, Options(key=key, key_kept=kept))
    added: Added = storage.add_unique(record, more.get("delay", 0.0), more.get("limit"), replace)
    return record.key, added


def holder_of(added: Added) -> int | None:
    """Return the key of the job that had the unique key."""
    return None if added.holder is None else added.holder._record.key


@check
def a_unique_key_is_held_until_the_end(storage: Storage) -> None:
    """While a job with a unique key waits or runs, another is not kept. After its end, one is. This is optional."""
    if not hasattr(storage, "add_unique"):
        return
    first, added = add_unique(storage)
    assert added == Added(True, None)
    assert [holder_of(add_unique(storage)[1]) for _ in range(2)] == [first, first]
    (record,) = claim(storage)
    assert record.options is not None
    assert record.options.key == "mail-17"
    assert not add_unique(storage)[1].accepted
    claim(storage, 0, ((record, Outcome(PENDING, error="down", delay=3600.0)),))
    assert not add_unique(storage)[1].accepted
    assert storage.count()[PENDING] == 1
    for outcome in (DONE, Outcome(FAILED, error="no"), Outcome(CANCELLED)):
        storage.cancel(first)
        first, added = add_unique(storage)
        assert added.accepted
        claim(storage, 0, ((claim(storage)[0], outcome),))
    assert add_unique(storage)[1].accepted


@check
def a_unique_key_may_be_held_for_longer(storage: Storage) -> None:
    """A job with `key_kept` has its key until it is deleted, and then another may have it. This is optional."""
    if not hasattr(storage, "add_unique"):
        return
    first, _ = add_unique(storage, kept=True)
    claim(storage, 0, ((claim(storage)[0], DONE),))
    _, added = add_unique(storage)
    assert (added.accepted, holder_of(added)) == (False, first)
    assert added.holder is not None
    assert added.holder.status is COMPLETED
    assert storage.delete(first)
    assert add_unique(storage)[1].accepted


@check
def each_type_has_its_own_keys(storage: Storage) -> None:
    """A unique key of one type, or another key of this one, is in nobody's way. This is optional."""
    if not hasattr(storage, "add_unique"):
        return
    found = [add_unique(storage, key, job_type=kind)[1] for key in ("a", "b") for kind in ("webhook", "mail")]
    assert found == [Added(True, None)] * 4


@check
def a_job_is_replaced_by_another(storage: Storage) -> None:
    """With `replace`, the job that has the key is cancelled, or asked to end if it runs; then it does not have the key
    any more. This is optional.
    """
    if not hasattr(storage, "add_unique"):
        return
    first, _ = add_unique(storage, delay=3600.0)
    second, added = add_unique(storage, replace=True)
    assert (added.accepted, holder_of(added)) == (True, first)
    assert state(storage, first)[0] is CANCELLED
    (runs,) = claim(storage)
    third, added = add_unique(storage, replace=True)
    assert added.holder is not None
    assert (holder_of(added), added.holder.status) == (second, RUNNING)
    claim(storage, 0, ((runs, Outcome(PENDING, error="down")),))
    assert [state(storage, key)[0] for key in (second, third)] == [CANCELLED, PENDING]
    assert holder_of(add_unique(storage)[1]) == third
    assert add_unique(storage, kept=True, replace=True)[1].accepted
    storage.cancel(third)
    assert add_unique(storage, replace=True)[1].accepted


@check
def a_key_that_is_held_needs_no_room(storage: Storage) -> None:
    """If the limit is reached, a new job is not kept, and one whose key is held says who holds it. This is optional."""
    if not hasattr(storage, "add_unique"):
        return
    first, _ = add_unique(storage, limit=1)
    time.sleep(2 * (storage.poll or 0.0))
    assert holder_of(add_unique(storage, limit=1)[1]) == first
    assert add_unique(storage, "another", limit=1)[1] == Added(False, None)
    assert storage.count()[PENDING] == 1


@check
def one_of_many_gets_the_key(storage: Storage) -> None:
    """However many threads submit jobs with one key at the same time, one of them is kept. This is optional."""
    if not hasattr(storage, "add_unique"):
        return
    found: list[Added] = []
    threads = [threading.Thread(target=lambda: found.append(add_unique(storage)[1])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(added.accepted for added in found) == 1
    assert len({holder_of(added) for added in found if not added.accepted}) == 1


@retention_check
def a_forgotten_job_has_no_key(open_storage: Callable[[Retention], Storage]) -> None:
    """A job with `key_kept` has its key until it is forgotten. This is optional."""
    storage = open_storage(Retention(0.0, 0.0))
    if hasattr(storage, "add_unique"):
        add_unique(storage, kept=True)
        claim(storage, 0, ((claim(storage)[0], DONE),))
        time.sleep(SOON)
        storage.maintain(())
        assert add_unique(storage)[1].accepted
    storage.close()


@check
def a_note_advances_once(storage: Any) -> None:
    """advance notes a number and keeps jobs if the note is as expected, and else does nothing. This is optional."""
    if not hasattr(storage, "advance"):
        return
    job = Record("webhook", None)
    assert storage.noted("report") is None
    assert not storage.advance("report", 1.0, 2.0, (Record("webhook", None),))
    assert storage.advance("report", None, 1.5, ())
    assert storage.advance("report", 1.5, 2.5, (job, Record("webhook", None)))
    assert not storage.advance("report", 1.5, 2.5, (Record("webhook", None),))
    assert (storage.noted("report"), storage.noted("another")) == (2.5, None)
    (later,) = add(storage, 3)
    assert claimed(storage)[::2] == [job.key, later]


@check
def a_paused_type_is_not_claimed(storage: Any) -> None:
    """Jobs of a type that is paused stay pending, also new ones, and others are claimed. This is optional."""
    if not hasattr(storage, "pause"):
        return
    before = add(storage, 1, 1)
    (runs,) = claim(storage)
    storage.pause("webhook", True)
    storage.pause("webhook", True)
    storage.pause("print", True)
    assert storage.paused() == ["print", "webhook"]
    claim(storage, 0, ((runs, Outcome(PENDING, error="down")),))
    (after,) = add(storage, 2, priority=9)
    late = add(storage, 3, 4, delay=SOON)
    (mail,) = add(storage, 5, job_type="mail")
    time.sleep(SOON + 2 * (storage.poll or 0.0))
    assert claimed(storage) == [mail]
    assert storage.backlog() == 5
    storage.cancel(late[0])
    storage.pause("webhook", False)
    assert storage.paused() == ["print"]
    assert sorted(claimed(storage)) == sorted([*before, after, late[1]])


@check
def resumed_jobs_have_their_places(storage: Any) -> None:
    """When a type is resumed, its jobs are claimed as if it had not been paused. This is optional."""
    if not hasattr(storage, "pause"):
        return
    (first,) = add(storage, 1)
    storage.pause("webhook", True)
    (second,) = add(storage, 2, job_type="mail")
    (third,) = add(storage, 3)
    (fourth,) = add(storage, 4, priority=1)
    storage.pause("webhook", False)
    (fifth,) = add(storage, 5)
    assert claimed(storage) == [fourth, first, second, third, fifth]


@check
def no_more_run_at_once_than_a_limit_says(storage: Any) -> None:
    """Of a type with a limit, so many run at once, in one claim or in several; of others, all. This is optional."""
    if not hasattr(storage, "obey"):
        return
    storage.obey({"webhook": Limit(at_once=2)})
    keys = add(storage, 1, 2, 3, 4)
    (mail,) = add(storage, 5, job_type="mail")
    found = claim(storage, 5) + claim(storage, 5) + claim(storage, 5)
    assert sorted(record.key for record in found) == [*keys[:2], mail]
    third = claim(storage, 5, ((found[0], Outcome(FAILED, error="no")),))
    assert [record.key for record in third] == keys[2:3]
    fourth = claim(storage, 5, ((third[0], Outcome(PENDING, error="down", delay=3600.0)),))
    assert [record.key for record in fourth] == keys[3:]
    storage.obey({})
    assert len(add(storage, 6, 7)) == len(claimed(storage)) == 2


def three_wait_for_tokens(storage: Any, at_once: int, per_second: float) -> None:
    """Check that so many of the jobs begin at once, and the three that are left as fast as tokens come."""
    begun = time.monotonic()
    first = claimed(storage)
    assert at_once <= len(first) <= at_once + per_second * (time.monotonic() - begun) + 1
    if storage.poll is None and len(first) < at_once + 3:
        due = storage.next_due()
        assert due is not None
        assert due <= 1.0 / per_second
    time.sleep(4.0 / per_second)
    assert len(claimed(storage)) == at_once + 3 - len(first)


@check
def no_more_begin_in_a_second_than_a_limit_says(storage: Any) -> None:
    """Of a type with a limit of 50 a second, 50 begin at once, and each 0.02 seconds another. This is optional."""
    if not hasattr(storage, "obey"):
        return
    storage.obey({"webhook": Limit(per_second=50.0)})
    add(storage, *range(53))
    three_wait_for_tokens(storage, at_once=50, per_second=50.0)


@check
def the_progress_of_an_attempt_is_seen_while_it_runs(storage: Any) -> None:
    """maintain keeps the progress of what runs, until the attempt has ended. This is optional."""
    if not hasattr(storage, "keeps_progress"):
        return
    (key,) = add(storage, 1)
    (record,) = claim(storage)
    assert storage.get(key).progress is None
    for progress in (Progress(3, 10, "orders"), Progress(4.5)):
        record.progress = progress
        storage.maintain([record])
        assert storage.get(key).progress == storage.list_jobs(Query())[0].progress == progress
    claim(storage, 0, ((record, Outcome(PENDING, error="down")),))
    assert storage.get(key).progress is None
    record.progress = None  # a worker does this when an attempt has ended
    (again,) = claim(storage)
    assert storage.get(key).progress is None
    claim(storage, 0, ((again, Outcome(COMPLETED, result=freeze([17]))),))
    assert (storage.get(key).progress, storage.get(key).result) == (None, [17])


@check
def what_a_job_knows_comes_back(storage: Storage) -> None:
    """An outcome that makes a job pending may have a result, which its next claim brings. The last job of a batch keeps
    there what it knows of the others.
    """
    (key,) = add(storage, 1)
    for known in ([17], {"order": 17}):
        (record,) = claim(storage)
        claim(storage, 0, ((record, Outcome(PENDING, counts=False, result=freeze(known))),))
    (record,) = claim(storage)
    assert thaw(record.result) == {"order": 17}
    claim(storage, 0, ((record, Outcome(PENDING, error="down", result=record.result)),))
    assert thaw(claim(storage)[0].result) == {"order": 17}
    assert state(storage, key) == (RUNNING, 2, "down", None)


@check
def a_plan_comes_back_as_it_went_in(storage: Storage) -> None:
    """The plan of the last job of a batch reaches the worker."""
    plan = {"jobs": [{"type": "mail", "payload": [17]}], "if_failed": "fail", "into": None}
    assert storage.add([Record("webhook", None, 3, Options(before=plan))])
    found = claim(storage)[0].options
    assert found is not None
    assert found.before == plan


def add_keyed(storage: Storage, *limit_keys: str | None, delay: float = 0.0) -> list[int]:
    """Add jobs with limit keys, in one step; return their keys."""
    records = [Record("webhook", None, 3, Options(limit_key=each)) for each in limit_keys]
    assert storage.add(records, delay)
    return [record.key for record in records]


@check
def no_more_of_a_limit_key_run_at_once_than_a_limit_says(storage: Any) -> None:
    """Of each limit key of a type, so many run at once; other keys, and jobs without one, go on. This is optional."""
    if not hasattr(storage, "limits_keys"):
        return
    storage.obey({"webhook": Limit(each_at_once=2)})
    a = add_keyed(storage, *"aaaa")
    b, none, c = add_keyed(storage, "b", None, "c")
    (mail,) = add(storage, 5, job_type="mail")
    found = claim(storage, 20) + claim(storage, 20)
    assert [record.key for record in found] == [*a[:2], b, none, c, mail]
    assert claim(storage, 20) == []
    third = claim(storage, 20, ((found[0], Outcome(FAILED, error="no")), (found[2], DONE)))
    assert [record.key for record in third] == a[2:3]
    fourth = claim(storage, 20, ((third[0], Outcome(PENDING, error="down", delay=3600.0)),))
    assert [record.key for record in fourth] == a[3:]
    late = add_keyed(storage, "a", "d", delay=SOON)
    storage.cancel(add_keyed(storage, "e")[0])
    time.sleep(SOON + 2 * (storage.poll or 0.0))
    assert [record.key for record in claim(storage, 20)] == late[1:]
    storage.obey({})
    assert [record.key for record in claim(storage, 20)] == late[:1]


@check
def a_limit_of_a_type_goes_with_that_of_its_keys(storage: Any) -> None:
    """A type may have both: no more run than either allows, the oldest first. This is optional."""
    if not hasattr(storage, "limits_keys"):
        return
    storage.obey({"webhook": Limit(at_once=3, each_at_once=1)})
    keys = add_keyed(storage, *"aabbcd")
    found = claim(storage, 20) + claim(storage, 20) + claim(storage, 20)
    assert [record.key for record in found] == [keys[0], keys[2], keys[4]]
    after = claim(storage, 20, ((found[2], DONE),))
    assert [record.key for record in after] == [keys[5]]
    storage.pause("webhook", True)
    assert claim(storage, 20, ((found[0], DONE), (found[1], DONE))) == []
    storage.pause("webhook", False)
    assert sorted(record.key for record in claim(storage, 20) + claim(storage, 20)) == [keys[1], keys[3]]


@check
def no_more_of_a_limit_key_begin_in_a_second_than_a_limit_says(storage: Any) -> None:
    """Of each limit key, a second's worth begins at once, and then one at a time. This is optional."""
    if not hasattr(storage, "limits_keys"):
        return
    storage.obey({"webhook": Limit(each_per_second=20.0)})
    add_keyed(storage, *["a"] * 23, *["b"] * 3)
    three_wait_for_tokens(storage, at_once=23, per_second=20.0)


@check
def an_ended_job_is_renewed_in_one_step(storage: Any) -> None:
    """renew forgets a job that has ended, and keeps a new one, which is due. This is optional."""
    if not hasattr(storage, "renew"):
        return
    (key,) = add(storage, 1)
    for ended in (False, True):
        new = Record("webhook", None)
        assert storage.renew(key, new) is ended
        assert (storage.get(key) is None) is ended
        if not ended:
            claim(storage, 0, ((claim(storage)[0], Outcome(FAILED, error="no")),))
    assert storage.count()[FAILED] == 0
    assert not storage.renew(key, Record("webhook", None))
    assert claimed(storage) == [new.key]


@check
def a_renewed_job_has_its_unique_key(storage: Any) -> None:
    """renew keeps the unique key, unless another job has it by now: then it does nothing. This is optional."""
    if not hasattr(storage, "renew") or not hasattr(storage, "add_unique"):
        return
    for kept in (False, True):
        options = Options(key=f"mail {kept}", key_kept=kept)
        old, _ = add_unique(storage, f"mail {kept}", kept=kept)
        claim(storage, 0, ((claim(storage)[0], Outcome(FAILED, error="no")),))
        new = Record("webhook", None, 1, options)
        assert storage.renew(old, new)
        assert holder_of(add_unique(storage, f"mail {kept}")[1]) == new.key
        claim(storage, 0, ((claim(storage)[0], Outcome(FAILED, error="no")),))
        if not kept:
            other, _ = add_unique(storage, f"mail {kept}")
            assert not storage.renew(new.key, Record("webhook", None, 1, options))
            assert state(storage, new.key)[0] is FAILED
            storage.cancel(other)
