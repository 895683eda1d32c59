"""A submission that is written in parts: all of its jobs are there or none, and others get their turn in between."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from goqueue import Queue, Status
from goqueue.errors import StorageError
from goqueue.job import DONE, Record
from goqueue.storage import Query, SQLiteStorage
from goqueue.storage.sqlite import bulk, check, keys

from ..files import DURABILITIES, ask, records, refused, write
from ..parts import PATIENCE, TYPES, Clock, ctx
from .test_leases import watch

PART, JOBS = 10, 95  # the last part is not full


@pytest.fixture
def storage(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SQLiteStorage]:
    """A storage that writes ten jobs in a commit."""
    monkeypatch.setattr(bulk, "PART", PART)
    monkeypatch.setattr(bulk, "GAP", 0.0)
    storage = SQLiteStorage(path)
    yield storage
    storage.close()


def between(monkeypatch: pytest.MonkeyPatch, fn: Callable[[int], None]) -> None:
    """Have `fn` called between two commits, with how often it was called before."""
    calls: list[None] = []

    def pause() -> None:
        calls.append(None)
        fn(len(calls) - 1)

    monkeypatch.setattr(bulk, "pause", pause)


def mail() -> Record:
    return Record("mail", None)


def pending(storage: SQLiteStorage) -> int:
    return storage.count()[Status.PENDING]


@pytest.mark.parametrize("durability", DURABILITIES)
def test_all_are_there_in_one_step_and_others_get_their_turn(
    path: Path, monkeypatch: pytest.MonkeyPatch, durability: str
) -> None:
    monkeypatch.setattr(bulk, "PART", PART)
    monkeypatch.setattr(keys, "RESERVED", 10**9)  # so many that some are left when the parts get later ones
    storage, other = SQLiteStorage(path, durability=durability), SQLiteStorage(path)
    storage.add(records())  # with write-behind, keys are reserved for this one
    storage.flush()
    seen: list[int] = []

    def others(turn: int) -> None:
        assert other.add([mail()])
        (mine,) = other.settle_and_claim((), 1, ["mail"])
        other.settle_and_claim([(mine, DONE)], 0, ())
        seen.append(pending(other))
        listed = other.list_jobs(Query(status=Status.PENDING, limit=1000))
        assert len(listed) == pending(other)
        assert [job for job in listed if other.get(job._record.key) is None] == []
        if pending(other) == 1:
            assert other.backlog() == 1

    between(monkeypatch, others)
    batch = records(JOBS, "x")
    assert storage.add(batch)
    assert set(seen) == {1, 1 + JOBS}, "none, and then all"
    assert seen == sorted(seen)
    assert seen.count(1) == len(range(0, JOBS, PART))
    assert [record.key for record in batch] == list(range(batch[0].key, batch[0].key + JOBS))
    late = records()
    storage.add(late)
    storage.flush()
    assert late[0].key > batch[-1].key
    claimed = storage.settle_and_claim((), 2 * JOBS, TYPES)
    assert [record.key for record in claimed][1:] == [record.key for record in (*batch, *late)]
    storage.close()
    other.close()
    assert check(os.fspath(path)) == []
    assert ask(path, "SELECT count(*) FROM bulks") == 0


def test_those_with_a_delay_wait_for_their_time(
    storage: SQLiteStorage, set_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    between(monkeypatch, lambda turn: None)
    storage.add(records(JOBS), delay=60.0)
    assert storage.settle_and_claim((), 1, TYPES) == []
    assert storage.backlog() == 0
    due = storage.next_due()
    assert due is not None
    assert 59.0 < due <= 60.0
    set_clock.go_on(61.0)
    assert len(storage.settle_and_claim((), JOBS, TYPES)) == JOBS


@pytest.mark.parametrize("error", [KeyboardInterrupt, StorageError])
@pytest.mark.parametrize("turn", range(0, 21, 4))
def test_what_is_raised_in_between_keeps_all_or_none(
    storage: SQLiteStorage, path: Path, monkeypatch: pytest.MonkeyPatch, turn: int, error: type[BaseException]
) -> None:
    def raises(now: int) -> None:
        if now == turn:
            raise error("in between")

    between(monkeypatch, raises)
    parts = len(range(0, JOBS, PART))
    accepted = turn >= parts
    if turn < (parts if error is StorageError else 2 * parts - 1):
        with pytest.raises(error, match="in between"):
            storage.add(records(JOBS))
    else:
        storage.add(records(JOBS))
    assert pending(storage) == (JOBS if accepted else 0)
    assert ask(path, "SELECT count(*) FROM jobs") == pending(storage)
    if not accepted:  # otherwise maintenance does the rest
        assert ask(path, "SELECT count(*) FROM bulks") == 0
    between(monkeypatch, lambda now: None)
    assert storage.add(records(JOBS))


def test_a_failure_of_the_file_in_between_leaves_none(
    storage: SQLiteStorage, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(turn: int) -> None:
        if turn == 3:
            write(storage, "CREATE TRIGGER full BEFORE INSERT ON jobs BEGIN SELECT RAISE(ABORT, 'no room'); END")

    between(monkeypatch, fails)
    refused(lambda: storage.add(records(JOBS)), StorageError, "no room")
    assert ask(path, "SELECT count(*) FROM jobs") == 0
    assert check(os.fspath(path)) == []


DIES = """
import os, sys
from goqueue.job import Record
from goqueue.storage import SQLiteStorage
from goqueue.storage.sqlite import bulk
path, turn = sys.argv[1], int(sys.argv[2])
bulk.PART = 10
turns = []
def pause():
    turns.append(None)
    if len(turns) > turn:
        os._exit(9)
