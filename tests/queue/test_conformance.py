"""Every storage keeps every promise; and a storage with one fault is found by the check that is about it.

Time is virtual, so a check that a job is not due yet holds on a busy machine too. Only the check that starts threads
itself runs in real time, where they really run at once.
"""

import contextlib
import functools
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from goqueue import MemoryStorage, Retention
from goqueue.job import COMPLETED, HANDED_BACK, PENDING, RUNNING, Job, Record
from goqueue.limits import Limit
from goqueue.payload import thaw
from goqueue.progress import Progress
from goqueue.storage import Added, Query, RedisStorage, Settled, SQLiteStorage, Storage
from goqueue.testing import virtual_time
from goqueue.testing.conformance import CHECKS, RETENTION_CHECKS, Check, RetentionCheck, each_job_is_claimed_once
from goqueue.testing.expectations import one_of_many_gets_the_key

from .files import DURABILITIES
from .servers import valkey

Make = Callable[[Path, Retention], Storage]


def on_file(folder: Path, retention: Retention, durability: str) -> Storage:
    """Open a file of its own each time."""
    path = folder / f"{len(list(folder.iterdir()))}.db"
    return SQLiteStorage(path, durability=durability, retention=retention)


def on_server(folder: Path, retention: Retention) -> Storage:
    """Open a queue of its own each time, on a server that is told the time of this process."""
    return RedisStorage(valkey.url(), name=valkey.new_name(), retention=retention, clock=lambda: time.time())


STORAGES: dict[str, Make] = {
    "memory": lambda folder, retention: MemoryStorage(retention),
    **{durability: functools.partial(on_file, durability=durability) for durability in DURABILITIES},
}
if sys.platform != "win32":  # for which there is no Valkey
    STORAGES["redis"] = on_server


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("kind", STORAGES)
def test_a_storage_keeps_its_promises(kind: str, check: Check, tmp_path: Path) -> None:
    with contextlib.nullcontext() if check in (each_job_is_claimed_once, one_of_many_gets_the_key) else virtual_time():
        storage = STORAGES[kind](tmp_path, Retention())
        check(storage)
        storage.close()
        storage.close()  # harmless


@pytest.mark.parametrize("check", RETENTION_CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("kind", STORAGES)
def test_a_storage_forgets_what_it_may(kind: str, check: RetentionCheck, tmp_path: Path) -> None:
    with virtual_time():
        check(lambda retention: STORAGES[kind](tmp_path, retention))


class Faulty(MemoryStorage):
    """A storage with one fault, which the check named `breaks` finds."""

    kinds: ClassVar[dict[Any, str]] = {}

    def __init_subclass__(cls, breaks: str) -> None:
        Faulty.kinds[cls] = breaks


class HandsOutTwice(Faulty, breaks="a_claimed_job_runs"):
    def settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str] = ()) -> list[Record]:
        claimed = super().settle_and_claim(settled, limit, types)
        self._waiting.ready.extend(claimed)
        for record in claimed:
            record.status = PENDING
        return claimed


class NewestFirst(Faulty, breaks="the_oldest_comes_first"):
    def settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str] = ()) -> list[Record]:
        self._waiting.ready.reverse()
        return super().settle_and_claim(settled, limit, types)


class ForgetsToCancel(Faulty, breaks="a_pending_job_is_cancelled_at_once"):
    def cancel(self, key: int) -> Job | None:
        return self.get(key)


class AddsSome(Faulty, breaks="keys_grow"):
    def add(self, records: Sequence[Record], delay: float = 0.0, limit: int | None = None) -> bool:
        return super().add(records[:1], delay, limit)


class IgnoresDelays(Faulty, breaks="a_delayed_job_waits_and_holds_nobody_back"):
    def add(self, records: Sequence[Record], delay: float = 0.0, limit: int | None = None) -> bool:
        return super().add(records, 0.0, limit)


class IgnoresLimits(Faulty, breaks="a_full_backlog_takes_nothing"):
    def add(self, records: Sequence[Record], delay: float = 0.0, limit: int | None = None) -> bool:
        return super().add(records, delay)


class LooksUpWhatIsThere(Faulty, breaks="many_are_looked_up_at_once"):
    def get_many(self, keys: Sequence[int]) -> list[Job | None]:
        return [job for job in super().get_many(keys) if job is not None]


class DeletesWhatRuns(Faulty, breaks="deleting_forgets_unless_it_runs"):
    def delete(self, key: int) -> bool:
        return self._records.pop(key, None) is not None


class CountsWhatIsHandedBack(Faulty, breaks="what_is_handed_back_was_not_tried"):
    def settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str] = ()) -> list[Record]:
        for record, outcome in settled:
            record.attempts += not outcome.counts
        return super().settle_and_claim(settled, limit, types)


class TakesLateOutcomes(Faulty, breaks="a_late_outcome_is_dropped"):
    def settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str] = ()) -> list[Record]:
        for record, _ in settled:
            record.status = RUNNING
        return super().settle_and_claim(settled, limit, types)


