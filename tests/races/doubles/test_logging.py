"""Logging in a model: handlers get the records, their state is put back, and the terminal stays clean."""

from __future__ import annotations

import io
import logging
import logging.handlers
import queue
import sys
import threading
import unittest
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from goqueue.races import Outside, explore

from ..litmus.litmus import run


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.got: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.got.append(record.getMessage())


class Counting(logging.Handler):
    """Counts without taking its lock, so that counts can be lost."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def handle(self, record: logging.LogRecord) -> bool:
        self.count += 1
        return True


class Shouting(logging.StreamHandler[io.StringIO]):
    def emit(self, record: logging.LogRecord) -> None:
        record.msg, record.args = record.getMessage().upper(), ()
        super().emit(record)


LOG = logging.getLogger("goqueue.tests.shop")
KEPT, COUNTING, LOUD = Kept(), Counting(), Shouting(io.StringIO())
STREAM = logging.StreamHandler(io.StringIO())
JOBS: queue.Queue[logging.LogRecord] = queue.Queue()
QUEUED = logging.handlers.QueueHandler(JOBS)
BUFFERED = logging.handlers.MemoryHandler(100, target=KEPT)
HANDLERS: tuple[logging.Handler, ...] = (KEPT, COUNTING, LOUD, STREAM, QUEUED, BUFFERED)


@pytest.fixture(autouse=True)
def log() -> Iterator[None]:
    LOG.setLevel(logging.INFO)
    LOG.propagate = False
    yield
    LOG.handlers.clear()


def twice() -> None:
    run(lambda: LOG.info("sold %s", "tea"), lambda: LOG.info("sold %s", "tea"))


GOT: dict[str, tuple[logging.Handler, Callable[[], object], object]] = {
    "a handler of its own": (KEPT, lambda: KEPT.got, ["sold tea"] * 2),
    "a stream": (STREAM, lambda: STREAM.stream.getvalue(), "sold tea\n" * 2),
    "a subclass": (LOUD, lambda: LOUD.stream.getvalue(), "SOLD TEA\n" * 2),
    "a queue": (QUEUED, lambda: JOBS.qsize(), 2),
    "a buffer": (BUFFERED, lambda: [record.getMessage() for record in BUFFERED.buffer], ["sold tea"] * 2),
}


@pytest.mark.parametrize("name", GOT)
def test_a_handler_made_before_gets_the_records_of_each_run(name: str) -> None:
    handler, got, wanted = GOT[name]
    LOG.addHandler(handler)
    before, lock = got(), handler.lock

    def model() -> None:
        twice()
        assert got() == wanted

    result = explore(model)
    assert result.verdict == "exhausted"
    assert result.schedules > 1  # the handler's lock can be taken in both orders
    assert got() == before
    assert handler.lock is lock


def test_a_race_and_a_deadlock_in_a_handler_are_found() -> None:
    LOG.addHandler(COUNTING)

    def model() -> None:
        twice()
        assert COUNTING.count == 2

    assert explore(model).verdict == "failed assertion"
    LOG.handlers[:] = [KEPT]

    def deadlock() -> None:
        lock = threading.Lock()

        class Locked(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                with lock:
                    pass

        LOG.addHandler(Locked())

        def under_the_lock() -> None:
            with lock:
                LOG.info("sold")

        run(under_the_lock)

    assert explore(deadlock).verdict == "deadlock"
    assert LOG.handlers == [KEPT]


def test_what_a_run_changes_in_a_logger_is_put_back() -> None:
    LOG.addHandler(KEPT)
    handlers = list(LOG.handlers)  # pytest's own are among them
    state = dict(vars(LOG), handlers=handlers, filters=[])

    def model() -> None:
        assert LOG.handlers == handlers
        assert not LOG.isEnabledFor(logging.DEBUG)
        assert not logging.getLogger("goqueue.tests.shop.tea").isEnabledFor(logging.DEBUG)
        handler = Kept()
        LOG.addHandler(handler)
        LOG.addFilter(lambda record: "tea" in record.getMessage())
        LOG.setLevel(logging.DEBUG)
        KEPT.setLevel(logging.ERROR)
        twice()
        LOG.debug("sold nothing")
        logging.getLogger("goqueue.tests.shop.tea").debug("tea")
        assert handler.got == ["sold tea", "sold tea", "tea"]
        assert KEPT.got == []
        LOG.disabled = True

    result = explore(model)
    assert result.verdict == "exhausted", result
    assert {name: vars(LOG)[name] for name in state if name != "_cache"} == {
        name: value for name, value in state.items() if name != "_cache"
    }
    assert KEPT.level == logging.NOTSET
    assert "__setattr__" not in vars(logging.Logger)


def test_the_terminal_and_files_get_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = logging.FileHandler(tmp_path / "log.txt", encoding="utf-8", delay=True)
    LOG.handlers[:] = [logging.StreamHandler(sys.__stderr__), logging.StreamHandler(), file]
    assert explore(twice).verdict == "exhausted"
    assert capfd.readouterr().err == ""
    assert not (tmp_path / "log.txt").exists()
    LOG.warning("shown")
    file.close()
    assert capfd.readouterr().err.count("shown") >= 1
    assert (tmp_path / "log.txt").read_text(encoding="utf-8") == "shown\n"


def test_a_handler_of_the_outside_world_is_refused_once(capfd: pytest.CaptureFixture[str]) -> None:
    LOG.addHandler(logging.handlers.SocketHandler("localhost", 9))
    with pytest.raises(Outside, match=r"socket\."):
        explore(twice)
    assert capfd.readouterr().err == ""


def test_what_is_logged_is_seen_by_the_same_steps_with_and_without_a_report() -> None:
    class Order:
        def __init__(self) -> None:
            self.state = "new"

        def __str__(self) -> str:
            return self.state

    def model() -> None:
        order = Order()
        seen: list[str] = []

        def sell() -> None:
            order.state = "sold"

        def tell() -> None:
            LOG.info("%s", order)
            seen.append(str(order))

        run(sell, tell)
        assert seen == ["sold"]

    result = explore(model)
    assert result.verdict == "failed assertion"
    assert "logs new" in repr(result)


def test_a_queue_listener_and_unittest_get_records() -> None:
    def listens() -> None:
        handler, jobs = Kept(), queue.Queue[logging.LogRecord]()
        listener = logging.handlers.QueueListener(jobs, handler)
        LOG.addHandler(logging.handlers.QueueHandler(jobs))
        listener.start()
        LOG.info("sold")
        listener.stop()
        assert handler.got == ["sold"]

    assert explore(listens, schedules=30).failed is False

    def asserts() -> None:
        with unittest.TestCase().assertLogs(LOG) as told:
            twice()
        assert told.output == ["INFO:goqueue.tests.shop:sold tea"] * 2

    assert explore(asserts).verdict == "exhausted"


TESTS = """
import logging, threading, pytest

