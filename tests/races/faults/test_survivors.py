"""What survives a crash: which of its changes are seen, whoever makes them, and what is said if none is."""

from __future__ import annotations

import contextlib
import functools
import queue
import sqlite3
import threading
import time
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Thread
from typing import Any, ClassVar

import pytest

from goqueue.races import Crashes, Disk, Outside, explore, replay
from goqueue.races.engine.faults import surviving


def by_a_daemon(store: dict[str, int]) -> None:
    def work() -> None:
        store["a"] = 1
        store["b"] = 1

    Thread(target=work, daemon=True).start()


def test_the_process_is_killed_between_the_changes_of_a_daemon() -> None:
    left = set[int]()
    explore(by_a_daemon, crashes=Crashes(dict, lambda store: left.add(len(store))))
    assert left == {0, 1, 2}


def rows() -> dict[str, int]:
    return {"a": 50, "b": 50}


@dataclass(slots=True)
class Slots:
    rows: dict[str, int] = field(default_factory=rows)


class Called:
    def __init__(self) -> None:
        self.rows = rows()

    def __call__(self) -> None:
        raise NotImplementedError


class OfTheClass:
    rows = rows()


class Bound:
    def __init__(self) -> None:
        self._rows = rows()

    def get(self) -> dict[str, int]:
        return self._rows


def around() -> Callable[[], dict[str, int]]:
    kept = rows()
    return lambda: kept


def rows_of(thing: Any) -> dict[str, int]:
    if isinstance(thing, functools.partial):
        found: dict[str, int] = thing.args[0]
    elif isinstance(thing, types.MappingProxyType):
        found = thing["rows"]
    else:
        found = thing.rows if hasattr(thing, "rows") else thing()
    return found


def transfer(thing: Any) -> None:
    bank = rows_of(thing)
    bank["a"] -= 10
    bank["b"] += 10


def nothing_is_lost(thing: Any) -> None:
    assert sum(rows_of(thing).values()) == 100


MAKERS: list[Callable[[], Any]] = [
    Slots,
    Called,
    lambda: OfTheClass,
    lambda: Bound().get,
    around,
    lambda: functools.partial(print, rows()),
    lambda: types.MappingProxyType({"rows": rows()}),
]


@pytest.mark.parametrize("survives", MAKERS)
def test_a_change_is_seen_wherever_the_survivor_holds_what_changes(survives: Callable[[], Any]) -> None:
    assert explore(transfer, crashes=Crashes(survives, nothing_is_lost)).verdict == "failed assertion"


def test_a_survivor_of_which_no_change_is_seen_is_named() -> None:
    found = explore(transfer, crashes=Crashes(OfTheClass, nothing_is_lost))
    assert (found.verdict, found.unwatched) == ("exhausted", ("what survives a crash, of which no change was seen",))
    assert explore(lambda d: d.update(a=1), crashes=Crashes(dict, len)).unwatched == ()


@pytest.mark.parametrize("survives", [queue.Queue, queue.PriorityQueue, queue.SimpleQueue, threading.Event])
def test_what_ends_with_its_process_cannot_survive(survives: Callable[[], Any]) -> None:
    with pytest.raises(TypeError, match="which end with their process"):
        explore(transfer, crashes=Crashes(survives, len))


class Jobs(list[Any]):
    def __iter__(self) -> Any:
        return (self[n] for n in range(len(self)))


class Table(dict[str, int]):
    def values(self) -> Any:
        return [self[key] for key in dict.keys(self)]


class Logged:
    def __init__(self) -> None:
        self.jobs, self.log = {"a": 0}, list[str]()

    def __getattribute__(self, name: str) -> Any:
        if name != "log":
            self.log.append(name)
        return object.__getattribute__(self, name)


@pytest.mark.parametrize("survives", [lambda: Jobs([{"a": 0}]), lambda: Table(a=0), Logged])
def test_no_method_of_a_survivor_is_called_to_see_what_it_holds(survives: Callable[[], Any]) -> None:
    def model(thing: Any) -> None:
        (thing[0] if isinstance(thing, list) else thing.jobs if isinstance(thing, Logged) else thing)["a"] = 1

    assert explore(model, crashes=Crashes(survives, lambda thing: None)).verdict == "exhausted"


def made_with_a_call() -> dict[str, int]:
    made = dict[str, int]()
    made.update(a=50, b=50)
    return made


def pays(bank: dict[str, int]) -> None:
    bank.update(a=40, b=60)


def test_no_interrupt_comes_while_what_survives_is_made() -> None:
    def recover(bank: dict[str, int]) -> None:
        assert sum(bank.values()) == 100

    found = explore(pays, interrupts=1, crashes=Crashes(made_with_a_call, recover))
    assert found.verdict == "exhausted", found


