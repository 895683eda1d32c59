"""The storage in memory: what it does with the cancelled, with an interrupt and with a set clock."""

import contextlib
import logging
import threading
from typing import Any

import pytest

from goqueue import MemoryStorage, Retention
from goqueue.errors import StorageError
from goqueue.job import DONE, Options, Record
from goqueue.races import explore
from goqueue.storage import lines, memory, steady
from goqueue.storage.sqlite import SQLiteStorage

from .files import records
from .parts import PATIENCE, TYPES, Clock

HOUR = 3600.0


@pytest.mark.parametrize("delay", [0.0, HOUR], ids=["ready", "delayed"])
@pytest.mark.parametrize("how", ["cancel", "delete"])
def test_what_is_cancelled_leaves_its_line_long_before_its_time(delay: float, how: str) -> None:
    storage = MemoryStorage(Retention(0.0, 0.0, most=0))
    jobs = records(1_000)
    storage.add(jobs, delay)
    for job in jobs[:-1]:
        getattr(storage, how)(job.key)
    waiting = storage._waiting
    assert len(waiting.ready) + len(waiting.parked) <= lines.FEW + 2
    assert len(storage._records) <= 2
    assert storage.backlog() == (0 if delay else 1)
    assert (storage.next_due() is None) == (not delay)


def test_a_look_for_what_has_not_ended_waits_for_nobody() -> None:
    storage = MemoryStorage()
    ended, waits = jobs = records(2)
    storage.add(jobs)
    storage.settle_and_claim((), 1, TYPES)
    storage.settle_and_claim([(ended, DONE)], 0, ())
    seen: list[set[int]] = []
    with storage._lock:
        looks = threading.Thread(target=lambda: seen.append(storage.not_ended([ended.key, waits.key, 17])), daemon=True)
        looks.start()
        looks.join(PATIENCE)
    assert seen == [{waits.key}]


def test_cancelling_looks_at_a_few_of_those_that_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: of 4,000 cancels, each with a look at the backlog, how many records are looked at."""
    looks = 0

    class Counted(Record):
        @property
        def status(self) -> Any:
            nonlocal looks
            looks += 1
            return self._status

        @status.setter
        def status(self, status: Any) -> None:
            self._status = status

    storage, jobs = MemoryStorage(), [Counted("webhook", None) for _ in range(4_000)]
    storage.add(jobs)
    for job in jobs:
        storage.cancel(job.key)
        storage.backlog()
    assert looks < 20 * len(jobs)


@pytest.mark.parametrize("delay", [0.0, HOUR])
def test_an_interrupted_add_keeps_all_or_none(delay: float) -> None:
    """Ctrl-C at each step of add, by the race lab."""

    def model() -> None:
        storage = MemoryStorage()
        storage.add(records(1), delay)
        some = records(2)
        with contextlib.suppress(KeyboardInterrupt):
            storage.add(some, delay)
        waiting = storage._waiting
        lined = len(waiting.ready) + len(waiting.parked)
        assert lined == len(storage._records), (lined, len(storage._records))
        assert lined in (1, 3)
        storage.add(records(1))

    result = explore(model, modules=[memory, lines], interrupts=1)
    assert result.verdict == "exhausted", result


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_a_clock_that_is_set_forward_forgets_nothing_early(
    kind: str, path: Any, set_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "time", set_clock)
    storage: Any = MemoryStorage() if kind == "memory" else SQLiteStorage(path)
    (old,), (young,) = records(1), records(1)
    for job in (old, young):
        storage.add([job])
        storage.settle_and_claim([(storage.settle_and_claim((), 1, TYPES)[0], DONE)], 0, ())
        storage.maintain(())
        set_clock.go_on(HOUR / 2)
    set_clock.of_day += 2 * HOUR
    storage.maintain(())
    assert storage.get(old.key) is not None, "it is an hour old, and not more"
    set_clock.go_on(2.0)
    storage.maintain(())
    assert storage.get(old.key) is None
    assert storage.get(young.key) is not None, "it is half an hour old"
    set_clock.go_on(HOUR / 2)
    storage.maintain(())
    assert storage.get(young.key) is None
    storage.close()


def test_a_clock_that_is_set_back_forgets_nothing_early(set_clock: Clock) -> None:
    clock = steady.Steady()
    set_clock.of_day -= HOUR
    assert clock.before(10.0) == set_clock.of_day - 10.0


@pytest.mark.parametrize(
    "call",
    [
        lambda storage: storage.add(records(1)),
        lambda storage: storage.add_unique(Record("webhook", None, 1, Options(key="a")), 0.0, None, False),
        lambda storage: storage.renew(1, Record("webhook", None)),
        lambda storage: storage.advance("report", None, 1.0, records(1)),
        lambda storage: storage.settle_and_claim((), 1),
    ],
    ids=["add", "add_unique", "renew", "advance", "settle_and_claim"],
)
def test_a_call_in_the_middle_of_a_change_is_refused(call: Any) -> None:
    """A signal handler or a finalizer of the same thread would find half a change there."""
    storage = MemoryStorage()
    with storage._lock, pytest.raises(StorageError, match="in the middle of one of its own changes"):
        call(storage)
    assert storage.backlog() == 0


def test_a_log_handler_may_submit_a_job(caplog: pytest.LogCaptureFixture) -> None:
    storage = MemoryStorage()
    storage.add(records(1))
    (record,) = storage.settle_and_claim((), 1)

    class Submits(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            assert storage._lock.acquire(timeout=0.0), "it is called while the lock is held"
            storage._lock.release()
            storage.add(records(1))

    handler = Submits()
    logging.getLogger("goqueue").addHandler(handler)
    try:
        storage.settle_and_claim([(record, DONE), (record, DONE)], 0)
    finally:
        logging.getLogger("goqueue").removeHandler(handler)
    assert storage.backlog() == 1
