"""What can happen to the file of a SQLite storage: each has its error, nothing is half done, and it works again."""

import contextlib
import multiprocessing
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from goqueue import Context, Queue, Status
from goqueue.errors import StorageCorrupt, StorageError, StorageFull, StorageLocked, StorageTooNew
from goqueue.job import DONE, Record
from goqueue.storage import SQLiteStorage
from goqueue.storage.protocol import Query
from goqueue.storage.sqlite import database
from goqueue.storage.sqlite.database import APPLICATION, connect
from goqueue.storage.sqlite.schema import MIGRATIONS

from ..files import DURABILITIES, ask, locked, pages, records, refused, write
from ..parts import PATIENCE, TYPES, ctx, submit

pytestmark = pytest.mark.usefixtures("impatient")


def filled(path: Path, jobs: int = 3) -> None:
    """Leave a file with so many pending jobs."""
    storage = SQLiteStorage(path)
    assert storage.add([Record("webhook", {"order": order}) for order in range(jobs)])
    storage.close()


def test_an_unknown_durability_and_a_missing_folder_are_named(path: Path) -> None:
    with pytest.raises(ValueError, match=r"durability is 'fast'.*'each commit', 'group commit', 'write-behind'"):
        SQLiteStorage(path, durability="fast")
    assert not path.exists()
    refused(lambda: SQLiteStorage(path.parent / "missing" / "jobs.db"), StorageError, r"missing.*its folder must exist")


READ_ONLY = """
import os, sys
from goqueue.errors import StorageError
from goqueue.storage import SQLiteStorage
storage = SQLiteStorage(sys.argv[1])
storage.close()
os.chmod(sys.argv[1], 0o444)
os.chmod(os.path.dirname(sys.argv[1]), 0o555)
if os.geteuid() == 0:
    os.seteuid(65534)  # root may write anything
try:
    SQLiteStorage(sys.argv[1])
except StorageError as err:
    print(err)
"""


def run_script(text: str, *args: object) -> str:
    """Return what a script prints, in a process of its own."""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", text, *map(str, args)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=PATIENCE, check=True).stdout


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX's")
def test_a_read_only_file_is_said() -> None:
    with tempfile.TemporaryDirectory() as folder:  # not tmp_path: nobody but its owner may look into that
        os.chmod(folder, 0o755)
        says = run_script(READ_ONLY, Path(folder) / "jobs.db")
        os.chmod(folder, 0o755)
    assert "jobs.db: it cannot be " in says


@pytest.mark.parametrize("durability", DURABILITIES)
def test_what_cannot_be_written_is_said_on_add_and_later_works(path: Path, durability: str) -> None:
    storage = SQLiteStorage(path, durability=durability)
    write(storage, "PRAGMA query_only = ON")
    refused(lambda: storage.add(records()), StorageError, "cannot be written: check who may")
    write(storage, "PRAGMA query_only = OFF")
    assert storage.add(records())
    assert storage.count()[Status.PENDING] == 1
    storage.close()


@pytest.mark.parametrize("durability", ["each commit", "group commit"])
def test_a_locked_file_refuses_changes_and_is_usable_afterwards(path: Path, durability: str) -> None:
    filled(path)
    storage = SQLiteStorage(path, durability=durability)
    with locked(path):
        key = storage.list_jobs(Query())[0]._record.key  # to read needs no leave
        held = StorageLocked, r"jobs\.db: another process has held it for 0\.02 s"
        refused(lambda: storage.add(records()), *held)
        refused(lambda: storage.add(records(2)), *held)
        refused(lambda: storage.settle_and_claim((), 1, TYPES), *held)
        refused(lambda: storage.cancel(key), *held)
        refused(lambda: storage.delete(key), *held)
        refused(lambda: storage.maintain(()), *held)
        refused(storage.close, *held)
        assert storage.count() == {**dict.fromkeys(Status, 0), Status.PENDING: 3}
    (claimed,) = storage.settle_and_claim((), 1, TYPES)
    assert claimed.key == key
    storage.settle_and_claim([(claimed, DONE)], 0, ())
    assert storage.count() == {**dict.fromkeys(Status, 0), Status.PENDING: 2, Status.COMPLETED: 1}
    storage.close()


