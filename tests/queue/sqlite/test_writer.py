"""The thread that writes: what is promised of its batches, and that nobody is left asleep, in any order of threads.

The race lab watches Writer with a connection that only writes down what it is told, and with the connection of a real
file. A thread that is left asleep there has no timeout to save it, so the lab reports it.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from goqueue import Status
from goqueue.errors import StorageError, StorageLocked
from goqueue.races import Interrupts, explore
from goqueue.storage import SQLiteStorage
from goqueue.storage.opened import closed
from goqueue.storage.sqlite import database
from goqueue.storage.sqlite import writer as module
from goqueue.storage.sqlite.writer import Op, Ticket, Writer

from ..files import locked, records, refused
from ..parts import PATIENCE
from ..races.proving import races, together


class Gathering:
    """A writer that is held in one op, while other threads line up; then all go on."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.holding, self.go = threading.Event(), threading.Event()
        self.outcomes: dict[str, object] = {}
        self.threads = [self.start("first", self.hold)]
        assert self.holding.wait(PATIENCE)

    def hold(self, on: sqlite3.Connection) -> str:
        self.holding.set()
        assert self.go.wait(PATIENCE)
        return "held"

    def start(self, name: str, op: Op[Any], single: bool = False) -> threading.Thread:
        def body() -> None:
            try:
                self.outcomes[name] = self.writer.do(op, single)
            except Exception as err:
                self.outcomes[name] = err

        thread = threading.Thread(target=body, name=name, daemon=True)
        thread.start()
        return thread

    def line_up(self, name: str, op: Op[Any], single: bool = False) -> None:
        """Start a thread with an op; return when that is in line."""
        before = self.writer._line.qsize()
        self.threads.append(self.start(name, op, single))
        while self.writer._line.qsize() == before:
            threading.Event().wait(0.001)
            assert self.threads[-1].is_alive(), "it did not wait"

    def finish(self) -> dict[str, object]:
        self.go.set()
        for thread in self.threads:
            thread.join(PATIENCE)
            assert not thread.is_alive(), f"{thread.name} was left asleep"
        return self.outcomes


