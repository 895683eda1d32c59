"""The conformance suite: a check for each promise of `goqueue.storage.Storage`.

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_my_storage(check):
        check(MyStorage())

    @pytest.mark.parametrize("check", RETENTION_CHECKS, ids=lambda check: check.__name__)
    def test_my_storage_forgets(check):
        check(lambda retention: MyStorage(retention=retention))

Each check takes an empty storage, and raises AssertionError if the storage breaks the promise in the check's docstring.
A retention check takes a function that opens a storage with a given retention. The checks use the real clock, and none
sleeps for longer than a fifth of a second.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any

from ..job import CANCELLED, COMPLETED, DONE, FAILED, HANDED_BACK, PENDING, RUNNING, Options, Outcome, Record
from ..payload import freeze
from ..retry import Retry
from ..storage import Query, Retention, Storage
from . import expectations
from .checks import (
    CHECKS,
    RETENTION_CHECKS,
    SOON,
    Check,
    RetentionCheck,
    add,
    check,
    claim,
    comes_soon,
    retention_check,
    state,
)

__all__ = ["CHECKS", "RETENTION_CHECKS", "Check", "RetentionCheck", "expectations"]


@check
def keys_grow(storage: Storage) -> None:
    """Each new job has a greater key than every earlier job, also within one call of add."""
    keys = [*add(storage, 1, 2, 3), *add(storage, 4), *add(storage, 5, 6)]
    assert keys == sorted(set(keys))


@check
def a_full_backlog_takes_nothing(storage: Storage) -> None:
    """add with a limit keeps all jobs or none: it returns False and keeps none if that many are due already."""
    add(storage, 1, 2)
    assert not storage.add([Record("webhook", None), Record("webhook", None)], 0.0, 2)
    assert storage.count()[PENDING] == 2
    assert storage.add([Record("webhook", None), Record("webhook", None)], 0.0, 3)
    assert storage.count()[PENDING] == 4


@check
def only_what_is_due_takes_room(storage: Storage) -> None:
    """backlog, and the limit of add, ignore jobs that are delayed, or were cancelled or deleted while they waited."""
    assert storage.backlog() == 0
    add(storage, 1, 2, delay=3600.0)
    assert storage.add([Record("webhook", None)], 0.0, 1)
    first, second, _ = add(storage, 3, 4, 5)
    storage.cancel(first)
    storage.delete(second)
    time.sleep(2 * (storage.poll or 0.0))
    assert storage.backlog() == 2
    assert storage.add([Record("webhook", None)], 0.0, 3)


@check
def what_has_become_due_takes_room(storage: Storage) -> None:
    """backlog counts a delayed job once it is due, even if no worker has looked for it."""
    add(storage, 1, delay=SOON)
    time.sleep(SOON + 2 * (storage.poll or 0.0))
    assert storage.backlog() == 1
    assert not storage.add([Record("webhook", None)], 0.0, 1)


@check
def the_oldest_comes_first(storage: Storage) -> None:
    """Jobs are claimed in the order in which they were added."""
    keys = add(storage, *range(10))
    assert [record.key for _ in range(5) for record in claim(storage, 2)] == keys


@check
def a_claimed_job_runs(storage: Storage) -> None:
    """settle_and_claim makes a job running, counts the attempt, and hands out what was submitted."""
    (key,) = add(storage, {"order": 17})
    (record,) = claim(storage)
    assert (record.key, record.type, record.attempts, record.max_retry) == (key, "webhook", 1, 3)
    assert state(storage, key) == (RUNNING, 1, "", None)
    assert claim(storage) == []


@check
def each_job_is_claimed_once(storage: Storage) -> None:
    """However many threads claim at the same time, each job goes to exactly one of them."""
    keys = add(storage, *range(60))
    got: list[int] = []

    def worker() -> None:
        while records := claim(storage, 3):
            got.extend(record.key for record in records)

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == keys


@check
def an_outcome_is_kept(storage: Storage) -> None:
    """settle_and_claim stores how an attempt ended: its status, error and result. A completed job has no error."""
    keys = add(storage, 1, 2, 3)
    good, bad, gone = claim(storage, 3)
    outcomes = (Outcome(COMPLETED, result=freeze([17])), Outcome(FAILED, error="ValueError: no"), Outcome(CANCELLED))
    claim(storage, 0, tuple(zip((good, bad, gone), outcomes, strict=True)))
    assert [state(storage, key) for key in keys] == [
        (COMPLETED, 1, "", [17]),
        (FAILED, 1, "ValueError: no", None),
        (CANCELLED, 1, "", None),
    ]


@check
def one_call_settles_and_claims(storage: Storage) -> None:
    """One call stores an outcome and hands out the next job."""
    first, second = add(storage, 1, 2)
    (record,) = claim(storage)
    (after,) = claim(storage, 1, ((record, DONE),))
    assert (record.key, after.key) == (first, second)
    assert [state(storage, key)[0] for key in (first, second)] == [COMPLETED, RUNNING]


@check
def a_retry_waits_until_it_is_due(storage: Storage) -> None:
    """A failed attempt with a delay is pending with its error, and is not claimed before it is due."""
    (key,) = add(storage, 1)
    (record,) = claim(storage)
    claim(storage, 0, ((record, Outcome(PENDING, error="ValueError: down", delay=SOON)),))
    assert state(storage, key) == (PENDING, 1, "ValueError: down", None)
    comes_soon(storage, key, 2)


@check
def a_delayed_job_waits_and_holds_nobody_back(storage: Storage) -> None:
    """A job added with a delay is claimed when it is due, and does not hold back the others."""
    add(storage, "late", delay=3600.0)
    (now,) = add(storage, "now")
    assert [record.key for record in claim(storage, 5)] == [now]
    due = storage.next_due()
    assert due is not None
    assert 3500.0 < due <= 3600.0


@check
def nobody_waits_for_what_never_comes(storage: Storage) -> None:
    """next_due is None when no job waits for its time, because none is delayed or those were cancelled or deleted."""
    add(storage, 1)
    assert storage.next_due() is None
    first, second = add(storage, 2, 3, delay=3600.0)
    storage.cancel(first)
    storage.delete(second)
    assert storage.next_due() is None


@check
def what_is_handed_back_was_not_tried(storage: Storage) -> None:
    """An attempt that does not count is given back: the job is pending as before, and first in line."""
    first, _ = add(storage, 1, 2)
    (record,) = claim(storage)
    claim(storage, 0, ((record, HANDED_BACK),))
    assert state(storage, first) == (PENDING, 0, "", None)
    assert [record.key for record in claim(storage)] == [first]


@check
def what_is_handed_back_keeps_its_order(storage: Storage) -> None:
    """Of several jobs that are handed back, in one call or in several, the oldest is claimed first."""
    keys = add(storage, 1, 2, 3, 4)
    first, second, third = claim(storage, 3)
    claim(storage, 0, ((third, HANDED_BACK),))
    claim(storage, 0, ((first, HANDED_BACK), (second, HANDED_BACK)))
    assert [record.key for record in claim(storage, 4)] == keys


@check
def a_late_outcome_is_dropped(storage: Storage) -> None:
    """An outcome of an attempt that has ended changes nothing."""
    (key,) = add(storage, 1)
    (record,) = claim(storage)
    claim(storage, 0, ((record, DONE),))
    claim(storage, 0, ((record, Outcome(FAILED, error="late")),))
    assert state(storage, key) == (COMPLETED, 1, "", None)


@check
def a_pending_job_is_cancelled_at_once(storage: Storage) -> None:
    """cancel makes a pending job cancelled, and it is never claimed."""
    (key,) = add(storage, 1)
    job = storage.cancel(key)
    assert job is not None
    assert job.status is CANCELLED
    assert claim(storage) == []
    assert state(storage, key) == (CANCELLED, 0, "", None)


@check
def a_running_job_is_cancelled_when_it_ends(storage: Storage) -> None:
    """cancel marks a running job. However its attempt ends, the job is then cancelled, unless it completed."""
    keys = add(storage, 1, 2, 3, 4)
    records = claim(storage, 4)
    for key in keys:
        job = storage.cancel(key)
        assert job is not None
        assert job.status is RUNNING
    outcomes = (DONE, Outcome(PENDING, error="x", delay=60.0), Outcome(FAILED, error="x"), HANDED_BACK)
    claim(storage, 0, tuple(zip(records, outcomes, strict=True)))
    ended = [state(storage, key)[:2] for key in keys]
    assert ended == [(COMPLETED, 1), (CANCELLED, 1), (CANCELLED, 1), (CANCELLED, 1)]
    assert claim(storage) == []


@check
def a_final_job_stays_as_it_is(storage: Storage) -> None:
    """cancel does not change a final job, and returns None for an unknown one."""
    (key,) = add(storage, 1)
    claim(storage, 0, ((claim(storage)[0], DONE),))
    job = storage.cancel(key)
    assert job is not None
    assert job.status is COMPLETED
    assert storage.cancel(key + 1) is None
    assert storage.get(key + 1) is None


@check
def a_job_once_read_does_not_change(storage: Storage) -> None:
    """get returns a snapshot of a job."""
    (key,) = add(storage, 1)
    before = storage.get(key)
    claim(storage)
    assert before is not None
    assert (before.status, before.attempts) == (PENDING, 0)


@check
def deleting_forgets_unless_it_runs(storage: Storage) -> None:
    """delete forgets a job, pending or final, refuses a running one, and returns False for an unknown one."""
    first, second = add(storage, 1, 2)
    claim(storage)
    try:
        storage.delete(first)
    except ValueError:
        pass
    else:
        raise AssertionError("a running job was deleted")
    assert storage.delete(second)
    assert not storage.delete(second)
    assert claim(storage) == []
    assert storage.count()[PENDING] == 0


@check
def many_are_looked_up_at_once(storage: Any) -> None:
    """Several jobs are looked up in one step, in the order that was asked for; None stands for each that is gone."""
    if not hasattr(storage, "get_many"):
        return
    keys = add(storage, 1, 2, 3)
    (running,) = claim(storage)
    assert storage.delete(keys[1])
    found = storage.get_many([keys[2], keys[1], keys[0]])
    assert [None if job is None else (job._record.key, job.status) for job in found] == [
        (keys[2], PENDING),
        None,
        (running.key, RUNNING),
    ]
    assert storage.get_many([]) == []


@check
def listing_goes_page_by_page(storage: Storage) -> None:
    """list_jobs returns up to `limit` jobs after a key, oldest first. The pages together hold all jobs."""
    keys, found, after = add(storage, *range(25)), [], 0
    while page := storage.list_jobs(Query(after=after, limit=10)):
        assert len(page) <= 10
        found += [job._record.key for job in page]
        after = found[-1]
    assert found == keys


@check
def listing_filters(storage: Storage) -> None:
    """list_jobs returns only the jobs of a status, of a type, or created before a moment."""
    first, second = add(storage, 1, 2)
    (mail,) = add(storage, 3, job_type="mail")
    claim(storage)

    def listed(**wanted: Any) -> list[int]:
        return [job._record.key for job in storage.list_jobs(Query(**wanted))]

    assert listed(status=RUNNING) == [first]
    assert listed(type="mail") == [mail]
    assert listed(status=PENDING, type="webhook") == [second]
    assert listed(created_before=mail * 1024 / 1e9 + 1) == [first, second, mail]
    assert listed(created_before=first * 1024 / 1e9 - 1) == []


@check
def counting(storage: Storage) -> None:
    """count returns the number of jobs with each status, and backlog the number of due jobs that wait."""
    add(storage, 1, 2, 3)
    add(storage, 4, delay=3600.0)
    claim(storage, 0, ((claim(storage)[0], DONE),))
    claim(storage)
    counts = storage.count()
    assert [counts[status] for status in (PENDING, RUNNING, COMPLETED, FAILED)] == [2, 1, 1, 0]
    time.sleep(2 * (storage.poll or 0.0))
    assert storage.backlog() == 1


@check
def telling_what_waits(storage: Storage) -> None:
    """tally, if there is one, counts jobs by type and status; oldest_due says for how long the first waits."""
    if not hasattr(storage, "tally") or not hasattr(storage, "oldest_due"):
        return
    told: Any = storage  # it offers more than the protocol asks
    assert (told.tally(), told.oldest_due()) == ({}, None)
    add(storage, 1, job_type="mail", delay=3600.0)
    assert told.oldest_due() is None
    first, _ = add(storage, 2, 3)
    time.sleep(SOON)
    assert told.oldest_due() > 0.9 * SOON
    assert claim(storage)[0].key == first
    assert told.oldest_due() > 0.9 * SOON
    assert told.tally() == {("mail", PENDING): 1, ("webhook", PENDING): 1, ("webhook", RUNNING): 1}
    claim(storage)
    assert told.oldest_due() is None
    for priority in (9, -9):  # it moves the place of a job by minutes, and no job has waited for minutes because of it
        add(storage, 4, priority=priority)
        time.sleep(SOON)
        assert 0.9 * SOON < told.oldest_due() < 60.0, f"with priority {priority}"
        claim(storage)
        assert told.oldest_due() is None
    if hasattr(storage, "pause"):  # what is paused is due, and waits too
        told.pause("webhook", True)
        add(storage, 5)
        time.sleep(SOON)
        assert 0.9 * SOON < told.oldest_due() < 60.0
        told.pause("webhook", False)
        claim(storage)


@check
def values_come_back_as_they_went_in(storage: Storage) -> None:
    """Payloads and results come back as JSON has them: nested, empty, large and small numbers, any text, None."""
    values: list[Any] = [
        None,
        0,
        -1.5,
        10**30,
        "",
        "Zoë 💡 \x00 '\"\\ \ud800",
        [],
        {},
        {"a": [{"b": None}, True]},
        {"": 1},
    ]
    keys = add(storage, *values)
    records = claim(storage, len(values)) + claim(storage, len(values))
    claim(storage, 0, tuple((each, Outcome(COMPLETED, result=each.payload)) for each in records))
    jobs = [storage.get(key) for key in keys]
    assert [job and job.payload for job in jobs] == values
    assert [job and job.result for job in jobs] == values


@check
def any_error_can_be_kept(storage: Storage) -> None:
    """An attempt ends whatever the text of its error: a lone surrogate, as in some file names, or a NUL."""
    (key,) = add(storage, 1)
    outcome = Outcome(FAILED, error="FileNotFoundError: 'Zoë \udcff \x00'")
    claim(storage, 0, ((claim(storage)[0], outcome),))
    status, _, error, _ = state(storage, key)
    assert status is FAILED
    assert error.startswith("FileNotFoundError: 'Zoë ")


@check
def a_long_error_is_cut(storage: Storage) -> None:
    """An error's text is kept up to some thousand characters, from its begin and its end."""
    (key,) = add(storage, 1)
    claim(storage, 0, ((claim(storage)[0], Outcome(FAILED, error="first " + "x" * 4_000_000 + " last")),))
    error = state(storage, key)[2]
    assert len(error) < 100_000
    assert (error[:5], error[-4:]) == ("first", "last")


