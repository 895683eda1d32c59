"""Write-behind: what was accepted is seen at once, kept though it cannot be written, and in the file in the end."""

import queue
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goqueue import Status
from goqueue.errors import StorageError, StorageFull, StorageLocked
from goqueue.job import DONE, Record, id_of
from goqueue.log import wait_for_background
from goqueue.storage import Query, SQLiteStorage
from goqueue.storage.sqlite import work
from goqueue.storage.sqlite.work import Outcomes

from ..files import ask, locked, pages, records, refused
from ..parts import PATIENCE, TYPES

OFTEN = 600.0  # seconds between two writes of what is behind: no test waits for them


def file_count(path: Path, where: str = "TRUE") -> int:
    """Return how many jobs the file has, as another process sees it."""
    return int(ask(path, f"SELECT count(*) FROM jobs WHERE {where}"))


def behind_by(path: Path) -> SQLiteStorage:
    return SQLiteStorage(path, durability="write-behind", behind=OFTEN)


@pytest.fixture
def storage(path: Path) -> Iterator[SQLiteStorage]:
    storage = behind_by(path)
    yield storage
    storage.close()


def test_what_was_accepted_is_seen_at_once_and_is_in_the_file_after_close(storage: SQLiteStorage, path: Path) -> None:
    first, second = records(2)
    storage.add([first])
    assert file_count(path) == 0
    job = storage.get(first.key)  # to ask has it written
    assert job is not None
    assert job.status is Status.PENDING
    assert file_count(path) == 1
    storage.add([second])
    assert [each._record.key for each in storage.list_jobs(Query())] == [first.key, second.key]
    storage.add(records(3))
    assert file_count(path) == 2
    storage.close()
    assert file_count(path) == 5


def test_what_is_behind_is_written_by_itself(clock: Any, path: Path) -> None:
    """`behind` / 2 seconds after it came, by the writer's thread."""
    storage = behind_by(path)
    storage.add(records())
    time.sleep(OFTEN / 2 - 1.0)
    assert file_count(path) == 0
    time.sleep(2.0)
    assert file_count(path) == 1
    storage.close()


def test_what_was_accepted_outlives_a_locked_file(impatient: None, storage: SQLiteStorage, path: Path) -> None:
    storage.add(records(2))
    with locked(path):
        refused(storage.count, StorageLocked)
        refused(lambda: storage.add(records()), StorageLocked)  # no more is accepted while it cannot be written
        refused(storage.close, StorageLocked)
    storage.close()
    assert file_count(path) == 2


def test_it_accepts_again_once_it_can_be_written(storage: SQLiteStorage) -> None:
    pages(storage, 8)
    storage.add(records(2, "x" * 20_000))
    for _ in range(2):
        refused(storage.count, StorageFull)
        refused(lambda: storage.add(records()), StorageFull)
    pages(storage, None)
    storage.add(records())
    assert storage.count()[Status.PENDING] == 3


def test_an_op_that_fails_throws_nothing_away_that_is_behind(storage: SQLiteStorage) -> None:
    storage.add(records())
    (claimed,) = storage.settle_and_claim((), 1, TYPES)
    storage.add(records())
    with pytest.raises(ValueError, match="is running"):
        storage.delete(claimed.key)
    storage.add(records())
    assert storage.count()[Status.PENDING] == 2


def test_what_comes_while_it_is_closed_is_kept_or_refused(storage: SQLiteStorage, path: Path) -> None:
    """Another thread adds in the moment in which all was written and the file is not let go of yet."""
    storage.add(records())
    leave = storage._leases.leave
    said: list[bool | StorageError] = []

    def leave_late(on: sqlite3.Connection, worker: int) -> None:
        leave(on, worker)
        try:
            said.append(storage.add(records()))
        except StorageError as err:
            said.append(err)

    storage._leases.leave = leave_late  # type: ignore[method-assign]
    storage.close()
    assert len(said) == 1
    assert file_count(path) == 1 + said.count(True)
    assert "jobs.db: this storage was closed: open another" in str(said[0])


def test_two_that_are_behind_give_distinct_keys(path: Path) -> None:
    one, other = behind_by(path), behind_by(path)
    kept: list[Record] = []
    for _ in range(20):
        for storage in (one, other):
            some = records(3)
            storage.add(some)
            kept += some
    one.close()
    other.close()
    assert len({record.key for record in kept}) == 120
    assert file_count(path) == 120


# -- outcomes that share a commit ---------------------------------------------------------------------------


def claimed(storage: SQLiteStorage, jobs: int) -> list[Record]:
    storage.add(records(jobs))
    return storage.settle_and_claim((), jobs, TYPES)


