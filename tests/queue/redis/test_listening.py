"""What one process does is told to the others: nobody waits for a poll."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import redis

from goqueue import Context, JobContext, Queue, Status
from goqueue.storage import RedisStorage
from goqueue.testing.checks import add, claim

from ..parts import PATIENCE, listen
from .conftest import Open

ctx = Context()


@pytest.fixture
def open_storage(open_storage: Open) -> Open:
    """Open storages whose polls would come too late for each test: only messages help."""

    def open_one() -> RedisStorage:
        storage = open_storage()
        storage.poll = storage.maintain_every = 10 * PATIENCE
        storage._intervals = (10 * PATIENCE, 10 * PATIENCE)
        return storage

    return open_one


def until(true: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.001)


def idle(storage: RedisStorage) -> int:
    """Return how many processes found no job of the type "webhook"."""
    return int(storage._server.ask("SCARD", f"{storage._server.prefix}idle:webhook"))


def hears(storage: RedisStorage) -> bool:
    """Whether the server knows that a storage listens."""
    return bool(storage._server.ask("PUBSUB", "NUMSUB", storage._listener._own_channel)[1])


def worker_of(storage: RedisStorage, handler: Any, workers: int = 1) -> Queue:
    """Return a queue that stands for a process that works."""
    queue = Queue(storage=storage, workers=workers)
    queue.register_handler("webhook", handler)
    return queue


def test_a_worker_of_another_process_is_woken_and_who_waits_is_told(open_storage: Open) -> None:
    submits, works = open_storage(), open_storage()
    queue = Queue(storage=submits)
    with worker_of(works, lambda ctx, payload: payload):
        until(lambda: idle(submits))
        job = queue.submit_job(ctx, "webhook", 17)
        assert queue.wait(ctx, job).result == 17


def test_a_job_with_a_delay_is_run_when_it_is_due(open_storage: Open) -> None:
    queue, works = Queue(storage=open_storage()), open_storage()
    with worker_of(works, lambda ctx, payload: payload):
        until(lambda: idle(works))
        job = queue.submit_job(ctx, "webhook", 17, delay=0.05)
        assert queue.wait(ctx, job).status is Status.COMPLETED


def test_a_handler_is_told_that_its_job_is_cancelled(open_storage: Open) -> None:
    queue, begun = Queue(storage=open_storage()), threading.Event()

    def handler(ctx: JobContext, payload: Any) -> None:
        begun.set()
        listen(ctx, PATIENCE)

    works = open_storage()
    with worker_of(works, handler):
        until(lambda: hears(works))
        job = queue.submit_job(ctx, "webhook")
        assert begun.wait(PATIENCE)
        queue.cancel(ctx, job)
        assert queue.wait(ctx, job).status is Status.CANCELLED


def test_one_job_wakes_one_process_and_a_busy_one_passes_it_on(open_storage: Open) -> None:
    storages = [open_storage() for _ in range(4)]
    told: list[int] = []

    def teller(number: int) -> Callable[[str, str], bool]:
        def tell(what: str, about: str) -> bool:
            if about:
                told.append(number)
            return False

        return tell

    for number, storage in enumerate(storages[1:]):
        storage.listen(teller(number))
        claim(storage)
    until(lambda: all(hears(storage) for storage in storages[1:]))
    add(storages[0], 1)
    until(lambda: len(told) == 3)  # each of them said that no worker of it is free
    assert sorted(told) == [0, 1, 2]
    assert idle(storages[0]) == 0


def test_when_nobody_looks_nothing_is_said(open_storage: Open) -> None:
    one, other = open_storage(), open_storage()
    told: list[str] = []

    def tell(what: str, about: str) -> bool:
        told.append(about)
        return True

    other.listen(tell)
    add(one, 1, 2)
    assert len(claim(other)) == 1  # it took as many as it wanted, so it may come again by itself
    add(one, 3)
    until(lambda: told)
    assert set(told) == {""}  # only what is always said at first


def test_resuming_a_type_wakes_who_looked_in_vain(open_storage: Open) -> None:
    queue, works = Queue(storage=open_storage()), open_storage()
    queue.pause(ctx, "webhook")
    job = queue.submit_job(ctx, "webhook")
    with worker_of(works, lambda ctx, payload: payload):
        until(lambda: idle(works))
        queue.resume(ctx, "webhook")
        assert queue.wait(ctx, job).status is Status.COMPLETED


def test_the_thread_ends_when_nobody_listens(open_storage: Open) -> None:
    storage = open_storage()
    stop = storage.listen(lambda what, about: False)
    thread = storage._listener._thread
    assert thread is not None
    stop()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_the_thread_ends_when_its_connection_is_closed_while_it_reads(
    open_storage: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = open_storage()

    def closed_meanwhile(heard: Any, timeout: float) -> None:
        storage._server.close()
        raise AttributeError("'NoneType' object has no attribute 'readline'")  # so redis-py says it

    monkeypatch.setattr(redis.client.PubSub, "get_message", closed_meanwhile)
    storage.listen(lambda what, about: False)
    thread = storage._listener._thread
    assert thread is not None
    thread.join(PATIENCE)
    assert storage._listener._thread is None  # it has ended by itself; and an error in a thread fails a test