@check
def a_job_that_cannot_be_kept_harms_no_other(storage: Storage) -> None:
    """add raises ValueError or OverflowError at once if it cannot keep a job, and accepts the next one as usual."""
    for unfit in (Record("half \ud800", None), Record("webhook", None, 2**70)):
        with contextlib.suppress(ValueError, OverflowError):  # a storage may also keep it
            storage.add([unfit])
    (key,) = add(storage, 1)
    assert state(storage, key) == (PENDING, 0, "", None)


@check
def options_come_back_as_they_went_in(storage: Storage) -> None:
    """A job's timeout, deadline, policy and context values reach the worker."""
    retry = Retry(5, base=2.0, factor=3.0, cap=7.0, jitter=False, retry_on=(OSError,), give_up_on=(PermissionError,))
    options = Options(timeout=1.5, deadline=2e9, retry=retry, values={"order": [17]})
    assert storage.add([Record("webhook", None, 5, options)])
    found = claim(storage)[0].options
    assert found is not None
    assert (found.timeout, found.deadline, found.values) == (1.5, 2e9, {"order": [17]})
    assert found.retry is not None
    assert found.retry.kept() == retry.kept()
    assert [found.retry.takes(err) for err in (ConnectionError(), PermissionError(), ValueError())] == [
        True,
        False,
        False,
    ]


