"""Pause, resume and limits: seen by every process of a file, and no worker sleeps for one that must wait."""

import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from goqueue import Context, JobContext, MemoryStorage, Queue, Registry, Status
from goqueue.job import DONE, Options, Record
from goqueue.limits import Limit
from goqueue.storage import SQLiteStorage
from goqueue.testing import InlineQueue

from ..races.proving import counterexample, proof, together

ctx = Context()


def test_a_paused_type_waits_and_others_go_on(queue: Queue) -> None:
    ran = []
    for kind in ("webhook", "mail"):
        queue.register_handler(kind, lambda ctx, payload: ran.append(payload))
    queue.pause(ctx, "webhook")
    assert queue.paused(ctx) == ["webhook"]
    with queue:
        held = queue.submit_many(ctx, "webhook", ["held"] * 3)
        queue.wait(ctx, queue.submit_job(ctx, "mail", "mail"))
        time.sleep(1.0)
        assert ran == ["mail"]
        queue.resume(ctx, "webhook")
        begun = time.monotonic()
        queue.wait_many(ctx, held)
        assert time.monotonic() - begun < 0.5
    assert ran == ["mail", "held", "held", "held"]
    assert queue.paused(ctx) == []


PAUSES = """
import sys
from goqueue import Context, Queue
queue = Queue(storage=sys.argv[1])
getattr(queue, sys.argv[2])(Context(), "webhook")
queue.close()
"""


def test_a_pause_in_another_process_is_seen_and_outlives_both(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    ran = []

    def opened() -> Queue:
        queue = Queue(workers=1, storage=path)
        queue.register_handler("webhook", lambda ctx, payload: ran.append(payload))
        queue.register_handler("mail", lambda ctx, payload: None)
        return queue

    with opened() as queue:
        subprocess.run([sys.executable, "-c", PAUSES, path, "pause"], check=True)
        job = queue.submit_job(ctx, "webhook", 1)
        queue.wait(ctx, queue.submit_job(ctx, "mail"))
    queue.close()
    with opened() as queue:
        queue.wait(ctx, queue.submit_job(ctx, "mail"))
        assert ran == []
        subprocess.run([sys.executable, "-c", PAUSES, path, "resume"], check=True)
        queue.wait(ctx, job)
    queue.close()
    assert ran == [1]


def test_so_many_run_at_once_and_the_others_hold_no_worker(queue: Queue) -> None:
    """The complaint: a rate limit that sleeps in the worker, so that all workers sleep and other jobs wait."""
    now, most, lock = 0, 0, threading.Lock()

    @queue.handler("webhook")
    def slow(ctx: JobContext, payload: Any) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(1.0)
        with lock:
            now -= 1

    queue.register_handler("mail", lambda ctx, payload: None)
    queue.limit("webhook", at_once=2)
    begun = time.monotonic()
    with queue:
        jobs = queue.submit_many(ctx, "webhook", range(6))
        queue.wait(ctx, queue.submit_job(ctx, "mail"))
        assert time.monotonic() - begun < 0.5
        queue.wait_many(ctx, jobs)
    assert most == 2
    assert 3.0 <= time.monotonic() - begun < 4.0


def test_so_many_begin_in_a_second(queue: Queue) -> None:
    begun: list[float] = []
    queue.register_handler("webhook", lambda ctx, payload: begun.append(time.monotonic()))
    queue.register_handler("mail", lambda ctx, payload: None)
    queue.limit("webhook", per_second=2.0)
    with queue:
        jobs = queue.submit_many(ctx, "webhook", range(7))
        queue.wait(ctx, queue.submit_job(ctx, "mail"))
        queue.wait_many(ctx, jobs)
    after = [each - begun[0] for each in begun]
    assert after == pytest.approx([0.0, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5], abs=0.15)


def test_two_processes_share_a_limit(tmp_path: Path) -> None:
    """Two storages on one file, as two processes have them."""
    storages = [SQLiteStorage(tmp_path / "jobs.db") for _ in range(2)]
    for storage in storages:
        storage.obey({"webhook": Limit(at_once=3, per_second=4.0)})
    storages[0].add([Record("webhook", None) for _ in range(9)])
    first = storages[0].settle_and_claim((), 2, ("webhook",))
    second = storages[1].settle_and_claim((), 5, ("webhook",))
    assert (len(first), len(second)) == (2, 1)
    again = storages[1].settle_and_claim([(second[0], DONE)], 5, ("webhook",))
    assert len(again) == 1  # the fourth of this second
    assert storages[0].settle_and_claim([(record, DONE) for record in first], 5, ("webhook",)) == []
    for storage in storages:
        storage.close()


def test_a_limit_can_be_changed_and_taken_back(queue: Queue) -> None:
    queue.register_handler("webhook", lambda ctx, payload: time.sleep(1.0))
    queue.limit("webhook", at_once=1)
    assert queue.registry.limits == {"webhook": Limit(at_once=1)}
    begun = time.monotonic()
    with queue:
        jobs = queue.submit_many(ctx, "webhook", range(3))
        time.sleep(0.5)
        queue.limit("webhook")
        queue.wait_many(ctx, jobs)
    assert time.monotonic() - begun < 2.0
    assert queue.registry.limits == {}


def test_a_queue_that_shares_a_registry_keeps_its_limits() -> None:
    registry = Registry()
    Queue(registry=registry).limit("webhook", at_once=1)
    storage = MemoryStorage()
    Queue(registry=registry, storage=storage)
    storage.add([Record("webhook", None) for _ in range(3)])
    assert len(storage.settle_and_claim((), 3)) == 1


def test_an_inline_queue_jumps_to_the_next_token() -> None:
    queue = InlineQueue()
    queue.register_handler("webhook", lambda ctx, payload: None)
    queue.limit("webhook", per_second=1.0)
    jobs = [queue.submit_job(ctx, "webhook") for _ in range(3)]
    assert {queue.get_job(ctx, job).status for job in jobs} == {Status.COMPLETED}
    assert queue.skipped == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("options", "kind", "match"),
    [
        ({"at_once": 0}, ValueError, "at_once is 0: it must be 1 or more; to run none, pause the type"),
        ({"at_once": -1}, ValueError, "at_once is -1"),
        ({"at_once": 1.5}, TypeError, "at_once is 1.5"),
        ({"per_second": 0}, ValueError, "per_second is 0: it must be more than 0"),
        ({"per_second": 1e-10}, ValueError, "per_second is 1e-10: it must be more than 0, and 1e-09 at least"),
        ({"per_second": float("nan")}, ValueError, "per_second is nan"),
        ({"per_second": "5"}, TypeError, "per_second is '5'"),
    ],
)
def test_what_is_no_limit_is_refused(options: Any, kind: type[Exception], match: str) -> None:
    queue = Queue()
    with pytest.raises(kind, match=match):
        queue.limit("webhook", **options)
    calls: list[Callable[[Any], None]] = [
        queue.limit,
        lambda name: queue.pause(ctx, name),
        lambda name: queue.resume(ctx, name),
    ]
    for call, name in itertools.product(calls, ("", 17, None)):
        with pytest.raises((TypeError, ValueError), match="job type is"):
            call(name)
    assert queue.registry.limits == {}
    assert queue.paused(ctx) == []