class HandsBackToTheEnd(Faulty, breaks="what_is_handed_back_keeps_its_order"):
    def settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str] = ()) -> list[Record]:
        claimed = super().settle_and_claim(settled, 0, types)
        if any(not outcome.counts for _, outcome in settled):
            self._waiting.ready.rotate(-1)
        return claimed + super().settle_and_claim((), limit, types)


class CountsAllThatWait(Faulty, breaks="only_what_is_due_takes_room"):
    def backlog(self) -> int:
        return self.count()[PENDING]


class LosesOptions(Faulty, breaks="options_come_back_as_they_went_in"):
    def add(self, records: Sequence[Record], delay: float = 0.0, limit: int | None = None) -> bool:
        for record in records:
            record.options = None
        return super().add(records, delay, limit)


class TakesEmptyForNone(Faulty, breaks="values_come_back_as_they_went_in"):
    def add(self, records: Sequence[Record], delay: float = 0.0, limit: int | None = None) -> bool:
        for record in records:
            record.payload = record.payload if thaw(record.payload) else None
        return super().add(records, delay, limit)


class IgnoresPriorities(Faulty, breaks="a_higher_priority_comes_first"):
    def settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str] = ()) -> list[Record]:
        self._waiting.ready.extend(record for _, _, record in sorted(self._waiting.urgent))
        self._waiting.urgent.clear()
        return super().settle_and_claim(settled, limit, types)


class ClaimsNewestFirst(Faulty, breaks="one_claim_has_the_order_of_many"):
    def settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str] = ()) -> list[Record]:
        return super().settle_and_claim(settled, limit, types)[::-1]


class RunsTheUrgentTooEarly(Faulty, breaks="a_priority_waits_for_its_time"):
    def add(self, records: Sequence[Record], delay: float = 0.0, limit: int | None = None) -> bool:
        return super().add(records, 0.0 if any(record.priority for record in records) else delay, limit)


class ForgetsPrioritiesOfRetries(Faulty, breaks="a_priority_outlives_an_attempt"):
    def settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str] = ()) -> list[Record]:
        for record, _ in settled:
            record.options = None
        return super().settle_and_claim(settled, limit, types)


class CountsTheUrgentThatAreGone(Faulty, breaks="the_urgent_can_be_cancelled"):
    def backlog(self) -> int:
        return len(self._waiting.ready) + len(self._waiting.urgent)


class KeepsEachKeyForEver(Faulty, breaks="a_unique_key_is_held_until_the_end"):
    def add_unique(self, record: Record, delay: float, limit: int | None, replace: bool) -> Added:
        assert record.options is not None
        record.options.key_kept = True
        return super().add_unique(record, delay, limit, replace)


class KeepsNoKeyAfterTheEnd(Faulty, breaks="a_unique_key_may_be_held_for_longer"):
    def add_unique(self, record: Record, delay: float, limit: int | None, replace: bool) -> Added:
        assert record.options is not None
        record.options.key_kept = False
        return super().add_unique(record, delay, limit, replace)


class HasOneKeyForAllTypes(Faulty, breaks="each_type_has_its_own_keys"):
    def add_unique(self, record: Record, delay: float, limit: int | None, replace: bool) -> Added:
        record.type = "webhook"
        return super().add_unique(record, delay, limit, replace)


class LetsTheReplacedGoOn(Faulty, breaks="a_job_is_replaced_by_another"):
    def _cancel(self, record: Record) -> None:
        if record.status is RUNNING:
            super()._cancel(record)


class LooksForRoomFirst(Faulty, breaks="a_key_that_is_held_needs_no_room"):
    def add_unique(self, record: Record, delay: float, limit: int | None, replace: bool) -> Added:
        full = limit is not None and self.backlog() >= limit
        return Added(False, None) if full else super().add_unique(record, delay, limit, replace)


class KeepsAllThatHaveTheKey(Faulty, breaks="one_of_many_gets_the_key"):
    def add_unique(self, record: Record, delay: float, limit: int | None, replace: bool) -> Added:
        return Added(super().add([record], delay, limit), None)


class RemembersTheForgotten(Faulty, breaks="a_forgotten_job_has_no_key"):
    def maintain(self, running: Sequence[Record]) -> list[Record]:
        return []


class SnoozesForNoTime(Faulty, breaks="what_snoozes_waits_and_was_not_tried"):
    def settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str] = ()) -> list[Record]:
        kept = [(record, outcome if outcome.counts else HANDED_BACK) for record, outcome in settled]
        return super().settle_and_claim(kept, limit, types)


class AdvancesTwice(Faulty, breaks="a_note_advances_once"):
    def advance(self, name: str, before: float | None, after: float, records: Sequence[Record]) -> bool:
        return super().advance(name, self.noted(name), after, records)


