"""What PostgresStorage does besides the conformance suite: schemas, versions, roles, leases, and waking each other."""

import contextlib
import gc
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from goqueue import Context, JobContext, Queue, Retry, Status, StorageError
from goqueue.errors import StorageTooNew
from goqueue.job import DONE, PENDING, RUNNING, Options, Outcome, Record
from goqueue.limits import Limit
from goqueue.storage import PostgresStorage, Query
from goqueue.storage.postgres import connections, schema
from goqueue.storage.postgres.connections import Connections

from ..parts import PATIENCE, ctx
from ..servers import postgres
from ..servers.wrong_clock import works_with_a_wrong_clock


@pytest.fixture
def storage(postgres_url: str) -> Iterator[PostgresStorage]:
    storage = PostgresStorage(postgres_url)
    yield storage
    storage.close()


def admin(url: str) -> "psycopg.Connection[Any]":
    """A connection of the owner of the server."""
    return psycopg.connect(postgres.url(), autocommit=True)


def until(what: Any, seconds: float = PATIENCE) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it has not come"
        time.sleep(0.005)


def test_a_queue_is_chosen_by_its_url_and_runs_jobs(postgres_url: str) -> None:
    queue = Queue(workers=2, storage=postgres_url)
    assert isinstance(queue.storage, PostgresStorage)
    queue.register_handler("webhook", lambda ctx, payload: {"sent": payload["order"]})
    with queue:
        job = queue.submit_job(ctx, "webhook", {"order": 17})
        assert queue.wait(Context().with_timeout(PATIENCE), job).result == {"sent": 17}
    queue.close()


def test_without_psycopg_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in sys.modules if each.startswith("goqueue.storage.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ImportError, match=r"pip install 'goqueue\[postgres\]'"):
        Queue(storage="postgresql://localhost/shop")


@pytest.mark.parametrize(
    ("dsn", "named", "what"),
    [
        ("postgresql://host/db?nonsense=1", None, "must be an address"),
        ("postgresql://host/db?schema=a-b", None, "letters, digits and underscores"),
        ("postgresql://host/db?schema=", None, "letters, digits and underscores"),
        ("postgresql://host/db?schema=" + "a" * 60, None, "at most 48"),
        ("postgresql://host/db?schema=a", "b", "say it once"),
        (17, None, "must be text"),
    ],
)
def test_a_wrong_address_is_refused(dsn: Any, named: str | None, what: str) -> None:
    with pytest.raises((ValueError, TypeError), match=what):
        PostgresStorage(dsn, schema=named)


@pytest.mark.parametrize("options", [{"connections": 1}, {"lease": 0.0}, {"max_lost": 0.5}])
def test_a_wrong_option_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        PostgresStorage("postgresql://host/db", **options)


def test_no_message_shows_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "SHORTEST", 60.0)  # one try is enough
    with pytest.raises(StorageError) as caught:
        PostgresStorage("postgresql://ada:secret@/shop?host=/nowhere&connect_timeout=2")
    assert "secret" not in str(caught.value)
    assert "cannot be reached" in str(caught.value)


def test_two_schemas_are_two_queues(storage: PostgresStorage) -> None:
    with postgres.own_schema() as url:
        other = PostgresStorage(url)
        storage.add([Record("webhook", None)])
        assert (storage.count()[PENDING], other.count()[PENDING]) == (1, 0)
        assert storage.node != other.node
        other.close()


def test_what_is_not_there_is_not_made_unless_asked(postgres_url: str) -> None:
    with pytest.raises(StorageError, match="there is no queue"):
        PostgresStorage(postgres_url, create=False)
    PostgresStorage(postgres_url).close()
    PostgresStorage(postgres_url, create=False).close()