bulk.pause = pause
SQLiteStorage(path).add([Record("webhook", None) for _ in range(95)])
"""


@pytest.mark.slow
@pytest.mark.parametrize("turn", [0, 4, 9, 10, 15])
def test_a_process_that_is_killed_in_between_leaves_all_or_none(
    storage: SQLiteStorage, path: Path, set_clock: Clock, turn: int
) -> None:
    done = subprocess.run([sys.executable, "-c", DIES, path, str(turn)], timeout=PATIENCE, check=False)
    assert done.returncode == 9
    expected = 0 if turn < 10 else JOBS
    assert pending(storage) == expected
    assert ask(path, "SELECT count(*) FROM jobs") > 0
    watch(storage, set_clock, 7.0)
    assert ask(path, "SELECT count(*) FROM jobs") == expected
    assert ask(path, "SELECT count(*) FROM bulks") == 0
    assert len(storage.settle_and_claim((), JOBS, TYPES)) == expected


def test_a_submission_that_goes_on_is_not_taken_for_that_of_a_dead_process(
    storage: SQLiteStorage, path: Path, monkeypatch: pytest.MonkeyPatch, set_clock: Clock
) -> None:
    other = SQLiteStorage(path)

    def others(turn: int) -> None:
        if turn == 3:
            watch(other, set_clock, 60.0)

    between(monkeypatch, others)
    assert storage.add(records(JOBS))
    assert pending(other) == JOBS
    other.close()


def test_where_there_are_no_locks_one_that_stood_still_is_undone_and_says_so(
    storage: SQLiteStorage, path: Path, monkeypatch: pytest.MonkeyPatch, set_clock: Clock
) -> None:
    from goqueue.storage.sqlite import presence

    monkeypatch.setattr(presence.Presence, "holds", lambda self, worker: False)
    other = SQLiteStorage(path)

    def others(turn: int) -> None:
        if turn == 3:
            monkeypatch.setattr(bulk, "pause", lambda: None)
            watch(other, set_clock, 60.0)

    between(monkeypatch, others)
    refused(lambda: storage.add(records(JOBS)), StorageError, "stood still for so long .* try again")
    assert ask(path, "SELECT count(*) FROM jobs") == 0
    other.close()


def test_a_queue_runs_what_was_submitted_in_parts(storage: SQLiteStorage) -> None:
    queue = Queue(storage=storage)
    queue.register_handler("webhook", lambda ctx, payload: payload)
    with queue:
        jobs = queue.wait_many(ctx, queue.submit_many(ctx, "webhook", range(JOBS)))
    assert [job.result for job in jobs] == list(range(JOBS))
