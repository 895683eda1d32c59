"""Any sequence of calls, on any storage, against a plain model: a dict of what each job should be.

hypothesis makes the sequences up, and shrinks one that fails. Time is a number that both sides are told.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from goqueue import MemoryStorage
from goqueue.job import CANCELLED, DONE, FAILED, HANDED_BACK, PENDING, RUNNING, Job, Outcome, Record, Status
from goqueue.storage import RedisStorage, Settled, SQLiteStorage, Storage

from .servers import valkey

WAIT = 5.0  # seconds: a delay, and the wait before a retry


@dataclass
class Modelled:
    """What a job should be."""

    due: float
    status: Status = PENDING
    attempts: int = 0
    error: str = ""
    cancelling: bool = False


class Machine(RuleBasedStateMachine):
    """The rules. `make` is set by each storage's own machine."""

    make: Callable[[str], Storage]

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_767_225_600.0
        self.real = (time.time, time.time_ns, time.monotonic)
        time.time = time.monotonic = lambda: self.now
        time.time_ns = lambda: int(self.now * 1e9)
        self.folder = tempfile.TemporaryDirectory()
        self.storage = type(self).make(self.folder.name)
        self.model: dict[int, Modelled] = {}
        self.claimed: list[Record] = []

    def teardown(self) -> None:
        self.storage.close()
        self.folder.cleanup()
        time.time, time.time_ns, time.monotonic = self.real

    @initialize()
    def begin(self) -> None:
        self.add(3, False)  # so that no sequence is spent on an empty storage

    @rule(count=st.integers(1, 3), late=st.booleans())
    def add(self, count: int, late: bool) -> None:
        records = [Record("webhook", {"order": 17}, 3) for _ in range(count)]
        assert self.storage.add(records, WAIT * late)
        for record in records:
            assert record.key > max(self.model, default=0)
            self.model[record.key] = Modelled(self.now + WAIT * late)

    @rule(limit=st.integers(1, 3))
    def claim(self, limit: int) -> None:
        records = self.storage.settle_and_claim((), limit, ("webhook",))
        due = [key for key, job in self.model.items() if job.status is PENDING and job.due <= self.now]
        assert len(records) == min(limit, len(due))
        for record in records:
            job = self.model[record.key]
            assert record.key in due
            assert record.attempts == job.attempts + 1
            job.status, job.attempts = RUNNING, job.attempts + 1
        self.claimed += records

    @precondition(lambda self: self.claimed)
    @rule(which=st.integers(0, 99), how=st.sampled_from(["done", "failed", "later", "now", "back"]))
    def settle(self, which: int, how: str) -> None:
        record = self.claimed.pop(which % len(self.claimed))
        job = self.model[record.key]
        outcome = {
            "done": DONE,
            "failed": Outcome(FAILED, error="no"),
            "later": Outcome(PENDING, error="down", delay=WAIT),
            "now": Outcome(PENDING, error="down"),
            "back": HANDED_BACK,
        }[how]
        self.storage.settle_and_claim(((record, outcome),), 0, ("webhook",))
        job.status = CANCELLED if job.cancelling and how != "done" else outcome.status
        if how != "back":
            job.error = outcome.error
        elif job.status is PENDING:
            job.attempts -= 1
        job.due = self.now + outcome.delay

    @precondition(lambda self: self.model)
    @rule(which=st.integers(0, 99))
    def cancel(self, which: int) -> None:
        key = sorted(self.model)[which % len(self.model)]
        job = self.model[key]
        if job.status is PENDING:
            job.status = CANCELLED
        job.cancelling |= job.status is RUNNING
        found = self.storage.cancel(key)
        assert found is not None
        assert found.status is job.status

    @precondition(lambda self: self.model)
    @rule(which=st.integers(0, 99))
    def delete(self, which: int) -> None:
        key = sorted(self.model)[which % len(self.model)]
        if self.model[key].status is RUNNING:
            with pytest.raises(ValueError, match="is running"):
                self.storage.delete(key)
        else:
            assert self.storage.delete(key)
            del self.model[key]

    @rule(seconds=st.sampled_from([0.0, 1.0, WAIT]))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def maintain(self) -> None:
        unwanted = {record.key for record in self.storage.maintain(self.claimed)}
        marked = {key for key, job in self.model.items() if job.status is RUNNING and job.cancelling}
        assert unwanted == (marked if self.storage.shared else set())

    @invariant()
    def each_job_is_as_it_should_be(self) -> None:
        for key, job in self.model.items():
            found = self.storage.get(key)
            assert found is not None
            assert (found.status, found.attempts, found.error) == (job.status, job.attempts, job.error)

    @invariant()
    def they_are_counted(self) -> None:
        statuses = [job.status for job in self.model.values()]
        assert self.storage.count() == {status: statuses.count(status) for status in Status}

    @invariant()
    def those_that_wait_are_counted(self) -> None:
        due = [job.due for job in self.model.values() if job.status is PENDING]
        later = [each - self.now for each in due if each > self.now]
        assert self.storage.next_due() == (min(later) if later else None)
        if not self.storage.shared:  # another says what it counted a moment ago
            assert self.storage.backlog() == sum(each <= self.now for each in due)


SETTINGS = settings(
    max_examples=25,
    stateful_step_count=40,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TO_FIND = settings(SETTINGS, max_examples=100, phases=[Phase.generate])  # what is found need not be made small
MANY = settings(SETTINGS, max_examples=200)


def machine_of(make: Callable[[str], Storage]) -> Any:
    """Return the machine of one storage."""
    return type("MachineOfOne", (Machine,), {"make": staticmethod(make)})


STORAGES: dict[str, Callable[[str], Storage]] = {
    "memory": lambda folder: MemoryStorage(),
    "each commit": lambda folder: SQLiteStorage(f"{folder}/jobs.db"),
    "group commit": lambda folder: SQLiteStorage(f"{folder}/jobs.db", durability="group commit"),
    "write-behind": lambda folder: SQLiteStorage(f"{folder}/jobs.db", durability="write-behind"),
}
if sys.platform != "win32":  # for which there is no Valkey
    STORAGES["redis"] = lambda folder: RedisStorage(valkey.url(), name=valkey.new_name(), clock=lambda: time.time())


@pytest.mark.parametrize("how", [SETTINGS, pytest.param(MANY, marks=pytest.mark.slow)], ids=["few", "many"])
@pytest.mark.parametrize("kind", STORAGES)
def test_a_storage_does_as_the_model_does(kind: str, how: settings) -> None:
    run_state_machine_as_test(machine_of(STORAGES[kind]), settings=how)


class KeepsTheAttempt(MemoryStorage):
    """What is handed back has cost an attempt: its one fault."""

    def settle_and_claim(self, settled: Settled, limit: int, types: Sequence[str] = ()) -> list[Record]:
        for record, outcome in settled:
            record.attempts += not outcome.counts
        return super().settle_and_claim(settled, limit, types)


class RunsWhatIsCancelled(MemoryStorage):
    """A cancelled job that waits is claimed all the same: its one fault."""

    def cancel(self, key: int) -> Job | None:
        job = super().cancel(key)
        record = self._records.get(key)
        if job is not None and record is not None and job.status is CANCELLED and job.attempts:
            record.status = PENDING
        return job


@pytest.mark.parametrize("faulty", [KeepsTheAttempt, RunsWhatIsCancelled])
def test_a_fault_is_found(faulty: type[MemoryStorage]) -> None:
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine_of(lambda folder: faulty()), settings=TO_FIND)