def limited(kind: type[MemoryStorage] = MemoryStorage) -> MemoryStorage:
    storage = kind()
    storage.obey({"webhook": Limit(at_once=1)})
    storage.add([Record("webhook", None) for _ in range(2)])
    return storage


def limited_by_key() -> MemoryStorage:
    """Return a storage with two jobs of one limit key, of which one may run at a time."""
    storage = MemoryStorage()
    storage.obey({"call": Limit(each_at_once=1)})
    storage.add([Record("call", None, 1, Options(limit_key="ada")) for _ in range(2)])
    return storage


@pytest.mark.parametrize("made", [limited, limited_by_key])
@proof
def test_never_two_at_once(made: Callable[[], MemoryStorage]) -> None:
    """Two workers claim and settle two jobs of which one may run at a time."""
    storage, runs, most = made(), [0], [0]

    def worker() -> None:
        for record in storage.settle_and_claim((), 1):
            runs[0] += 1
            most[0] = max(most[0], runs[0])
            runs[0] -= 1
            storage.settle_and_claim([(record, DONE)], 0)

    together(first=worker, second=worker)
    assert most[0] == 1
    assert len(storage.settle_and_claim((), 2)) <= 1


@proof
def test_a_pause_comes_before_a_claim_or_after_it() -> None:
    """A type is paused while a worker claims: the job runs, or it waits until it is resumed, and is not lost."""
    storage, claimed = MemoryStorage(), []
    storage.add([Record("webhook", None)])
    together(
        worker=lambda: claimed.extend(storage.settle_and_claim((), 1)),
        operator=lambda: storage.pause("webhook", True),
    )
    assert storage.settle_and_claim((), 1) == []
    storage.pause("webhook", False)
    assert len(claimed) + len(storage.settle_and_claim((), 2)) == 1


class LooksFirst(MemoryStorage):
    """It looks whether there is room in one step, and claims in the next: its one fault."""

    def settle_and_claim(self, settled: Any, limit: int, types: Any = ()) -> list[Record]:
        if limit and self.count()[Status.RUNNING]:
            return []
        self._gates.limits = {}
        return super().settle_and_claim(settled, limit, types)


@counterexample("failed assertion")
def test_a_look_before_the_claim_lets_two_run() -> None:
    storage, claimed = limited(LooksFirst), list[Record]()
    together(
        first=lambda: claimed.extend(storage.settle_and_claim((), 1)),
        second=lambda: claimed.extend(storage.settle_and_claim((), 1)),
    )
    assert len(claimed) == 1
