"""A connection that is cut at each message of a job's life in turn: nothing is lost, nothing runs beside itself.

    submit ──> claim ──> settle ──> leave        each line is some messages; the proxy cuts all connections at the nth,
                                                  before the server has seen it, or before its answer has come

This is to a storage on a server what a crash at each commit is to one in a file. The number of messages is not known
before: n grows until nothing is cut any more.
"""

import itertools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from goqueue import Job, Queue, Status
from goqueue.errors import StorageInDoubt, StorageUnreachable
from goqueue.storage import PostgresStorage, RedisStorage

from ..parts import ctx
from ..postgres.test_away import before_postgres
from ..servers import valkey
from ..servers.proxy import Proxy

LONG = 120.0  # seconds for one job, on a busy machine
FEWEST = 6  # messages of a job's life
Storages = tuple[Proxy, Callable[[], Any], Callable[[], Any]]  # a network, a storage behind it, one that needs none


@pytest.fixture
def on_postgres(postgres_url: str) -> Iterator[Storages]:
    """A queue in a PostgreSQL, through a network and without."""
    with before_postgres(postgres_url) as proxy:
        yield proxy, lambda: PostgresStorage(proxy.url), lambda: PostgresStorage(postgres_url)


@pytest.fixture
def on_valkey() -> Iterator[Storages]:
    """A queue in a Valkey, through a network and without."""
    server, name = valkey.Valkey(), valkey.new_name()
    own = server.folder / "n"
    proxy = Proxy(server.socket, own, f"unix://{own}")
    yield proxy, lambda: RedisStorage(proxy.url, name=name), lambda: RedisStorage(server.url, name=name)
    proxy.close()
    server.remove()


class Handler:
    """Notes how often it ran, and how often at the same time."""

    def __init__(self) -> None:
        self.ran = self.most = 0
        self._lock = threading.Lock()  # guards both
        self._now = 0

    def __call__(self, ctx: object, payload: object) -> None:
        with self._lock:
            self.ran, self._now = self.ran + 1, self._now + 1
            self.most = max(self.most, self._now)
        with self._lock:
            self._now -= 1


def submitted(queue: Queue, key: str) -> Job:
    """Submit a job until it is known to be there: with its key, that is safe."""
    while True:
        try:
            return queue.submit_job(ctx, "webhook", key, key=key, key_until="forgotten")
        except (StorageInDoubt, StorageUnreachable):
            pass


def lives(storages: Storages, piece: int, is_seen: bool) -> bool:
    """Let a job be submitted, run and settled, while all is cut at one piece. Return whether there was that piece."""
    proxy, opened, _ = storages
    handler, queue = Handler(), Queue(workers=1, storage=opened())
    queue.register_handler("webhook", handler)
    proxy.cut_at(piece, is_seen)
    job = submitted(queue, f"order-{piece}")
    with queue:
        ended = queue.wait(ctx.with_timeout(LONG), job)
    queue.close()
    assert ended.status is Status.COMPLETED
    assert handler.ran >= handler.most == 1
    return proxy.was_cut


@pytest.mark.slow
@pytest.mark.parametrize("is_seen", [False, True], ids=["before the server has it", "before the answer comes"])
@pytest.mark.parametrize("server", ["on_postgres", "on_valkey"])
def test_a_cut_at_any_message_loses_nothing(server: str, is_seen: bool, request: pytest.FixtureRequest) -> None:
    storages: Storages = request.getfixturevalue(server)
    storages[2]().close()  # the tables are there before
    pieces = next(piece for piece in itertools.count(1) if not lives(storages, piece, is_seen))
    assert pieces > FEWEST
    looks = Queue(storage=storages[2]())
    counts = {status: count for status, count in looks.count(ctx).items() if count}
    looks.close()
    assert counts == {Status.COMPLETED: pieces}  # each submission is one job, also if it was in doubt