@check
def a_shared_storage_hands_out_only_what_is_asked_for(storage: Storage) -> None:
    """A shared storage claims only jobs of the given types: another process may have a handler for the others."""
    (other,) = add(storage, 1, job_type="print")
    (webhook,) = add(storage, 2)
    claimed = [record.key for record in claim(storage, 5)]
    assert claimed == ([webhook] if storage.shared else [other, webhook])


@check
def tending_keeps_what_runs_and_what_is_young(storage: Storage) -> None:
    """maintain takes back no job of a live worker, and forgets no job that retention keeps."""
    first, second = add(storage, 1, 2)
    claim(storage, 0, ((claim(storage)[0], DONE),))
    running = claim(storage)
    assert storage.maintain(running) == []
    assert [state(storage, key)[0] for key in (first, second)] == [COMPLETED, RUNNING]


def end(storage: Storage, outcome: Outcome, count: int = 1) -> list[int]:
    """Add jobs, end them with `outcome`, and return their keys."""
    keys = add(storage, *range(count))
    for _ in keys:
        claim(storage, 0, ((claim(storage)[0], outcome),))
    return keys


@retention_check
def the_old_are_forgotten(open_storage: Callable[[Retention], Storage]) -> None:
    """maintain forgets what ended long ago: failed jobs by one limit, completed and cancelled jobs by the other."""
    for retention, forgets_failed in ((Retention(0.0, 3600.0), False), (Retention(3600.0, 0.0), True)):
        storage = open_storage(retention)
        (waits,) = add(storage, "late", delay=3600.0)
        (cancelled,) = add(storage, "not wanted")
        storage.cancel(cancelled)
        (completed,), (failed,) = end(storage, DONE), end(storage, Outcome(FAILED, error="no"))
        time.sleep(SOON)
        storage.maintain(())
        left = {job._record.key for job in storage.list_jobs(Query())}
        assert left == ({waits, cancelled, completed} if forgets_failed else {waits, failed})
        storage.close()