@pytest.fixture
def table() -> Iterator[tuple[Writer, list[str]]]:
    """A writer on a table of numbers, and the statements that it begins and ends transactions with."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.execute("CREATE TABLE numbers (number INTEGER UNIQUE)")
    told: list[str] = []
    connection.set_trace_callback(
        lambda text: told.append(text) if text.split()[0] not in ("INSERT", "SELECT") else None
    )
    writer = Writer(connection, "numbers.db")
    yield writer, told
    writer.stop()
    writer.thread.join(PATIENCE)


def insert(number: int) -> Op[int]:
    def op(on: sqlite3.Connection) -> int:
        on.execute("INSERT INTO numbers VALUES (?)", (number,))
        return number

    return op


def numbers(writer: Writer) -> list[int]:
    select = "SELECT number FROM numbers ORDER BY 1"
    return writer.do(lambda on: [number for (number,) in on.execute(select)], single=True)


def test_those_that_come_during_a_commit_share_the_next(table: tuple[Writer, list[str]]) -> None:
    writer, told = table
    gathering = Gathering(writer)
    for number in range(5):
        gathering.line_up(f"thread {number}", insert(number), single=True)
    outcomes = gathering.finish()
    assert outcomes == {"first": "held", **{f"thread {number}": number for number in range(5)}}
    assert told == ["BEGIN IMMEDIATE", "COMMIT"] * 2, "one for the first, and one for the five"
    assert numbers(writer) == [0, 1, 2, 3, 4]


def test_a_single_statement_is_a_transaction_by_itself(table: tuple[Writer, list[str]]) -> None:
    writer, told = table
    assert writer.do(insert(1), single=True) == 1
    assert told == []
    assert numbers(writer) == [1]


def test_an_op_that_raises_is_undone_alone(table: tuple[Writer, list[str]]) -> None:
    writer, told = table

    def half(on: sqlite3.Connection) -> None:
        on.execute("INSERT INTO numbers VALUES (77)")
        raise KeyError("half done")

    gathering = Gathering(writer)
    gathering.line_up("first of four", insert(1))
    gathering.line_up("half", half)
    gathering.line_up("twice", insert(1))
    gathering.line_up("last", insert(2))
    outcomes = gathering.finish()
    assert isinstance(outcomes.pop("half"), KeyError)
    assert isinstance(outcomes.pop("twice"), sqlite3.IntegrityError)
    assert outcomes == {"first": "held", "first of four": 1, "last": 2}
    assert numbers(writer) == [1, 2]
    assert told.count("ROLLBACK") == 3, "of the four together, and of the two that failed"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, MemoryError])
def test_the_thread_survives_what_an_op_raises(table: tuple[Writer, list[str]], error: type[BaseException]) -> None:
    writer, _ = table

    def raises(on: sqlite3.Connection) -> None:
        raise error("meant for its caller")

    with pytest.raises(error, match="meant for its caller"):
        writer.do(raises)
    assert writer.do(insert(1)) == 1


def test_what_hits_the_thread_itself_is_said_and_it_goes_on(
    table: tuple[Writer, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, _ = table
    commit, hits = writer._commit, [SystemExit("thrown into the thread")]

    def hit() -> None:
        if hits:
            raise hits.pop()
        commit()

    monkeypatch.setattr(writer, "_commit", hit)
    with pytest.raises(StorageError, match=r"numbers\.db: its writer was interrupted: SystemExit.*: try again"):
        writer.do(insert(1))
    assert writer.do(insert(1)) == 1


def test_a_call_from_within_a_change_is_refused_and_not_left_asleep(table: tuple[Writer, list[str]]) -> None:
    writer, _ = table
    with pytest.raises(StorageError, match="from within one of its own changes: call it afterwards"):
        writer.do(lambda on: writer.do(insert(1)))
    assert numbers(writer) == []


def test_no_ops_wait_is_longer_than_its_patience_when_the_file_is_locked(path: Path, impatient: None) -> None:
    """Those that share a commit share its error, if it could not begin: each alone would wait as long again."""
    storage = SQLiteStorage(path)
    gathering = Gathering(storage._writer)
    for number in range(4):
        gathering.line_up(f"thread {number}", lambda on: None)
    begun: list[str] = []
    trace = lambda text: begun.append(text) if "BEGIN" in text else None  # noqa: E731
    storage._writer._connection.set_trace_callback(trace)
    commit = storage._writer._commit

    def meanwhile() -> None:
        with locked(path):
            commit()

    storage._writer._commit = meanwhile  # type: ignore[method-assign]
    outcomes = gathering.finish()
    assert outcomes.pop("first") == "held"
    assert [str(err) for err in outcomes.values()] == ["database is locked"] * 4
    assert begun == ["BEGIN IMMEDIATE"]
    storage._writer._commit = commit  # type: ignore[method-assign]
    assert storage.add(records())
    storage.close()


def test_an_impatient_caller_gives_up_early_and_the_others_wait_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY", PATIENCE)
    storage = SQLiteStorage(path)
    done: list[bool] = []
    patient = threading.Thread(target=lambda: done.append(storage.add(records())))
    with locked(path):
        patient.start()
        with storage.patience(0.05):
            refused(lambda: storage.add(records()), StorageLocked)
        assert storage.count()[Status.PENDING] == 0  # to look needs no leave
        assert patient.is_alive()
    patient.join(PATIENCE)
    assert done == [True]
    assert storage.count()[Status.PENDING] == 1
    storage.close()


class Written:
    """Stands for a connection: it keeps what it is told, as far as it is committed."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self.committed: list[str] = []
        self.in_transaction = False
        self.closed = False

    def execute(self, text: str, values: Sequence[object] = ()) -> Any:
        assert self.in_transaction != (text == "BEGIN IMMEDIATE" or text.startswith("alone")), "two at once, or none"
        assert not self.closed
        if text.startswith("alone"):  # a transaction by itself
            self.committed.append(text.split()[1])
            return SimpleNamespace(rowcount=1)
        if text in ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"):
            self.in_transaction = text == "BEGIN IMMEDIATE"
            self.committed += self.open if text == "COMMIT" else []
            self.open = []
        else:
            self.open.append(text)

    def close(self) -> None:
        assert not self.in_transaction
        self.closed = True


class Kept(sqlite3.Connection):
    """A connection to a real file, which all runs of a search share, because a run may open none."""

    def close(self) -> None:
        assert not self.in_transaction


@pytest.fixture
def file(path: Path) -> Iterator[Kept]:
    """A file in WAL mode, as a storage has one."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=Kept)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("CREATE TABLE names (name TEXT)")
    yield connection
    sqlite3.Connection.close(connection)


def emptied(connection: Kept) -> Kept:
    """Make a file as it was before a run."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")
    connection.execute("DELETE FROM names")
    return connection