def test_outcomes_are_settled_soon_and_it_is_told_after_the_commit(path: Path) -> None:
    storage = SQLiteStorage(path)
    told: queue.SimpleQueue[tuple[int, int]] = queue.SimpleQueue()
    held = claimed(storage, 3)
    for record in held:
        settled = [(record, DONE)]
        storage.settle_soon(settled, lambda done: told.put((done[0][0].key, file_count(path, "status = 'completed'"))))
    seen = [told.get(timeout=PATIENCE) for _ in held]
    assert [key for key, _ in seen] == [record.key for record in held]
    assert all(count > number for number, (_, count) in enumerate(seen))
    storage.close()


def test_outcomes_that_cannot_be_written_are_kept_and_a_close_writes_them(path: Path, impatient: None) -> None:
    storage = SQLiteStorage(path)
    told: list[object] = []
    (record,) = claimed(storage, 1)
    with locked(path):
        storage.settle_soon([(record, DONE)], told.append)
        refused(storage.flush, StorageLocked)
        assert told == []
        assert storage.count()[Status.RUNNING] == 1  # to look waits for nobody
    storage.close()
    assert len(told) == 1
    assert file_count(path, "status = 'completed'") == 1


def test_what_is_told_may_fail_and_the_writer_goes_on(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    storage = SQLiteStorage(path)
    (record,) = claimed(storage, 1)
    storage.settle_soon([(record, DONE)], lambda settled: 1 / 0)  # type: ignore[arg-type]
    storage.flush()
    assert storage.count()[Status.COMPLETED] == 1
    wait_for_background(PATIENCE)
    assert "ZeroDivisionError" in caplog.text
    storage.close()


def traced(storage: SQLiteStorage) -> list[str]:
    """Return a list of the statements that the storage executes from now on."""
    told: list[str] = []
    storage._writer._connection.set_trace_callback(lambda text: told.append(" ".join(text.split())))
    return told


def test_many_that_have_just_completed_take_one_statement_and_a_claim_takes_them_along(path: Path) -> None:
    storage = SQLiteStorage(path)
    held = claimed(storage, 5)
    storage.add(records())
    told: list[object] = []
    statements = traced(storage)
    for record in held:
        storage._outcomes.accept(Outcomes([(record, DONE)], told.append, []), NoWriter())  # type: ignore[arg-type]
    (last,) = storage.settle_and_claim((), 1, TYPES)
    assert last.attempts == 1
    assert len(told) == 5
    assert statements.count("BEGIN IMMEDIATE") == 1
    completing = {
        text for text in statements if text.startswith("UPDATE jobs SET") and "'completed' END, error" in text
    }
    assert len(completing) == 1, "its triggers are told of by its text"
    assert storage.count()[Status.COMPLETED] == 5
    storage.close()


def test_an_outcome_that_comes_late_is_dropped_and_named_and_the_others_count(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    storage = SQLiteStorage(path)
    held = claimed(storage, 5)
    late = held[2]
    storage._writer.do(lambda on: on.execute("UPDATE jobs SET worker = worker + 1 WHERE key = ?", (late.key,)))
    for record in held:
        storage.settle_soon([(record, DONE)], lambda settled: None)
    storage.flush()
    assert storage.count()[Status.COMPLETED] == 4
    found = storage.get(late.key)
    assert found is not None
    assert found.status is Status.RUNNING
    wait_for_background(PATIENCE)
    assert caplog.text.count("came late") == 1
    assert id_of(late.key, storage.node) in caplog.text
    storage.close()


def test_more_than_one_statement_completes(path: Path) -> None:
    storage = SQLiteStorage(path)
    held = claimed(storage, 2 * work.MOST + 3)
    for record in held:
        storage._outcomes.accept(Outcomes([(record, DONE)], lambda settled: None, []), NoWriter())  # type: ignore[arg-type]
    storage.flush()
    assert storage.count()[Status.COMPLETED] == len(held)
    storage.close()


def test_outcomes_wait_for_company_unless_somebody_is_in_a_hurry(clock: Any, path: Path) -> None:
    storage = SQLiteStorage(path)
    first, second = claimed(storage, 2)
    storage.settle_soon([(first, DONE)], lambda settled: None)
    storage.add(records())
    assert file_count(path, "status = 'completed'") == 0
    time.sleep(1.0)
    assert file_count(path, "status = 'completed'") == 1
    told: queue.SimpleQueue[object] = queue.SimpleQueue()
    before = time.monotonic()
    storage.settle_soon([(second, DONE)], told.put, True)
    told.get(timeout=PATIENCE)
    assert time.monotonic() == before
    storage.close()


class NoWriter:
    """Is told that there are outcomes, and does nothing."""

    def call(self) -> None:
        pass
