"""Limits by key: a customer with many jobs takes no more workers than he may, and holds up nobody else."""

import collections
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goqueue import Context, JobContext, MemoryStorage, PayloadError, Queue, Registry, SQLiteStorage, Status
from goqueue.job import DONE, Options, Record
from goqueue.limits import Limit
from goqueue.testing import InlineQueue, RecordingQueue, virtual_time

from ..files import ask

ctx = Context()


@pytest.fixture(params=["memory", "file"])
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Queue]:
    """A queue in virtual time."""
    with virtual_time():
        queue = Queue(workers=3, storage=MemoryStorage() if request.param == "memory" else tmp_path / "jobs.db")
        yield queue
        queue.close()


def test_a_customer_with_many_jobs_holds_up_nobody(queue: Queue) -> None:
    now: collections.Counter[str] = collections.Counter()
    most: collections.Counter[str] = collections.Counter()

    def call(ctx: JobContext, customer: str) -> None:
        now[customer] += 1
        most[customer] = max(most[customer], now[customer])
        time.sleep(1.0)
        now[customer] -= 1

    queue.register_handler("call", call)
    queue.limit("call", each_at_once=1)
    begun = time.monotonic()
    with queue:
        many = queue.submit_many(ctx, "call", ["ada"] * 4, limit_key="ada")
        bob = queue.submit_job(ctx, "call", "bob", limit_key="bob")
        nobody = queue.submit_job(ctx, "call", "nobody")
        queue.wait_many(ctx, [bob, nobody])
        assert time.monotonic() - begun < 1.5
        queue.wait_many(ctx, many)
    assert 4.0 <= time.monotonic() - begun < 5.0
    assert most == {"ada": 1, "bob": 1, "nobody": 1}
    assert (bob.limit_key, nobody.limit_key) == ("bob", None)


def test_so_many_of_a_key_begin_in_a_second_and_no_worker_waits(queue: Queue) -> None:
    begun: dict[str, list[float]] = {"ada": [], "bob": []}
    queue.register_handler("call", lambda ctx, customer: begun[customer].append(time.monotonic()))
    queue.limit("call", each_per_second=2.0)
    with queue:
        many = queue.submit_many(ctx, "call", ["ada"] * 5, limit_key="ada")
        queue.wait(ctx, queue.submit_job(ctx, "call", "bob", limit_key="bob"))
        queue.wait_many(ctx, many)
    start = begun["ada"][0]
    assert [each - start for each in begun["ada"]] == pytest.approx([0.0, 0.0, 0.5, 1.0, 1.5], abs=0.15)
    assert begun["bob"][0] - start < 0.15


def test_two_processes_share_a_limit_by_key(tmp_path: Path) -> None:
    """Two storages on one file, as two processes have them."""
    storages = [SQLiteStorage(tmp_path / "jobs.db") for _ in range(2)]
    for storage in storages:
        storage.obey({"call": Limit(each_at_once=2, each_per_second=3.0)})
    storages[0].add([Record("call", None, 1, Options(limit_key="ada")) for _ in range(9)])
    first = storages[0].settle_and_claim((), 1, ("call",))
    second = storages[1].settle_and_claim((), 5, ("call",))
    assert (len(first), len(second)) == (1, 1)
    again = storages[1].settle_and_claim([(second[0], DONE)], 5, ("call",))
    assert len(again) == 1  # the third of this second
    assert storages[0].settle_and_claim([(first[0], DONE)], 5, ("call",)) == []
    for storage in storages:
        storage.close()


def test_it_can_be_changed_and_taken_back(queue: Queue) -> None:
    queue.register_handler("call", lambda ctx, payload: time.sleep(1.0))
    queue.limit("call", each_at_once=1)
    begun = time.monotonic()
    with queue:
        jobs = queue.submit_many(ctx, "call", range(5), limit_key="ada")
        time.sleep(0.5)
        queue.limit("call", at_once=3)
        time.sleep(0.1)
        queue.limit("call", each_at_once=2)
        queue.wait_many(ctx, jobs)
    assert 2.0 <= time.monotonic() - begun < 3.2
    assert queue.registry.limits == {"call": Limit(each_at_once=2)}


def test_an_inline_queue_jumps_to_the_next_token_of_a_key() -> None:
    queue = InlineQueue()
    queue.register_handler("call", lambda ctx, payload: None)
    queue.limit("call", each_per_second=1.0)
    jobs = [queue.submit_job(ctx, "call", limit_key="ada") for _ in range(3)]
    assert {queue.get_job(ctx, job).status for job in jobs} == {Status.COMPLETED}
    assert queue.skipped == pytest.approx(2.0)


