"""Batches, chains, progress, limits by key on PostgreSQL and Valkey, for real. Two queues stand for two processes."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from goqueue import JobContext, Progress, Queue, Status
from goqueue.job import DONE, Options, Record
from goqueue.limits import Limit
from goqueue.storage import PostgresStorage, RedisStorage, Storage

from .parts import PATIENCE, ctx

Open = Callable[[], Storage]


@pytest.fixture(params=["postgres", "valkey"])
def open_storage(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Open storages of one queue, of which each stands for a process of its own."""
    opened: list[Storage] = []
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
        make: Open = lambda: PostgresStorage(url)  # noqa: E731
    else:
        from .servers import valkey  # only these tests need the server

        address, name = valkey.url(), valkey.new_name()
        make = lambda: RedisStorage(address, name=name)  # noqa: E731

    def open_one() -> Storage:
        opened.append(make())
        return opened[-1]

    yield open_one
    for storage in opened:
        storage.close()


def queue_on(storage: Storage) -> Queue:
    queue = Queue(workers=2, storage=storage)

    @queue.handler("count")
    def count(ctx: JobContext, payload: Any) -> Any:
        if payload == "down":
            raise ConnectionError("503")
        return 10 * payload

    queue.register_handler("sum", lambda ctx, results: [results, [each.status for each in ctx.before]])
    queue.register_handler("more", lambda ctx, payload: payload + 1)
    return queue


def test_the_last_job_gets_all_results_though_another_process_began_it(open_storage: Open) -> None:
    """What the first process knows of the others is kept with the job, and the second goes on from there."""
    first, second = queue_on(open_storage()), queue_on(open_storage())
    last = first.submit_batch(ctx, [("count", 1), [("count", 2), "more"]], "sum")
    with first:
        while not first.get_job(ctx, last).before:
            time.sleep(0.01)
    with second:
        ended = second.wait(ctx.with_timeout(PATIENCE), last)
    assert ended.result == [[10, 21], ["completed"] * 2]
    assert sorted(job.type for job in second.list_jobs(ctx)) == ["count", "count", "more", "sum"]


def test_a_failure_is_told_and_a_retry_runs_the_rest(open_storage: Open) -> None:
    queue = queue_on(open_storage())
    with queue:
        last = queue.submit_batch(ctx, [("count", 1), ("count", "down")], "sum")
        ended = queue.wait(ctx.with_timeout(PATIENCE), last)
        assert ended.status is Status.FAILED
        assert "1 of 2 jobs before it have not completed" in ended.error
        again = queue.wait(ctx.with_timeout(PATIENCE), queue.retry(ctx, ended))
    assert again.before[0] == ended.before[0]
    assert again.before[1] != ended.before[1]


def test_progress_is_seen_where_the_storage_keeps_it(open_storage: Open) -> None:
    queue, goes_on = queue_on(open_storage()), threading.Event()
    if not hasattr(queue.storage, "keeps_progress"):
        return

    @queue.handler("report")
    def report(ctx: JobContext, payload: Any) -> None:
        ctx.progress(3, 10, "orders")
        goes_on.wait(PATIENCE)

    other = Queue(storage=open_storage())
    with queue:
        job = queue.submit_job(ctx, "report")
        until = time.monotonic() + PATIENCE
        while other.get_job(ctx, job.id).progress != Progress(3, 10, "orders"):
            assert time.monotonic() < until
            time.sleep(0.02)
        goes_on.set()
        assert queue.wait(ctx, job).progress is None


def test_two_processes_share_a_limit_by_key(open_storage: Open) -> None:
    """At most two of a key run at once, and at most three begin in a second: between both, and others go on."""
    first, second = open_storage(), open_storage()
    for each in (first, second):
        each.obey({"call": Limit(each_at_once=2, each_per_second=3.0)})  # type: ignore[attr-defined]
    keys = [*["ada"] * 9, "bob", None]
    first.add([Record("call", None, 1, Options(limit_key=each)) for each in keys])
    (one,) = first.settle_and_claim((), 1, ("call",))
    others = second.settle_and_claim((), 9, ("call",))
    assert [names(each) for each in (one, *others)] == ["ada", "ada", "bob", None]
    assert [names(each) for each in first.settle_and_claim([(one, DONE)], 9, ("call",))] == ["ada"]
    assert second.settle_and_claim([(others[0], DONE)], 9, ("call",)) == []  # three have begun in this second


def names(record: Record) -> str | None:
    """Return the limit key of a job."""
    return None if record.options is None else record.options.limit_key


@pytest.mark.parametrize("order", [1, -1], ids=["the key is full", "the type is full"])
def test_a_job_whose_worker_died_counts_under_each_limit(order: int, open_storage: Open) -> None:
    """It waits in a line of its own, and still no more run than the limits of its type and its key say."""
    dead, alive = open_storage(), open_storage()
    records = [Record("call", None, 1, Options(limit_key="ada")), Record("mail", None)][::order]
    for _ in range(2):
        dead.add([Record(each.type, None, 1, each.options) for each in records])
    assert len(dead.settle_and_claim((), 1, ("call",)) + dead.settle_and_claim((), 1, ("mail",))) == 2
    bury(dead, alive)
    alive.obey({"call": Limit(each_at_once=1), "mail": Limit(at_once=1)})  # type: ignore[attr-defined]
    claimed = [*alive.settle_and_claim((), 9, ("call", "mail")), *alive.settle_and_claim((), 9, ("call", "mail"))]
    assert sorted(each.type for each in claimed) == ["call", "mail"]


def bury(dead: Any, alive: Any) -> None:
    """Let a worker look dead to another at once, which takes back its jobs."""
    running = alive.count()[Status.RUNNING]
    if isinstance(dead, PostgresStorage):
        dead._run(lambda on: on.execute(f"DELETE FROM {dead.schema}.workers".encode()), True)
        alive.maintain(())
    else:
        name = dead._leases.worker
        beat = alive._server.ask("HGET", f"{alive._server.prefix}beats", name, twice=True)
        alive._leases._bury(name, beat.decode())
    assert alive.count()[Status.RUNNING] == running - 2
