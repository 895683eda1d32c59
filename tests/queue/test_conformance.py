"""Every storage keeps every promise; and a storage with one fault is found by the check that is about it."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from goqueue import MemoryStorage, Retention
from goqueue.job import PENDING, RUNNING, Job, Record
from goqueue.payload import thaw
from goqueue.storage import Query, Settled, SQLiteStorage, Storage
from goqueue.testing.conformance import CHECKS, RETENTION_CHECKS, Check, RetentionCheck

Make = Callable[[Path, Retention], Storage]


def sqlite(durability: str) -> Make:
    """Return what opens a file of its own each time."""

    def make(folder: Path, retention: Retention) -> Storage:
        path = folder / f"{len(list(folder.iterdir()))}.db"
        return SQLiteStorage(path, durability=durability, retention=retention)

    return make


STORAGES: dict[str, Make] = {
    "memory": lambda folder, retention: MemoryStorage(retention),
    "each commit": sqlite("each commit"),
    "group commit": sqlite("group commit"),
    "write-behind": sqlite("write-behind"),
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("kind", STORAGES)
def test_a_storage_keeps_its_promises(kind: str, check: Check, tmp_path: Path) -> None:
    storage = STORAGES[kind](tmp_path, Retention())
    check(storage)
    storage.close()
    storage.close()  # harmless


@pytest.mark.parametrize("check", RETENTION_CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("kind", STORAGES)
def test_a_storage_forgets_what_it_may(kind: str, check: RetentionCheck, tmp_path: Path) -> None:
    check(lambda retention: STORAGES[kind](tmp_path, retention))


class HandsOutTwice(MemoryStorage):
    def turn(self, settled: Settled, limit: int, types: Sequence[str] = ()) -> list[Record]:
        claimed = super().turn(settled, limit, types)
        self._ready.extend(claimed)
        for record in claimed:
            record.status = PENDING
        return claimed


class NewestFirst(MemoryStorage):
    def turn(self, settled: Settled, limit: int, types: Sequence[str] = ()) -> list[Record]:
        self._ready.reverse()
        return super().turn(settled, limit, types)


class ForgetsToCancel(MemoryStorage):
    def cancel(self, key: int) -> Job | None:
        return self.get(key)


class AddsSome(MemoryStorage):
    def add(self, records: Sequence[Record], delay: float = 0.0, limit: int | None = None) -> bool:
        return super().add(records[:1], delay, limit)


class IgnoresDelays(MemoryStorage):
    def add(self, records: Sequence[Record], delay: float = 0.0, limit: int | None = None) -> bool:
        return super().add(records, 0.0, limit)


class IgnoresLimits(MemoryStorage):
    def add(self, records: Sequence[Record], delay: float = 0.0, limit: int | None = None) -> bool:
        return super().add(records, delay)


class DeletesWhatRuns(MemoryStorage):
    def delete(self, key: int) -> bool:
        return self._records.pop(key, None) is not None


class CountsWhatIsHandedBack(MemoryStorage):
    def turn(self, settled: Settled, limit: int, types: Sequence[str] = ()) -> list[Record]:
        for record, outcome in settled:
            record.attempts += not outcome.counts
        return super().turn(settled, limit, types)


class TakesLateOutcomes(MemoryStorage):
    def turn(self, settled: Settled, limit: int, types: Sequence[str] = ()) -> list[Record]:
        for record, _ in settled:
            record.status = RUNNING
        return super().turn(settled, limit, types)


class HandsBackToTheEnd(MemoryStorage):
    def turn(self, settled: Settled, limit: int, types: Sequence[str] = ()) -> list[Record]:
        claimed = super().turn(settled, 0, types)
        if any(not outcome.counts for _, outcome in settled):
            self._ready.rotate(-1)
        return claimed + super().turn((), limit, types)


class CountsAllThatWait(MemoryStorage):
    def backlog(self) -> int:
        return self.count()[PENDING]


class LosesOptions(MemoryStorage):
    def add(self, records: Sequence[Record], delay: float = 0.0, limit: int | None = None) -> bool:
        for record in records:
            record.options = None
        return super().add(records, delay, limit)


class TakesEmptyForNone(MemoryStorage):
    def add(self, records: Sequence[Record], delay: float = 0.0, limit: int | None = None) -> bool:
        for record in records:
            record.payload = record.payload if thaw(record.payload) else None
        return super().add(records, delay, limit)


class ListsAll(MemoryStorage):
    def list_jobs(self, query: Query) -> list[Job]:
        return super().list_jobs(Query(after=query.after, limit=query.limit))


class TakesRunningJobsBack(MemoryStorage):
    def tend(self, running: Sequence[Record]) -> list[Record]:
        return [*super().tend(running), *running]


class ForgetsNothing(MemoryStorage):
    def tend(self, running: Sequence[Record]) -> list[Record]:
        return []


class ForgetsFailuresAsSoon(MemoryStorage):
    def __init__(self, retention: Retention) -> None:
        super().__init__(Retention(retention.completed, retention.completed, retention.most))


class KeepsOneMore(MemoryStorage):
    def __init__(self, retention: Retention) -> None:
        super().__init__(Retention(retention.completed, retention.failed, (retention.most or 9) + 1))


class ForgetsUnasked(MemoryStorage):
    def __init__(self, retention: Retention) -> None:
        super().__init__(Retention(most=2))


FAULTY = {
    HandsOutTwice: "a_claimed_job_runs",
    NewestFirst: "the_oldest_comes_first",
    ForgetsToCancel: "a_pending_job_is_cancelled_at_once",
    AddsSome: "keys_grow",
    IgnoresDelays: "a_delayed_job_waits_and_holds_nobody_back",
    IgnoresLimits: "a_full_backlog_takes_nothing",
    DeletesWhatRuns: "deleting_forgets_unless_it_runs",
    CountsWhatIsHandedBack: "what_is_handed_back_was_not_tried",
    HandsBackToTheEnd: "what_is_handed_back_keeps_its_order",
    TakesLateOutcomes: "a_late_outcome_is_dropped",
    CountsAllThatWait: "only_what_is_due_takes_room",
    LosesOptions: "options_come_back_as_they_went_in",
    TakesEmptyForNone: "values_come_back_as_they_went_in",
    ListsAll: "listing_filters",
    TakesRunningJobsBack: "tending_keeps_what_runs_and_what_is_young",
}

FORGETFUL: dict[Callable[[Retention], Storage], str] = {
    ForgetsNothing: "the_old_are_forgotten",
    ForgetsFailuresAsSoon: "the_old_are_forgotten",
    KeepsOneMore: "the_most_are_kept_and_no_more",
    ForgetsUnasked: "nothing_is_forgotten_unless_asked",
}


@pytest.mark.parametrize(("faulty", "name"), FAULTY.items(), ids=lambda part: getattr(part, "__name__", part))
def test_a_fault_is_found(faulty: type[MemoryStorage], name: str) -> None:
    (check,) = [check for check in CHECKS if check.__name__ == name]
    with pytest.raises(AssertionError):
        check(faulty())


@pytest.mark.parametrize(("faulty", "name"), FORGETFUL.items(), ids=lambda part: getattr(part, "__name__", part))
def test_a_fault_of_retention_is_found(faulty: Callable[[Retention], Storage], name: str) -> None:
    (check,) = [check for check in RETENTION_CHECKS if check.__name__ == name]
    with pytest.raises(AssertionError):
        check(faulty)
