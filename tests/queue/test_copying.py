"""`goqueue queue copy FROM TO`: all jobs and all ids, from SQLite to PostgreSQL and back."""

import sys
from pathlib import Path
from typing import Any

import pytest

from goqueue import Context, JobNotFound, Queue, Retention, Retry, SQLiteStorage, Status
from goqueue.cli import main
from goqueue.job import DONE, Options, Outcome, Record
from goqueue.limits import Limit
from goqueue.storage import PostgresStorage, Query
from goqueue.storage.copying import FOR_EVER, copy

from .parts import ctx

EVERYTHING = Query(limit=1000)


def filled(storage: Any) -> None:
    """Have jobs of each status, with all that a job may have."""
    storage.add([Record("webhook", None), Record("webhook", '"Zoë \\u0000"', 5, Options(priority=9, values={"a": 1}))])
    storage.add([Record("mail", '{"a":[1]}', 2, Options(timeout=1.5, retry=Retry(3)))], delay=3600.0)
    storage.add_unique(Record("webhook", None, 1, Options(key="mail-17", key_kept=True)), 0.0, None, False)
    storage.add([Record("print", None) for _ in range(3)])
    first, second, third = storage.settle_and_claim((), 3, ("print",))
    outcomes = (DONE, Outcome(Status.FAILED, error="no \x00 \udcff"), Outcome(Status.PENDING, error="x", delay=60.0))
    storage.settle_and_claim(tuple(zip((first, second, third), outcomes, strict=True)), 0, ())
    storage.advance("nightly", None, 17.5, [])
    storage.pause("mail", True)
    storage.delete(storage.list_jobs(EVERYTHING)[0]._record.key)


def facts(storage: Any) -> list[Any]:
    """All that a caller can see of each job."""
    return [
        [
            *(job.id, job.type, job.status, job.payload, job.result, job.error.replace("\x00", "\\x00")),
            *(job.attempts, job.max_retry, job.priority, job.key, job.created_at, job.updated_at),
        ]
        for job in storage.list_jobs(EVERYTHING)
    ]


def opened(address: str) -> Any:
    kind = PostgresStorage if "://" in address else SQLiteStorage
    return kind(address, retention=FOR_EVER)


@pytest.mark.parametrize("direction", [1, -1], ids=["to PostgreSQL", "to SQLite"])
def test_everything_goes_along(direction: int, postgres_url: str, tmp_path: Path, capsys: Any) -> None:
    source, target = [str(tmp_path / "jobs.db"), postgres_url][::direction]
    storage = opened(source)
    filled(storage)
    before, node, due = facts(storage), storage.node, storage.next_due()
    gone = storage.knew(before[0][0] and storage.list_jobs(EVERYTHING)[0]._record.key - 1)
    storage.close()
    assert main(["queue", "copy", source, target]) == 0
    assert capsys.readouterr().out == "6 jobs were copied\n"
    storage = opened(target)
    assert (facts(storage), storage.node) == (before, node)
    assert storage.next_due() == pytest.approx(due, abs=30.0)
    assert (storage.noted("nightly"), storage.paused()) == (17.5, ["mail"])
    assert storage.knew(storage.list_jobs(EVERYTHING)[0]._record.key - 1) == gone
    storage.add([Record("webhook", None)])
    *_, old, new = storage.list_jobs(EVERYTHING)
    assert new._record.key > old._record.key
    assert storage.add_unique(Record("webhook", None, 1, Options(key="mail-17")), 0.0, None, False).holder is not None
    claimed = storage.settle_and_claim((), 10, ("webhook", "print"))
    assert [record.priority for record in claimed] == [9, 0, 0]  # in their places; what is delayed or paused waits
    storage.close()


def test_there_and_back_nothing_has_changed(postgres_url: str, tmp_path: Path) -> None:
    first, last = str(tmp_path / "jobs.db"), str(tmp_path / "back.db")
    storage = opened(first)
    filled(storage)
    before = facts(storage)
    storage.close()
    assert main(["queue", "copy", first, postgres_url]) == main(["queue", "copy", postgres_url, last]) == 0
    assert main(["queue", last, "check"]) == 0
    storage = opened(last)
    assert facts(storage) == before
    storage.close()


def test_a_program_goes_on_with_its_ids(postgres_url: str, tmp_path: Path) -> None:
    path = str(tmp_path / "jobs.db")
    queue = Queue(storage=path)
    job = queue.submit_job(ctx, "webhook", 17)
    queue.close()
    assert main(["queue", "copy", path, postgres_url]) == 0
    queue = Queue(storage=postgres_url)
    queue.register_handler("webhook", lambda ctx, payload: payload)
    with queue:
        assert queue.wait(Context().with_timeout(60.0), job.id).result == 17
    queue.close()