def opens_a_file() -> dict[str, int]:
    with contextlib.suppress(Exception), open("none"):
        pass
    return {}


def test_what_survives_cannot_swallow_a_refusal() -> None:
    with pytest.raises(Outside, match="real input or output"):
        explore(pays, crashes=Crashes(opens_a_file, len))


def test_too_many_survivors_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def model(things: list[list[int]]) -> None:
        things.extend([[] for _ in range(101)])

    monkeypatch.setattr(surviving, "MOST_REACHED", 100)
    began = time.monotonic()
    with pytest.raises(ValueError, match="more than 100 objects survive"):
        explore(model, crashes=Crashes(list, len))
    assert time.monotonic() - began < 4


class Faulty(Disk):
    def _goqueue_states(self) -> int:
        raise LookupError("of the subclass")


def test_a_disk_that_fails_at_a_crash_says_its_own_error() -> None:
    with pytest.raises(LookupError, match="of the subclass"):
        explore(lambda disk: disk.write("a", b"b"), crashes=Crashes(Faulty, print))


def writes(content: Any) -> Callable[[Disk], None]:
    return lambda disk: disk.write("a", content)


def test_a_disk_takes_all_kinds_of_bytes_and_nothing_else() -> None:
    crashes = Crashes(Disk, Disk.names)
    for content in (bytearray(b"one"), memoryview(b"one")):
        assert explore(writes(content), crashes=crashes).verdict == "exhausted"
    assert "a bytes-like object is required" in explore(writes("one"), crashes=crashes).summary


