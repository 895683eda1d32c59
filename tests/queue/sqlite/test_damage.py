"""What comes to the file from outside while it is used: a damaged row, a file that is gone or another."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from goqueue import Status
from goqueue.errors import StorageError
from goqueue.job import DONE, FAILED
from goqueue.storage import Query, SQLiteStorage
from goqueue.storage.sqlite import identity

from ..files import records, refused
from ..parts import TYPES

DAMAGES = {
    "options are no JSON": "options = '{'",
    "options have an unknown key": """options = '{"colour": "red"}'""",
    "options are a list": "options = '[1]'",
    "a timeout is a text": """options = '{"timeout": "soon"}'""",
    "a deadline is a text": """options = '{"deadline": "tomorrow"}'""",
    "a policy is a number": """options = '{"retry": 3}'""",
    "a policy is unknown": """options = '{"retry": {"tries": 3}}'""",
    "options are no UTF-8": "options = CAST(x'7bff7d' AS TEXT)",
    "a payload is no UTF-8": "payload = CAST(x'22ff22' AS TEXT)",
    "a payload is a blob": "payload = x'00ff'",
    "attempts are a text": "max_retry = 'three'",
}


def damage(path: Path, key: int, what: str) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(f"UPDATE jobs SET {what} WHERE key = ?", (key,))


@pytest.fixture
def storage(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SQLiteStorage]:
    monkeypatch.setattr(identity, "EVERY", 0.0)
    storage = SQLiteStorage(path)
    yield storage
    with contextlib.suppress(StorageError):
        storage.close()


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_job_fails_by_name_and_the_others_go_on(
    storage: SQLiteStorage, path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    jobs = records(3)
    storage.add(jobs)
    broken = jobs[1].key
    damage(path, broken, DAMAGES[name])
    claimed = storage.settle_and_claim((), 5, TYPES)
    assert [record.key for record in claimed] == [jobs[0].key, jobs[2].key]
    job = storage.get(broken)
    assert job is not None
    assert job.status is FAILED
    assert job.error.startswith("its row in the file is damaged: ")
    assert [each.status for each in storage.list_jobs(Query())] == ["running", "failed", "running"]
    assert storage.count()[FAILED] == 1
    (said,) = caplog.records
    assert said.levelname == "ERROR"
    assert said.getMessage() == f"Job {job.id} (webhook) failed at attempt 1: {job.error}"
    storage.settle_and_claim([(record, DONE) for record in claimed], 0, ())
    assert storage.delete(broken)


def test_a_status_that_is_none_is_shown_as_damaged(storage: SQLiteStorage, path: Path) -> None:
    (job,) = jobs = records(1)
    storage.add(jobs)
    damage(path, job.key, "status = 'pendinh'")
    (found,) = storage.list_jobs(Query())
    assert found.status is FAILED
    assert "damaged: ValueError: 'pendinh' is not a valid Status" in found.error
    assert storage.count() == {**dict.fromkeys(Status, 0), FAILED: 1}


def remove(path: Path) -> None:
    path.unlink()


def replace(path: Path) -> None:
    copy = path.with_suffix(".copy")
    shutil.copy(path, copy)
    os.replace(copy, path)


def remove_log(path: Path) -> None:
    Path(f"{path}-wal").unlink()


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be removed there")
@pytest.mark.parametrize(
    ("happens", "says"),
    [
        (remove, r"jobs\.db: it is gone while it was open"),
        (replace, r"jobs\.db: it was replaced by another while it was open"),
        (remove_log, r"jobs\.db-wal: it is gone while it was open"),
    ],
)
def test_a_file_that_is_not_the_one_that_was_opened_is_refused(
    storage: SQLiteStorage, path: Path, happens: "object", says: str
) -> None:
    storage.add(records())
    happens(path)  # type: ignore[operator]
    refused(lambda: storage.add(records()), StorageError, says)
    refused(lambda: storage.settle_and_claim((), 1, TYPES), StorageError, says)
    refused(storage.count, StorageError, says)
    refused(lambda: storage.get(1), StorageError, says)


def test_it_is_looked_at_every_fifth_of_a_second() -> None:
    assert identity.EVERY <= 1.0
