"""Commits that are shared: what is promised of them, and that nobody is left asleep, in any order of threads.

The race lab watches GroupCommit with a connection that only writes down what it is told. A thread that is left asleep
there has no timeout to save it, so the lab reports it.
"""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from goqueue.races import explore
from goqueue.storage import SQLiteStorage, commits
from goqueue.storage.commits import GroupCommit, Op, Ticket

from .files import locked, records
from .parts import PATIENCE
from .races.proving import together


class Gathering:
    """A leader that is held in its first op, while so many other threads line up behind it; then all go on."""

    def __init__(self, group: GroupCommit) -> None:
        self.group = group
        self.holding, self.go = threading.Event(), threading.Event()
        self.outcomes: dict[str, object] = {}
        self.threads = [self.start("leader", self.hold)]
        assert self.holding.wait(PATIENCE)

    def hold(self, on: sqlite3.Connection) -> str:
        self.holding.set()
        assert self.go.wait(PATIENCE)
        return "led"

    def start(self, name: str, op: Op[Any], single: bool = False) -> threading.Thread:
        def body() -> None:
            try:
                self.outcomes[name] = self.group.do(op, single)
            except Exception as err:
                self.outcomes[name] = err

        thread = threading.Thread(target=body, name=name, daemon=True)
        thread.start()
        return thread

    def line_up(self, name: str, op: Op[Any], single: bool = False) -> None:
        """Start a thread with an op; return when that waits for the leader."""
        before = len(self.group._waiting)
        self.threads.append(self.start(name, op, single))
        while len(self.group._waiting) == before:
            threading.Event().wait(0.001)
            assert self.threads[-1].is_alive(), "it did not wait for the leader"

    def finish(self) -> dict[str, object]:
        self.go.set()
        for thread in self.threads:
            thread.join(PATIENCE)
            assert not thread.is_alive(), f"{thread.name} was left asleep"
        return self.outcomes


@pytest.fixture
def table() -> Iterator[tuple[GroupCommit, list[str]]]:
    """A group commit on a table of numbers, and the statements that it begins and ends transactions with."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.execute("CREATE TABLE numbers (number INTEGER UNIQUE)")
    told: list[str] = []
    connection.set_trace_callback(lambda text: told.append(text) if text.split()[0] != "INSERT" else None)
    yield GroupCommit(connection), told
    connection.close()


def insert(number: int) -> Op[int]:
    def op(on: sqlite3.Connection) -> int:
        on.execute("INSERT INTO numbers VALUES (?)", (number,))
        return number

    return op


def numbers(group: GroupCommit) -> list[int]:
    return group.read(lambda on: [number for (number,) in on.execute("SELECT number FROM numbers ORDER BY 1")])


def test_those_that_come_during_a_commit_share_the_next(table: tuple[GroupCommit, list[str]]) -> None:
    group, told = table
    gathering = Gathering(group)
    for number in range(5):
        gathering.line_up(f"thread {number}", insert(number), single=True)
    outcomes = gathering.finish()
    assert outcomes == {"leader": "led", **{f"thread {number}": number for number in range(5)}}
    assert told == ["BEGIN IMMEDIATE", "COMMIT"] * 2, "one for the leader, and one for the five"
    assert numbers(group) == [0, 1, 2, 3, 4]


def test_an_op_that_raises_is_undone_alone(table: tuple[GroupCommit, list[str]]) -> None:
    group, told = table

    def half(on: sqlite3.Connection) -> None:
        on.execute("INSERT INTO numbers VALUES (77)")
        raise KeyError("half done")

    gathering = Gathering(group)
    gathering.line_up("first", insert(1))
    gathering.line_up("half", half)
    gathering.line_up("twice", insert(1))
    gathering.line_up("last", insert(2))
    outcomes = gathering.finish()
    assert isinstance(outcomes.pop("half"), KeyError)
    assert isinstance(outcomes.pop("twice"), sqlite3.IntegrityError)
    assert outcomes == {"leader": "led", "first": 1, "last": 2}
    assert numbers(group) == [1, 2]
    assert told.count("ROLLBACK") == 3, "of the four together, and of the two that failed"


def test_who_has_led_for_some_rounds_leaves_the_lead_to_another(
    table: tuple[GroupCommit, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commits, "ROUNDS", 1)
    group, _ = table
    gathering = Gathering(group)
    gathering.line_up("heir", lambda on: threading.current_thread().name)
    gathering.line_up("other", lambda on: threading.current_thread().name)
    assert gathering.finish() == {"leader": "led", "heir": "heir", "other": "heir"}


def test_no_ops_wait_is_longer_than_one_when_the_file_is_locked(path: Path, impatient: None) -> None:
    """Those that share a commit share its error, if it could not begin: each alone would wait as long again."""
    storage = SQLiteStorage(path, durability="group commit")
    begun: list[str] = []
    storage._commits.connection.set_trace_callback(lambda text: begun.append(text) if "BEGIN" in text else None)
    gathering = Gathering(storage._commits)
    for number in range(4):
        gathering.line_up(f"thread {number}", lambda on: None)
    hold = gathering.group._run

    def meanwhile(batch: list[Ticket[Any]]) -> None:
        with locked(path):
            hold(batch)

    gathering.group._run = meanwhile  # type: ignore[method-assign]
    outcomes = gathering.finish()
    assert outcomes.pop("leader") == "led"
    assert [str(err) for err in outcomes.values()] == ["database is locked"] * 4
    assert begun == ["BEGIN IMMEDIATE"] * 2
    gathering.group._run = hold  # type: ignore[method-assign]
    assert storage.add(records())
    storage.close()


class Written:
    """Stands for a connection: it keeps what it is told, as far as it is committed."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self.committed: list[str] = []
        self.in_transaction = False

    def execute(self, text: str) -> None:
        assert self.in_transaction != (text == "BEGIN IMMEDIATE"), "two transactions at once, or none"
        if text in ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"):
            self.in_transaction = text == "BEGIN IMMEDIATE"
            self.committed += self.open if text == "COMMIT" else []
            self.open = []
        else:
            self.open.append(text)