def test_what_cannot_be_copied_is_refused_and_nothing_is_there(postgres_url: str, tmp_path: Path, capsys: Any) -> None:
    path = str(tmp_path / "jobs.db")
    assert main(["queue", "copy", path, postgres_url]) == 2
    assert "there is no file" in capsys.readouterr().err
    assert main(["queue", "copy", postgres_url, path]) == 1
    assert "there is no queue" in capsys.readouterr().err
    assert main(["queue", "copy", "memory:", path]) == 2
    source = opened(path)
    source.add([Record("web\x00hook", None), Record("webhook", None)])
    source.close()
    assert main(["queue", "copy", path, postgres_url]) == 2
    assert "PostgreSQL cannot hold it: delete that job" in capsys.readouterr().err
    target = opened(postgres_url)
    assert target.list_jobs(EVERYTHING) == []
    target.add([Record("webhook", None)])
    target.close()
    assert main(["queue", "copy", path, postgres_url]) == 2
    assert "holds jobs already" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["file", "server"])
def test_it_refuses_while_workers_run_jobs_and_waits_for_the_dead(kind: str, postgres_url: str, tmp_path: Path) -> None:
    address = postgres_url if kind == "server" else str(tmp_path / "jobs.db")
    make: Any = PostgresStorage if kind == "server" else SQLiteStorage
    worker, source = make(address, lease=0.8), make(address, lease=0.8, retention=FOR_EVER)
    target = SQLiteStorage(tmp_path / "target.db", retention=FOR_EVER)
    worker.add([Record("webhook", None)])
    (record,) = worker.settle_and_claim((), 1, ("webhook",))
    with pytest.raises(ValueError, match="stop them, and copy then"):
        copy(source, target, patience=0.0)
    if kind == "file":
        worker._leases.presence.leave(worker._leases.worker)  # as the end of the process does
    assert copy(source, target) == 1  # nobody hears of that worker any more
    job = target.get(record.key)
    assert job is not None
    assert job.status is Status.PENDING
    for each in (worker, source, target):
        each.close()


def test_what_comes_meanwhile_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = SQLiteStorage(tmp_path / "a.db"), SQLiteStorage(tmp_path / "b.db")
    source.add([Record("webhook", None)])
    receive = target.receive

    def late(*given: Any) -> int:
        source.add([Record("webhook", None)])
        return receive(*given)

    monkeypatch.setattr(target, "receive", late)
    with pytest.raises(ValueError, match="1 jobs were copied, and 1 more came meanwhile"):
        copy(source, target)
    source.close()
    target.close()


def test_commands_work_on_a_server_and_those_of_files_say_no(postgres_url: str, capsys: Any) -> None:
    storage = PostgresStorage(postgres_url, retention=Retention(None, None, None))
    storage.add([Record("webhook", None), Record("webhook", None)])
    (job, _) = storage.list_jobs(EVERYTHING)
    assert main(["queue", postgres_url, "cancel", job.id]) == 0
    assert main(["queue", postgres_url, "ls"]) == 0
    assert main(["queue", postgres_url, "stats"]) == 0
    assert main(["queue", postgres_url, "purge", "--status", "cancelled"]) == 0
    assert job.id in capsys.readouterr().out
    assert main(["queue", postgres_url, "check"]) == 2
    assert "about files only" in capsys.readouterr().err
    with pytest.raises(JobNotFound):
        Queue(storage=storage).get_job(ctx, job.id)
    storage.close()


def test_a_missing_library_is_told(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    for name in [each for each in sys.modules if each.startswith("goqueue.storage.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    for command in (["queue", "postgresql://h/db", "stats"], ["queue", "copy", "postgresql://h/db", "x.db"]):
        assert main(command) == 2
        assert "pip install 'goqueue[postgres]'" in capsys.readouterr().err


@pytest.mark.parametrize("direction", [1, -1], ids=["to PostgreSQL", "to SQLite"])
def test_limits_by_key_hold_for_what_was_copied(direction: int, postgres_url: str, tmp_path: Path) -> None:
    addresses = [str(tmp_path / "jobs.db"), postgres_url][::direction]
    source, target = (opened(each) for each in addresses)
    source.add([Record("call", None, 1, Options(limit_key="ada")) for _ in range(3)])
    assert copy(source, target) == 3
    target.close()
    again = opened(addresses[1])
    again.obey({"call": Limit(each_at_once=2)})
    assert len(again.settle_and_claim((), 9, ("call",))) == 2
    for each in (source, again):
        each.close()
