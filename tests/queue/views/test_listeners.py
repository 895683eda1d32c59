"""What listens: a log handler, or a function given to `after_done`. It holds up nobody, and may call the queue.

Whether a lock is held while one is called is looked at in all tests of the queue (listening.py); here is shown that the
look finds what is wrong.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from goqueue import JobContext, Queue, Status
from goqueue.job import DONE, Record
from goqueue.log import WARNING, tell, wait_for_background
from goqueue.running.floor import Floor
from goqueue.storage import MemoryStorage, SQLiteStorage

from ..files import locked, records
from ..listening import Complaints
from ..parts import PATIENCE, TYPES, ctx, queue_of, submit


@contextmanager
def heard_by(fn: Callable[[logging.LogRecord], None]) -> Iterator[None]:
    """Have `fn` called with each record that the queue logs."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            fn(record)

    handler = Handler()
    handler.createLock()
    handler.lock = None  # otherwise a handler that takes long holds up those that log at the same time
    logging.getLogger("goqueue").addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger("goqueue").removeHandler(handler)


def late_for(storage: SQLiteStorage) -> Record:
    """Return a claimed job that is somebody else's by now."""
    storage.add(records())
    (record,) = storage.settle_and_claim((), 1, TYPES)
    storage._writer.do(lambda on: on.execute("UPDATE jobs SET worker = worker + 1"))
    return record


@pytest.mark.parametrize("soon", [True, False], ids=["soon", "at once"])
def test_a_log_handler_may_add_jobs_and_holds_up_nobody_when_an_outcome_comes_late(path: Path, soon: bool) -> None:
    storage = SQLiteStorage(path)
    record = late_for(storage)
    begun, goes_on, added = threading.Event(), threading.Event(), threading.Event()

    def adds(said: logging.LogRecord) -> None:
        assert "came late" in said.getMessage()
        storage.add(records(1))
        storage.add(records(2))
        added.set()
        begun.set()
        assert goes_on.wait(PATIENCE)

    def settle() -> None:
        if soon:
            storage.settle_soon([(record, DONE)], lambda settled: None, hurry=True)
        else:
            storage.settle_and_claim([(record, DONE)], 0, ())

    with heard_by(adds):
        thread = threading.Thread(target=settle)
        thread.start()
        assert begun.wait(PATIENCE)
        assert added.is_set()
        with storage.patience(PATIENCE):
            assert storage.add(records(2)), "another caller waits for no log handler"
        assert not goes_on.is_set()
        goes_on.set()
        thread.join(PATIENCE)
    assert storage.count()[Status.PENDING] == 5
    wait_for_background(PATIENCE)
    storage.close()


def test_who_is_told_of_a_commit_is_told_under_no_lock_and_before_who_waits_for_it(path: Path) -> None:
    storage = SQLiteStorage(path)
    storage.add(records())
    claimed = storage.settle_and_claim((), 1, TYPES)
    writer, held = storage._writer, []
    storage.settle_soon([(claimed[0], DONE)], lambda settled: held.append(writer._has_connection()))
    storage.flush()
    assert held == [False]
    storage.close()


def test_a_log_handler_holds_up_nobody_when_what_was_accepted_cannot_be_written(path: Path, impatient: None) -> None:
    storage = SQLiteStorage(path, durability="write-behind", behind=0.02)
    begun, goes_on = threading.Event(), threading.Event()

    def hears(said: logging.LogRecord) -> None:
        begun.set()
        assert goes_on.wait(PATIENCE)

    storage.add(records())
    storage.flush()
    with heard_by(hears):
        with locked(path):
            storage.add(records())
            assert begun.wait(PATIENCE)
        with storage.patience(PATIENCE):
            storage.flush()
        assert storage.count()[Status.PENDING] == 2
        goes_on.set()
        wait_for_background(PATIENCE)
    storage.close()


