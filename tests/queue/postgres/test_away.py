"""A server that is killed and comes back, connections that are cut or hang, and locks of others: nothing is lost."""

import contextlib
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from goqueue import Context, DeadlineExceeded, Queue, Status, StorageError
from goqueue.errors import StorageInDoubt, StorageLocked, StorageUnreachable
from goqueue.storage import PostgresStorage
from goqueue.storage.postgres import connections, session

from ..parts import PATIENCE, ctx, submit
from ..servers import postgres
from ..servers.proxy import Proxy

SOCKET = ".s.PGSQL.5432"  # what libpq calls the socket in a folder that is its host


@pytest.fixture
def proxy(postgres_url: str) -> Iterator[Proxy]:
    """A network that the tests may cut."""
    with before_postgres(postgres_url) as proxy:
        yield proxy


@contextlib.contextmanager
def before_postgres(postgres_url: str) -> Iterator[Proxy]:
    """Give a network to the schema of an address. Its folder has a short path, because a socket's has a bound."""
    with tempfile.TemporaryDirectory(prefix="gq-", dir="/tmp") as folder:
        url = f"postgresql://postgres@/postgres?host={folder}&schema={postgres_url.rpartition('schema=')[2]}"
        proxy = Proxy(postgres.own().folder / SOCKET, Path(folder, SOCKET), url)
        yield proxy
        proxy.close()