def op_of(name: str, connection: Any, fails: bool) -> Op[str]:
    """Return an op that writes a name, and raises then if it `fails`."""

    def op(on: Any) -> str:
        assert on is connection
        on.execute(name if isinstance(on, Written) else f"INSERT INTO names VALUES ('{name}')")
        if fails:
            raise KeyError(name)
        return name

    return op


def committed(connection: Any) -> list[str]:
    if isinstance(connection, Written):
        return sorted(connection.committed)
    return [name for (name,) in connection.execute("SELECT name FROM names ORDER BY 1")]


def orders(
    kind: type[Writer],
    file: Kept | None,
    callers: int,
    failing: bool = False,
    interrupts: Any = 0,
    schedules: int = 20_000,
    alone: bool = False,
    inside: bool = False,
    ends: bool = False,
) -> str:
    """Let callers commit an op each, in every order; the main thread is one of them. Return the verdict of the lab.

    If `alone`, the main thread runs a single statement by itself, as far as it may. If `inside`, its op comes between
    two steps of such a statement, as a signal handler does. If it `ends`, its op is that of a finalizer.

    After an interrupt, the op of the main thread was done or not; all else must be as without it.
    """

    def model() -> None:
        connection: Any = Written() if file is None else emptied(file)
        writer = kind(cast("sqlite3.Connection", connection), "names.db")
        results: dict[str, str] = {}

        def call(name: str) -> None:
            try:
                if alone and name == "0":
                    text = "alone 0" if file is None else "INSERT INTO names VALUES ('0')"
                    if writer.statement(text, ()) == 1:
                        results[name] = name
                        return
                if inside and name == "0":
                    with writer._connection_lock:
                        results[name] = writer.do(op_of(name, connection, False))
                        return
                if ends and name == "0":
                    results[name] = writer._do_last(op_of(name, connection, False))
                    return
                results[name] = writer.do(op_of(name, connection, failing and name == "1"))
                if callers == 1 and file is None:  # otherwise the thread may commit for another now
                    assert connection.committed == [name]
            except KeyError as err:
                results[name] = f"undone {err.args[0]}"

        others = [threading.Thread(target=call, args=(str(number),)) for number in range(1, callers)]
        for other in others:
            other.start()
        interrupted = False
        try:
            call("0")
        except KeyboardInterrupt:
            interrupted = True
        with writer._connection_lock:
            assert not connection.in_transaction, "others would find the file locked until the next change"
        for other in others:
            other.join()
        assert writer.do(op_of("last", connection, False)) == "last"
        assert not connection.in_transaction
        expected = {str(number): str(number) for number in range(callers)}
        if failing:
            expected["1"] = "undone 1"
        if interrupted:
            del expected["0"]
            results.pop("0", None)
        assert results == expected, results
        kept = sorted([name for name, result in expected.items() if result == name] + ["last"])
        assert committed(connection) in ([kept, sorted([*kept, "0"])] if interrupted else [kept])
        writer.stop()
        writer.thread.join()

    result = explore(model, modules=[module], schedules=schedules, interrupts=interrupts)
    assert result.schedules > 1 or result.failed
    if not races(result) <= set(HINTS):
        return f"data race: {result.summary}"
    return result.summary if result.verdict == "exhausted" else f"{result.verdict}: {result.summary}"


# What is read without a lock, and why that is right.
HINTS = {
    "Writer._blocked": "whoever sees an old value waits for the connection, and reads it again then",
    "Writer._busy": "whoever sees an old value hands over an op, or waits for the connection",
    "Writer._commits": "as _busy",
}

CTRL_C = Interrupts(held_locks="ignore")  # the lock that a caller never gives back is the one at which it slept


@pytest.mark.parametrize("connected_to", ["a stand-in", "a real file"])
@pytest.mark.parametrize(
    ("callers", "failing"), [(1, False), (2, False), (2, True)], ids=["one", "two", "one of two fails"]
)
def test_nobody_is_left_asleep(file: Kept, connected_to: str, callers: int, failing: bool) -> None:
    kept = file if connected_to == "a real file" else None
    assert orders(Writer, kept, callers, failing).startswith("EXHAUSTED")


def test_ctrl_c_at_any_step_of_a_caller_harms_nothing(file: Kept) -> None:
    assert orders(Writer, file, 1, False, CTRL_C).startswith("EXHAUSTED")