log = logging.getLogger("shop")

def sell(name):
    log.info("%s sold", name)

@pytest.fixture
def clean(caplog):
    caplog.set_level(logging.INFO, logger="shop")

@pytest.mark.race
def test_told(caplog, clean):
    assert not caplog.messages
    threads = [threading.Thread(target=sell, args=(name,)) for name in "ab"]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert sorted(caplog.messages) == ["a sold", "b sold"]
    assert caplog.text.count("sold") == 2
    assert [record.name for record in caplog.records] == ["shop"] * 2

@pytest.mark.race
def test_ordered(caplog):
    caplog.set_level(logging.INFO)
    threads = [threading.Thread(target=sell, args=(name,)) for name in "ab"]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert caplog.messages == ["a sold", "b sold"]
    caplog.clear()
"""


@pytest.mark.parametrize("switch", ["--race", "-q"])
def test_caplog(switch: str, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # others are installed, too, and slow to load
    pytester.makepyfile(TESTS)
    done = pytester.runpytest_subprocess("-p", "goqueue.races.pytest_plugin", switch)
    told = done.stdout.str()
    if switch == "--race":
        done.assert_outcomes(passed=1, failed=1)
        assert "AssertionError: ['b sold', 'a sold'] == ['a sold', 'b sold']" in told
        assert "Captured log" not in told
    else:
        assert "Error" not in told