class PausesOnlyWhatIsNew(Faulty, breaks="a_paused_type_is_not_claimed"):
    def _gate(self, job_type: str) -> None:
        self._waiting.lanes.setdefault(job_type, []) if self._gates.has(job_type) else self._waiting.join(job_type)


class ResumesAtTheEnd(Faulty, breaks="resumed_jobs_have_their_places"):
    def pause(self, job_type: str, paused: bool) -> None:
        held = [entry[2] for entry in sorted(self._waiting.lanes.pop(job_type, []))]
        super().pause(job_type, paused)
        self._waiting.ready.extend(held)


class CountsNoEnd(Faulty, breaks="no_more_run_at_once_than_a_limit_says"):
    def obey(self, limits: Mapping[str, Limit]) -> None:
        super().obey(limits)
        self._gates.ended = lambda lane: None  # type: ignore[method-assign]


class TakesNoToken(Faulty, breaks="no_more_begin_in_a_second_than_a_limit_says"):
    def obey(self, limits: Mapping[str, Limit]) -> None:
        super().obey({name: Limit(limit.at_once) for name, limit in limits.items()})


class ShowsTheProgressOfTheLastAttempt(Faulty, breaks="the_progress_of_an_attempt_is_seen_while_it_runs"):
    def settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str] = ()) -> list[Record]:
        claimed = super().settle_and_claim(settled, limit, types)
        for record in claimed:
            record.progress = Progress(1)
        return claimed


class ForgetsWhatAJobKnows(Faulty, breaks="what_a_job_knows_comes_back"):
    def settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str] = ()) -> list[Record]:
        claimed = super().settle_and_claim(settled, limit, types)
        for record, outcome in settled:
            record.result = outcome.result if outcome.status is COMPLETED else None
        return claimed


class CountsNoEndOfAKey(Faulty, breaks="no_more_of_a_limit_key_run_at_once_than_a_limit_says"):
    def obey(self, limits: Mapping[str, Limit]) -> None:
        super().obey(limits)
        self._gates.ended = lambda lane: None  # type: ignore[method-assign]


class ForgetsTheLimitOfTheType(Faulty, breaks="a_limit_of_a_type_goes_with_that_of_its_keys"):
    def obey(self, limits: Mapping[str, Limit]) -> None:
        super().obey({name: limit._replace(at_once=None) for name, limit in limits.items()})


class TakesNoTokenOfAKey(Faulty, breaks="no_more_of_a_limit_key_begin_in_a_second_than_a_limit_says"):
    def obey(self, limits: Mapping[str, Limit]) -> None:
        super().obey({name: limit._replace(each_per_second=None) for name, limit in limits.items()})


class RenewsWhatWaits(Faulty, breaks="an_ended_job_is_renewed_in_one_step"):
    def renew(self, key: int, record: Record) -> bool:
        return super().add([record])


class RenewsWithoutAKey(Faulty, breaks="a_renewed_job_has_its_unique_key"):
    def renew(self, key: int, record: Record) -> bool:
        record.options = None
        return super().renew(key, record)


class ListsAll(Faulty, breaks="listing_filters"):
    def list_jobs(self, query: Query) -> list[Job]:
        return super().list_jobs(Query(after=query.after, limit=query.limit))


class SaysThatParkedJobsAreLate(Faulty, breaks="telling_what_waits"):
    def oldest_due(self) -> float | None:
        found = self.list_jobs(Query(status=PENDING, limit=1))
        return time.time() - found[0].created_at.timestamp() if found else None


class TakesRunningJobsBack(Faulty, breaks="tending_keeps_what_runs_and_what_is_young"):
    def maintain(self, running: Sequence[Record]) -> list[Record]:
        return [*super().maintain(running), *running]


class ForgetsNothing(Faulty, breaks="the_old_are_forgotten"):
    def maintain(self, running: Sequence[Record]) -> list[Record]:
        return []


class ForgetsFailuresAsSoon(Faulty, breaks="the_old_are_forgotten"):
    def __init__(self, retention: Retention) -> None:
        super().__init__(Retention(retention.completed, retention.completed, retention.most))


class KeepsOneMore(Faulty, breaks="the_most_are_kept_and_no_more"):
    def __init__(self, retention: Retention) -> None:
        super().__init__(Retention(retention.completed, retention.failed, (retention.most or 9) + 1))


class ForgetsUnasked(Faulty, breaks="nothing_is_forgotten_unless_asked"):
    def __init__(self, retention: Retention) -> None:
        super().__init__(Retention(most=2))


@pytest.mark.parametrize(("faulty", "promise"), Faulty.kinds.items(), ids=lambda part: getattr(part, "__name__", part))
def test_a_fault_is_found(faulty: Any, promise: str) -> None:
    check: Any
    (check,) = [each for each in (*CHECKS, *RETENTION_CHECKS) if each.__name__ == promise]
    with pytest.raises(AssertionError):
        check(faulty() if check in CHECKS else faulty)