def traced(function: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(function)
    def wrapper(*args: Any, **options: Any) -> None:
        return function(*args, **options)

    return wrapper


@traced
def decorated(store: dict[str, int]) -> None:
    store["a"] = 1


def test_a_model_may_be_decorated() -> None:
    assert explore(decorated, crashes=Crashes(dict, len)).verdict == "exhausted"


LOCKS: list[Any] = [threading.Lock(), threading.RLock()]


def under_a_lock(store: dict[str, int]) -> None:
    with LOCKS[0], LOCKS[1], LOCKS[1]:
        store["a"] = 1


def test_a_new_process_finds_the_locks_free() -> None:
    def recover(store: dict[str, int]) -> None:
        with LOCKS[0], LOCKS[1]:
            store["b"] = 1

    found = explore(under_a_lock, crashes=Crashes(dict, recover))
    assert found.verdict == "exhausted", found


def both_appended(disk: Disk) -> None:
    disk.append("log", b"put a\n")
    disk.append("log", b"put b\n")


def both_written(disk: Disk) -> None:
    disk.write("log", b"1")
    disk.write("log", b"2")
    disk.write("log", b"1")


@pytest.mark.parametrize(("model", "first"), [(both_appended, b"put a\n"), (both_written, b"2")])
def test_a_disk_may_lose_the_later_of_two_writes_only(model: Any, first: bytes) -> None:
    left = set[bytes]()

    def recover(disk: Disk) -> None:
        assert len(disk.names()) < 2
        left.update(map(disk.read, disk.names()))

    def at_the_end(disk: Disk) -> None:
        model(disk)
        disk.replace("log", "new")
        disk.fsync("new")

    explore(model, crashes=Crashes(Disk, recover))
    assert first in left
    left.clear()
    assert explore(at_the_end, crashes=Crashes(Disk, recover)).verdict == "exhausted"
    assert first in left


OPENED: Any = list[Any]().append  # the lab puts the lists of a module back before each run, but not this one


def database() -> types.SimpleNamespace:
    db = sqlite3.connect(":memory:", check_same_thread=False)
    OPENED(db)
    db.execute("create table jobs(name)")
    db.commit()
    return types.SimpleNamespace(db=db, told=[])


def told_too_early(shop: Any) -> None:
    with shop.db:
        shop.db.execute("insert into jobs values('a')")
        shop.told.append("a")


def told_in_time(shop: Any) -> None:
    with shop.db:
        shop.db.execute("insert into jobs values('a')")
    shop.told.append("a")


def what_is_told_is_kept(shop: Any) -> None:
    shop.db.rollback()  # what was not committed is gone
    kept = shop.db.execute("select count(*) from jobs").fetchone()[0]
    assert kept >= len(shop.told)


def test_the_end_of_a_block_may_change_what_survives() -> None:
    crashes = Crashes(database, what_is_told_is_kept)
    assert explore(told_too_early, crashes=crashes).verdict == "failed assertion"
    assert explore(told_in_time, crashes=crashes).verdict == "exhausted"
    for db in OPENED.__self__:
        db.close()


def enters_a_dict(store: Any) -> None:
    with store:
        pass


def test_what_is_no_manager_is_told_by_python() -> None:
    assert "does not support the context manager protocol" in explore(enters_a_dict, crashes=Crashes(dict, len)).summary


def both_repair(store: dict[str, int]) -> None:
    threads = [Thread(target=store.setdefault, args=(name, 1)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_what_was_asked_for_and_not_tried_is_named() -> None:
    found = explore(by_a_daemon, crashes=Crashes(dict, both_repair))
    assert found.unwatched == ("other orders of the threads that recover starts",)
    found = explore(by_a_daemon, crashes=Crashes(dict, len, calls=("save",)))
    assert found.unwatched == ("calls of save, of which none was seen",)


def saves(store: dict[str, int]) -> None:
    store.update(a=1)


def test_calls_that_are_named_are_seen_by_name() -> None:
    assert explore(saves, crashes=Crashes(dict, len, calls=("update",))).unwatched == ()


def takes_a_lease(store: dict[str, Any]) -> None:
    store["until"] = time.monotonic() + 30
    time.sleep(60)
    store["done"] = True


def test_the_process_is_killed_before_the_clock_jumps() -> None:
    left = set[tuple[int, float]]()
    crashes = Crashes(dict, lambda store: left.add((len(store), time.monotonic())))
    found = explore(takes_a_lease, crashes=crashes)
    assert found.verdict == "exhausted"
    assert "2 in a run at most, before the clock jumps, and at the end" in found.summary
    assert sorted(left) == [(0, 0), (1, 0), (1, 60), (2, 60)]


def lease_is_over(store: dict[str, Any]) -> None:
    if len(store) == 1:
        assert time.monotonic() >= store["until"]


def test_a_crash_before_a_jump_is_replayed() -> None:
    crashes = Crashes(dict, lease_is_over)
    found = explore(takes_a_lease, crashes=crashes)
    assert found.verdict == "failed assertion"
    assert "the clock goes to" not in found.summary
    assert replay(takes_a_lease, found.schedule, crashes=crashes).trace == found.trace


def runs_text(store: dict[str, int]) -> None:
    exec("store['a'] = 1\nstore['b'] = 1", {"store": store})
    store["c"] = 1


def test_text_that_may_change_what_survives_is_named() -> None:
    assert explore(runs_text, crashes=Crashes(dict, len)).unwatched == ("text given to exec() or eval() (not watched)",)


class Known:
    """What a process keeps in memory: a new one has none of it."""

    names: ClassVar[list[str]] = []
    last = ""


INDEX: dict[str, int] = {}
OUTSIDE = {"jobs": dict[str, int]()}  # stands for a file
DISK = Disk()


def fills_memory(jobs: dict[str, int]) -> None:
    INDEX["a"] = 1
    Known.names.append("a")
    Known.last = "a"
    jobs["a"] = 1


def memory_is_empty(jobs: dict[str, int]) -> None:
    assert not INDEX
    assert not Known.names
    assert not Known.last


@pytest.mark.parametrize("survives", [dict, lambda: OUTSIDE["jobs"]])
def test_a_new_process_finds_nothing_in_memory(survives: Callable[[], Any]) -> None:
    found = explore(fills_memory, crashes=Crashes(survives, memory_is_empty))
    assert found.verdict == "exhausted", found


def test_what_survives_stays_even_if_a_global_holds_it() -> None:
    left = set[int]()
    explore(fills_memory, crashes=Crashes(lambda: OUTSIDE["jobs"], lambda jobs: left.add(len(jobs))))
    assert left == {0, 1}
    kept = set[tuple[str, ...]]()
    explore(lambda disk: disk.write("a", b"b"), crashes=Crashes(lambda: DISK, lambda disk: kept.add(disk.names())))
    assert kept == {(), ("a",)}
    assert (OUTSIDE, DISK.names()) == ({"jobs": {}}, ())


def test_crashes_are_tried_again_if_one_showed_that_there_is_more_to_watch() -> None:
    kept = set[tuple[str, ...]]()
    found = explore(one_file, crashes=Crashes(lambda: DISK, lambda disk: kept.add(disk.names())))
    assert "and at the end: 0 runs" not in found.summary
    assert kept == {(), ("a",)}


def one_file(disk: Disk) -> None:
    disk.write("a", b"b")


class Row:
    kinds: ClassVar[dict[str, int]] = {}


def registered() -> Row:
    Row.kinds["a"] = 1
    Row.rows = {"a": 0}  # type: ignore[attr-defined]
    return Row()


def test_what_was_set_up_with_the_survivor_stays_with_it() -> None:
    def recover(row: Any) -> None:
        assert row.kinds == {"a": 1}
        assert row.rows == {"a": 0}

    assert explore(lambda row: INDEX.update(a=1), crashes=Crashes(registered, recover)).verdict == "exhausted"