def test_a_task_and_a_batch_have_limit_keys_too() -> None:
    queue = RecordingQueue()

    @queue.task()
    def call(customer: str) -> None: ...

    found = [
        call.options(limit_key="ada").submit("ada").job,
        queue.submit_batch(ctx, ["call"], "call", limit_key="ada"),
        queue.submit_job(ctx, "call", key="17", limit_key="ada"),
    ]
    assert [job.limit_key for job in found] == ["ada"] * 3
    with pytest.raises(TypeError, match="limit_key is 17"):
        call.options(limit_key=17)  # type: ignore[arg-type]


def test_thousands_of_keys_leave_nothing_behind(tmp_path: Path) -> None:
    """In memory, nothing is kept of a key without jobs; in a file, its bucket for a day."""
    with virtual_time():
        memory, file = MemoryStorage(), SQLiteStorage(tmp_path / "jobs.db")
        for storage in (memory, file):
            storage.obey({"call": Limit(each_at_once=1, each_per_second=1.0)})
            for start in range(0, 200, 50):
                storage.add([Record("call", None, 1, Options(limit_key=str(start + each))) for each in range(50)])
                while claimed := storage.settle_and_claim((), 50, ("call",)):
                    storage.settle_and_claim([(record, DONE) for record in claimed], 0, ("call",))
                time.sleep(2.0)
        assert list(memory._waiting.lanes) == ["call"]
        assert memory._gates._running == {"call": 0}
        assert len(memory._gates._buckets) <= 128
        assert ask(tmp_path / "jobs.db", "SELECT count(*) FROM buckets") == 200
        time.sleep(86_401.0)
        file.maintain(())
        assert ask(tmp_path / "jobs.db", "SELECT count(*) FROM buckets") == 0
        file.close()


def no_work() -> None:
    """A task."""


@pytest.mark.parametrize(
    ("key", "kind", "match"),
    [
        (17, TypeError, "limit_key is 17: it must be text"),
        ("", ValueError, "limit_key is '': it must not be empty: name what the jobs have in common"),
        ("x" * 256, ValueError, "limit_key has 256 characters, and at most 255"),
        ("\udcff", ValueError, "limit_key is .* lone surrogate"),
    ],
)
def test_what_is_no_limit_key_is_refused(key: Any, kind: type[Exception], match: str) -> None:
    queue = RecordingQueue()
    with pytest.raises(kind, match=match):
        queue.submit_job(ctx, "call", limit_key=key)
    with pytest.raises(kind, match=match):
        queue.submit_many(ctx, "call", [1], limit_key=key)
    with pytest.raises(kind, match=match):
        queue.submit_batch(ctx, ["call"], "call", limit_key=key)
    with pytest.raises(kind, match=match):
        queue.task(name="mail")(no_work).options(limit_key=key)
    with pytest.raises(PayloadError):
        queue.submit_job(ctx, "call", {17}, limit_key="ada")
    assert queue.submitted == []


@pytest.mark.parametrize(
    ("options", "kind", "match"),
    [
        ({"each_at_once": 0}, ValueError, "each_at_once is 0: it must be 1 or more"),
        ({"each_at_once": "5"}, TypeError, "each_at_once is '5'"),
        ({"each_per_second": 0.0}, ValueError, "each_per_second is 0.0: it must be more than 0"),
        ({"each_per_second": float("inf")}, ValueError, "each_per_second is inf"),
    ],
)
def test_what_is_no_limit_is_refused(options: Any, kind: type[Exception], match: str) -> None:
    queue = Queue()
    with pytest.raises(kind, match=match):
        queue.limit("call", **options)
    assert queue.registry.limits == {}


def test_a_storage_that_cannot_says_so_and_nothing_is_noted() -> None:
    class Plain(MemoryStorage):
        limits_keys: Any = property()

    queue, registry = Queue(storage=Plain()), Registry()
    with pytest.raises(TypeError, match="it has no limits_keys"):
        queue.limit("call", each_at_once=1)
    assert queue.registry.limits == {}
    queue.limit("call", at_once=1)
    registry.limit("call", Limit(each_at_once=1))
    with pytest.raises(TypeError, match="it has no limits_keys"):
        Queue(storage=Plain(), registry=registry)
