"""Looking after a file: its backup, its check, its size, and what an exit of Python leaves in it."""

import contextlib
import gc
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from goqueue import Retention, Status
from goqueue.errors import StorageCorrupt
from goqueue.job import DONE, Record
from goqueue.storage import SQLiteStorage
from goqueue.storage.__main__ import main
from goqueue.storage.sqlite import check, upkeep
from goqueue.storage.sqlite.database import APPLICATION
from goqueue.storage.sqlite.schema import MIGRATIONS

from ..files import DURABILITIES, ask, locked, records, refused, write
from ..parts import PATIENCE, TYPES


@pytest.fixture
def storage(path: Path) -> Iterator[SQLiteStorage]:
    storage = SQLiteStorage(path, retention=Retention(most=1))
    yield storage
    storage.close()


def complete(storage: SQLiteStorage, jobs: int, payload: str = "") -> None:
    storage.add(records(jobs, payload))
    while claimed := storage.settle_and_claim((), 64, TYPES):
        storage.settle_and_claim([(record, DONE) for record in claimed], 0, ())


@pytest.mark.parametrize("durability", DURABILITIES)
def test_a_backup_has_all_that_was_accepted_and_works(path: Path, durability: str) -> None:
    storage, copy = SQLiteStorage(path, durability=durability), path.with_name("copy.db")
    jobs = records(3, {"order": 17})
    storage.add(jobs)
    with contextlib.nullcontext() if durability == "write-behind" else locked(path):  # by another that writes
        storage.backup(copy)
    storage.add(records(1))
    restored = SQLiteStorage(copy)
    assert restored.node == storage.node, "the ids of the jobs are the same"
    assert [record.key for record in restored.settle_and_claim((), 9, TYPES)] == [job.key for job in jobs]
    restored.close()
    storage.close()
    assert check(os.fspath(copy)) == []


def test_a_backup_replaces_the_one_before_and_never_the_file_itself(storage: SQLiteStorage, path: Path) -> None:
    copy = path.with_name("copy.db")
    for number in (1, 2):
        storage.add(records())
        storage.backup(copy)
        assert ask(copy, "SELECT count(*) FROM jobs") == number
    with pytest.raises(ValueError, match="a backup must go to another file"):
        storage.backup(path)
    assert sorted(each.name for each in path.parent.glob("*.partial")) == []


@pytest.mark.parametrize("left", ["both", "the log alone"])
def test_a_backup_never_goes_where_the_log_of_another_queue_lies(storage: SQLiteStorage, path: Path, left: str) -> None:
    """SQLite would play that log into the copy: with 1,000 jobs in it, every page of the copy was damaged."""
    other = SQLiteStorage(path.with_name("other.db"))
    other.add(records(3))
    if left == "the log alone":  # somebody has moved the file away, and not its log
        path.with_name("other.db").rename(path.with_name("moved.db"))
    with pytest.raises(ValueError, match=r"other\.db-wal is the log of a database.* name another file, or move both"):
        storage.backup(path.with_name("other.db"))
    assert path.with_name("other.db").exists() is (left == "both")
    if left == "both":
        other.close()
        assert ask(path.with_name("other.db"), "SELECT count(*) FROM jobs") == 3


WRONG = {
    "UPDATE jobs SET options = '{'": "its row in the file is damaged",
    "UPDATE jobs SET status = 'pendinh'": "'pendinh' is not a valid Status",
    "UPDATE counts SET number = 7": "the jobs are counted as {'pending': 7}, and there are ",
}


@pytest.mark.parametrize("damage", WRONG)
def test_a_check_says_what_is_wrong(storage: SQLiteStorage, path: Path, damage: str) -> None:
    storage.add(records(2))
    assert check(os.fspath(path)) == []
    write(storage, damage)
    said = check(os.fspath(path))
    assert said
    assert all(WRONG[damage] in each for each in said), "and nothing else"


def test_a_check_of_what_is_no_queues_file_says_so(path: Path) -> None:
    path.touch()
    (said,) = check(os.fspath(path))
    assert said == "it holds no table of a queue: it is empty, or a copy by other means than a backup"
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE jobs (name TEXT)")
    refused(lambda: check(os.fspath(path)), StorageCorrupt, "another program's database")