@retention_check
def the_most_are_kept_and_no_more(open_storage: Callable[[Retention], Storage]) -> None:
    """At most `most` completed and as many failed jobs are kept, however young: those that ended last."""
    storage = open_storage(Retention(None, None, most=2))
    waiting = add(storage, *range(3), delay=3600.0)
    completed, failed = end(storage, DONE, 4), end(storage, Outcome(FAILED, error="no"), 3)
    storage.maintain(())
    assert [job._record.key for job in storage.list_jobs(Query())] == waiting + completed[-2:] + failed[-2:]
    storage.close()


@retention_check
def each_kind_has_its_own_bound(open_storage: Callable[[Retention], Storage]) -> None:
    """Completed, cancelled and failed jobs are three kinds: `most` bounds each of them."""
    storage = open_storage(Retention(None, None, most=1))
    completed, failed = end(storage, DONE, 2), end(storage, Outcome(FAILED, error="no"), 2)
    cancelled = add(storage, 1, 2)
    for key in cancelled:
        storage.cancel(key)
    storage.maintain(())
    assert [job._record.key for job in storage.list_jobs(Query())] == [completed[-1], failed[-1], cancelled[-1]]
    storage.close()


@retention_check
def what_somebody_waits_for_is_not_forgotten(open_storage: Callable[[Retention], Storage]) -> None:
    """A job is kept as long as its key is in what was given to `spare`. This is optional."""
    storage = open_storage(Retention(0.0, 0.0, most=1))
    if not hasattr(storage, "spare"):
        return
    awaited: dict[int, object] = {}
    storage.spare(awaited)
    keys = add(storage, 1, 2, 3)
    awaited.update(dict.fromkeys(keys[:2]))
    claim(storage, 0, tuple((record, DONE) for record in claim(storage, 3)))
    time.sleep(SOON)
    for left in (keys[:2], keys[:1], []):
        awaited = {key: awaited.pop(key) for key in list(awaited) if key in left}
        storage.spare(awaited)
        storage.maintain(())
        assert [job._record.key for job in storage.list_jobs(Query())] == left
    storage.close()


@check
def what_was_here_is_known(storage: Storage) -> None:
    """`knew` tells a job that is gone from one that never was here. This is optional."""
    if not hasattr(storage, "knew"):
        return
    first, last = add(storage, 1, 2)
    assert storage.delete(first)
    assert [storage.knew(key) for key in (first, last, last + (1 << 40))] == [True, True, False]


@retention_check
def nothing_is_forgotten_unless_asked(open_storage: Callable[[Retention], Storage]) -> None:
    """Without bounds, each job is kept until it is deleted."""
    storage = open_storage(Retention(None, None, most=None))
    keys = end(storage, DONE, 3) + end(storage, Outcome(FAILED, error="no"), 3)
    storage.maintain(())
    assert [job._record.key for job in storage.list_jobs(Query())] == keys
    assert storage.delete(keys[0])
    assert storage.get(keys[0]) is None
    storage.close()