@pytest.mark.parametrize("durability", DURABILITIES)
def test_a_call_on_a_locked_file_ends_with_its_context(
    path: Path, durability: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY", PATIENCE)
    queue = Queue(storage=SQLiteStorage(path, durability=durability))
    job = queue.submit_job(Context(), "webhook")
    queue.count(Context())  # write-behind has written it
    calls: list[Callable[[Context], object]] = [
        lambda ctx: queue.cancel(ctx, job),
        lambda ctx: queue.delete(ctx, job),
        lambda ctx: queue.wait(ctx, job),
        lambda ctx: queue.wait_many(ctx, [job]),
    ]
    if durability != "write-behind":
        calls += [lambda ctx: queue.submit_job(ctx, "webhook"), lambda ctx: queue.submit_many(ctx, "webhook", [1, 2])]
    else:
        calls += [queue.count, queue.list_jobs, lambda ctx: queue.get_job(ctx, job)]
    if durability == "write-behind":
        queue.submit_job(Context(), "webhook")
    with locked(path):
        for call in calls:
            begun = time.monotonic()
            with pytest.raises(TimeoutError):
                call(Context().with_timeout(0.1))
            assert time.monotonic() - begun < PATIENCE / 2
    queue.cancel(Context().with_timeout(PATIENCE), job)
    assert queue.count(Context())[Status.CANCELLED] == 1
    queue.close()


def test_a_locked_file_cannot_be_made_and_can_later(path: Path) -> None:
    with locked(path), pytest.raises(StorageLocked):
        SQLiteStorage(path)
    filled(path)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("durability", ["each commit", "group commit"])
def test_a_full_disk_keeps_nothing_of_an_add_and_works_when_there_is_room(
    path: Path, durability: str, jobs: int
) -> None:
    storage = SQLiteStorage(path, durability=durability)
    pages(storage, 8)
    records = [Record("webhook", "small")] * (jobs - 1) + [Record("webhook", "x" * 20_000)]
    refused(lambda: storage.add(records), StorageFull, r"jobs\.db: there is no room left: make some")
    assert storage.count()[Status.PENDING] == 0
    assert storage.add([Record("webhook", "small")])  # what fits is still accepted
    pages(storage, None)
    assert storage.add([Record("webhook", "x" * 20_000)])
    assert storage.count()[Status.PENDING] == 2
    storage.close()
    assert ask(path, "PRAGMA integrity_check") == "ok"


def test_a_worker_survives_a_full_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its result does not fit: it asks until there is room, and the job is completed, having run once."""
    storage = SQLiteStorage(path)
    full, runs = threading.Event(), []
    turn = storage.settle_and_claim

    def watched(*args: Any) -> list[Record]:
        try:
            return turn(*args)
        except StorageFull:
            full.set()
            raise

    monkeypatch.setattr(storage, "settle_and_claim", watched)
    queue = Queue(workers=1, storage=storage)

    def handler(ctx: Context, payload: Any) -> str:
        runs.append(payload)
        pages(storage, 8)
        return "x" * 20_000

    queue.register_handler("webhook", handler)
    with queue:
        job = submit(queue, 1)
        assert full.wait(PATIENCE)
        assert queue.get_job(ctx, job.id).status is Status.RUNNING
        pages(storage, None)
        assert queue.wait(ctx.with_timeout(PATIENCE), job.id).status is Status.COMPLETED
    assert runs == [1]
    storage.close()


def make_garbage(path: Path) -> None:
    path.write_bytes(random.Random(5).randbytes(5_000))


def make_another_programs(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE invoices (number INTEGER)")


def make_newer(path: Path) -> None:
    filled(path)
    with contextlib.closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version = 99")
        newer.execute("PRAGMA journal_mode = DELETE")  # it may have its reasons


@pytest.mark.parametrize(
    ("make", "kind", "says"),
    [
        (make_garbage, StorageCorrupt, "no SQLite file: give the queue a file of its own"),
        (make_another_programs, StorageCorrupt, "another program's database"),
        (make_newer, StorageTooNew, rf"schema 99, .* up to {len(MIGRATIONS)}: install a newer goqueue"),
    ],
)
def test_what_is_no_file_of_this_queue_is_refused_and_untouched(path: Path, make: Any, kind: Any, says: str) -> None:
    make(path)
    before = path.read_bytes()
    refused(lambda: SQLiteStorage(path), kind, says)
    assert path.read_bytes() == before


def test_damaged_pages_are_found_when_they_are_read(path: Path) -> None:
    filled(path, 500)
    damaged = bytearray(path.read_bytes())
    half = len(damaged) // 2
    damaged[half:] = b"\xff" * (len(damaged) - half)  # the first pages are whole: it opens
    path.write_bytes(damaged)
    storage = SQLiteStorage(path)
    refused(
        lambda: storage.list_jobs(Query(limit=1_000)),
        StorageCorrupt,
        "it is damaged: move it away, with its -wal and -shm",
    )
    storage._writer.stop()


NEWER = (
    *MIGRATIONS,
    "ALTER TABLE jobs ADD COLUMN colour TEXT NOT NULL DEFAULT 'red';\nCREATE INDEX colours ON jobs (colour)",
)


def test_a_migration_takes_the_jobs_along(path: Path) -> None:
    filled(path)
    connection = connect(path, "NORMAL", migrations=NEWER)
    assert connection.execute("SELECT payload, colour FROM jobs ORDER BY key").fetchall()[2] == ('{"order":2}', "red")
    assert connection.execute("PRAGMA user_version").fetchone() == (len(NEWER),)
    connection.close()
    connect(path, "NORMAL", migrations=NEWER).close()  # once only
    refused(lambda: SQLiteStorage(path), StorageTooNew, rf"schema {len(NEWER)}, .* up to {len(MIGRATIONS)}")


BREAKS = "DELETE FROM jobs;\nALTER TABLE missing ADD COLUMN x"
IS_BIG = "PRAGMA max_page_count = 20;\nCREATE TABLE big (blob);\nINSERT INTO big VALUES (zeroblob(100000))"


@pytest.mark.parametrize(
    ("migrations", "kind", "says"),
    [((*NEWER, BREAKS), StorageError, "its database failed"), ((*MIGRATIONS, IS_BIG), StorageFull, "no room left")],
    ids=["it fails", "there is no room for it"],
)
def test_a_migration_that_fails_leaves_all_as_it_was(path: Path, migrations: Any, kind: Any, says: str) -> None:
    filled(path)
    refused(lambda: connect(path, "NORMAL", migrations=migrations), kind, says)
    storage = SQLiteStorage(path)
    assert storage.count()[Status.PENDING] == 3
    assert storage.add(records())
    columns = write(storage, "SELECT name FROM pragma_table_info('jobs')")
    assert ("colour",) not in columns
    storage.close()


def open_at_once(path: Path, start: Any, nodes: Any) -> None:
    """Open a file that may be made by others at this moment, add a job, and tell its node."""
    database.BUSY = PATIENCE
    for number in range(12):
        start.wait(PATIENCE)
        storage = SQLiteStorage(path / f"{number}.db")
        storage.add(records())
        nodes.put((number, storage.node))
        storage.close()


def test_processes_that_make_a_file_at_the_same_moment_make_it_once(tmp_path: Path) -> None:
    start = multiprocessing.Barrier(3)
    nodes: multiprocessing.Queue[tuple[int, int]] = multiprocessing.Queue()
    others = [multiprocessing.Process(target=open_at_once, args=(tmp_path, start, nodes)) for _ in range(3)]
    for other in others:
        other.start()
    found = {nodes.get(timeout=PATIENCE) for _ in range(3 * 12)}
    for other in others:
        other.join(PATIENCE)
        assert other.exitcode == 0
    assert len(found) == 12, "the node of a file is made once"
    for number in range(12):
        storage = SQLiteStorage(tmp_path / f"{number}.db")
        assert storage.count()[Status.PENDING] == 3
        assert write(storage, "PRAGMA application_id") == [(APPLICATION,)]
        storage.close()


@pytest.mark.parametrize("durability", DURABILITIES)
def test_use_after_close_is_an_error(path: Path, durability: str) -> None:
    storage = SQLiteStorage(path, durability=durability)
    storage.add(records(), limit=10)
    storage.close()
    storage.close()
    closed = StorageError, r"jobs\.db: this storage was closed: open another"
    refused(lambda: storage.add(records()), *closed)
    refused(lambda: storage.add(records(), limit=10), *closed)
    refused(lambda: storage.settle_and_claim((), 1, TYPES), *closed)
    refused(lambda: storage.get(1), *closed)
    refused(storage.count, *closed)
    refused(lambda: storage.maintain(()), *closed)


FORKED = """
import os, sys
from goqueue.errors import StorageError
from goqueue.job import Record
from goqueue.storage import SQLiteStorage
storage = SQLiteStorage(sys.argv[1], durability=sys.argv[2])
storage.add([Record("webhook", None)], limit=10)
if os.fork() == 0:
    for call in (lambda: storage.add([Record("webhook", None)], limit=10), storage.count, storage.close):
        try:
            call()
        except StorageError as err:
            print(err, flush=True)
    os._exit(0)
os.wait()
storage.add([Record("webhook", None)])
print(sum(storage.count().values()))
storage.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("durability", DURABILITIES)
def test_use_after_fork_is_an_error_and_the_parent_goes_on(path: Path, durability: str) -> None:
    *errors, count = run_script(FORKED, path, durability).splitlines()
    assert len(errors) == 3
    assert all("opened before a fork: each process must open its own" in error for error in errors)
    assert count == "2"
