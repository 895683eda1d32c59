"""Every storage keeps every promise; and a storage with one fault is found by the check that is about it."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from goqueue import MemoryStorage
from goqueue.job import PENDING, Job, Record
from goqueue.storage import Settled, SQLiteStorage, Storage
from goqueue.testing.conformance import CHECKS, Check

Make = Callable[[Path], Storage]

STORAGES: dict[str, Make] = {
    "memory": lambda folder: MemoryStorage(),
    "each commit": lambda folder: SQLiteStorage(folder / "jobs.db"),
    "group commit": lambda folder: SQLiteStorage(folder / "jobs.db", durability="group commit"),
    "write-behind": lambda folder: SQLiteStorage(folder / "jobs.db", durability="write-behind"),
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("kind", STORAGES)
def test_a_storage_keeps_its_promises(kind: str, check: Check, tmp_path: Path) -> None:
    storage = STORAGES[kind](tmp_path)
    check(storage)
    storage.close()
    storage.close()  # harmless


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


FAULTY = {
    HandsOutTwice: "a_claimed_job_runs",
    NewestFirst: "the_oldest_comes_first",
    ForgetsToCancel: "a_pending_job_is_cancelled_at_once",
    AddsSome: "keys_grow",
    IgnoresDelays: "a_delayed_job_waits_and_holds_nobody_back",
    IgnoresLimits: "a_full_backlog_takes_nothing",
    DeletesWhatRuns: "deleting_forgets_unless_it_runs",
    CountsWhatIsHandedBack: "what_is_handed_back_was_not_tried",
}


@pytest.mark.parametrize(("faulty", "name"), FAULTY.items(), ids=lambda part: getattr(part, "__name__", part))
def test_a_fault_is_found(faulty: type[MemoryStorage], name: str) -> None:
    (check,) = [check for check in CHECKS if check.__name__ == name]
    with pytest.raises(AssertionError):
        check(faulty())
