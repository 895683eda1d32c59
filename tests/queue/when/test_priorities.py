"""Priorities: what is urgent comes first, and nothing starves. That is what users of other queues complain of."""

import contextlib
import itertools
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from goqueue import Context, MemoryStorage, Queue, Retry, SQLiteStorage
from goqueue.job import STEP, Options, Record
from goqueue.races import explore
from goqueue.storage import Storage, lines, memory
from goqueue.storage.sqlite import statements
from goqueue.testing import InlineQueue, virtual_time

from ..files import write
from ..races.proving import proof, together

ctx = Context()


def on(kind: str, folder: Path) -> Storage:
    return MemoryStorage() if kind == "memory" else SQLiteStorage(folder / "jobs.db", durability=kind)


KINDS = pytest.mark.parametrize("kind", ["memory", "each commit", "write-behind"])


def of(priority: int) -> Record:
    return Record("webhook", None, 1, Options(priority=priority) if priority else None)


def claim(storage: Storage) -> Record:
    (record,) = storage.settle_and_claim((), 1, ("webhook",))
    return record


@KINDS
@pytest.mark.parametrize("delay", [0.0, STEP], ids=["at once", "delayed"])
def test_nothing_starves(kind: str, delay: float, tmp_path: Path) -> None:
    """One urgent job comes every second, and one job runs every second: the usual one runs after nine minutes."""
    with virtual_time():
        storage = on(kind, tmp_path)
        usual = of(0)
        storage.add([usual], delay)
        begun = time.monotonic()
        storage.add([of(9)])
        while claim(storage).key != usual.key:
            time.sleep(1.0)
            storage.add([of(9)])
        assert time.monotonic() - begun == pytest.approx(delay + 9 * STEP, abs=1.5)
        storage.close()


@KINDS
def test_each_minute_counts_as_one_step(kind: str, tmp_path: Path) -> None:
    with virtual_time():
        storage = on(kind, tmp_path)
        old, older = of(0), of(-1)
        storage.add([older])
        time.sleep(2 * STEP)
        storage.add([old])
        time.sleep(STEP)
        storage.add(new := [of(priority) for priority in (1, 2, 3)])
        keys = [claim(storage).key for _ in range(5)]
        assert keys == [new[2].key, older.key, new[1].key, old.key, new[0].key]
        storage.close()


@KINDS
def test_a_queue_and_a_task_take_a_priority(kind: str, tmp_path: Path) -> None:
    queue, order = Queue(workers=1, storage=on(kind, tmp_path)), []

    @queue.task(retry=Retry(attempts=2, base=0.0))
    def send(number: int) -> None:
        order.append(number)
        if order == [3]:
            raise ConnectionError

    jobs = [send.options(priority=number).submit(number).job for number in range(3)]
    jobs += queue.submit_many(ctx, "send", [{"number": 3}, {"number": 4}], priority=3)
    assert [queue.get_job(ctx, job).priority for job in jobs] == [0, 1, 2, 3, 3]
    with queue:
        queue.wait_many(ctx, jobs)
    assert [each for each, _ in itertools.groupby(order)] in ([3, 4, 2, 1, 0], [3, 4, 3, 2, 1, 0])
    queue.storage.close()


def test_an_inline_queue_keeps_the_priority_of_a_job_with_a_deadline() -> None:
    from datetime import UTC, datetime, timedelta

    queue = InlineQueue()
    queue.register_handler("webhook", lambda ctx, payload: None)
    until = datetime.now(UTC) + timedelta(hours=1)
    job = queue.submit_job(ctx, "webhook", delay=60.0, priority=7, deadline=until)
    assert queue.get_job(ctx, job).priority == 7


@pytest.mark.parametrize(
    ("priority", "kind", "match"),
    [
        ("high", TypeError, "priority is 'high': it must be a whole number, such as 9"),
        ("", TypeError, "priority is ''"),
        (None, TypeError, "priority is None"),
        (1.5, TypeError, "priority is 1.5"),
        (True, TypeError, "priority is True"),
        (float("nan"), TypeError, "priority is nan"),
        (101, ValueError, "priority is 101: it must be from -100 to 100; 0 is usual"),
        (-(10**30), ValueError, "it must be from -100 to 100"),
    ],
)
def test_what_is_no_priority_is_refused(priority: Any, kind: type[Exception], match: str) -> None:
    queue = Queue()
    send = queue.task()(test_what_is_no_priority_is_refused)
    for submit in (
        lambda: queue.submit_job(ctx, "webhook", priority=priority),
        lambda: queue.submit_many(ctx, "webhook", [1], priority=priority),
        lambda: send.options(priority=priority),
    ):
        with pytest.raises(kind, match=match):
            submit()
    assert queue.storage.backlog() == 0


def test_a_claim_without_priorities_goes_the_way_it_went(tmp_path: Path) -> None:
    """It scans the index of what waits, and nothing else; what is released has an index that is empty."""
    storage = SQLiteStorage(tmp_path / "jobs.db")
    plan = [row[3] for row in write(storage, "EXPLAIN QUERY PLAN " + re.sub(r"\?\d", "1", statements.claim(1)))]
    assert [step for step in plan if "INDEX pending" in step] == [
        "SEARCH jobs USING INDEX pending (type=? AND delayed=?)",
        "SEARCH jobs USING INDEX pending (type=? AND delayed=? AND due<?)",
    ]
    assert not any(step.startswith("SCAN jobs") for step in plan), plan
    plan = [row[3] for row in write(storage, "EXPLAIN QUERY PLAN " + statements.RELEASE.replace("?", "1.0"))]
    assert plan == ["SEARCH jobs USING INDEX urgent (due<?)"]
    storage.close()


def test_a_claim_in_memory_without_priorities_touches_only_the_line() -> None:
    storage = MemoryStorage()
    storage.add([of(0) for _ in range(3)])
    assert len(storage._waiting.ready) == 3
    assert storage._waiting.urgent == []


@pytest.mark.parametrize("priorities", [(9, 9), (9, 0), (0, 9)])
def test_an_interrupted_add_keeps_all_or_none(priorities: Sequence[int]) -> None:
    """Ctrl-C at each step of add, by the race lab."""

    def model() -> None:
        storage = MemoryStorage()
        storage.add([of(0)])
        with contextlib.suppress(KeyboardInterrupt):
            storage.add([of(priority) for priority in priorities])
        waiting = storage._waiting
        lined = len(waiting.ready) + len(waiting.urgent)
        assert lined == len(storage._records) == storage.backlog(), (lined, len(storage._records))
        assert lined in (1, 3)
        storage.add([of(1)])

    result = explore(model, modules=[memory, lines], interrupts=1)
    assert result.verdict == "exhausted", result


@proof
def test_an_urgent_job_is_claimed_once_and_counted_right() -> None:
    """Two workers claim a usual and an urgent job while the urgent one is cancelled: it runs, or is cancelled."""
    storage = MemoryStorage()
    usual, urgent = of(0), of(9)
    storage.add([usual])
    storage.add([urgent])
    got: list[int] = []

    def worker() -> None:
        got.extend(record.key for record in storage.settle_and_claim((), 1))

    together(first=worker, second=worker, canceller=lambda: storage.cancel(urgent.key))
    now = storage.get(urgent.key)
    assert now is not None
    assert sorted(got) == ([usual.key, urgent.key] if now.attempts else [usual.key]), got
    assert storage.backlog() == 0
