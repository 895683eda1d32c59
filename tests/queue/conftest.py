"""Fixtures that several tests of the queue use."""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goqueue import context
from goqueue.storage import MemoryStorage, SQLiteStorage, Storage, last_count, patience, steady
from goqueue.storage.sqlite import bulk, database, leases, statements, storage, work
from goqueue.testing import virtual_time

from .listening import Complaints
from .parts import Clock


@pytest.fixture(autouse=True)
def complaints(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Complaints]:
    """In each test: no log handler, and no function that listens to a context, is called while a lock is held."""
    complaints = Complaints()
    if "races" in request.path.parts[-2:]:  # a model of the race lab would take steps here
        yield complaints
        return
    monkeypatch.setattr(context, "call_each", complaints.before_each(context.call_each))
    logging.getLogger("goqueue").addHandler(complaints)
    yield complaints
    logging.getLogger("goqueue").removeHandler(complaints)
    assert complaints.found == []


@pytest.fixture
def clock() -> Iterator[Any]:
    """Virtual time, which the test's own threads and its queues share."""
    with virtual_time() as now:
        yield now


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that each module of the SQLite storage reads, and that stands still until the test moves it."""
    clock = Clock()
    for module in (storage, bulk, last_count, leases, patience, statements, work, steady):
        monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file of a SQLite storage may be made."""
    return tmp_path / "jobs.db"


@pytest.fixture(name="storage", params=["memory", "file"])
def storage_of_each_kind(clock: Any, request: pytest.FixtureRequest, path: Path) -> Iterator[Storage]:
    """A storage in memory, and one in a file, in virtual time."""
    made: Storage = MemoryStorage() if request.param == "memory" else SQLiteStorage(path)
    yield made
    made.close()


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """The address of an empty queue on a real PostgreSQL; it is dropped after the test."""
    from .servers import postgres  # only these tests need the server

    with postgres.own_schema() as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def servers() -> Iterator[None]:
    """Stop the servers that tests have started, at the end of the session."""
    yield
    for name in ("postgres",):
        module = sys.modules.get(f"{__package__}.servers.{name}")
        if module is not None:
            module.stop()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A SQLite storage gives up at once if another connection holds its file."""
    monkeypatch.setattr(database, "BUSY", 0.02)