def orders(kind: type[GroupCommit], threads: int, failing: bool = False, schedules: int = 20_000) -> str:
    """Let threads commit an op each, in every order. Return the verdict of the lab."""

    def model() -> None:
        group = kind(cast("sqlite3.Connection", Written()))
        results: dict[str, str] = {}

        def body() -> None:
            name = threading.current_thread().name

            def op(on: Any) -> str:
                on.execute(name)
                if failing and name == "1":
                    raise KeyError(name)
                return name

            try:
                results[name] = group.do(op)
            except KeyError:
                results[name] = "undone"

        names = [str(number) for number in range(threads)]
        together(**dict.fromkeys(names, body))
        kept = [name for name in names if not (failing and name == "1")]
        assert results == {name: name if name in kept else "undone" for name in names}, results
        written = cast("Any", group.connection)
        assert sorted(written.committed) == kept, written.committed
        assert group._waiting == []
        assert not group._led

    result = explore(model, modules=[commits], races="fail", schedules=schedules)
    assert result.schedules > 1
    return result.verdict


@pytest.mark.parametrize(
    ("threads", "failing", "rounds"),
    [(2, False, 4), (2, True, 4), (3, False, 4), (3, False, 1)],
    ids=["two", "one of two fails", "three", "three, and the lead is handed on in nearly every order"],
)
def test_nobody_is_left_asleep(threads: int, failing: bool, rounds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commits, "ROUNDS", rounds)
    assert orders(GroupCommit, threads, failing) == "exhausted"


class LeavesThem(GroupCommit):
    """Looks whether some wait, and says then that nobody leads: in two steps."""

    def _lead(self) -> None:
        with self._queue:
            batch, self._waiting = self._waiting, []
        for ticket in batch:
            self._run_alone(ticket)
            ticket.done = True
            ticket.gate.release()
        with self._queue:
            self._led = False


class WakesEarly(GroupCommit):
    """Lets the others go on before their ops were run."""

    def _run(self, batch: list[Ticket[Any]]) -> None:
        for ticket in batch[1:]:
            ticket.done = True
            ticket.gate.release()
            ticket.gate = threading.Lock()
            ticket.gate.acquire()
        super()._run(batch)


@pytest.mark.parametrize("kind", [LeavesThem, WakesEarly])
def test_the_proof_can_fail(kind: type[GroupCommit]) -> None:
    assert orders(kind, 2) in ("deadlock", "failed assertion")
