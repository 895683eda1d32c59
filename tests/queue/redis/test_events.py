"""What happens around a queue on Valkey: clocks that differ, connections that are ended, a server that is kept busy."""

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from goqueue import Context, Queue, Status, StorageError
from goqueue.errors import StorageInDoubt
from goqueue.job import DONE
from goqueue.storage import RedisStorage
from goqueue.storage.redis import server as redis_server
from goqueue.testing.checks import add, claim

from ..parts import PATIENCE, submit
from ..servers.valkey import Valkey
from ..servers.wrong_clock import works_with_a_wrong_clock
from .conftest import Open

ctx = Context()


def running(storage: RedisStorage) -> tuple[Queue, list[Any]]:
    """A queue whose handler notes what it has run."""
    ran: list[Any] = []
    queue = Queue(workers=2, storage=storage)
    queue.register_handler("webhook", lambda ctx, payload: ran.append(payload))
    return queue, ran


@pytest.mark.parametrize("hours", [-1, 1])
def test_the_clock_of_a_machine_changes_nothing(hours: int, open_storage: Open) -> None:
    """One machine's clock is an hour off: what it adds, claims, tries again and forgets has the server's times."""
    works_with_a_wrong_clock(open_storage(), open_storage(), hours)


def test_connections_that_the_server_ends_are_not_missed(open_storage: Open, own_server: Valkey) -> None:
    """Those of calls, and those that listen. A unique key makes it safe to submit again."""
    queue, ran = running(open_storage(own_server.url))
    with queue:
        for number in range(5):
            for kind in ("normal", "pubsub"):
                own_server.client().execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")
            job = None
            while job is None:
                with contextlib.suppress(StorageInDoubt):
                    job = submit(queue, number, key=f"order {number}", key_until="forgotten")
            assert queue.wait(ctx.with_timeout(PATIENCE), job).status is Status.COMPLETED
    assert sorted(set(ran)) == list(range(5))


@pytest.fixture
def busy(own_server: Valkey) -> Iterator[Any]:
    """Let a script of somebody else keep the server busy for as long as a `with` block."""
    own_server.client().config_set("busy-reply-threshold", "50")

    @contextlib.contextmanager
    def kept_busy() -> Iterator[None]:
        def run() -> None:
            with contextlib.suppress(redis.exceptions.RedisError):
                own_server.client().eval("while true do end", 0)

        thread = threading.Thread(target=run)
        thread.start()
        until = time.monotonic() + PATIENCE
        while own_server.answers():  # until it says that it is busy
            assert time.monotonic() < until
        try:
            yield
        finally:
            own_server.client().script_kill()
            thread.join()

    yield kept_busy
    own_server.client().config_set("busy-reply-threshold", "5000")


@pytest.mark.parametrize("held", [0.0, pytest.param(30.0, marks=pytest.mark.slow)])
def test_a_server_that_is_kept_busy_ends_a_call_in_time_and_workers_go_on_after_it(
    held: float, open_storage: Open, own_server: Valkey, busy: Any
) -> None:
    """For some tenths of a second, or for half a minute, by a script of somebody else: it is what a lock is here."""
    queue, ran = running(open_storage(own_server.url))
    with queue:
        with busy():
            with pytest.raises(StorageError), queue.storage.patience(0.2):  # type: ignore[attr-defined]
                submit(queue, 1)  # it is told "BUSY", or nothing in time; the server has not begun it in any case
            time.sleep(held)
        assert queue.wait(ctx.with_timeout(PATIENCE), submit(queue, 3)).status is Status.COMPLETED
    assert ran == [3]


def test_two_versions_of_the_package_share_a_queue(open_storage: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each brings its own scripts, which the server tells apart by their text."""
    older = open_storage()
    add(older, 1, 2)
    (first,) = claim(older)
    text = redis_server.script
    with monkeypatch.context() as newer:
        newer.setattr(redis_server, "script", lambda name: f"{text(name)}\n-- of another version")
        other = open_storage()
        (second,) = claim(other)
    claim(older, 0, ((first, DONE),))
    claim(other, 0, ((second, DONE),))
    assert older._server._digests["work"] != other._server._digests["work"]
    assert (older.node, older.count()[Status.COMPLETED]) == (other.node, 2)