@pytest.mark.parametrize("raised", [ValueError, SystemExit, KeyboardInterrupt])
@pytest.mark.parametrize("kind", ["memory", "file"])
def test_what_a_log_handler_raises_loses_no_claimed_job(
    path: Path, kind: str, raised: type[BaseException], capfd: pytest.CaptureFixture[str]
) -> None:
    storage = MemoryStorage() if kind == "memory" else SQLiteStorage(path)
    if isinstance(storage, SQLiteStorage):
        record = late_for(storage)
    else:
        storage.add(records())
        (record,) = storage.settle_and_claim((), 1, TYPES)
        storage.settle_and_claim([(record, DONE)], 0, ())
    storage.add(records())
    claimed: list[Record] = []

    def raises(said: logging.LogRecord) -> None:
        raise raised("from a log handler")

    def claim() -> None:  # in a thread, because Ctrl-C comes only to the main thread
        claimed.extend(storage.settle_and_claim([(record, DONE)], 1, TYPES))

    with heard_by(raises):
        thread = threading.Thread(target=claim)
        thread.start()
        thread.join(PATIENCE)
    assert len(claimed) == 1
    assert "a log handler failed" in capfd.readouterr().err
    storage.close()


@pytest.mark.parametrize("how", ["in its thread", "in another"])
def test_a_function_that_listens_to_a_context_may_stop_the_queue(clock: Any, how: str) -> None:
    queue = queue_of(lambda ctx, payload: None, workers=1)
    reports: list[object] = []
    begun = threading.Event()

    def stop() -> None:
        reports.append(queue.stop(grace=0.5))

    def listener() -> None:
        if how == "in its thread":
            stop()
        else:
            thread = threading.Thread(target=stop)
            thread.start()
            thread.join()

    @queue.handler("listens")
    def listens(ctx: JobContext, payload: Any) -> None:
        ctx.after_done(listener)
        begun.set()
        ctx.wait()

    with queue:
        queue.submit_job(ctx, "listens")
        begun.wait()
    assert reports == [queue.stop()]
    assert clock.now < 20.0


def test_of_two_stops_the_shorter_grace_ends_both(clock: Any) -> None:
    queue = queue_of(lambda ctx, payload: ctx.wait(), workers=1)
    queue.__enter__()
    submit(queue)
    first = threading.Thread(target=queue.stop, kwargs={"grace": 600.0})
    first.start()
    queue.stop(grace=1.0)
    first.join()
    assert clock.now < 5.0


def under_the_floors_lock(path: Path) -> None:
    floor = Floor()
    with floor.lock:
        floor.wake = lambda jobs=1: tell(WARNING, "said too early")  # type: ignore[method-assign]
        floor.call()


def in_the_thread_that_writes(path: Path) -> None:
    storage = SQLiteStorage(path)

    class Says:
        def says(self, on: sqlite3.Connection) -> None:
            storage._write  # noqa: B018 -- it is on the stack
            tell(WARNING, "said too early")

    storage._writer.do(Says().says)
    storage.close()


def under_a_lock_of_memory(path: Path) -> None:
    storage = MemoryStorage()
    storage._backlog = lambda: tell(WARNING, "said too early")  # type: ignore[method-assign, assignment, return-value]
    storage.backlog()


@pytest.mark.parametrize(
    ("mutant", "held"),
    [
        (under_the_floors_lock, "Floor.lock"),
        (in_the_thread_that_writes, "the thread that writes"),
        (in_the_thread_that_writes, "Writer._connection_lock"),
        (under_a_lock_of_memory, "MemoryStorage._lock"),
    ],
)
def test_a_record_that_is_logged_under_a_lock_is_found(
    path: Path, complaints: Complaints, mutant: Callable[[Path], None], held: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from .. import listening

    monkeypatch.setattr(listening, "PATIENCE", 0.1)
    mutant(path)
    assert any("said too early" in found and held in found for found in complaints.found), complaints.found
    complaints.found.clear()


def test_a_listener_that_is_called_under_a_lock_is_found(complaints: Complaints) -> None:
    queue = Queue()
    with queue.storage._lock:  # type: ignore[attr-defined]
        inner = ctx.with_timeout(1.0)
        inner.after_done(lambda: None)
        queue.storage._backlog = inner.cancel  # type: ignore[attr-defined]
        queue.storage.backlog()
    assert complaints.found == ["a function that listens to a context: MemoryStorage._lock"]
    complaints.found.clear()