@contextlib.contextmanager
def hasty() -> Iterator[None]:
    """Calls give up soon. Only those that must, because a busy machine may be slow to connect."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(connections, "LONGEST", 0.1)
        patched.setattr(session, "SLACK", 0.05)
        yield


def running(url: str, **options: Any) -> tuple[Queue, list[int]]:
    """A queue whose handler notes what it has run."""
    ran: list[int] = []
    queue = Queue(workers=2, storage=PostgresStorage(url, **options))
    queue.register_handler("webhook", lambda ctx, payload: ran.append(payload))
    return queue, ran


def test_a_server_that_is_killed_and_comes_back_loses_nothing_and_workers_go_on(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = postgres.own()
    monkeypatch.setattr(connections, "LONGEST", 0.1)
    queue, ran = running(f"{server.url}&schema=killed")
    acknowledged: set[int] = set()
    doubtful: set[int] = set()
    with queue:
        for number in range(60):
            if number == 20:
                server.kill()
                threading.Timer(0.3, server.start).start()
            while number not in acknowledged | doubtful:
                try:
                    submit(queue, number)
                    acknowledged.add(number)
                except StorageInDoubt:
                    doubtful.add(number)
                except StorageUnreachable:  # after some seconds, on a busy machine: nothing has changed, so again
                    pass
        assert acknowledged | doubtful == set(range(60))
        assert len(acknowledged) >= 58
        counts: dict[Status, int] = {Status.PENDING: 1}
        until = time.monotonic() + PATIENCE
        while counts[Status.PENDING] or counts[Status.RUNNING]:
            counts = queue.count(Context().with_timeout(PATIENCE))
            assert time.monotonic() < until
            time.sleep(0.01)
    assert acknowledged <= set(ran) <= acknowledged | doubtful
    said = [record.getMessage() for record in caplog.records if "asked again until it works" in record.getMessage()]
    assert len(said) <= 2, "once for what was on its way, and once for the server that is away"
    queue.close()


def test_a_backend_that_is_terminated_is_not_missed(postgres_url: str) -> None:
    """A connection that idles is looked at before it is used, so that not even a submission is in doubt."""
    queue, ran = running(postgres_url)
    with queue:
        for number in range(5):
            with psycopg.connect(postgres.url(), autocommit=True) as admin:
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE pid <> pg_backend_pid() AND query LIKE %s",
                    (f"%{queue.storage.schema}%",),  # type: ignore[attr-defined]
                )
            time.sleep(0.01)  # workers may be in the middle of something, and try again
            queue.wait(Context().with_timeout(PATIENCE), retried(queue, number))
    assert sorted(set(ran)) == list(range(5))
    queue.close()


def retried(queue: Queue, number: int) -> Any:
    """Submit with a unique key, which makes it safe to try again."""
    while True:
        try:
            return submit(queue, number, key=f"order {number}", key_until="forgotten")
        except StorageInDoubt:
            pass


def test_what_is_cut_in_the_middle_is_in_doubt_and_says_so(proxy: Proxy) -> None:
    queue = Queue(storage=proxy.url)
    proxy.swallows_answers = True
    cut = threading.Timer(0.1, proxy.cut)
    cut.start()
    with pytest.raises(StorageInDoubt, match="was made, or was not"):
        submit(queue, key="mail-17")
    proxy.swallows_answers = False
    again = submit(queue, key="mail-17")  # safe, whether it was made or not
    assert [job.id for job in queue.list_jobs(ctx)] == [again.id]
    queue.close()


def test_what_may_be_done_twice_is_done_again_after_a_cut(proxy: Proxy) -> None:
    queue = Queue(storage=proxy.url)
    job = submit(queue)
    for _ in range(3):
        proxy.cut()
        assert queue.get_job(ctx, job).status is Status.PENDING
    proxy.cut()
    submit(queue)  # an idle connection is looked at first
    queue.close()


def test_a_submission_ends_with_its_context_though_the_network_swallows_all(proxy: Proxy) -> None:
    queue = Queue(storage=proxy.url)
    proxy.swallows = True
    with hasty():
        with pytest.raises((DeadlineExceeded, StorageInDoubt)):
            queue.submit_job(Context().with_timeout(0.05), "webhook")
        with pytest.raises((DeadlineExceeded, StorageLocked)):
            queue.count(Context().with_timeout(0.05))
    proxy.cut()
    proxy.swallows = False
    submit(queue)
    queue.close()


def test_a_submission_ends_with_its_context_though_the_server_is_away(proxy: Proxy) -> None:
    queue = Queue(storage=proxy.url)
    proxy.refuses = True
    proxy.cut()
    storage: Any = queue.storage
    with hasty():
        with pytest.raises((DeadlineExceeded, StorageUnreachable)):  # there is no time for another try
            queue.submit_job(Context().with_timeout(0.05), "webhook")
        with pytest.raises(StorageUnreachable, match="cannot be reached now"), storage.patience(0.05):
            submit(queue)
    proxy.refuses = False
    submit(queue)
    assert queue.count(ctx)[Status.PENDING] == 1
    queue.close()


def test_workers_behind_a_slow_network_run_all(proxy: Proxy) -> None:
    proxy.slow = 0.005
    queue, ran = running(proxy.url)
    with queue:
        queue.wait_many(Context().with_timeout(PATIENCE), queue.submit_many(ctx, "webhook", range(20)))
    assert sorted(ran) == list(range(20))
    queue.close()


@pytest.mark.parametrize("held", [0.0, pytest.param(30.0, marks=pytest.mark.slow)])
def test_a_lock_that_another_session_holds_ends_a_call_in_time_and_workers_go_on_after_it(
    held: float, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For some tenths of a second, or for half a minute; one of an hour would end alike."""
    if not held:
        monkeypatch.setattr(connections, "BUSY", 0.2)
    queue, ran = running(postgres_url)
    with queue:
        with psycopg.connect(postgres.url()) as other:
            other.execute(f"LOCK TABLE {queue.storage.schema}.jobs".encode())  # type: ignore[attr-defined]
            with pytest.raises(StorageLocked, match="see who"):
                submit(queue, 1)
            with pytest.raises(DeadlineExceeded):
                queue.submit_job(Context().with_timeout(0.05), "webhook", 2)
            with pytest.raises(StorageError):
                queue.count(Context().with_timeout(PATIENCE))
            time.sleep(held)
        assert queue.wait(Context().with_timeout(PATIENCE), submit(queue, 3)).status is Status.COMPLETED
    assert ran == [3]
    queue.close()


def test_who_finds_no_free_connection_says_so(postgres_url: str) -> None:
    storage = PostgresStorage(postgres_url, connections=2)
    taken = [storage._connections._lent(time.monotonic() + 5) for _ in range(2)]
    for each in taken:
        each.__enter__()
    with pytest.raises(StorageLocked, match="all 2 connections are in use"), storage.patience(0.01):
        storage.get(1)
    for each in taken:
        each.__exit__(None, None, None)
    assert storage.get(1) is None
    storage.close()