@pytest.mark.parametrize("schedules", [100, pytest.param(4_000, marks=pytest.mark.slow)])
def test_ctrl_c_while_another_commits_harms_nobody(file: Kept, schedules: int) -> None:
    """There are too many orders of two callers and an interrupt to try them all."""
    assert orders(Writer, file, 2, False, CTRL_C, schedules).startswith(("EXHAUSTED", "budget spent"))


@pytest.mark.parametrize("connected_to", ["a stand-in", "a real file"])
@pytest.mark.parametrize("callers", [1, 2])
def test_a_caller_that_commits_by_itself_and_the_thread_take_turns(file: Kept, connected_to: str, callers: int) -> None:
    kept = file if connected_to == "a real file" else None
    assert orders(Writer, kept, callers, alone=True).startswith("EXHAUSTED")


@pytest.mark.parametrize("connected_to", ["a stand-in", "a real file"])
def test_ctrl_c_at_any_step_of_a_caller_that_commits_by_itself_harms_nothing(file: Kept, connected_to: str) -> None:
    kept = file if connected_to == "a real file" else None
    assert orders(Writer, kept, 1, False, CTRL_C, alone=True).startswith("EXHAUSTED")


@pytest.mark.parametrize("schedules", [100, pytest.param(4_000, marks=pytest.mark.slow)])
def test_ctrl_c_at_who_commits_by_himself_harms_no_other(file: Kept, schedules: int) -> None:
    """There are too many orders of two callers and an interrupt to try them all."""
    found = orders(Writer, file, 2, False, CTRL_C, schedules, alone=True)
    assert found.startswith(("EXHAUSTED", "budget spent"))


@pytest.mark.parametrize("connected_to", ["a stand-in", "a real file"])
@pytest.mark.parametrize("when", ["inside", "ends"])
@pytest.mark.parametrize("interrupts", [0, CTRL_C], ids=["alone", "ctrl-c"])
def test_a_call_inside_a_statement_or_at_the_end_leaves_nothing_open(
    file: Kept, connected_to: str, when: str, interrupts: Any
) -> None:
    """Its thread sleeps at its line meanwhile, so without an interrupt there is one order."""
    kept = file if connected_to == "a real file" else None
    found = orders(Writer, kept, 1, False, interrupts, inside=when == "inside", ends=when == "ends")
    assert found.startswith("EXHAUSTED")


class KeepsIt(Writer):
    """Takes the connection at the end of Python, and prepares to give it back then."""

    def _do_last(self, op: Op[Any]) -> Any:
        self._connection_lock.acquire(blocking=False)
        try:
            return self._do_now(op)
        finally:
            self._connection_lock.release()