def test_a_check_finds_bytes_that_were_changed(path: Path) -> None:
    """Of each page in turn, the middle is overwritten: the check says so, or every job is as it was."""
    storage = SQLiteStorage(path)
    storage.add(records(40, {"order": 17}))
    storage.close()
    whole, unseen = path.read_bytes(), []
    for page in range(1, len(whole) // 1024):
        middle = page * 1024 + 512
        path.write_bytes(whole[:middle] + b"\xff" * 16 + whole[middle + 16 :])
        try:
            said = check(os.fspath(path))
        except Exception:
            continue
        if not said and ask(path, "SELECT count(*) FROM jobs WHERE payload = '{\"order\":17}'") != 40:
            unseen.append(page)
    path.write_bytes(whole)
    assert len(unseen) <= 4, "a byte inside of a payload's text is no damage that SQLite can see"


def test_the_command_says_it_and_its_exit_status_does(
    storage: SQLiteStorage, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    storage.add(records(2))
    assert main(["check", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: all is well\n"
    assert main(["backup", str(path), f"{path}.copy"]) == 0
    write(storage, "UPDATE jobs SET options = '{'")
    assert main(["check", str(path)]) == 1
    assert main(["check", f"{path}.missing"]) == 1
    assert "there is no such file" in capsys.readouterr().err
    assert main(["look", str(path)]) == 2
    assert capsys.readouterr().err.startswith("usage: python -m goqueue.storage check FILE")


def test_a_file_whose_jobs_are_forgotten_becomes_small_again(
    storage: SQLiteStorage, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "FREE", 50)
    complete(storage, 300, "x" * 5_000)
    large = ask(path, "PRAGMA page_count")
    for _ in range(20):
        storage.maintain(())
    assert storage.count()[Status.COMPLETED] == 1
    assert ask(path, "PRAGMA page_count") < large / 4


def test_a_file_of_an_older_goqueue_is_taken_along(path: Path) -> None:
    """Schema 1 as 0.1.0 made it: due times of all kinds, and no counts."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as old:
        for statement in MIGRATIONS[0].split(";\n"):
            old.execute(statement)
        insert = "INSERT INTO jobs VALUES (?, 'webhook', NULL, NULL, ?, ?, 0.0, 0, 3, '', NULL, NULL, 0, 0)"
        now = 1_700_000_000_000_000
        created = now * 1024 / 1e9
        for key, status, due in ((now, "pending", created), (now + 1, "pending", 0.0), (now + 2, "completed", 0.0)):
            old.execute(insert, (key, status, due))
        old.execute(insert, (now + 3, "pending", created + 1e9))
        old.execute("PRAGMA user_version = 1")
        old.execute(f"PRAGMA application_id = {APPLICATION}")
    assert check(os.fspath(path)) == [], "it is as good as it was for that goqueue"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.execute("UPDATE jobs SET payload = x'00' WHERE status = 'completed'")
    (said,) = check(os.fspath(path))
    assert said.startswith(f"job with key {now + 2}: its row in the file is damaged")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.execute("UPDATE jobs SET payload = NULL")
    storage = SQLiteStorage(path)
    assert storage.count() == {**dict.fromkeys(Status, 0), Status.PENDING: 3, Status.COMPLETED: 1}
    assert [record.key for record in storage.settle_and_claim((), 9, TYPES)] == [now, now + 1]
    storage.close()
    assert check(os.fspath(path)) == []


# -- an exit that nobody expects -----------------------------------------------------------------------------

AT_THE_END = """
class Late:
    def __del__(self):
        storage.add([Record("webhook", None)])
        storage.add([Record("webhook", None), Record("webhook", None)])
late = Late()
import builtins
builtins.late = late
"""

ENDS = {
    "the script ends": "",
    "sys.exit": "sys.exit(3)",
    "an exception": "raise KeyError('not expected')",
    "Ctrl-C": "raise KeyboardInterrupt",
    "os.kill with SIGINT": "os.kill(os.getpid(), 2); import time; time.sleep(9)",
    "a finalizer submits at the very end": AT_THE_END,
    "the storage is dropped": "del storage; import gc; gc.collect()",
}

EXITS = """
import os, sys
from goqueue.job import Record
from goqueue.storage import SQLiteStorage
storage = SQLiteStorage(sys.argv[1], durability="write-behind", behind=600.0)
for _ in range(100):
    storage.add([Record("webhook", None)])
"""

IN_A_CHILD = """
import multiprocessing, sys
from goqueue.job import Record
from goqueue.storage import SQLiteStorage
def child():
    global storage
    storage = SQLiteStorage(sys.argv[1], durability="write-behind", behind=600.0)
    storage.add([Record("webhook", None) for _ in range(100)])
if __name__ == "__main__":
    child = multiprocessing.get_context("fork").Process(target=child)
    child.start()
    child.join()
"""


def run_script(text: str, path: Path) -> None:
    subprocess.run([sys.executable, "-c", text, str(path)], stderr=subprocess.DEVNULL, timeout=PATIENCE, check=False)


@pytest.mark.parametrize("how", ENDS)
def test_what_write_behind_accepted_is_in_the_file_after_any_exit(path: Path, how: str) -> None:
    run_script(EXITS + ENDS[how], path)
    assert ask(path, "SELECT count(*) FROM jobs") == 100 + 3 * ("finalizer" in how)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_and_after_the_end_of_a_process_of_multiprocessing(path: Path) -> None:
    run_script(IN_A_CHILD, path)
    assert ask(path, "SELECT count(*) FROM jobs") == 100


def test_a_dropped_storage_writes_what_it_has_though_the_file_is_held_at_first(path: Path, impatient: None) -> None:
    storage = SQLiteStorage(path, durability="write-behind", behind=600.0)
    storage.add(records(3))
    thread = storage._writer.thread
    with locked(path):
        del storage
        gc.collect()
        thread.join(0.2)
        assert thread.is_alive(), "what was accepted is not written yet"
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert ask(path, "SELECT count(*) FROM jobs") == 3


def test_what_comes_during_the_exit_is_written_before_it_is_accepted(path: Path) -> None:
    storage = SQLiteStorage(path, durability="write-behind", behind=600.0)
    storage.hurry()
    storage.add([Record("webhook", None)])
    assert ask(path, "SELECT count(*) FROM jobs") == 1
    storage.close()