def test_many_that_open_at_once_make_one_schema(postgres_url: str) -> None:
    found: list[PostgresStorage] = []
    threads = [threading.Thread(target=lambda: found.append(PostgresStorage(postgres_url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each.node for each in found}) == 1
    assert len(found) == 4
    for each in found:
        each.close()


def test_an_older_worker_goes_on_beside_a_newer_one_if_it_may(
    postgres_url: str, storage: PostgresStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = (*schema.MIGRATIONS, schema.Migration(1, "ALTER TABLE {s}.jobs ADD COLUMN colour text"))
    storage._run(lambda on: schema.open_schema(on, storage.schema, "", True, newer), True)
    storage.add([Record("webhook", None)])
    assert len(storage.settle_and_claim((), 1, ("webhook",))) == 1
    PostgresStorage(postgres_url).close()
    newest = (*newer, schema.Migration(3, "ALTER TABLE {s}.jobs DROP COLUMN colour"))
    storage._run(lambda on: schema.open_schema(on, storage.schema, "", True, newest), True)
    with pytest.raises(StorageTooNew, match="install a newer goqueue"):
        PostgresStorage(postgres_url)


def test_a_schema_without_limit_keys_gets_them_and_keeps_its_jobs(postgres_url: str) -> None:
    """What an older goqueue has added has none, and is bound by the limit of its type alone."""
    name = postgres_url.rpartition("schema=")[2]
    with admin(postgres_url) as on:
        schema.open_schema(on, name, "", True, schema.MIGRATIONS[:1])  # type: ignore[arg-type]
        old = f"INSERT INTO {name}.jobs (key, type, due, delayed, max_retry) SELECT n, 'call', n, false, 1 "
        on.execute(f"{old} FROM generate_series(1, 2) AS n".encode())
    storage = PostgresStorage(postgres_url)
    storage.obey({"call": Limit(at_once=3, each_at_once=1)})
    storage.add([Record("call", None, 1, Options(limit_key="ada")) for _ in range(2)])
    claimed = storage.settle_and_claim((), 9, ("call",))
    assert [each.options and each.options.limit_key for each in claimed] == [None, None, "ada"]
    storage.close()


def test_a_migration_that_fails_leaves_the_schema_as_it_was(storage: PostgresStorage) -> None:
    broken = (*schema.MIGRATIONS, schema.Migration(1, "CREATE TABLE {s}.half (x int); SELECT 1 / 0"))
    with pytest.raises(StorageError, match="division by zero"):
        storage._run(lambda on: schema.open_schema(on, storage.schema, "", True, broken), True)
    assert storage._ask("SELECT version, to_regclass('{s}.half') FROM {s}.meta") == [(len(schema.MIGRATIONS), None)]


def test_a_role_with_least_rights_is_enough(postgres_url: str, storage: PostgresStorage) -> None:
    """The statements are those of docs/many_machines.md."""
    page = (Path(__file__).parents[3] / "docs" / "many_machines.md").read_text("utf-8")
    grants = page.partition("```sql\n")[2].partition("```")[0]
    role = storage.schema.replace("test", "role")
    with admin(postgres_url) as on:
        on.execute(grants.replace("goqueue", storage.schema).replace("shop_worker", role).encode())
        try:
            worker = PostgresStorage(postgres_url.replace("postgres@", f"{role}@", 1))
            assert worker.add([Record("webhook", None), Record("webhook", None)])
            first, second = worker.settle_and_claim((), 2, ("webhook",))
            worker.settle_and_claim(((first, DONE), (second, Outcome(Status.FAILED, error="no"))), 0, ())
            worker.maintain(())
            assert worker.advance("cron", None, 1.0, [Record("webhook", None)])
            worker.pause("webhook", True)
            worker.close()
            with pytest.raises(StorageError, match="lacks a right"), psycopg_role(storage, role) as other:
                other._run(lambda on: on.execute(f"DROP TABLE {storage.schema}.jobs".encode()), True)
        finally:
            on.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())


def psycopg_role(storage: PostgresStorage, role: str) -> Any:
    """Open the storage of another as a role."""
    url = f"{postgres.url()}&schema={storage.schema}".replace("postgres@", f"{role}@", 1)
    return contextlib.closing(PostgresStorage(url))


def test_what_no_text_of_the_server_can_hold_is_refused_or_escaped(storage: PostgresStorage) -> None:
    with pytest.raises(ValueError, match="holds a NUL"):
        storage.add([Record("web\x00hook", None)])
    storage.add([Record("webhook", '"\\u0000"')])
    (record,) = storage.settle_and_claim((), 1, ("webhook",))
    storage.settle_and_claim(((record, Outcome(Status.FAILED, error="a\x00b")),), 0, ())
    (job,) = storage.list_jobs(Query())
    assert (job.payload, job.error) == ("\x00", "a\\x00b")


def test_another_process_hears_of_a_job_at_once(postgres_url: str, storage: PostgresStorage) -> None:
    """Nobody looks by himself in this time: a look comes every hour."""
    worker = Queue(workers=1, storage=postgres_url)
    begun = threading.Event()
    worker.register_handler("webhook", lambda ctx, payload: begun.set())
    kind: Any = type("Deaf", (PostgresStorage,), {"look_every": 3600.0})
    worker.storage.__class__ = kind
    worker.storage.maintain_every = 3600.0
    with worker:
        until(lambda: worker.storage._listener.hears and worker.pool.floor.idle)  # type: ignore[attr-defined]
        time.sleep(0.05)  # its first look is over, or else it finds the job by that, and the test proves nothing
        storage.add([Record("webhook", None)])
        assert begun.wait(PATIENCE)
    worker.close()


def test_what_others_delay_is_run_when_it_is_due(postgres_url: str, storage: PostgresStorage) -> None:
    heard: list[str] = []

    def tell(what: str, about: str) -> bool:
        heard.append(what)
        return True

    other = PostgresStorage(postgres_url)
    leave = other.listen(tell)
    until(lambda: heard == ["added"])  # it hears, and looks for what it has missed
    storage.add([Record("webhook", None)], delay=17.0)
    until(lambda: heard == ["added", "later"])
    other.add([Record("webhook", None)])  # its own does not come back
    storage.add([Record("webhook", None)])
    until(lambda: heard == ["added", "later", "added"])
    leave()
    other.close()


def test_a_worker_that_sends_no_heartbeat_loses_its_jobs(postgres_url: str, caplog: pytest.LogCaptureFixture) -> None:
    dead, alive = PostgresStorage(postgres_url, lease=0.8), PostgresStorage(postgres_url, lease=0.8)
    dead.add([Record("webhook", None)])
    (record,) = dead.settle_and_claim((), 1, ("webhook",))
    alive.add([Record("mail", None)])
    assert alive.settle_and_claim((), 1, ("mail",))
    until(lambda: alive.maintain(()) == [] and alive.get(record.key).status is PENDING)  # type: ignore[union-attr]
    assert "A worker died: 1 of its jobs are taken back" in caplog.text
    (again,) = alive.settle_and_claim((), 1, ("webhook",))
    assert (again.key, again.attempts) == (record.key, 1)
    dead.settle_and_claim(((record, DONE),), 0, ())  # too late
    assert "an outcome of it came late" in caplog.text
    assert alive.get(record.key).status is RUNNING  # type: ignore[union-attr]
    assert dead.maintain([record]) == [record]  # its handler is told to stop
    assert "its jobs were given to others" in caplog.text
    dead.close()
    alive.close()


def test_a_clock_of_the_server_that_jumps_makes_nobody_look_dead(postgres_url: str) -> None:
    """By an hour, in both directions, as after a failover; heartbeats come, and the looker's own clock decides."""
    one, two = PostgresStorage(postgres_url, lease=0.4), PostgresStorage(postgres_url, lease=0.4)
    one.add([Record("webhook", None)])
    (record,) = one.settle_and_claim((), 1, ("webhook",))
    for shift in (3600, -3600):
        with admin(postgres_url) as on:
            on.execute(
                f"CREATE OR REPLACE FUNCTION {one.schema}.moment() RETURNS double precision LANGUAGE sql VOLATILE AS "
                f"'SELECT extract(epoch FROM clock_timestamp())::double precision + {shift}'".encode()
            )
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            two.maintain(())
            assert one.maintain([record]) == []
    assert one.get(record.key).status is RUNNING  # type: ignore[union-attr]
    one.close()
    two.close()


@pytest.mark.parametrize("hours", [-1, 1])
def test_the_clock_of_a_machine_changes_nothing(hours: int, postgres_url: str, storage: PostgresStorage) -> None:
    """One machine's clock is an hour off: what it adds, claims, tries again and forgets has the server's times."""
    other = PostgresStorage(postgres_url)
    works_with_a_wrong_clock(storage, other, hours)
    other.close()


def test_a_worker_that_leaves_keeps_nobody_waiting(postgres_url: str, storage: PostgresStorage) -> None:
    queue = Queue(workers=1, storage=PostgresStorage(postgres_url))
    queue.register_handler("webhook", lambda ctx, payload: None)
    with queue:
        queue.wait(Context().with_timeout(PATIENCE), queue.submit_job(ctx, "webhook"))
        assert storage.attended()
    assert not storage.attended()
    queue.close()


def test_a_claim_whose_answer_was_lost_is_given_back(storage: PostgresStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    storage.add([Record("webhook", None)])
    run = Connections.run

    def lose(self: Connections, op: Any, *more: Any) -> Any:
        def cut(on: Any) -> Any:
            op(on)  # it is committed, and nobody hears of it
            raise psycopg.OperationalError("the connection was lost")

        return run(self, cut, *more)

    with monkeypatch.context() as patched:
        storage._leases.worker or storage._run(storage._leases.claimant, True)
        patched.setattr(Connections, "run", lose)
        with pytest.raises(StorageError):
            storage.settle_and_claim((), 1, ("webhook",))
    assert storage.count()[RUNNING] == 1
    (record,) = storage.settle_and_claim((), 1, ("webhook",))
    assert record.attempts == 1


def test_an_outcome_whose_answer_was_lost_is_settled_again_without_a_word(
    storage: PostgresStorage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    storage.add([Record("webhook", None)])
    settled = [(storage.settle_and_claim((), 1, ("webhook",))[0], DONE)]
    run = Connections.run

    def lose(self: Connections, op: Any, *more: Any) -> Any:
        run(self, op, *more)
        raise storage_in_doubt()

    with monkeypatch.context() as patched:
        patched.setattr(Connections, "run", lose)
        with pytest.raises(StorageError):
            storage.settle_and_claim(settled, 0, ())
    assert storage.settle_and_claim(settled, 0, ()) == []
    assert "late" not in caplog.text
    assert storage.count()[Status.COMPLETED] == 1


def storage_in_doubt() -> StorageError:
    from goqueue.errors import StorageInDoubt

    return StorageInDoubt("the connection was lost")


def test_two_processes_do_not_both_see_the_last_free_place_of_a_type(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first has claimed and not committed; the second waits for that, instead of counting what runs."""
    first, second = PostgresStorage(postgres_url), PostgresStorage(postgres_url)
    first.add([Record("webhook", None) for _ in range(10)])
    for each in (first, second):
        each.obey({"webhook": Limit(at_once=4)})
        assert len(each.settle_and_claim((), 1, ("webhook",))) == 1
    got: list[Record] = []
    thread = threading.Thread(target=lambda: got.extend(second.settle_and_claim((), 3, ("webhook",))))

    def wait_for_the_second(*given: Any) -> None:
        thread.start()
        until(lambda: not thread.is_alive() or is_waiting(second))

    monkeypatch.setattr(first._work.gates, "take", wait_for_the_second)
    assert len(first.settle_and_claim((), 3, ("webhook",))) == 2
    thread.join()
    assert got == []
    first.close()
    second.close()


def is_waiting(storage: PostgresStorage) -> bool:
    """Whether a session waits for a lock on a table of the storage."""
    asked = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s"
    with psycopg.connect(postgres.url(), autocommit=True) as on:
        return bool(on.execute(asked, (f"%{storage.schema}%",)).fetchall())


def test_retention_deletes_page_by_page_and_one_process_at_a_time(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goqueue import Retention
    from goqueue.storage.postgres import upkeep

    monkeypatch.setattr(upkeep, "EVERY", 0.0)
    monkeypatch.setattr(upkeep, "PAGE", 3)
    monkeypatch.setattr(upkeep, "OLD", upkeep.OLD.replace("2000", "3"))
    storage = PostgresStorage(postgres_url, retention=Retention(0.0, 0.0, None))
    storage.add([Record("webhook", None) for _ in range(10)])
    records = storage.settle_and_claim((), 10, ("webhook",))
    storage.settle_and_claim([(record, DONE) for record in records], 0, ())
    with admin(postgres_url) as on, on.transaction():  # another process is at it
        on.execute(storage._sql(upkeep.LOCK), (schema.ADVISORY,))
        storage.maintain(())
        assert storage.count()[Status.COMPLETED] == 10
    until(lambda: not storage.maintain(()) and storage.count()[Status.COMPLETED] == 0)
    storage.close()


def test_thousands_of_limit_keys_leave_nothing_behind(
    storage: PostgresStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bucket of a limit key is kept for a day after the last job took a token; that of a type stays."""
    from goqueue.storage.postgres import upkeep

    monkeypatch.setattr(upkeep, "EVERY", 0.0)
    storage.obey({"call": Limit(each_per_second=1.0, per_second=100.0)})
    for each in ("ada", "bob"):
        storage.add([Record("call", None, 1, Options(limit_key=each))])
    assert len(storage.settle_and_claim((), 9, ("call",))) == 2
    buckets = "SELECT type FROM {s}.buckets ORDER BY type"
    storage._run(lambda on: on.execute(storage._sql("UPDATE {s}.meta SET forget_at = 0")), True)
    storage.maintain(())
    assert storage._ask(buckets) == [("call",), ("call\x1fada",), ("call\x1fbob",)]
    old = "UPDATE {s}.buckets SET since = since - 86401 WHERE type <> 'call\x1fbob'"
    storage._run(lambda on: on.execute(storage._sql(f"UPDATE {{s}}.meta SET forget_at = 0; {old}")), True)
    storage.maintain(())
    assert storage._ask(buckets) == [("call",), ("call\x1fbob",)]


def test_a_storage_that_is_dropped_ends_its_threads(postgres_url: str) -> None:
    storage = PostgresStorage(postgres_url)
    storage.listen(lambda what, about: True)
    storage.add([Record("webhook", None)])
    listener, threads = storage._listener, [storage._listener._thread, storage._behind._thread]
    del storage
    gc.collect()
    for thread in threads:
        assert thread is not None
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert listener._bell.fileno() == listener._rope.fileno() == -1


def test_a_storage_that_is_dropped_before_it_listens_closes_its_sockets(postgres_url: str) -> None:
    storage = PostgresStorage(postgres_url)
    listener = storage._listener
    del storage
    gc.collect()
    assert listener._bell.fileno() == listener._rope.fileno() == -1


def test_without_prepare_nothing_is_left_in_a_session(postgres_url: str) -> None:
    """A pooler gives the session to somebody else after each transaction."""
    storage = PostgresStorage(postgres_url, prepare=False)
    for _ in range(8):
        storage.add([Record("webhook", None)])
        with storage.patience(1.0):
            storage.settle_and_claim((), 1, ("webhook",))
    asked = "SELECT (SELECT count(*) FROM pg_prepared_statements), current_setting('lock_timeout'), "
    asked += "current_setting('statement_timeout'), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')"
    assert storage._ask(asked) == [(0, "0", "0", 0)]
    storage.close()


FORKING = """
import os, select, sys, time
from goqueue import StorageError
from goqueue.storage import PostgresStorage

storage, heard = PostgresStorage(sys.argv[1]), []
storage.listen(lambda what, about: not heard.append(what))
while not heard:
    time.sleep(0.005)
before = storage._run(lambda on: on.info.backend_pid, True)
child = os.fork()
if child == 0:
    try:
        storage.close()
    except StorageError:
        os._exit(0)
    os._exit(1)
assert os.waitpid(child, 0)[1] == 0
assert storage._run(lambda on: on.info.backend_pid, True) == before, "the child has closed a connection of its parent"
assert not select.select([storage._listener._bell], [], [], 0.0)[0], "the child has woken a thread of its parent"
storage.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_child_that_closes_what_it_inherited_does_its_parent_no_harm(postgres_url: str) -> None:
    done = subprocess.run([sys.executable, "-c", FORKING, postgres_url], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_after_a_fork_or_a_close_it_says_so(storage: PostgresStorage, postgres_url: str) -> None:
    closed = PostgresStorage(postgres_url)
    closed.close()
    with pytest.raises(StorageError, match="was closed: open another"):
        closed.get(1)
    storage._pid += 1
    with pytest.raises(StorageError, match="opened before a fork"):
        storage.backlog()
    storage._pid -= 1


def test_handlers_retry_and_fail_as_everywhere(postgres_url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "goqueue")
    queue = Queue(workers=2, storage=postgres_url)

    def send(ctx: JobContext, payload: int) -> int:
        if ctx.attempt <= payload:
            raise ConnectionError("down")
        return ctx.attempt

    queue.register_handler("webhook", send, retry=Retry(attempts=3, base=0.001))
    with queue:
        jobs = [queue.submit_job(ctx, "webhook", failures) for failures in range(4)]
        done = queue.wait_many(Context().with_timeout(PATIENCE), jobs)
    assert [(job.status, job.attempts) for job in done] == [
        ("completed", 1),
        ("completed", 2),
        ("completed", 3),
        ("failed", 3),
    ]
    queue.close()