class LeavesItOpen(Writer):
    """Begins before it is prepared for an interrupt."""

    def _transact(self, batch: list[Ticket[Any]]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for ticket in batch:
                ticket.result = ticket.op(self._connection)
            self._connection.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise


@pytest.mark.parametrize(("kind", "when"), [(KeepsIt, "ends"), (LeavesItOpen, "ends"), (LeavesItOpen, "inside")])
def test_the_proof_of_a_call_in_between_can_fail(kind: type[Writer], when: str) -> None:
    found = orders(kind, None, 1, False, CTRL_C, inside=when == "inside", ends=when == "ends")
    assert not found.startswith(("EXHAUSTED", "budget spent")), found


class TakesNoTurn(Writer):
    """Runs a statement while the thread may have the connection."""

    def statement(self, text: str, values: Sequence[object]) -> int | None:
        return self._connection.execute(text, values).rowcount


class NeverGivesBack(Writer):
    """Takes the connection, and prepares to give it back then."""

    def statement(self, text: str, values: Sequence[object]) -> int | None:
        self._connection_lock.acquire()
        try:
            return self._connection.execute(text, values).rowcount
        finally:
            self._connection_lock.release()


@pytest.mark.parametrize(("kind", "interrupts"), [(TakesNoTurn, 0), (NeverGivesBack, CTRL_C)])
def test_the_proof_of_a_caller_that_commits_by_itself_can_fail(kind: type[Writer], interrupts: Any) -> None:
    found = orders(kind, None, 2, False, interrupts, 3_000, alone=True)
    assert not found.startswith(("EXHAUSTED", "budget spent")), found


def test_a_signal_handler_may_call_while_its_thread_commits_by_itself(path: Path) -> None:
    """It comes between two steps of `add`, and the thread has the connection: nobody waits for himself."""
    storage = SQLiteStorage(path)
    first, second, third = records(), records(), records(2)
    connection, calls = storage._writer._connection, [second, third]

    class Interrupted:
        in_transaction = False

        def execute(self, text: str, values: Sequence[object]) -> sqlite3.Cursor:
            done = connection.execute(text, values)
            storage._writer._connection = connection
            while calls:
                assert storage.add(calls.pop(0))
            return done

    storage._writer._connection = cast("sqlite3.Connection", Interrupted())
    assert storage.add(first)
    assert storage.count()[Status.PENDING] == 4
    assert first[0].key < second[0].key < third[0].key
    storage.close()


def test_nobody_waits_for_a_turn_while_the_thread_waits_for_another_process(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread gives its turn back between two tries, so that each caller waits as long as its own patience lasts."""
    monkeypatch.setattr(database, "BUSY", PATIENCE)
    storage = SQLiteStorage(path)
    writer = storage._writer
    with locked(path):
        patient = threading.Thread(target=lambda: writer.do(lambda on: None))
        patient.start()
        while not writer._blocked:
            threading.Event().wait(0.001)
        for _ in range(3):
            assert writer.statement("DELETE FROM jobs", ()) is None
        with storage.patience(0.05):
            refused(lambda: storage.add(records()), StorageLocked)
    patient.join(PATIENCE)
    assert not patient.is_alive()
    assert storage.add(records())
    storage.close()


def test_a_statement_is_handed_over_while_another_process_writes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = SQLiteStorage(path)
    with locked(path):
        assert storage._writer.statement("DELETE FROM jobs", ()) is None
    storage.close()


class WakesEarly(Writer):
    """Wakes the callers before the commit."""

    def _transact(self, batch: list[Ticket[Any]]) -> None:
        for ticket in batch:
            ticket.settle(None)
        super()._transact(batch)


class TellsAll(Writer):
    """Gives the error of one op to all that shared its commit."""

    def _commit(self) -> None:
        try:
            self._transact(self._batch)
        except BaseException as err:
            self._settle(err)
        else:
            self._settle(None)


class Forgets(Writer):
    """Drops what failed together, without trying it alone."""

    def _take(self) -> None:
        self._alone.clear()
        super()._take()


class CommitsItself(Writer):
    """Lets each caller commit for itself, under a lock: BEGIN stands before the `try`, as it did once."""

    def do(self, op: Op[Any], single: bool = False, patience: float | None = None) -> Any:
        with self._own_lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                result = op(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise
        return result

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._own_lock = threading.Lock()


@pytest.mark.parametrize(
    ("kind", "callers", "failing", "interrupts"),
    [(WakesEarly, 1, False, 0), (TellsAll, 2, True, 0), (Forgets, 2, True, 0), (CommitsItself, 2, False, CTRL_C)],
    ids=["WakesEarly", "TellsAll", "Forgets", "CommitsItself"],
)
def test_the_proof_can_fail(kind: type[Writer], callers: int, failing: bool, interrupts: Any) -> None:
    found = orders(kind, None, callers, failing, interrupts, 3_000)
    assert not found.startswith(("EXHAUSTED", "budget spent")), found


def closing(kind: type[Writer]) -> str:
    """Let a caller commit while another thread closes the file, in every order. Return the verdict of the lab."""

    def model() -> None:
        connection = Written()
        writer = kind(cast("sqlite3.Connection", connection), "names.db")
        said: list[str] = []

        def call() -> None:
            try:
                said.append(writer.do(op_of("0", connection, False)))
            except StorageError as err:
                said.append(str(err))

        together(caller=call, closer=writer.stop)
        writer.thread.join()
        assert connection.committed == ["0"] if said == ["0"] else not connection.committed
        assert said in (["0"], ["names.db: this storage was closed: open another"])

    return explore(model, modules=[module], schedules=5_000).verdict


class LooksFirst(Writer):
    """Looks whether the file is closed, and gets in line then."""

    def do(self, op: Op[Any], single: bool = False, patience: float | None = None) -> Any:
        if self.ended:
            raise closed(self._path)
        ticket = Ticket(op, single, 60.0)
        self._line.put(ticket)
        return ticket.wait()


def test_who_comes_while_the_file_is_closed_is_served_or_refused() -> None:
    assert closing(Writer) == "exhausted"
    assert closing(LooksFirst) in ("deadlock", "lost wake-up")
